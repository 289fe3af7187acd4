"""Runs that were interrupted by a crash are offered once the program is there again; nobody has to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

import presets
from core.model.fault import ProjectError
from gui.background import Background
from gui.notice import Notice
from gui.runs_read import live
from gui.session import Session

if TYPE_CHECKING:
    from core.training.runs import RunFolder

PRESET = "preset:"


class Interrupted(QObject):
    """Looks once, when the engine is ready; one run after the other is offered on its strip."""

    def __init__(self, session: Session, notice: Notice, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._notice = session, notice
        self._waiting: list[RunFolder] = []
        self._reading = Background("interrupted runs", self)
        self._reading.finished.connect(self._take)
        self._reading.failed.connect(lambda error: None)
        session.engine_ready.connect(self.look)
        session.run_changed.connect(self._drop_taken)

    def look(self) -> None:
        """Reads which runs were interrupted; what has been in their trash for long goes for good."""
        store = self._session.kept.store

        def read() -> list[RunFolder]:
            store.sweep()
            return store.interrupted()

        self._reading.start(read)

    def _take(self, found: list[RunFolder]) -> None:
        self._waiting = found
        self._offer()

    def _drop_taken(self) -> None:
        """A run that goes on, or was deleted, is offered no more."""
        if not self._waiting:
            return
        active = {run.folder for document in self._session.documents for run in document.runs if run.active}
        left = [run for run in self._waiting if run.path not in active and run.path.exists()]
        if len(left) < len(self._waiting):
            self._waiting = left
            self._offer()

    def _offer(self) -> None:
        if not self._waiting:
            self._notice.end()
            return
        self._notice.say(said(self._waiting[0]), [("Continue", self._go_on), ("Dismiss", self._dismiss)])

    def _dismiss(self) -> None:
        run = self._waiting.pop(0)
        try:
            self._session.kept.store.dismiss(run.path)
        except ProjectError as error:
            self._session.noticed.emit(str(error), "error")
        self._offer()

    def _go_on(self) -> None:
        """Opens the run's project and goes on; where that cannot be, it is offered again at the next start."""
        kept = self._waiting.pop(0)
        session = self._session
        try:
            run = live(kept)
        except ProjectError as error:
            session.noticed.emit(str(error), "error")
            self._offer()
            return
        preset = kept.origin.removeprefix(PRESET) if kept.origin.startswith(PRESET) else ""
        if preset in presets.ids():
            opened = session.open_preset(preset, beside=True)
        else:
            opened = bool(kept.origin) and not preset and session.open_file(kept.origin, beside=True)
        if not opened:
            # Its file has gone: the run itself has the network.
            session.open_project(run.project, beside=True)
        document = session.front
        known = next((each for each in document.runs if each.folder == run.folder), None)
        if known is None:
            document.runs.append(run)
        session.kept.go_on(known or run)
        self._offer()


def said(run: RunFolder) -> str:
    """`“LeNet-5”, epoch 12 of 30, was interrupted.`"""
    done = run.kept_step // max(1, run.steps_per_epoch)
    return f"“{run.title}”, epoch {min(done + 1, run.total_epochs):,} of {run.total_epochs:,}, was interrupted."
