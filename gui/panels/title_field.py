"""The title at the head of a card: a line that can be typed into, and that says by `…` where it has no room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame

from gui.panels.style import face


class TitleField(QLineEdit):
    """A field in the face of a title. While nobody types, a longer title is cut at a letter, and whole in the tip."""

    def __init__(self, name: str, tip: str = "") -> None:
        super().__init__()
        self._tip = tip
        self.setFont(face(1.2, strong=True))
        self.setProperty("role", "title")
        self.setAccessibleName(name)
        # Qt keeps two pixels at either side: without them it begins where the lines below begin.
        self.setTextMargins(-2, 0, -2, 0)
        self.setToolTip(tip)

    @property
    def shown(self) -> str:
        """What of the title can be read while nobody types."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def show_title(self, title: str) -> None:
        """Takes a title, unless one is being typed."""
        if not self.hasFocus():
            self.setText(title)
            self.setCursorPosition(0)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            cut = self.text() if self.shown != self.text() else ""
            self.setToolTip("\n".join(filter(None, (cut, self._tip))))
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus() or self.shown == self.text():
            super().paintEvent(event)
            return
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option, painter, self)
        painter.setPen(self.palette().text().color())
        painter.drawText(self.contentsRect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.shown)
        painter.end()
