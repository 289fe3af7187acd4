"""The scene keeps one item a node and a wire in step with the model, by id. Items never write to the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPolygonF
from PySide6.QtWidgets import QGraphicsScene

from core.model.graph import Edge
from core.model.ops import Op
from core.model.project import Project
from gui.canvas.cards import Cards
from gui.canvas.dressing import Dresser
from gui.canvas.face import logits_of, wire_text
from gui.canvas.motion import Motion
from gui.canvas.node_item import NodeItem
from gui.canvas.overview import Overview
from gui.canvas.plates import Plates
from gui.canvas.style import Style
from gui.canvas.ties import Ties
from gui.canvas.touched import End, touched
from gui.canvas.wire_item import WireItem
from gui.session import Session

_REROUTED = 600
"""Up to so many wires find a new way when a node came to lie on another's way."""


class CanvasScene(QGraphicsScene):
    """Items by id for the graph of the document in front."""

    laid = Signal()  # items came, went or moved

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.style_ = Style(session.theme)
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[End, WireItem] = {}
        self.cards = Cards(self)
        self.ties = Ties(self)
        self.selected_wires: set[End] = set()
        self.overview = Overview()
        self._plates = Plates()
        self.dresser = Dresser(session, self._plates)
        self._ends: dict[str, set[End]] = {}
        self.motion = Motion(self.place, self.lay_all, self)
        self.guides: list[QLineF] = []
        self._hovered: NodeItem | WireItem | None = None
        session.document_activated.connect(self.rebuild)
        session.place_changed.connect(self.rebuild)
        session.edited.connect(self.apply)
        session.inferred.connect(self.refresh)
        session.selection_changed.connect(self.show_selection)
        session.theme_changed.connect(self.restyle)
        session.costs_turned.connect(self.count)
        self.rebuild()

    @property
    def project(self) -> Project | None:
        return self.session.document.project if self.session.document else None

    def rebuild(self) -> None:
        """Starts anew with the document in front."""
        self.motion.finish()
        self._hovered = None
        self.clear()
        self.cards.clear()
        self._plates.clear()
        self.ties.clear()
        self.nodes, self.wires, self._ends, self.selected_wires = {}, {}, {}, set()
        self.dresser.clear()
        if self.project is not None:
            graph = self.session.graph
            nodes = graph.nodes.values()
            # The index is built for this area; it also finds what lies outside.
            spread = QPolygonF([QPointF(node.x, node.y) for node in nodes]).boundingRect()
            self.setSceneRect(spread.adjusted(-400, -400, 800, 800))
            self._sync(list(graph.nodes), list(graph.wires))
        self.show_selection()

    def apply(self, ops: Sequence[Op]) -> None:
        """Follows an edit: only what it names is touched."""
        if self.project is None:
            return
        found = touched(ops, self.session.graph, self.session.place.block)
        if found.everything:
            found.nodes = dict.fromkeys((*self.nodes, *self.session.graph.nodes))
        self._sync(list(found.nodes), list(found.ends))
        if found.moved and not self.motion.running and len(self.wires) <= _REROUTED:
            self.lay_all()

    def _sync(self, names: Iterable[str], ends: Iterable[End]) -> None:
        if self.project is None:
            return
        graph = self.session.graph
        logits = logits_of(graph)
        for end in ends:
            if end in self.wires and self.wires[end].edge != graph.wires.get(end):
                self._drop_wire(end)
        gliding: dict[str, tuple[QPointF, QPointF]] = {}
        dressed: list[str] = []
        for name in names:
            node = graph.nodes.get(name)
            if node is None:
                self._drop_node(name)
                continue
            dressed.append(name)
            item = self.nodes.get(name)
            goal = QPointF(node.x, node.y)
            if item is None:
                item = self._add_node(name)
                item.setPos(goal)
                item.set_state(selected=name in self.session.selection)
            elif item.pos() != goal:
                gliding[name] = (item.pos(), goal)
            else:
                self.motion.release(name)
            self._dress(item, logits)
        for end in ends:
            if end in graph.wires and end not in self.wires:
                self._add_wire(graph.wires[end])
        unlaid = dict.fromkeys(end for end in ends if end in self.wires)
        for name in dressed:
            unlaid.update(dict.fromkeys(self._ends[name]))
        for end in unlaid:
            self._lay(self.wires[end])
        self.motion.glide(gliding)
        self.overview.forget()
        self._mark()
        self.cards.settle(self.items_by_name())
        self.laid.emit()

    def _add_node(self, name: str) -> NodeItem:
        item = self.nodes[name] = NodeItem(name, self.style_, self._plates)
        self._ends.setdefault(name, set())
        self.addItem(item)
        return item

    def _drop_node(self, name: str) -> None:
        item = self.nodes.pop(name, None)
        if item is None:
            return
        if self._hovered is item:
            self._hovered = None
        self.cards.drop(name)
        self.dresser.drop(item)
        self._ends.pop(name, None)
        self.removeItem(item)

    def _add_wire(self, edge: Edge) -> None:
        item = WireItem(edge, self.style_, dashed=edge.input == "target")
        self.wires[edge.end] = item
        self._ends.setdefault(edge.source, set()).add(edge.end)
        self._ends.setdefault(edge.target, set()).add(edge.end)
        self.addItem(item)

    def _drop_wire(self, end: End) -> None:
        item = self.wires.pop(end)
        if self._hovered is item:
            self._hovered = None
        self.selected_wires.discard(end)
        for name in (item.edge.source, item.edge.target):
            self._ends.get(name, set()).discard(end)
        self.removeItem(item)

    def _dress(self, item: NodeItem, logits: frozenset[str]) -> None:
        """Gives a node its words, ports, type and faults."""
        session = self.session
        node, within = session.graph.nodes[item.name], session.place.block
        self.dresser.dress(item, session.graph, node, self.style_, logits, within, (within,) if within else ())
        for each in (item, *self.dresser.inner(item)):
            each.set_state(selected=each.name in session.selection or each.name == session.inner)
            self.cards.follow(each, self.style_)

    def refresh(self, everything: bool = False) -> None:
        """New shapes or new data: words, faults and what stands on the wires, where they changed."""
        if self.project is None:
            return
        graph, here = self.session.graph, self.session.here
        logits = logits_of(graph)
        for name, item in self.nodes.items():
            self.dresser.count(item)
            node = graph.nodes.get(name)
            same = item.report == here.nodes.get(name) and item.faults == here.faults_of(name) and not item.is_open
            if node is None or (same and node.kind != "input" and not everything):
                continue
            width = item.width
            self._dress(item, logits)
            for end in self._ends[name]:
                wire = self.wires[end]
                if item.width != width:
                    self._lay(wire)
                elif wire.edge.source == name:
                    wire.say(wire_text(self.session, graph, name, wire.edge.output), self.boxes_in)
        self.cards.settle(self.items_by_name())
        self.laid.emit()

    def count(self) -> None:
        """Writes what nodes cost below them, or no more."""
        for item in self.items_by_name().values():
            self.dresser.count(item)

    def items_by_name(self) -> dict[str, NodeItem]:
        """All node items by their paths from here, those inside frames too."""
        found = dict(self.nodes)
        for item in self.nodes.values():
            if item.is_open:
                found.update((each.name, each) for each in self.dresser.inner(item))
        return found

    def turn(self, item: NodeItem, by: int) -> None:
        """Shows another repetition in the frame of an instance."""
        if self.dresser.turn(item, by):
            self._sync([item.name.split("/")[0]], ())
            self.show_selection()

    def restyle(self) -> None:
        """The theme changed: the same items in other colours."""
        self.style_ = Style(self.session.theme)
        for wire in self.wires.values():
            wire.style = self.style_
        self.overview.forget()
        self.refresh(everything=True)
        self.update()

    def boxes_in(self, area: QRectF) -> list[QRectF]:
        """The rectangles of the nodes that lie in an area."""
        found = self.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect)
        boxes = [item.scene_box for item in found if isinstance(item, NodeItem) and not item.is_inner]
        return [box for box in boxes if box.intersects(area)]

    def place(self, name: str, at: QPointF) -> None:
        """Draws a node elsewhere, with its wires; the model stays as it is."""
        if item := self.nodes.get(name):
            item.setPos(at)
            self._lay_wires(name)
            self.ties.follow()
            self.overview.forget()

    def _lay_wires(self, name: str) -> None:
        for end in self._ends.get(name, ()):
            self._lay(self.wires[end])

    def _lay(self, wire: WireItem) -> None:
        edge, graph = wire.edge, self.session.graph
        source, target = self.nodes.get(edge.source), self.nodes.get(edge.target)
        start = source.spot(edge.output, False) if source else None
        goal = target.spot(edge.input, True) if target else None
        if source is None or target is None or start is None or goal is None:
            return
        rank = 0
        if goal.port.variadic:
            rank = sum(1 for other in graph.into(edge.target, edge.input) if other.slot < edge.slot)
        text = wire_text(self.session, graph, edge.source, edge.output)
        wire.lay(source.pos() + start.at, target.pos() + goal.end_of(rank), text, self.boxes_in)

    def lay_all(self) -> None:
        """Lays every wire anew, after nodes came to lie in the way of others."""
        for wire in self.wires.values():
            self._lay(wire)
        self.cards.settle(self.items_by_name())
        self.laid.emit()

    def show_selection(self) -> None:
        """Marks what the session has selected."""
        chosen = {*self.session.selection, self.session.inner}
        for name, item in self.items_by_name().items():
            item.set_state(selected=name in chosen)
        self._mark()
        self.cards.settle(self.items_by_name())
        self.laid.emit()

    def _mark(self) -> None:
        self.overview.mark([self.nodes[name].scene_box for name in self.session.selection if name in self.nodes])

    def select_wires(self, ends: Iterable[End]) -> None:
        """Wires are selected on the canvas only; the session knows nodes."""
        self.selected_wires = set(ends)
        for end, wire in self.wires.items():
            wire.set_state(selected=end in self.selected_wires)

    def hover(self, item: NodeItem | WireItem | None) -> None:
        """Marks the one thing under the cursor."""
        if item is self._hovered:
            return
        if self._hovered is not None:
            self._hovered.set_state(hovered=False)
        self._hovered = item
        if item is not None:
            item.set_state(hovered=True)
        self.cards.settle(self.items_by_name())

    def set_guides(self, lines: list[QLineF]) -> None:
        """The lines to which a moved node was drawn; the view paints them."""
        if lines != self.guides:
            self.guides = lines
            self.update()
