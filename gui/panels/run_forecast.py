"""A line that says what the next run will take, worked out in the background whenever the project changes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.model.amounts import duration, size
from core.model.file import decode, encode
from core.model.project import Project
from gui.background import Background
from gui.panels.parts import label
from gui.session import Session

PAUSE = 400
"""Milliseconds without an edit after which the forecast is made."""
UNIT = re.compile(r"(?<=\d) (?=(?:[KMG]i)?B\b|s\b|min\b|h\b)")
"""The space between a number and its unit."""
NAMES = {
    "parameters": "weights",
    "gradients": "gradients",
    "optimizer": "state of the optimizer",
    "kept": "best weights",
    "data": "data",
    "activations": "activations",
}


@dataclass(frozen=True)
class Told:
    """The line, what it consists of, why it is a guess, and a warning where the memory will not do."""

    line: str = ""
    parts: str = ""
    remark: str = ""
    warning: str = ""


def told(project: Project) -> Told:
    """What a run of the project takes, in words. Needs torch; raises ProjectError."""
    from core.data.dataset import open_dataset
    from core.training.devices import choose_device
    from core.training.forecast import forecast
    from core.training.room import free_memory, warning

    device = str(choose_device(project.training.device))
    said = forecast(project, open_dataset(project.data), device=device)
    parts = "\n".join(f"{size(number)} {NAMES[name]}" for name, number in said.parts().items() if number)
    return Told(f"A run: {said.words}", parts, said.remark, warning(said, free_memory(device)))


class ForecastLine(QWidget):
    """Memory and time of the next run; after a first one of the same network, its own pace counts."""

    shown = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(4)
        self.text = label("", "dim", wrap=True, name="Forecast of a run")
        self.remark = label("", "dim", wrap=True)
        self.warning = label("", "warning", wrap=True)
        column.addWidget(self.text)
        for each in (self.remark, self.warning):
            each.hide()
            column.addWidget(each)
        self._job = Background("forecast", self)
        self._job.finished.connect(self._show)
        self._job.failed.connect(lambda error: self._show(Told()))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE)
        self._soon.timeout.connect(self._start)

    def refresh_soon(self) -> None:
        """Makes the forecast anew when the edits have come to rest."""
        self._soon.start()

    def _start(self) -> None:
        session = self._session
        if session.can_start():
            # While something trains the line stays; where nothing can start there is nothing to tell.
            if session.run is None or not session.run.active:
                self._show(Told())
            return
        project = decode(encode(session.front.project))
        self._job.start(lambda: told(project))

    def _show(self, found: Told) -> None:
        # A number and its unit stay together where the line breaks.
        self.text.setText(UNIT.sub("\u00a0", found.line + self._measured()) if found.line else "")
        self.text.setToolTip(found.parts)
        for each, words in ((self.remark, found.remark), (self.warning, found.warning)):
            each.setText(words)
            each.setVisible(bool(words))
        self.shown.emit()

    def _measured(self) -> str:
        """What the last run of the same network took, scaled to as many epochs as the next one has."""
        run = self._session.run
        if run is None or run.stale or not run.epochs or not run.seconds:
            return ""
        seconds = run.seconds / len(run.epochs) * self._session.front.project.training.epochs
        return f"; at the last run's pace {duration(seconds)}" if math.isfinite(seconds) else ""
