"""Putting a new node down: on empty ground, at the end of a loose wire, or on a wire, where the others make room."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF

from core.model.fault import Fault
from core.model.graph import BLOCK, Edge, Node
from core.model.layout import size_of, width_of
from core.model.ops import AddEdge, MoveNodes
from core.model.project import Project
from core.model.room import room_on_wire
from core.model.spec import LayerSpec
from gui import stock
from gui.canvas.scene import CanvasScene
from gui.canvas.style import CHEVRON, HEIGHT
from gui.place import way_to


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
    """The width of a new node."""
    if spec.kind == BLOCK:
        return width_of(spec.title, spec.telling({})) + CHEVRON
    return size_of(Node(f"{spec.kind}_1", spec.kind))[0]


def scene_widths(scene: CanvasScene) -> dict[str, float]:
    """The widths of all nodes as they are drawn."""
    return {name: item.width for name, item in scene.nodes.items()}


def insert(scene: CanvasScene, id: str, at: QPointF, edge: Edge | None = None, end: LooseEnd | None = None) -> str:
    """Adds a node with its middle at a point of the scene, as one undo step; returns its id, empty when refused."""
    session = scene.session
    document, entry = session.document, stock.entry(session.front.project, id)
    if document is None or entry is None:
        return ""
    spec, within = entry.spec, session.place.block
    width = width_of_kind(spec)
    if edge is not None:
        new = Node(session.graph.new_id(spec.kind), spec.kind)
        widths = scene_widths(scene) | {new.id: width}
        (left, top), aside = room_on_wire(session.graph, edge, new, (at.x(), at.y()), widths)
        with document.history.edit(f"Insert {spec.title}"):
            name = session.add_node(id, left, top, edge=edge)
            if name:
                session.fit_block(name, f"Insert {spec.title}")
            if name and aside:
                session.edit(f"Insert {spec.title}", [MoveNodes(aside, within)])
        return name
    x = at.x() - width / 2
    if end is not None:
        x = at.x() - width if end.is_input else at.x()
    corner = QPointF(_snapped(x), _snapped(at.y() - HEIGHT / 2))
    with document.history.edit(f"Add {spec.title}"):
        name = session.add_node(id, corner.x(), corner.y())
        if name and end is not None:
            session.edit(f"Add {spec.title}", [AddEdge(_edge(document.project, within, name, end), within)])
            session.fit_block(name, f"Add {spec.title}")
    return name


def _edge(project: Project, within: str, name: str, end: LooseEnd) -> Edge:
    graph = project.inside(within)
    new, other = graph.nodes[name], graph.nodes[end.node]
    if end.is_input:
        port = next((port for port in project.inputs_of(other) if port.name == end.port), None)
        slot = graph.free_slot(end.node, end.port) if port and port.variadic else 0
        return Edge(name, project.outputs_of(new)[0].name, end.node, end.port, slot)
    return Edge(end.node, end.port, name, project.inputs_of(new)[0].name)


def _snapped(value: float, step: float = 8.0) -> float:
    return round(value / step) * step


def mend(scene: CanvasScene, fault: Fault) -> None:
    """Does what a fault offers; a layer that it wants goes onto the wire, and the others make room."""
    session = scene.session
    steps, name = way_to(session.front.project, fault.node)
    within = steps[-1].block if steps else ""
    wires = session.graph.into(name, fault.port) if fault.insert and not fault.params else []
    if not wires or within != session.place.block or name not in scene.nodes:
        session.mend(fault)
        return
    insert(scene, fault.insert, scene.nodes[name].pos() + QPointF(-60, HEIGHT / 2), wires[0])
