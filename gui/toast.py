"""A sentence over the canvas that comes and goes by itself: what was done, or why something was not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

STAYS = {"info": 4_000, "warning": 7_000, "error": 12_000}
"""Milliseconds that a sentence stays at least; a click sends it away."""
READING = 100
"""Milliseconds that a character takes to be read by somebody who looks elsewhere."""
MARGIN = 16


class Toast(QFrame):
    """Stands at the lower edge of a widget and follows its size."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("toast")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 9, 14, 9)
        layout.addWidget(self.text)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    def say(self, message: str, level: str = "info") -> None:
        """Shows a sentence; a later one takes its place."""
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self.text.setText(message)
        self.text.setAccessibleName(message)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(max(STAYS.get(level, STAYS["info"]), READING * len(message)))

    @property
    def stays(self) -> int:
        """Milliseconds for which the sentence that is shown stays in all."""
        return self._timer.interval()

    def _place(self) -> None:
        over = self.parentWidget()
        room = max(200, over.width() - 2 * MARGIN)
        wanted = self.text.fontMetrics().horizontalAdvance(self.text.text()) + 36
        self.setFixedWidth(min(wanted, 560, room))
        # A label that wraps knows its height only for a given width.
        self.setFixedHeight(self.text.heightForWidth(self.width() - 30) + 20)
        self.move((over.width() - self.width()) // 2, over.height() - self.height() - MARGIN)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()
        event.accept()
