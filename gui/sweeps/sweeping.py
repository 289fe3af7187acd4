"""The sweep that trains in the background, and those that are kept: started, stopped, gone on with, deleted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.model.amounts import counted
from core.model.fault import ProjectError
from core.model.file import decode, encode
from gui.background import Background
from gui.documents import Document

if TYPE_CHECKING:
    from core.training.sweeps.plan import Sweep
    from core.training.sweeps.running import Progress, Running
    from core.training.sweeps.store import SweepFolder, SweepStore
    from gui.session import Session

LOOK = 200
"""Milliseconds between two looks at the news of the workers."""


class Sweeping(QObject):
    """One sweep trains at a time; its workers are processes, and the window only looks for their news."""

    changed = Signal()  # sweeps came or went, or one began or ended
    progressed = Signal()  # epochs or runs of the one that trains

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.running: Running | None = None
        self.folder: Path | None = None
        """Of the sweep that trains, or is being started or stopped."""
        self.busy = ""
        """`starting` or `stopping` while that takes its time."""
        self.failed: dict[Path, dict[str, str]] = {}
        """Why points failed, by the sweep's folder, as told since the program started."""
        self.deleted: list[tuple[Path, Path]] = []
        """What was deleted: where it was, and where it is in the trash."""
        self.wish = ""
        """The address of the parameter that somebody asked to sweep over; the panel takes it."""
        self._own: dict[Path, Document] = {}
        self._began, self._share_before = 0.0, 0.0
        self._is_closed = False
        self._job = Background("sweep", self)
        self._job.finished.connect(lambda result: self._after(result))
        self._job.failed.connect(self._fail)
        self._after: Callable[[object], None] = lambda result: None
        self._look = QTimer(self)
        self._look.setInterval(LOOK)
        self._look.timeout.connect(self._poll)

    # What there is

    @property
    def store(self) -> SweepStore:
        """The directory of sweeps; to be asked for when the engine is ready."""
        from core.training.sweeps.store import SweepStore

        place = self._session.kept.place
        return SweepStore(Path(place) if place else None)

    def of_document(self) -> list[SweepFolder]:
        """The sweeps of the document in front, the newest first."""
        document = self._session.document
        if document is None or not self._session.engine_is_ready:
            return []
        origin = document.origin
        every = self.store.sweeps()
        return [each for each in every if (origin and each.origin == origin) or self._own.get(each.path) is document]

    @property
    def progress(self) -> Progress | None:
        return self.running.progress if self.running is not None else None

    @property
    def share(self) -> float:
        """How much of the sweep that trains is done, from 0 to 1."""
        progress = self.progress
        if progress is None or not progress.total:
            return 0.0
        parts = sum(epoch / of for epoch, of in progress.epochs.values() if of)
        return min(1.0, (len(progress.done) + len(progress.failed) + parts) / progress.total)

    @property
    def seconds_left(self) -> float | None:
        """The time left at the pace so far; None before there is any."""
        gained = self.share - self._share_before
        return (time.monotonic() - self._began) * (1 - self.share) / gained if gained > 0.01 else None

    def can_vary(self, address: str) -> bool:
        """Whether a parameter of the document in front is one that a sweep can change."""
        document = self._session.document
        if document is None or not self._session.engine_is_ready:
            return False
        # It needs torch, which is imported after the first paint.
        from core.training.sweeps.address import places

        return address in places(document.project)

    def ask(self, address: str) -> None:
        """Brings the sweep's form to the front with this parameter in it."""
        self.wish = address
        self._session.view_requested.emit("sweep")
        self.changed.emit()

    def cannot_begin(self) -> str:
        """Why no sweep can begin or go on now; empty when one can."""
        if self._session.document is None:
            return "Open a project first."
        if not self._session.engine_is_ready:
            return "PyTorch is still loading."
        return "Another sweep is training; stop it first." if self.folder is not None else ""

    # Beginning and ending

    def start(self, sweep: Sweep, workers: int | None = None) -> bool:
        """Begins a sweep of the document in front; whether it could. What fails later is told through `noticed`."""
        if self._refused():
            return False
        document = self._session.front
        project, origin = decode(encode(document.project)), document.origin
        try:
            folder = self.store.new(project)
        except ProjectError as error:
            self._session.noticed.emit(str(error), "error")
            return False
        self._own[folder] = document

        def begun() -> object:
            from core.training.sweeps.running import begin

            try:
                return self._unless_closed(begin(folder, sweep, project, workers, origin))
            except ProjectError:
                # Nothing was written: the name is free again.
                folder.rmdir()
                raise

        self._launch(folder, begun)
        return True

    def resume(self, folder: Path, workers: int | None = None) -> bool:
        """Goes on with a sweep that was stopped, or whose window went; runs that failed are tried again."""
        if self._refused():
            return False

        def gone_on() -> object:
            from core.training.sweeps.running import Running
            from core.training.sweeps.store import is_held

            if is_held(folder):
                raise ProjectError("The sweep is training in another window.", place=folder.name, fix="Stop it there.")
            return self._unless_closed(Running(folder, workers))

        self._launch(folder, gone_on)
        return True

    def _unless_closed(self, running: Running) -> Running:
        """Ends at once what began while the window went; called in the thread of the job."""
        if self._is_closed:
            running.close()
        return running

    def _refused(self) -> bool:
        if reason := self.cannot_begin():
            self._session.noticed.emit(reason, "warning")
        return bool(reason)

    def _launch(self, folder: Path, job: Callable[[], object]) -> None:
        self.folder, self.busy = folder, "starting"
        self.failed.pop(folder, None)
        self._after = self._begin_looking
        self._job.start(job)
        self.changed.emit()

    def _begin_looking(self, running: object) -> None:
        self.running, self.busy = running, ""  # type: ignore[assignment]
        self._began, self._share_before = time.monotonic(), self.share
        self._look.start()
        self.changed.emit()
        self._poll()

    def _poll(self) -> None:
        running = self.running
        if running is None or self.folder is None:
            return
        if running.poll():
            self.failed[self.folder] = dict(running.progress.failed)
            self.progressed.emit()
        if running.progress.is_over:
            done, failed = len(running.progress.done), len(running.progress.failed)
            bad = f", {counted(failed, 'run')} failed: see the table" if failed else ""
            self._session.noticed.emit(
                f"The sweep is over: {counted(done, 'run')} done{bad}.", "warning" if failed else "info"
            )
            self.stop()

    def stop(self) -> None:
        """Ends the workers after their present step; everything is kept and can go on."""
        running = self.running
        if running is None or self.busy:
            return
        self._look.stop()
        self.busy = "stopping"
        self._after = self._ended
        self._job.start(running.close)
        self.changed.emit()

    def _ended(self, result: object) -> None:
        self.running, self.folder, self.busy = None, None, ""
        self.changed.emit()

    def _fail(self, error: ProjectError) -> None:
        self._ended(None)
        self._session.noticed.emit(str(error), "error")

    def close(self) -> None:
        """The window goes: the workers keep what they were at and end by themselves."""
        self._look.stop()
        self._is_closed = True
        running, self.running = self.running, None
        if running is not None and self.busy != "stopping":
            # Not a daemon: the program waits for what is being kept, the window does not.
            threading.Thread(target=running.close, name="sweep ends").start()

    # Deleting

    def delete(self, folder: Path) -> None:
        """Moves a sweep to the trash of runs; `undo_delete` brings it back."""
        if folder == self.folder:
            self._session.noticed.emit("It is training; stop it before deleting it.", "warning")
            return
        try:
            self.deleted.append((folder, self.store.delete(folder)))
        except ProjectError as error:
            self._session.noticed.emit(str(error), "error")
        self.changed.emit()

    def undo_delete(self) -> None:
        if not self.deleted:
            return
        folder, trashed = self.deleted.pop()
        try:
            self._keep_own(folder, self.store.bring_back(trashed, folder))
        except ProjectError as error:
            self._session.noticed.emit(str(error), "error")
        self.changed.emit()

    def left_trash(self, homes: Mapping[Path, Path | None]) -> None:
        """Follows what left the trash: where it was there, and where it is now (None: nowhere)."""
        for folder, trashed in list(self.deleted):
            if trashed in homes:
                self.deleted.remove((folder, trashed))
                if (home := homes[trashed]) is not None:
                    self._keep_own(folder, home)
        self.changed.emit()

    def _keep_own(self, before: Path, folder: Path) -> None:
        """A sweep of a project that was never saved stays with its document under another name, too."""
        if before in self._own:
            self._own[folder] = self._own.pop(before)
