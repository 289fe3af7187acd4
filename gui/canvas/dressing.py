"""Gives node items their words, ports, types and faults, and opened instances what is inside them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem

from core.model.block import Block
from core.model.graph import Edge, Graph, Node
from core.model.spec import registry
from gui.canvas.cost_line import CostLine
from gui.canvas.curve import LossCurve
from gui.canvas.face import face_of, field_of
from gui.canvas.frame import Frame
from gui.canvas.node_item import NodeItem
from gui.canvas.plates import Plates
from gui.canvas.style import Style
from gui.canvas.wire_item import WireItem
from gui.geometry.shape import NodeShape, shape_of
from gui.session import Session


class Dresser:
    """For the items of one scene."""

    def __init__(self, session: Session, plates: Plates) -> None:
        self._session = session
        self._plates = plates
        self._inside: dict[NodeItem, Inside] = {}

    def clear(self) -> None:
        """Forgets all frames; the scene has dropped their items."""
        self._inside.clear()

    def drop(self, item: NodeItem) -> None:
        """An item is removed, and what is inside it."""
        if inside := self._inside.pop(item, None):
            for inner in inside.nodes.values():
                self.drop(inner)

    def dress(
        self,
        item: NodeItem,
        graph: Graph,
        node: Node,
        style: Style,
        logits: frozenset[str] = frozenset(),
        within: str = "",
        seen: tuple[str, ...] = (),
    ) -> None:
        """Brings a node up to date: it stands in the graph of the block `within`, in frames of the blocks `seen`."""
        session, project = self._session, self._session.front.project
        here, path = session.here, item.name
        form = shape_of(project, graph, node, within, seen)
        item.dress(face_of(session, project, node, logits, path, within), form, style)
        item.field = None if within else field_of(session, node)
        item.report = here.nodes.get(path)
        self.count(item)
        spec = registry.get(node.kind)
        if spec is not None and spec.family == "loss" and not within:
            item.curve = item.curve or LossCurve()
            item.curve.follow(session.run, item.name)
        faults = here.faults_of(path)
        block = project.block_of(node)
        if form.shift is not None and block is not None:
            # What is wrong inside is said at the nodes inside.
            faults = tuple(fault for fault in faults if fault.node == here.prefix + path)
            self._open(item, block, form, style, (*seen, block.name))
        elif inside := self._inside.pop(item, None):
            inside.clear(self)
            item.frame = None
        item.faults = faults

    def count(self, item: NodeItem) -> None:
        """Gives an item what its node costs, as the shapes are now."""
        cost, whole = self._session.here.cost(item.name), self._session.here.whole
        item.set_cost(CostLine(cost, cost.share_of(whole)) if any(cost) else None, self._session.costs_shown)

    def _open(self, item: NodeItem, block: Block, form: NodeShape, style: Style, seen: tuple[str, ...]) -> None:
        item.frame = frame = item.frame or Frame()
        frame.repeat = self._session.repetitions(item.name)
        frame.repetition = min(frame.repetition, frame.repeat - 1)
        prefix = f"{item.name}/{frame.repetition}/" if frame.repeat > 1 else f"{item.name}/"
        inside = self._inside.setdefault(item, Inside(item, self._plates))
        inside.follow(self, prefix, block, form, style, seen)

    def turn(self, item: NodeItem, by: int) -> bool:
        """Shows another repetition in a frame; returns whether there is one."""
        frame = item.frame
        if frame is None or not 0 <= frame.repetition + by < frame.repeat:
            return False
        frame.repetition += by
        return True

    def inner(self, item: NodeItem) -> Iterator[NodeItem]:
        """All items inside an opened instance, at any depth."""
        if inside := self._inside.get(item):
            for each in inside.nodes.values():
                yield each
                yield from self.inner(each)


class Inside:
    """The nodes and wires in the frame of one instance: children of its item, so that they move with it."""

    def __init__(self, around: NodeItem, plates: Plates) -> None:
        self._around = around
        self._plates = plates
        self.nodes: dict[str, NodeItem] = {}
        self._wires: list[WireItem] = []

    def follow(
        self, dresser: Dresser, prefix: str, block: Block, form: NodeShape, style: Style, seen: tuple[str, ...]
    ) -> None:
        """Makes, moves and drops items so that they show the block as it is."""
        nodes = {id: node for id, node in block.graph.nodes.items() if node.kind not in ("input", "output")}
        for id in [id for id, item in self.nodes.items() if id not in nodes or item.name != prefix + id]:
            dresser.drop(self.nodes[id])
            _remove(self.nodes.pop(id))
        shift = form.shift or QPointF()
        for id, node in nodes.items():
            item = self.nodes.get(id)
            if item is None:
                item = self.nodes[id] = NodeItem(prefix + id, style, self._plates)
                item.setParentItem(self._around)
            item.setPos(shift + QPointF(node.x, node.y))
            dresser.dress(item, block.graph, node, style, within=block.name, seen=seen)
        for wire in self._wires:
            _remove(wire)
        self._wires = [wire for edge in block.graph.edges if (wire := self._wire(edge, block.graph, form, style))]

    def _wire(self, edge: Edge, graph: Graph, form: NodeShape, style: Style) -> WireItem | None:
        """A wire inside; those of the ports begin and end at the frame."""
        rank = sum(1 for other in graph.into(edge.target, edge.input) if other.slot < edge.slot)
        start = self._end(edge.source, edge.output, form, False)
        end = self._end(edge.target, edge.input, form, True, rank)
        if start is None or end is None:
            return None
        wire = WireItem(edge, style, dashed=edge.input == "target")
        wire.setParentItem(self._around)
        wire.lay(start, end, "", self._in_the_way)
        return wire

    def _end(self, name: str, port: str, form: NodeShape, is_input: bool, rank: int = 0) -> QPointF | None:
        item = self.nodes.get(name)
        if item is not None:
            spot = item.spot(port, is_input)
            return item.pos() + spot.end_of(rank) if spot else None
        spots = form.outputs if is_input else form.inputs
        return next((spot.at for spot in spots if spot.name == name), None)

    def _in_the_way(self, area: QRectF) -> list[QRectF]:
        boxes = [item.box.translated(item.pos()) for item in self.nodes.values()]
        return [box for box in boxes if box.intersects(area)]

    def clear(self, dresser: Dresser) -> None:
        """Takes everything away: the instance was folded."""
        for item in self.nodes.values():
            dresser.drop(item)
            _remove(item)
        for wire in self._wires:
            _remove(wire)
        self.nodes, self._wires = {}, []


def _remove(item: QGraphicsItem) -> None:
    item.setParentItem(None)
    if scene := item.scene():
        scene.removeItem(item)
