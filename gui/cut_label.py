"""A label of one line that is cut where the room is short; its tip then holds all of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class CutLabel(QLabel):
    """Takes whatever width it is given; `text` stays whole."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = self._more = ""

    def text(self) -> str:
        """The whole line."""
        return self._whole

    def setText(self, text: str) -> None:
        self._whole = text
        self._cut()

    def fits(self, text: str) -> bool:
        """Whether a line has room without being cut."""
        return self.fontMetrics().horizontalAdvance(text) <= self.width()

    def explain(self, more: str) -> None:
        """Puts more into the tip, below the whole line where that is cut."""
        self._more = more
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._cut()

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        super().setText(shown)
        whole = self._whole if shown != self._whole else ""
        self.setToolTip("\n".join(filter(None, (whole, self._more))))
