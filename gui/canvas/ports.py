"""How ports are drawn and what they are called."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.canvas.style import Style
from gui.geometry.spots import Spot


def paint_spot(painter: QPainter, spot: Spot, color: QColor, style: Style, state: str = "") -> None:
    """Hollow for an input, filled for an output. `state`: `possible` lights up, `dimmed` fades, `near` is the goal."""
    box = spot.box
    if state == "dimmed":
        painter.setOpacity(0.3)
    if state in ("possible", "near"):
        halo = QColor(style.accent)
        halo.setAlphaF(0.55 if state == "near" else 0.28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(halo)
        grown = box.adjusted(-5, -5, 5, 5)
        painter.drawRoundedRect(grown, grown.width() / 2, grown.width() / 2)
    painter.setPen(QPen(style.accent if state == "near" else color, 2.0))
    painter.setBrush(style.ground if spot.is_input else (style.accent if state == "near" else color))
    inner = box.adjusted(1, 1, -1, -1)
    painter.drawRoundedRect(inner, inner.width() / 2, inner.width() / 2)
    painter.setOpacity(1.0)


def words_of(spot: Spot, type_text: str) -> str:
    """The tooltip: name, axes and type in plain words."""
    port = spot.port
    kind = "Input" if spot.is_input else "Output"
    many = ", takes several wires" if port.variadic else ", may stay free" if spot.is_input and port.optional else ""
    lines = [f"{kind} “{port.name}”{many}"]
    if port.doc:
        lines.append(port.doc)
    lines.append(f"axes: {port.axes or 'a single number'} · {port.dtype if port.dtype != 'any' else 'any type'}")
    if type_text:
        lines.append(f"now: {type_text}")
    return "\n".join(lines)
