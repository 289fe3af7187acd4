"""A row of colours to choose from, and any other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QColorDialog, QHBoxLayout, QToolButton, QWidget

SIDE = 20


class Swatch(QAbstractButton):
    """One colour; the chosen one has a ring."""

    def __init__(self, color: str) -> None:
        super().__init__()
        self.color = color
        self.setCheckable(True)
        self.setFixedSize(SIDE, SIDE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(color)
        self.setAccessibleName(f"Colour {color}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.color))
        painter.drawRoundedRect(QRectF(3, 3, SIDE - 6, SIDE - 6), 3, 3)
        if self.isChecked() or self.hasFocus() or self.underMouse():
            ring = self.palette().text().color()
            ring.setAlphaF(1.0 if self.isChecked() else 0.45)
            painter.setPen(QPen(ring, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(1, 1, SIDE - 2, SIDE - 2), 5, 5)
        painter.end()


class Swatches(QWidget):
    """Tells the colour that is chosen, as #RRGGBB."""

    chosen = Signal(str)

    def __init__(self, colors: Sequence[str]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.swatches = [Swatch(color) for color in colors]
        self.own = Swatch("#000000")
        self.own.hide()
        for swatch in (*self.swatches, self.own):
            swatch.clicked.connect(lambda _=False, swatch=swatch: self.chosen.emit(swatch.color))
            row.addWidget(swatch)
        self.other = QToolButton()
        self.other.setText("…")
        self.other.setToolTip("Another colour")
        self.other.setAccessibleName("Another colour")
        self.other.clicked.connect(self._ask)
        row.addWidget(self.other)
        row.addStretch(1)

    def show_color(self, color: str) -> None:
        """Marks a colour; one that is not in the row gets a place at its end."""
        known = [swatch.color.casefold() for swatch in self.swatches]
        self.own.setVisible(bool(color) and color.casefold() not in known)
        self.own.color = color or "#000000"
        self.own.setToolTip(color)
        for swatch in (*self.swatches, self.own):
            swatch.setChecked(bool(color) and swatch.color.casefold() == color.casefold())
            swatch.update()

    def _ask(self) -> None:
        now = next((swatch.color for swatch in (*self.swatches, self.own) if swatch.isChecked()), "#8892A6")
        color = QColorDialog.getColor(QColor(now), self, "Colour of the block")
        if color.isValid():
            self.chosen.emit(color.name().upper())
