"""Putting a new node down: on empty ground, at the end of a loose wire, or on a wire, where the others make room."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF

from core.model.graph import Edge, Graph, Node
from core.model.layout import GAP_X, size_of
from core.model.ops import AddEdge, MoveNodes
from core.model.spec import LayerSpec, registry
from gui.canvas.scene import CanvasScene
from gui.canvas.style import HEIGHT

_CLOSE = 24.0
"""The least distance to the neighbours on a wire."""


@dataclass(frozen=True)
class LooseEnd:
    """A port that waits for its other end."""

    node: str
    port: str
    is_input: bool


def fits_wire(spec: LayerSpec) -> bool:
    """Whether a kind can sit on a wire at all."""
    return bool(spec.inputs and spec.outputs)


def fits_end(spec: LayerSpec, end: LooseEnd) -> bool:
    """Whether a kind has the port that a loose end needs."""
    return bool(spec.outputs if end.is_input else spec.inputs)


def width_of_kind(spec: LayerSpec) -> float:
    return size_of(Node(f"{spec.kind}_1", spec.kind))[0]


def insert(scene: CanvasScene, kind: str, at: QPointF, edge: Edge | None = None, end: LooseEnd | None = None) -> str:
    """Adds a node with its middle at a point of the scene, as one undo step; returns its id, empty when refused."""
    session, spec = scene.session, registry[kind]
    document = session.document
    if document is None:
        return ""
    width = width_of_kind(spec)
    if edge is not None:
        corner, aside = room_on_wire(scene, edge, width, at)
        with document.history.edit(f"Insert {spec.title}"):
            name = session.add_node(kind, corner.x(), corner.y(), edge=edge)
            if name and aside:
                session.edit(f"Insert {spec.title}", [MoveNodes(aside)])
        return name
    x = at.x() - width / 2
    if end is not None:
        x = at.x() - width if end.is_input else at.x()
    corner = QPointF(_snapped(x), _snapped(at.y() - HEIGHT / 2))
    with document.history.edit(f"Add {spec.title}"):
        name = session.add_node(kind, corner.x(), corner.y())
        if name and end is not None:
            session.edit(f"Add {spec.title}", [AddEdge(_edge(document.project.graph, spec, name, end))])
    return name


def _edge(graph: Graph, spec: LayerSpec, name: str, end: LooseEnd) -> Edge:
    if end.is_input:
        port = registry[graph.nodes[end.node].kind].input(end.port) if graph.nodes[end.node].kind in registry else None
        slot = graph.free_slot(end.node, end.port) if port and port.variadic else 0
        return Edge(name, spec.outputs[0].name, end.node, end.port, slot)
    return Edge(end.node, end.port, name, spec.inputs[0].name)


def room_on_wire(
    scene: CanvasScene, edge: Edge, width: float, at: QPointF
) -> tuple[QPointF, dict[str, tuple[float, float]]]:
    """Where a node of a width goes on a wire, and the places of the nodes downstream that move aside for it."""
    source, target = scene.nodes[edge.source].scene_box, scene.nodes[edge.target].scene_box
    free = target.left() - source.right()
    same_row = abs(source.top() - target.top()) < HEIGHT
    if free < -_CLOSE or (not same_row and free < width + 2 * _CLOSE):
        return QPointF(_snapped(at.x() - width / 2), _snapped(at.y() - HEIGHT / 2)), {}
    top = source.top() if same_row else _snapped(at.y() - HEIGHT / 2)
    if free >= width + 2 * _CLOSE:
        x = min(max(at.x() - width / 2, source.right() + _CLOSE), target.left() - width - _CLOSE)
        return QPointF(x, top), {}
    shift = width + 2 * GAP_X - free
    return QPointF(source.right() + GAP_X, top), _moved_aside(scene, edge.target, target.top(), shift)


def _moved_aside(scene: CanvasScene, start: str, row: float, shift: float) -> dict[str, tuple[float, float]]:
    """Everything to the right of `start` in its row that lies downstream, and what would then be in the way."""
    graph = scene.session.graph
    left = graph.nodes[start].x
    reached, stack = {start}, [start]
    while stack:
        for edge in graph.out_of(stack.pop()):
            if edge.target not in reached:
                reached.add(edge.target)
                stack.append(edge.target)
    in_row = [node for node in graph.nodes.values() if node.x >= left - 1 and abs(node.y - row) < HEIGHT]
    if any(node.id not in reached for node in in_row):
        reached.update(node.id for node in in_row)
    return {node.id: (node.x + shift, node.y) for node in in_row if node.id in reached}


def _snapped(value: float, step: float = 8.0) -> float:
    return round(value / step) * step
