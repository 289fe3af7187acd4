"""Draws a wire between two ports, from either end, or takes the end of one off an input to put it elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent

from core.model.graph import Edge
from core.model.ops import AddEdge, Op, RemoveEdge
from core.model.project import Project
from gui.canvas.hit import nearest_spot
from gui.canvas.insert import LooseEnd
from gui.canvas.node_item import NodeItem
from gui.canvas.stage import Gesture, Stage
from gui.canvas.wire_item import LooseWire
from gui.geometry.spots import Spot

_SNAP = 22.0


class DrawWire(Gesture):
    """Possible ports light up and snap, others dim; an impossible one says why at the cursor."""

    def __init__(self, stage: Stage, item: NodeItem, spot: Spot, project: Project, event: QMouseEvent) -> None:
        super().__init__(stage)
        self._project, self._graph = project, stage.session.graph
        self._within = stage.session.place.block
        self._pressed = event.position()
        self._taken = self._wire_at(item, spot, stage.at(event.position()))
        if self._taken is not None:
            item = stage.scene.nodes[self._taken.source]
            spot = item.spot(self._taken.output, False) or spot
        self._item, self._spot = item, spot
        self._goal: Edge | None = None
        self._drawn: LooseWire | None = None
        self._lit: NodeItem | None = None
        stage.point(Qt.CursorShape.CrossCursor)

    def _wire_at(self, item: NodeItem, spot: Spot, at: QPointF) -> Edge | None:
        """The wire whose end would come off: only an occupied input has one."""
        edges = self._graph.into(item.name, spot.name) if spot.is_input else []
        if not edges:
            return None
        far = {rank: abs((item.pos() + spot.end_of(rank)).y() - at.y()) for rank in range(len(edges))}
        return edges[min(far, key=lambda rank: far[rank])]

    def move(self, event: QMouseEvent) -> None:
        stage = self.stage
        if self._drawn is None:
            if (event.position() - self._pressed).manhattanLength() < 4:
                return
            self._begin()
        at = stage.at(event.position())
        item, spot = self._spot_near(at)
        reason = ""
        self._goal = None
        if item is not None and spot is not None:
            edge = self._edge_to(item, spot)
            reason = self._refusal(edge)
            self._goal = None if reason else edge
        self._light(item if self._goal else None, spot)
        stage.say(reason, event.position().toPoint())
        stage.point(Qt.CursorShape.ForbiddenCursor if reason else Qt.CursorShape.CrossCursor)
        here = item.pos() + spot.at if self._goal and item and spot else at
        start = self._item.pos() + self._spot.at
        if self._drawn is not None:
            ends = (here, start) if self._spot.is_input else (start, here)
            self._drawn.lay(*ends, snapped=self._goal is not None)

    def _begin(self) -> None:
        scene = self.stage.scene
        self._drawn = LooseWire(scene.style_)
        scene.addItem(self._drawn)
        if self._taken is not None and (wire := scene.wires.get(self._taken.end)):
            wire.setVisible(False)
        blocked = self._blocked()
        wires = self._graph.wires
        for item in scene.nodes.values():
            for spot in (*item.inputs, *item.outputs):
                possible = spot.is_input != self._spot.is_input and item.name not in blocked
                if possible and not spot.port.variadic:
                    target = (item.name, spot.name, 0) if spot.is_input else (self._item.name, self._spot.name, 0)
                    occupied = wires.get(target)
                    possible = occupied is None or occupied == self._taken
                item.states[spot.name, spot.is_input] = "possible" if possible else "dimmed"
        self._item.states[self._spot.name, self._spot.is_input] = "near"
        scene.update()

    def _blocked(self) -> set[str]:
        """The nodes to which a wire would close a cycle: all before an output, all behind an input."""
        following: dict[str, list[str]] = {}
        for edge in self._graph.edges:
            ahead, behind = (edge.source, edge.target) if self._spot.is_input else (edge.target, edge.source)
            following.setdefault(ahead, []).append(behind)
        seen, stack = {self._item.name}, [self._item.name]
        while stack:
            for name in following.get(stack.pop(), ()):
                if name not in seen:
                    seen.add(name)
                    stack.append(name)
        return seen

    def _spot_near(self, at: QPointF) -> tuple[NodeItem | None, Spot | None]:
        """The port at the cursor; over a node's body its first possible one."""
        reach = max(_SNAP, min(_SNAP / self.stage.zoom, 2 * _SNAP))
        around = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
        found_here = self.stage.scene.items(around)
        items = [item for item in found_here if isinstance(item, NodeItem) and not item.is_inner]
        found = nearest_spot(items, at, reach)
        if found and found[1].is_input != self._spot.is_input:
            return found
        for item in items:
            if item is not self._item and item.scene_box.contains(at):
                spots = item.outputs if self._spot.is_input else item.inputs
                lit = [spot for spot in spots if item.states.get((spot.name, spot.is_input)) in ("possible", "near")]
                if lit or spots:
                    return item, (lit or spots)[0]
        return None, None

    def _edge_to(self, item: NodeItem, spot: Spot) -> Edge:
        (source, output), (target, entry) = (self._item, self._spot), (item, spot)
        if self._spot.is_input:
            (source, output), (target, entry) = (target, entry), (source, output)
        slot = self._graph.free_slot(target.name, entry.name) if entry.port.variadic else 0
        return Edge(source.name, output.name, target.name, entry.name, slot)

    def _refusal(self, edge: Edge) -> str:
        """Why the wire is impossible; the one that was taken off does not stand in the way of itself."""
        if self._taken is not None and edge.end == self._taken.end and edge.source == self._taken.source:
            return ""
        return self._project.refusal(edge, self._within)

    def _light(self, item: NodeItem | None, spot: Spot | None) -> None:
        for other in (self._lit, item):
            if other is not None:
                for key, state in other.states.items():
                    if state == "near" and other is not self._item:
                        other.states[key] = "possible"
                other.update()
        if item is not None and spot is not None:
            item.states[spot.name, spot.is_input] = "near"
        self._lit = item

    def release(self, event: QMouseEvent) -> None:
        drawn, goal, taken = self._drawn, self._goal, self._taken
        self.cancel()
        if drawn is None:
            self.stage.session.select([self._item.name])
            return
        session = self.stage.session
        ops: list[Op] = [RemoveEdge(taken, self._within)] if taken else []
        if goal is not None:
            same = taken is not None and (goal.source, goal.target, goal.input) == (
                taken.source,
                taken.target,
                taken.input,
            )
            if not same:
                session.edit(f"Wire {goal.source} to {goal.target}", [*ops, AddEdge(goal, self._within)])
            return
        at = self.stage.at(event.position())
        found = self.stage.hit(at)
        if taken is not None:
            session.edit(f"Delete the wire into {taken.target}", ops)
        elif found.node is None and self.stage.view.viewport().rect().contains(event.position().toPoint()):
            self.stage.search(at, LooseEnd(self._item.name, self._spot.name, self._spot.is_input), None)

    def cancel(self) -> None:
        scene = self.stage.scene
        self.stage.say("", self._pressed.toPoint())
        if self._drawn is not None:
            scene.removeItem(self._drawn)
            self._drawn = None
            for item in scene.nodes.values():
                item.states = {}
            if self._taken is not None and (wire := scene.wires.get(self._taken.end)):
                wire.setVisible(True)
            scene.update()
