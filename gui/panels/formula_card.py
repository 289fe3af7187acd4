"""A formula in a card that is as wide as its panel."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.formulas import FormulaError, fitted, typesetter
from gui.panels.style import face
from gui.theme import Theme


class FormulaCard(QLabel):
    """Shows one formula, fitted to the width; its LaTeX stands in the tooltip for those who want to copy it."""

    ROOM = 20

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._text = theme, ""
        self._height = 44
        self.setProperty("role", "formula")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        typesetter.ready.connect(self._draw)

    def show_formula(self, text: str, theme: Theme) -> None:
        """Shows a formula in the theme's colour; an empty one hides the card."""
        self._text, self._theme = text, theme
        self.setVisible(bool(text))
        self.setToolTip(text)
        self.setAccessibleName(f"Formula: {text}")
        self._draw()

    def sizeHint(self) -> QSize:
        return QSize(120, self._height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._draw()

    def _draw(self) -> None:
        if not self._text:
            return
        if not typesetter.is_ready:
            typesetter.prepare()
            return
        room, size = self.width() - self.ROOM, QFontMetrics(face()).height() * 1.05
        if room < 60:
            return
        try:
            made = fitted(self._text, self._theme.text, room, size, self.devicePixelRatioF())
        except FormulaError:
            self.setPixmap(QPixmap())
            self.setText(self._text)
            self.setWordWrap(True)
            self._take_height(self.heightForWidth(self.width()))
            return
        self.setPixmap(made.pixmap)
        self._take_height(round(made.height) + self.ROOM)

    def _take_height(self, height: int) -> None:
        if height != self._height:
            self._height = height
            self.updateGeometry()
