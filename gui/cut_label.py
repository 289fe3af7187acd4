"""A label of one line that is cut where the room is short; its tip then holds all of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class CutLabel(QLabel):
    """Takes whatever width it is given; `text` stays whole.

    It paints its line itself: a label that is told a new text lets the whole window be laid out anew, which a line that
    changes while something trains must not do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = self._more = ""

    def text(self) -> str:
        """The whole line."""
        return self._whole

    def shown(self) -> str:
        """What of it has room."""
        return self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def setText(self, text: str) -> None:
        if text != self._whole:
            self._whole = text
            self.setAccessibleName(text)
            self._follow()

    def fits(self, text: str) -> bool:
        """Whether a line has room without being cut."""
        return self.fontMetrics().horizontalAdvance(text) <= self.contentsRect().width()

    def explain(self, more: str) -> None:
        """Puts more into the tip, below the whole line where that is cut."""
        self._more = more
        self._follow()

    def sizeHint(self) -> QSize:
        """The height of a line; any width will do."""
        margins = self.contentsMargins()
        return QSize(0, self.fontMetrics().height() + margins.top() + margins.bottom())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._follow()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            self.alignment(),
            self.palette(),
            self.isEnabled(),
            self.shown(),
            self.foregroundRole(),
        )

    def _follow(self) -> None:
        """Paints anew, and puts into the tip what is not seen."""
        whole = self._whole if self.shown() != self._whole else ""
        tip = "\n".join(filter(None, (whole, self._more)))
        if tip != self.toolTip():
            self.setToolTip(tip)
        self.update()
