"""Where a node's ports are, what they are called, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from core.model.graph import Graph, Node
from core.model.project import Project
from core.model.spec import Port
from gui.canvas.style import HEADER, HEIGHT, PORT, Style

STEP = 24.0
SPREAD = 12.0
"""Distance of the wires into a variadic port."""


@dataclass(frozen=True)
class Spot:
    """One port of one node, at `at` in the node's coordinates; `wires` is how many end in it."""

    node: str
    port: Port
    is_input: bool
    at: QPointF
    wires: int = 0

    @property
    def name(self) -> str:
        return self.port.name

    @property
    def box(self) -> QRectF:
        """The drawn circle, or the pill of a variadic port with several wires."""
        more = max(self.wires - 1, 0) * SPREAD / 2 if self.port.variadic else 0.0
        return QRectF(self.at.x() - PORT, self.at.y() - PORT - more, 2 * PORT, 2 * (PORT + more))

    def end_of(self, rank: int) -> QPointF:
        """Where the wire of the given rank among this port's wires ends."""
        if not self.port.variadic:
            return self.at
        return QPointF(self.at.x(), self.at.y() + (rank - (max(self.wires, 1) - 1) / 2) * SPREAD)


def spots_of(project: Project, graph: Graph, node: Node, width: float) -> tuple[list[Spot], list[Spot]]:
    """The node's input and output ports with their places."""
    inputs, outputs = project.inputs_of(node), project.outputs_of(node)
    left = [
        Spot(node.id, port, True, QPointF(0, y), len(graph.into(node.id, port.name)) if port.variadic else 0)
        for port, y in zip(inputs, _heights(len(inputs)), strict=True)
    ]
    right = [
        Spot(node.id, port, False, QPointF(width, y)) for port, y in zip(outputs, _heights(len(outputs)), strict=True)
    ]
    return left, right


def _heights(count: int) -> list[float]:
    """The first port sits in the middle, so that a chain runs straight; the others below it while there is room."""
    middle = HEIGHT / 2
    if count <= 3:
        return [middle + STEP * index for index in range(count)]
    room = HEIGHT - HEADER - 12
    return [HEADER + 6 + room * (index + 0.5) / count for index in range(count)]


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
