"""Frames: the news of all runs, brought into what the window shows, as often as painting may take time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.documents import Document, LiveRun
from gui.hanging import Hanging, isolated
from gui.pacing import Pacer, share

if TYPE_CHECKING:
    from core.worker.task import News, Runner
    from gui.session import Session


class Frames(QObject):
    """Fetches from the runners, which it is given as a table that its owner changes."""

    ended = Signal()
    """A run has ended, however it did."""

    def __init__(self, session: Session, runners: dict[Document, Runner], hanging: Hanging) -> None:
        super().__init__(session)
        self._session, self._runners, self._hanging = session, runners, hanging
        self.pacer = Pacer(self._tick, self)
        self.fluent = False
        """Whether pictures matter more than the training's speed."""

    def start(self) -> None:
        """There may be news; frames go on until there are none to come."""
        self.pacer.start()

    def stop(self) -> None:
        self.pacer.stop()

    def _tick(self) -> bool:
        """Brings the news of all runners; returns whether the document in front has any."""
        shown = False
        for document, runner in list(self._runners.items()):
            run = document.run
            if run is not None and self._bring(document, run, runner):
                shown = True
            self._hanging.look(runner)
        # A paused or finished run still answers looks, so its answers are waited for.
        pairs = ((document.run, runner) for document, runner in self._runners.items())
        if all(run and runner.is_quiet and run.state == runner.state for run, runner in pairs):
            self.pacer.stop()
        return shown

    def _bring(self, document: Document, run: LiveRun, runner: Runner) -> bool:
        """Takes a runner's news into its run; whether the screen shows any of it."""
        news = runner.news()
        if news.steps:
            step = (news.seconds - run.seconds) / len(news.steps)
            parameters = self._session.inference.parameters
            self.pacer.share = share(step, parameters, apart=isolated(runner) is not None, fluent=self.fluent)
        changed = run.state != news.state
        self._take(run, news)
        if changed:
            self._tell(document, run)
        in_front = document is self._session.document
        if in_front and (news.steps or news.snapshot is not None or changed):
            self._session.frame.emit()
        return in_front and bool(news.steps or news.snapshot is not None)

    def _take(self, run: LiveRun, news: News) -> None:
        run.steps += news.steps
        run.epochs += [step.ended for step in news.steps if step.ended]
        run.seconds = news.seconds
        if news.snapshot is not None:
            run.snapshot = news.snapshot
        if news.totals is not None:
            run.total_epochs, run.steps_per_epoch = news.totals.epochs, news.totals.steps_per_epoch
            run.total_steps, run.device = news.totals.steps, news.totals.device
        run.state, run.failure, run.test = news.state, news.failure, news.test
        run.ended_by = news.ended_by
        run.folder = Path(news.folder) if news.folder else run.folder
        for new, old, level in ((news.problem, run.problem, "warning"), (news.tier, run.tier, "info")):
            if new and new != old:
                self._session.noticed.emit(new, level)
        run.problem, run.tier = news.problem, news.tier

    def _tell(self, document: Document, run: LiveRun) -> None:
        """Says that a run's state has changed, and why where that is not what everybody expects."""
        session = self._session
        if run.state in ("failed", "crashed") and run.failure:
            # A place in the settings is no node: the message speaks of it in words.
            place = run.failure.node
            where = f"{place}: " if place and "." not in place else ""
            session.noticed.emit(f"{where}{run.failure.message} {run.failure.fix}".strip(), "error")
        elif run.state in ("done", "stopped") and document is not session.document:
            session.noticed.emit(f"“{document.project.title}” has finished training. {run.ended_by}".strip(), "info")
        elif run.state == "done" and run.ended_by:
            session.noticed.emit(f"Ended early. {run.ended_by}", "info")
        if not run.active:
            self.ended.emit()
        session.run_changed.emit()
