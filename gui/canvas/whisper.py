"""A short sentence at the cursor while something is dragged: why it cannot be dropped here."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

from gui.theme import Theme


class Whisper(QLabel):
    """Follows the cursor and never takes the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setWordWrap(False)
        self.setAccessibleName("Reason")
        self.hide()

    def say(self, text: str, at: QPoint, theme: Theme) -> None:
        """Shows a sentence beside the cursor, inside the parent; an empty one hides it."""
        if not text:
            self.hide()
            return
        self.setStyleSheet(
            f"background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.error};"
            "border-radius: 6px; padding: 5px 9px; font-size: 13px;"
        )
        self.setWordWrap(False)
        self.setText(text)
        self.adjustSize()
        room = self.parentWidget().rect()
        if self.width() > room.width() * 0.6:
            self.setWordWrap(True)
            self.setFixedWidth(int(room.width() * 0.6))
            self.adjustSize()
        x = min(at.x() + 16, room.right() - self.width() - 4)
        y = min(at.y() + 18, room.bottom() - self.height() - 4)
        self.move(max(x, 4), max(y, 4))
        self.show()
        self.raise_()
