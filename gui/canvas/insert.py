"""Putting a new node down: on empty ground, at the end of a loose wire, or on a wire, where the others make room."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF

from core.model.fault import Fault
from core.model.graph import Edge, Graph, Node
from core.model.layout import size_of
from core.model.ops import AddEdge, MoveNodes
from core.model.room import room_on_wire
from core.model.spec import LayerSpec, registry
from gui.canvas.scene import CanvasScene
from gui.canvas.style import HEIGHT


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
        (left, top), aside = room_on_wire(session.graph, edge, Node(f"{kind}_1", kind), (at.x(), at.y()))
        with document.history.edit(f"Insert {spec.title}"):
            name = session.add_node(kind, left, top, edge=edge)
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


def _snapped(value: float, step: float = 8.0) -> float:
    return round(value / step) * step


def mend(scene: CanvasScene, fault: Fault) -> None:
    """Does what a fault offers; a layer that it wants goes onto the wire, and the others make room."""
    wires = scene.session.graph.into(fault.node, fault.port) if fault.insert and not fault.params else []
    if not wires:
        scene.session.mend(fault)
        return
    item = scene.nodes[fault.node]
    insert(scene, fault.insert, item.pos() + QPointF(-60, HEIGHT / 2), wires[0])
