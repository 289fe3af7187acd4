"""The verbs of a run for the window: start, pause, step, stop, watch and export."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from core.model.file import decode, encode
from gui.background import Background
from gui.documents import Document, LiveRun
from gui.frames import Frames
from gui.hanging import Hanging
from gui.workers import Workers

if TYPE_CHECKING:
    from core.training.records import Watch
    from core.worker.task import Request, Runner, Task
    from gui.session import Session


class RunControl(QObject):
    """Owns the runner of each document that has one; at most one of them trains at a time."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._runners: dict[Document, Runner] = {}
        self._watches: dict[int, Watch] = {}
        self._watch: Watch | None = None
        self._exports: list[Background] = []
        self.workers = Workers()
        self.hanging = Hanging(session)
        self._frames = Frames(session, self._runners, self.hanging)
        self._frames.ended.connect(self.workers.warm)
        session.engine.ready.connect(self.workers.warm)

    # Verbs

    def can_start(self) -> str:
        """Why no run can be started now, in plain words; empty when one can."""
        session = self._session
        if session.document is None:
            return "Open a project or a lecture first."
        if reason := self.cannot_train():
            return reason
        if session.data_error:
            return session.data_error
        errors = [fault for fault in session.inference.faults if fault.severity == "error"]
        if errors:
            return f"{errors[0].message} {errors[0].fix}"
        if not session.front.project.graph.of_family("loss"):
            return "There is no loss to learn from. Add one and wire the prediction and the target to it."
        return ""

    def cannot_train(self) -> str:
        """Why nothing at all can train now; empty when something can."""
        if not self._session.engine_is_ready:
            return "PyTorch is loading …"
        busy = self._training()
        return f"“{busy.project.title}” is training. Stop it first." if busy else ""

    def start(self, paused: bool = False) -> bool:
        """Begins a new run of the document in front; the reason is told when it cannot."""
        session = self._session
        if reason := self.can_start():
            session.noticed.emit(reason, "warning")
            return False
        document, content = session.front, encode(session.front.project)
        run = LiveRun(name_for(document), decode(content), "paused" if paused else "starting")
        run.origin, run.began = document.origin, datetime.now().astimezone().isoformat(timespec="seconds")
        for old in document.runs:
            # What was drawn only because nothing else was there makes room.
            old.shown = old.shown and (old.chosen or not old.listed)
        # The worker needs torch, which is imported after the first paint.
        from core.worker.task import Keep, Task

        store = session.kept.store_folder()
        keep = Keep(store, name=run.name, origin=run.origin) if store else None
        self._begin(document, run, Task(content, watch=self._watch, paused=paused, keep=keep))
        return True

    def go_on(self, document: Document, run: LiveRun, epochs: int | None, paused: bool = False) -> None:
        """Goes on with a run that is kept on disk, until it has trained so many epochs in all (None: its own)."""
        from core.worker.task import GoOn, Task

        if run in document.runs:
            document.runs.remove(run)
        run.listed, run.shown, run.stale, run.state = False, True, False, "paused" if paused else "starting"
        run.failure, run.snapshot, run.test, run.ended_by = None, None, {}, ""
        self._begin(document, run, Task(go_on=GoOn(str(run.folder), epochs), watch=self._watch, paused=paused))

    def _begin(self, document: Document, run: LiveRun, task: Task) -> None:
        """Lets a worker begin with a run, which becomes the document's latest."""
        if old := self._runners.pop(document, None):
            old.close()
        document.runs.append(run)
        runner = self._runners[document] = self.workers.runner(task)
        runner.start()
        self.hanging.began(runner)
        self._frames.start()
        self._session.run_changed.emit()

    def pause(self) -> None:
        if runner := self._front_runner():
            runner.pause()

    def resume(self) -> None:
        """Goes on with a paused run."""
        if runner := self._front_runner():
            runner.resume()
            self._frames.start()

    def single_step(self) -> None:
        """One step of the run; a new run begins when there is none."""
        run = self._session.run
        if (run is None or not run.active) and not self.start(paused=True):
            return
        if runner := self._front_runner():
            runner.single_step()
            self._frames.start()

    def stop(self) -> None:
        """Ends the run; its best weights stay."""
        if runner := self._front_runner():
            runner.stop()
            self.hanging.stopped(runner)
            self._frames.start()

    def runner_of(self, document: Document) -> Runner | None:
        """The worker of a document's latest run."""
        return self._runners.get(document)

    def _front_runner(self) -> Runner | None:
        document = self._session.document
        return self._runners.get(document) if document else None

    def _training(self) -> Document | None:
        return next((document for document in self._runners if document.run and document.run.active), None)

    def drop(self, document: Document) -> None:
        """Ends the run of a document that is closed."""
        if runner := self._runners.pop(document, None):
            runner.close()

    def close(self) -> None:
        self._frames.stop()
        for document in list(self._runners):
            self.drop(document)
        self.workers.close()

    def isolate(self, on: bool) -> None:
        """Whether runs that begin from now on have a process of their own."""
        self.workers.isolated = on
        if self._session.engine_is_ready:
            self.workers.warm()

    # Watching

    def set_watch(self, owner: object, watch: Watch | None) -> None:
        """Remembers what somebody looks at; the worker is told what all of them look at."""
        if watch is None:
            self._watches.pop(id(owner), None)
        else:
            self._watches[id(owner)] = watch
        self._look()

    def set_fluent(self, on: bool) -> None:
        """Whether pictures of runs matter more than their speed."""
        self._frames.fluent = on
        self._look()

    def _look(self) -> None:
        merged = merge(list(self._watches.values()))
        if merged is not None:
            merged = replace(merged, fluent=self._frames.fluent)
        if merged == self._watch:
            return
        self._watch = merged
        for runner in self._runners.values():
            runner.watch(merged)
        if self._runners:
            self._frames.start()

    def wake(self) -> None:
        """There are news of a run that had none."""
        self._frames.start()

    # What lasts

    def export(self, format: str, path: Path) -> None:
        """Writes on the worker what was trained, else what a run would start from; the difference is told."""
        session = self._session
        if not session.engine_is_ready:
            session.noticed.emit("PyTorch is loading …", "warning")
            return
        # It needs torch, which is imported after the first paint.
        from core.worker.requests import answer
        from core.worker.task import Export

        request = Export(format, str(path.absolute()))
        run, runner = session.run, self._front_runner()
        unfinished = " The run goes on; these are its present weights." if run is not None and run.active else ""
        if runner is not None and run is not None and run.state != "failed":
            self._ask(runner, request, lambda report: session.noticed.emit(f"{report}{unfinished}", "info"))
            return
        if not session.inference.ok:
            session.noticed.emit("The network has faults; mend them before exporting.", "warning")
            return
        project = decode(encode(session.front.project))
        job = Background("export", self)
        job.finished.connect(
            lambda report: session.noticed.emit(f"{report} The network is not trained yet.", "warning")
        )
        job.failed.connect(lambda error: session.noticed.emit(str(error), "error"))
        trainer_class = session.engine.trainer.Trainer
        job.start(lambda: answer(request, trainer_class(project)))

    def _ask(self, runner: Runner, request: Request, done: Callable[[Any], object]) -> None:
        """Asks the worker of a run for something and takes the answer here."""
        future: Future[Any] = runner.submit(request)
        wait = Background("wait for the worker", self)
        wait.finished.connect(done)
        wait.failed.connect(lambda error: self._session.noticed.emit(str(error), "error"))
        wait.start(future.result)
        self._exports = [each for each in self._exports if each.is_busy] + [wait]


def merge(watches: list[Watch]) -> Watch | None:
    """One watch that holds what all of them ask for; one view chooses the sample, the others leave it at 0."""
    if not watches:
        return None
    kind = type(watches[0])
    return kind(
        weights=frozenset().union(*(watch.weights for watch in watches)),
        activations=frozenset().union(*(watch.activations for watch in watches)),
        sample=max(watch.sample for watch in watches),
        confusion=any(watch.confusion for watch in watches),
        boundary=max(watch.boundary for watch in watches),
        surface=max(watch.surface for watch in watches),
        text=max(watch.text for watch in watches),
        made=max(watch.made for watch in watches),
    )


def name_for(document: Document) -> str:
    """`run 1`, `run 2` … after the highest that there is."""
    numbers = [run.name.removeprefix("run ") for run in document.runs if run.name.startswith("run ")]
    return f"run {max((int(number) for number in numbers if number.isdecimal()), default=0) + 1}"
