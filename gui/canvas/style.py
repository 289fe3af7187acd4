"""Sizes, fonts, pens and brushes of the canvas, made once a theme."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPen

from core.model.layout import HEIGHT
from gui.canvas.headline import Headlines
from gui.fonts import interface, mono
from gui.geometry.spots import CHEVRON, HEADER, PORT
from gui.theme import Theme

__all__ = ["CHEVRON", "DOTS", "FAR", "FULL", "HEADER", "HEIGHT", "HIT", "PORT", "RADIUS", "STRIPE", "Style", "blend"]

RADIUS = 8.0
STRIPE = 4.0
HIT = 12.0
"""Radius of the area in which a port answers."""
DOTS = 24.0
"""Distance of the ground's dots."""

FULL = 0.35
"""Zoom below which a node shows its stripe and title only."""
FAR = 0.15
"""Zoom below which the network is one batched drawing."""


class Style:
    """What items paint with. A new one is made when the theme changes."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        dark = theme.is_dark
        self.ground = theme.color("ground")
        self.body = theme.color("raised" if dark else "panel")
        self.header = theme.color("line" if dark else "raised")
        self.text = theme.color("text")
        self.dim = theme.color("dim")
        self.accent = theme.color("accent")
        self.line = theme.color("line")
        self.warning = theme.color("warning")
        self.error = theme.color("error")
        self.on_badge = theme.color("ground" if dark else "panel")
        self.dots = blend(self.ground, self.line, 0.55 if dark else 0.9)
        self.hint = blend(self.body, self.dim, 0.35)
        self.wire = blend(self.ground, self.dim, 0.6 if dark else 0.7)
        self.border = QPen(self.line if not dark else blend(self.line, self.dim, 0.12), 1.0)
        self.hovered = QPen(blend(self.line, self.dim, 0.7), 1.0)
        self.selected = QPen(self.accent, 2.0)
        self.title_font = _font(13, QFont.Weight.DemiBold)
        self.headlines = Headlines(*(_font(pixels, QFont.Weight.DemiBold) for pixels in (25, 21, 18)))
        self.mono_font = mono(11)
        self.small_font = mono(10)
        self.title_metrics = QFontMetricsF(self.title_font)
        self.mono_metrics = QFontMetricsF(self.mono_font)

    def family(self, name: str) -> QColor:
        return self.theme.color(name if name in self.theme.families else "block")

    def color(self, name: str) -> QColor:
        """A family's colour, or one that is written out (`#E69F00`)."""
        return QColor(name) if name.startswith("#") else self.family(name)

    def wire_pen(self, *, dashed: bool, hovered: bool = False, selected: bool = False) -> QPen:
        color = self.accent if selected else self.dim if hovered else self.wire
        pen = QPen(color, 2.5 if selected or hovered else 2.0)
        if dashed:
            pen.setDashPattern([3.0, 2.5])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap if dashed else Qt.PenCapStyle.RoundCap)
        return pen

    def fault(self, severity: str) -> QColor:
        return self.error if severity == "error" else self.warning


def blend(first: QColor, second: QColor, share: float) -> QColor:
    """A colour between two: `share` 0 is the first, 1 the second."""
    mix = [
        round(a + (b - a) * share)
        for a, b in zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*mix)


def _font(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = interface(pixels)
    font.setWeight(weight)
    return font
