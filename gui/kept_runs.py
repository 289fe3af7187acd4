"""Runs on disk as the window knows them: listed again when their project is opened, gone on with, tagged, deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from core.model.fault import ProjectError
from core.model.file import decode, encode
from gui.background import Background
from gui.documents import Document, LiveRun
from gui.runs_read import Deleted, fill, live, moment, read_runs
from gui.settings_store import RunColumns

if TYPE_CHECKING:
    from core.training.runs import RunStore
    from core.training.sweeps.trash import Left, Thrown, Trash
    from gui.session import Session


class KeptRuns(QObject):
    """`on` says whether new runs are kept, `place` where (empty: among the user's data)."""

    trashed = Signal()  # something went to the trash, or left it

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.on = True
        self.place = ""
        self.columns = RunColumns()
        """How the tables of runs look; the program remembers it."""
        self.deleted: list[Deleted] = []
        self.at_trash = False
        """Whether something is being brought back, or removed for good."""
        self._listed: dict[Document, str] = {}
        self._jobs: list[Background] = []
        session.document_activated.connect(self.look)
        session.engine_ready.connect(self.look)
        session.documents_changed.connect(self._follow_files)

    @property
    def store(self) -> RunStore:
        """The directory of runs; to be asked for when the engine is ready."""
        found: RunStore = self._session.engine.runs.RunStore(Path(self.place) if self.place else None)
        return found

    def store_folder(self) -> str:
        """Where a new run is kept; empty where it is not."""
        return str(self.store.folder) if self.on else ""

    # Listing

    def look(self) -> None:
        """Lists the runs of the document in front that are on disk, once for each document."""
        document = self._session.document
        if document is None or not self._session.engine_is_ready or not document.origin:
            return
        if self._listed.get(document) == document.origin:
            return
        self._listed = {each: name for each, name in self._listed.items() if each in self._session.documents}
        self._listed[document] = document.origin
        store, origin = self.store, document.origin
        self._in_background(lambda: read_runs(store, origin), lambda runs: self._take(document, runs))

    def _take(self, document: Document, found: list[LiveRun]) -> None:
        if document not in self._session.documents:
            return
        known = {run.folder for run in document.runs}
        fresh = [run for run in found if run.folder not in known]
        if not fresh:
            return
        # Without a run of today the latest one is drawn, so that the plots are not empty.
        fresh[-1].shown = not document.runs
        # What comes back from the trash stands again where it stood.
        document.runs[:] = sorted([*fresh, *document.runs], key=moment)
        self._session.run_changed.emit()

    def _follow_files(self) -> None:
        """Runs of a new project belong to the file that it is saved as."""
        for document, before in list(self._listed.items()) if self._session.engine_is_ready else ():
            if before != document.origin and document in self._session.documents:
                self._listed[document] = document.origin
        for document in self._session.documents:
            for run in document.runs if document.path is not None else ():
                if run.folder is not None and not run.origin and run.state != "starting":
                    self._change(run, origin=document.origin)
                    run.origin = document.origin

    # Going on

    def latest(self) -> LiveRun | None:
        """The run of the document in front with which one would go on."""
        document = self._session.document
        if document is None:
            return None
        return document.run or next(iter(reversed(document.runs)), None)

    def cannot_go_on(self, run: LiveRun | None) -> str:
        """Why a run cannot go on now, in plain words; empty when it can."""
        if run is None:
            return "There is no run to go on with."
        if run.active:
            return "It is training."
        if run.folder is None:
            return "This run is not kept on disk, so it cannot go on."
        if not run.resumable:
            return "No state was kept from which it could go on."
        return self._session.control.cannot_train()

    def epochs_for(self, run: LiveRun) -> int | None:
        """How many epochs it trains in all when it goes on: more, where it has trained all; else its own (None)."""
        if run.state != "done" or (run.ended_by and len(run.epochs) < run.total_epochs):
            return None
        wanted = self._session.front.project.training.epochs
        return wanted if wanted > run.total_epochs else run.total_epochs + wanted

    def go_on(self, run: LiveRun | None = None, epochs: int | None = None) -> bool:
        """Goes on with a run (the latest one); the reason is told when it cannot."""
        run = run or self.latest()
        reason = self.cannot_go_on(run)
        document = next((each for each in self._session.documents if run in each.runs), None)
        if reason or run is None or document is None or run.folder is None:
            self._session.noticed.emit(reason, "warning")
            return False
        epochs = epochs or self.epochs_for(run)
        runs = self._session.engine.runs
        try:
            kept = runs.RunFolder.open(run.folder)
            notes = runs.cautions(kept)
            fill(run, kept)
        except ProjectError as error:
            self._session.noticed.emit(str(error), "error")
            return False
        if notes:
            self._session.noticed.emit(" ".join(notes), "warning")
        self._session.control.go_on(document, run, epochs)
        return True

    def cannot_copy(self, run: LiveRun) -> str:
        """Why a copy of a run cannot be opened with its weights; empty when it can."""
        return "Stop it first." if run.active else self.cannot_go_on(run)

    def open_copy(self, run: LiveRun) -> None:
        """Opens a run's network with its weights in a new tab: a copy of the run, paused where it was kept."""
        if (reason := self.cannot_copy(run)) or run.folder is None:
            self._session.noticed.emit(reason, "warning")
            return
        store, runs, folder, project = self.store, self._session.engine.runs, run.folder, run.project
        epochs = self.epochs_for(run)

        def copied() -> LiveRun:
            kept = runs.RunFolder.open(store.copy(folder, project, f"{run.name}, copy"))
            made = live(kept)
            fill(made, kept)
            return made

        def opened(made: LiveRun) -> None:
            document = self._session.open_project(decode(encode(made.project)), beside=True)
            if reason := self.cannot_go_on(made):
                self._session.noticed.emit(reason, "warning")
                return
            self._session.control.go_on(document, made, epochs, paused=True)

        self._in_background(copied, opened)

    # Changing

    def tag(self, run: LiveRun, text: str) -> None:
        """Gives a run the tags in a text, separated by commas."""
        tags = tuple(dict.fromkeys(filter(None, (each.strip() for each in text.split(",")))))
        if self._change(run, tags=list(tags)):
            run.tags = tags
        self._session.run_changed.emit()

    def rename(self, run: LiveRun, name: str) -> None:
        if name.strip() and self._change(run, name=name.strip()):
            run.name = name.strip()
        self._session.run_changed.emit()

    def _change(self, run: LiveRun, **facts: object) -> bool:
        if run.folder is None:
            return True
        try:
            self._session.engine.runs.change_facts(run.folder, **facts)
        except ProjectError as error:
            self._session.noticed.emit(str(error), "error")
            return False
        return True

    def delete(self, chosen: list[LiveRun]) -> None:
        """Moves runs to the trash of their directory; `undo_delete` brings them back."""
        document = self._session.document
        gone: list[Deleted] = []
        for run in [each for each in chosen if document and each in document.runs and not each.active]:
            if document is None:
                continue
            if run is document.run:
                self._session.control.drop(document)
            try:
                trashed = self.store.delete(run.folder) if run.folder is not None else None
            except ProjectError as error:
                self._session.noticed.emit(str(error), "error")
                continue
            gone.append(Deleted(document, run, document.runs.index(run), trashed))
            document.runs.remove(run)
        self.deleted = gone or self.deleted
        self._forget({each.run.folder for each in gone if each.run.folder is not None})
        self._session.run_changed.emit()
        self.trashed.emit()

    def _forget(self, folders: set[Path]) -> None:
        """Takes runs that are not there any more off the lists of the same project in other tabs."""
        for document in self._session.documents:
            for run in [run for run in document.runs if run.folder in folders and not run.active]:
                if run is document.run:
                    self._session.control.drop(document)
                document.runs.remove(run)

    def undo_delete(self) -> None:
        """Brings back what was deleted last."""
        for each in reversed(self.deleted):
            try:
                if each.trashed is not None and each.run.folder is not None:
                    each.run.folder = self.store.bring_back(each.trashed, each.run.folder)
            except ProjectError as error:
                self._session.noticed.emit(str(error), "error")
                continue
            self._list_again(each)
        self.deleted = []
        self._ask_again()
        self._session.run_changed.emit()
        self.trashed.emit()

    def _list_again(self, gone: Deleted) -> None:
        """Puts a run that is back on disk where it stood in its project's list."""
        # What trained it is gone; from its folder it can go on.
        gone.run.listed = True
        gone.document.runs.insert(min(gone.place, len(gone.document.runs)), gone.run)

    def _ask_again(self) -> None:
        """Every tab asks once more which runs its project has."""
        self._listed.clear()
        self.look()

    # The trash

    @property
    def trash(self) -> Trash:
        """Where deleted runs and sweeps lie; to be asked for when the engine is ready."""
        from core.training.sweeps.trash import Trash

        return Trash(Path(self.place) if self.place else None)

    def take_from_trash(self, chosen: list[Thrown], *, back: bool) -> None:
        """Brings these back to where they were, or removes them for good; what cannot be done is told."""
        trash = self.trash
        self.at_trash = True
        self._in_background(lambda: trash.bring_back(chosen) if back else trash.remove(chosen), self._follow_trash)

    def _follow_trash(self, left: Left) -> None:
        self.at_trash = False
        for each in list(self.deleted):
            if each.trashed is None or each.trashed not in left.homes:
                continue
            self.deleted.remove(each)
            if (home := left.homes[each.trashed]) is not None:
                each.run.folder = home
                self._list_again(each)
        self._session.sweeps.left_trash(left.homes)
        self._ask_again()
        if left.problem:
            self._session.noticed.emit(left.problem, "error")
        self._session.run_changed.emit()
        self.trashed.emit()

    def export_tensorboard(self, run: LiveRun, out: Path) -> None:
        """Writes event files of a run in the background; the result is told."""
        if run.folder is None:
            self._session.noticed.emit("Only runs that are kept on disk can be exported.", "warning")
            return
        runs, folder = self._session.engine.runs, run.folder

        def told(count: int) -> None:
            self._session.noticed.emit(f"{count:,} scalars written. See them with: tensorboard --logdir {out}", "info")

        self._in_background(lambda: runs.export_tensorboard(runs.RunFolder.open(folder), out), told)

    def _in_background(self, job: Callable[[], object], done: Callable[[Any], object]) -> None:
        work = Background("runs on disk", self)
        work.finished.connect(done)
        work.failed.connect(lambda error: self._session.noticed.emit(str(error), "error"))
        work.start(job)
        self._jobs = [each for each in self._jobs if each.is_busy] + [work]
