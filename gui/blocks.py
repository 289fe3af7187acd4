"""What can be done with blocks: make one, open it up, show its inside in place, copy its definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QRectF

from core.model.block import Block
from core.model.fault import EditError
from core.model.graph import BLOCK, Node
from core.model.grouping import group, groupable, ungroup
from core.model.layout import HEIGHT
from core.model.ops import AddBlock, MoveNodes, Op, OpenNode, RemoveBlock, SetBlock, SetNode
from core.model.ports import instances
from core.model.project import Project
from core.model.spec import registry
from gui.definitions import copied, free_name
from gui.geometry.shape import aside, shape_of, shapes_inside
from gui.theme import FAMILY_DARK

if TYPE_CHECKING:
    from gui.editing import Editing

COLORS = tuple(dict.fromkeys(color for name, color in FAMILY_DARK.items() if name not in ("block", "operation")))
"""What a block's colour is chosen from; any other can be typed."""
NO_BLOCK = "Select a block first."


class Blocks:
    """The verbs of a session that concern blocks; each is one undo step, and a refusal is told."""

    def __init__(self, session: Editing) -> None:
        self._session = session

    @property
    def project(self) -> Project:
        return self._session.front.project

    # Why not

    def no_instance(self) -> str:
        """Why there is no instance to work on; empty when one is selected."""
        node = self._session.chosen()[1]
        return "" if node is not None and self.project.block_of(node) is not None else NO_BLOCK

    def cannot_make(self) -> str:
        session = self._session
        if not session.selection:
            return "Select the layers that shall become a block."
        if not groupable(self.project, session.selection, session.place.block):
            return "Data and losses stay outside of blocks: select a layer between them."
        return ""

    def cannot_enter(self) -> str:
        return "" if self._session.inner else self.no_instance()

    def is_first(self) -> str:
        place = self._session.place
        return "" if place.steps and place.steps[-1].repetition > 0 else "There is no repetition before this one."

    def is_last(self) -> str:
        place = self._session.place
        more = bool(place.steps) and place.steps[-1].repetition < place.repeat - 1
        return "" if more else "There is no repetition after this one."

    def cannot_leave(self) -> str:
        return "" if self._session.place.steps else "You are not inside a block."

    # Verbs

    def make(self) -> str:
        """Makes a block of the selected nodes and selects the instance; returns the block's name, empty if refused."""
        session, within = self._session, self._session.place.block
        if reason := self.cannot_make():
            session.noticed.emit(reason, "info")
            return ""
        number = 1
        while f"block_{number}" in self.project.blocks or self._is_title(f"Block {number}"):
            number += 1
        name, title = f"block_{number}", f"Block {number}"
        try:
            ops, instance = group(self.project, session.selection, name, title, within)
        except EditError as error:
            session.noticed.emit(f"{error.message} {error.fix}".strip(), "error")
            return ""
        ops.append(SetBlock(name, title, self.next_color(), "", ()))
        before = self._row_of(session.selection, within)
        with session.history.edit("Make a block") as history:
            if not session.edit("Make a block", ops):
                return ""
            if before is not None:
                history.apply(MoveNodes({instance: (before.left(), before.top())}, within))
                room = before.translated(-before.topLeft())
                if places := aside(self.project, within, instance, room, self._box(within, instance)):
                    history.apply(MoveNodes(places, within))
        session.select([instance])
        session.rename_requested.emit()
        return name

    def _row_of(self, names: Sequence[str], within: str) -> QRectF | None:
        """The room that nodes in one row take together; None where they stand in several rows, or others among them."""
        graph = self.project.inside(within)
        boxes = {
            node.id: shape_of(self.project, graph, node, within).box.translated(node.x, node.y)
            for node in graph.nodes.values()
        }
        chosen = groupable(self.project, names, within)
        whole = QRectF()
        for name in chosen:
            whole = whole.united(boxes[name])
        tallest = max((boxes[name].height() for name in chosen), default=HEIGHT)
        others = any(box.intersects(whole) for name, box in boxes.items() if name not in chosen)
        return None if others or whole.height() > 1.5 * tallest else whole

    def _is_title(self, title: str) -> bool:
        return any(block.title == title for block in self.project.blocks.values())

    def next_color(self) -> str:
        """The colour that stands out most: of the fewest blocks, and of no family in this graph."""
        used = [block.color for block in self.project.blocks.values()]
        used += {
            FAMILY_DARK.get(spec.family, "")
            for node in self._session.graph.nodes.values()
            if (spec := registry.get(node.kind))
        }
        used.append(FAMILY_DARK["data"])
        return min(COLORS, key=lambda color: (used.count(color), COLORS.index(color)))

    def open_up(self) -> None:
        """Puts the nodes inside the selected instance in its place; the definition goes with its last instance."""
        session = self._session
        within, node = session.chosen()
        block = self.project.block_of(node) if node else None
        if node is None or block is None:
            session.noticed.emit(NO_BLOCK, "info")
            return
        try:
            ops, names = ungroup(self.project, node.id, within)
        except EditError as error:
            session.noticed.emit(f"{error.message} {error.fix}".strip(), "error")
            return
        if len(instances(self.project, block.name)) == 1:
            ops.append(RemoveBlock(block.name))
        text, here, box = f"Open up {block.title}", within == session.place.block, self._box(within, node.id)
        room = self._room_inside(block)
        with session.history.edit(text) as history:
            places = aside(self.project, within, node.id, box, room) if room.isValid() else {}
            if places:
                history.apply(MoveNodes(places, within))
            done = session.edit(text, ops)
        if done and here:
            session.select(names)

    def _room_inside(self, block: Block) -> QRectF:
        """The room that the nodes inside a block take, its upper left corner at the origin."""
        whole = QRectF()
        for id, shape in shapes_inside(self.project, block, (block.name,)).items():
            whole = whole.united(shape.box.translated(block.graph.nodes[id].x, block.graph.nodes[id].y))
        return whole.translated(-whole.topLeft())

    def enter(self) -> None:
        """Goes inside the selected instance; from a node in an opened instance, to that node."""
        session = self._session
        if session.inner:
            session.visit(session.place.prefix + session.inner)
        elif session.selection and not session.enter(session.selection[0]):
            session.noticed.emit(NO_BLOCK, "info")

    def toggle(self, path: str = "") -> None:
        """Opens an instance in place, or folds it; others move aside, or back."""
        session = self._session
        path = path or session.inner or (session.selection[0] if len(session.selection) == 1 else "")
        chain = self._chain(path)
        if not chain:
            session.noticed.emit(NO_BLOCK, "info")
            return
        before = [self._box(within, name) for within, name in chain]
        within, name = chain[-1]
        node = self.project.inside(within).nodes[name]
        title = self.project.blocks[str(node.params[BLOCK])].title
        with session.history.edit(f"{'Fold' if node.open else 'Open'} {title}") as history:
            history.apply(OpenNode(name, not node.open, within))
            for (within, name), box in reversed(list(zip(chain, before, strict=True))):
                if places := aside(self.project, within, name, box, self._box(within, name)):
                    history.apply(MoveNodes(places, within))

    def _box(self, within: str, name: str) -> QRectF:
        graph = self.project.inside(within)
        return shape_of(self.project, graph, graph.nodes[name], within).box

    def _chain(self, path: str) -> list[tuple[str, str]]:
        """The instances on a path from here, each with its graph; empty when the last is none."""
        found: list[tuple[str, str]] = []
        within = self._session.place.block
        for name in path.split("/"):
            if name.isdigit():
                continue
            node = self.project.inside(within).nodes.get(name)
            block = self.project.block_of(node) if node else None
            if block is None:
                return []
            found.append((within, name))
            within = block.name
        return found

    def set_block(self, name: str, text: str, merge: str = "", **changes: object) -> bool:
        """Changes title, color, note or params of a definition."""
        block = self.project.blocks[name]
        now = {"title": block.title, "color": block.color, "note": block.note, "params": block.params} | changes
        return self._session.edit(text, [SetBlock(name, **now)], merge)  # type: ignore[arg-type]

    def fork(self) -> str:
        """Gives the selected instance, or the one that one is in, a definition of its own; returns its name."""
        session = self._session
        within, node = session.chosen()
        inside = node is None or self.project.block_of(node) is None
        steps = session.place.steps
        if inside and steps:
            within = steps[-2].block if len(steps) > 1 else ""
            node = self.project.inside(within).nodes.get(steps[-1].instance)
        block = self.project.block_of(node) if node else None
        if node is None or block is None:
            session.noticed.emit(NO_BLOCK, "info")
            return ""
        new = self._copy_of(block)
        changed = msgspec.structs.replace(node, params={**node.params, BLOCK: new.name})
        if not session.edit(f"Duplicate {block.title}", [AddBlock(new), SetNode(changed, within)]):
            return ""
        if inside:
            session.go((*steps[:-1], steps[-1]._replace(block=new.name)))
        return new.name

    def _copy_of(self, block: Block) -> Block:
        new = copied(block, free_name(self.project.blocks, block.name))
        number = 2
        while self._is_title(f"{block.title} {number}"):
            number += 1
        new.title, new.color = f"{block.title} {number}", self.next_color()
        return new

    def instances_of(self, name: str) -> Sequence[tuple[str, Node]]:
        """All instances of a block, each with the graph that it stands in."""
        return instances(self.project, name)

    def rename(self, node: Node, within: str, title: str) -> None:
        """A title for an instance: that of its block where it is the only one, else its own."""
        block = self.project.block_of(node)
        if block is None:
            return
        ops: list[Op] = []
        if len(self.instances_of(block.name)) == 1 and title:
            if title == block.title and not node.title:
                return
            ops.append(SetBlock(block.name, title, block.color, block.note, block.params))
            title = ""
        if title == block.title:
            title = ""
        if title != node.title:
            ops.append(SetNode(msgspec.structs.replace(node, title=title), within))
        if ops:
            self._session.edit(f"Rename {node.id}", ops)
