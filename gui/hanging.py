"""A step that does not end, or a process that went: it is told, and a step in a process of its own may be ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from core.worker.isolated import IsolatedRunner
    from core.worker.task import Runner
    from gui.session import Session

EVERY = 500
"""Milliseconds between two looks at whether a paused or finished run's process is still there."""
PATIENCE = 4.0
"""Seconds that a run may take to stop before it is said what can be done."""
ISOLATE = "Turn on Run ▸ Train in a process of its own; a step of the next run can then be ended."


class Hanging:
    """Watches over the runs that were told to stop."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stopped: dict[Runner, float] = {}
        self._timer = QTimer(session, interval=EVERY)
        self._timer.timeout.connect(self._look_for_lost)

    def began(self, runner: Runner) -> None:
        """A run began: where it has a process of its own, that may end at any time."""
        if isolated(runner):
            self._timer.start()

    def _look_for_lost(self) -> None:
        control, processes = self._session.control, 0
        for document in self._session.documents:
            runner = isolated(control.runner_of(document))
            processes += runner is not None and runner.is_alive
            if runner is not None and document.run is not None and runner.state != document.run.state:
                control.wake()
        if not processes:
            self._timer.stop()

    def stopped(self, runner: Runner) -> None:
        """The run was told to stop now."""
        self._stopped.setdefault(runner, time.monotonic())

    def look(self, runner: Runner) -> None:
        """Says, once, that a run does not stop."""
        since = self._stopped.get(runner)
        if since is None:
            return
        if runner.state not in ("starting", "running"):
            del self._stopped[runner]
        elif time.monotonic() > since + PATIENCE:
            self._stopped[runner] = float("inf")
            way = "Run ▸ End the step … ends it." if isolated(runner) else f"It stops after its step. {ISOLATE}"
            self._session.noticed.emit(f"The run is amid a long step and has not stopped yet. {way}", "warning")

    def cannot_end(self) -> str:
        """Why no step can be ended now; empty when one can."""
        session = self._session
        runner = session.control.runner_of(session.document) if session.document else None
        if runner is None or runner.state not in ("starting", "running"):
            return "Nothing is training."
        return "" if isolated(runner) else ISOLATE

    def end_step(self) -> None:
        """Asks, and ends the step of the run in front together with its process."""
        if self.cannot_end():
            return
        runner = isolated(self._session.control.runner_of(self._session.front))
        if runner is not None and self._confirmed(runner.waiting) and not self.cannot_end():
            runner.end_step()

    def _confirmed(self, seconds: float) -> bool:
        text = (
            f"The step has been going on for {seconds:,.0f} s. Ending it ends the training process; what came after "
            "the run's last saved state is lost. The run can go on from that state."
        )
        buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel
        chosen = QMessageBox.question(
            None, "End the step?", text, buttons, QMessageBox.StandardButton.Cancel
        )  # fmt: skip
        return chosen == QMessageBox.StandardButton.Yes


def isolated(runner: Runner | None) -> IsolatedRunner | None:
    """The runner, where it has a process of its own."""
    # It needs NumPy, which is imported after the first paint.
    from core.worker.isolated import IsolatedRunner

    return runner if isinstance(runner, IsolatedRunner) else None
