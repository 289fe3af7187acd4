"""Where a node's ports are: on its card's sides, in the node's own coordinates."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from core.model.graph import Graph, Node
from core.model.layout import HEIGHT
from core.model.project import Project
from core.model.spec import Port

HEADER = 30.0
"""Height of a card's header."""
PORT = 5.0
"""Radius of a port's circle."""
CHEVRON = 16.0
"""Width of the sign in an instance's header that opens and folds it."""
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
