"""Moves the selected nodes with their wires; one undo step for the whole drag."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from core.model.graph import Edge
from core.model.ops import AddEdge, MoveNodes, Op, RemoveEdge
from core.model.room import room_on_wire
from gui.canvas.gestures.snap import snapped
from gui.canvas.hit import wire_near
from gui.canvas.insert import scene_widths
from gui.canvas.node_item import NodeItem
from gui.canvas.stage import Gesture, Stage


class Move(Gesture):
    """Nodes follow the cursor, drawn to their neighbours' lines unless Alt is held."""

    def __init__(self, stage: Stage, item: NodeItem, event: QMouseEvent, click_selects: bool) -> None:
        super().__init__(stage)
        self._pressed = event.position()
        self._start = stage.at(event.position())
        self._held = item
        self._click_selects = click_selects
        self._from: dict[str, QPointF] = {}
        self._onto: Edge | None = None

    def move(self, event: QMouseEvent) -> None:
        stage = self.stage
        if not self._from:
            if (event.position() - self._pressed).manhattanLength() < QApplication.startDragDistance() / 2:
                return
            stage.scene.motion.finish()
            self._from = {name: stage.scene.nodes[name].pos() for name in stage.session.selection}
            if self._held.name not in self._from:
                self._from = {self._held.name: self._held.pos()}
            stage.point(Qt.CursorShape.SizeAllCursor)
        by = stage.at(event.position()) - self._start
        if not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            by += self._snap(by)
        else:
            stage.scene.set_guides([])
        for name, start in self._from.items():
            stage.scene.place(name, start + by)
        self._onto = self._wire_under(stage.at(event.position()))
        stage.mark_wire(self._onto)

    def _snap(self, by: QPointF) -> QPointF:
        scene = self.stage.scene
        box = self._held.box.translated(self._from[self._held.name] + by)
        around = QRectF(box).adjusted(-900, -900, 900, 900)
        near = [
            item.scene_box
            for item in (scene.items(around) if len(scene.nodes) > 200 else scene.nodes.values())
            if isinstance(item, NodeItem) and not item.is_inner and item.name not in self._from
        ]
        shift, guides = snapped(box, near)
        scene.set_guides(guides)
        return shift

    def _wire_under(self, at: QPointF) -> Edge | None:
        """The wire onto which a single unwired node would be dropped."""
        project = self.stage.project
        if len(self._from) != 1 or project is None:
            return None
        name, graph = self._held.name, self.stage.session.graph
        if graph.into(name) or graph.out_of(name) or not (self._held.inputs and self._held.outputs):
            return None
        wire = wire_near(self.stage.scene.items(QRectF(at.x() - 12, at.y() - 12, 24, 24)), at, 12)
        return wire.edge if wire else None

    def release(self, event: QMouseEvent) -> None:
        scene, session = self.stage.scene, self.stage.session
        scene.set_guides([])
        self.stage.mark_wire(None)
        if not self._from:
            if self._click_selects and len(session.selection) > 1:
                session.select([self._held.name])
            return
        places = {name: (scene.nodes[name].x(), scene.nodes[name].y()) for name in self._from}
        count = len(places)
        text = f"Move {count} nodes" if count > 1 else f"Move {self._held.name}"
        ops: list[Op] = [MoveNodes(places, session.place.block)]
        if self._onto is not None:
            ops = self._ops_onto(self._onto)
            text = f"Insert {self._held.name}"
        moved = any(scene.nodes[name].pos() != start for name, start in self._from.items())
        if moved and not session.edit(text, ops):
            self.cancel()

    def _ops_onto(self, edge: Edge) -> list[Op]:
        item, graph, within = self._held, self.stage.session.graph, self.stage.session.place.block
        middle = item.scene_box.center()
        corner, aside = room_on_wire(
            graph, edge, graph.nodes[item.name], (middle.x(), middle.y()), scene_widths(self.stage.scene)
        )
        aside[item.name] = corner
        return [
            RemoveEdge(edge, within),
            AddEdge(Edge(edge.source, edge.output, item.name, item.inputs[0].name), within),
            AddEdge(Edge(item.name, item.outputs[0].name, edge.target, edge.input, edge.slot), within),
            MoveNodes(aside, within),
        ]

    def cancel(self) -> None:
        self.stage.scene.set_guides([])
        for name, start in self._from.items():
            self.stage.scene.place(name, start)
        self._from = {}
