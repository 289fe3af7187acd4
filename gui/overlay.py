"""A sheet over the window that goes away with Escape, a click beside it or the loss of its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui.fonts import scale


class Overlay(QWidget):
    """Dims what is under it; `sheet` holds the content."""

    def __init__(self, over: QWidget, width: int, *, top: int = 0) -> None:
        super().__init__(over)
        self._wish, self._top = width, top
        self.sheet = QFrame(self, objectName="sheet")
        self.sheet.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.body = QVBoxLayout(self.sheet)
        self.body.setContentsMargins(14, 14, 14, 14)
        self.body.setSpacing(8)
        over.installEventFilter(self)

    def open(self) -> None:
        """Shows the sheet over the whole window."""
        self.place()
        self.show()
        self.raise_()
        self.setFocus()

    def close_sheet(self) -> None:
        self.hide()
        self.deleteLater()

    def place(self) -> None:
        """Puts the sheet where it belongs, as high as its content."""
        over = self.parentWidget()
        self.setGeometry(over.rect())
        width = min(round(self._wish * scale()), over.width() - 40)
        self.sheet.setFixedWidth(width)
        self.body.activate()
        height = min(self.sheet.sizeHint().height(), over.height() - 40 - self._top)
        top = self._top or max(20, (over.height() - height) // 2)
        self.sheet.setGeometry((over.width() - width) // 2, top, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.sheet.geometry().contains(event.position().toPoint()):
            self.close_sheet()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F1, Qt.Key.Key_Question):
            self.close_sheet()
            event.accept()
            return
        super().keyPressEvent(event)
