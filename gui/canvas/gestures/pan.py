"""Moves the view: middle button, or space and drag."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGraphicsView

from gui.canvas.stage import Gesture, Stage


class Pan(Gesture):
    """The ground follows the cursor."""

    def __init__(self, stage: Stage, event: QMouseEvent) -> None:
        super().__init__(stage)
        self._last = event.position().toPoint()
        stage.point(Qt.CursorShape.ClosedHandCursor)

    def move(self, event: QMouseEvent) -> None:
        now = event.position().toPoint()
        scroll(self.stage.view, now - self._last)
        self._last = now


def scroll(view: QGraphicsView, by: QPoint) -> None:
    """Moves what is seen by a number of pixels."""
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().value() - by.x())
    view.verticalScrollBar().setValue(view.verticalScrollBar().value() - by.y())
