"""The edits of a session: what keys, menus and panels do to the graph that is shown, each one undo step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from PySide6.QtCore import Signal

from core.model.edits import removal
from core.model.fault import EditError, Fault
from core.model.graph import BLOCK, Edge, Node, Weights
from core.model.ops import AddEdge, AddNode, Op, SetNode, SetParams
from core.model.ports import loosening
from core.model.tensor import Field
from core.model.values import Value
from gui import clipboard, stock
from gui.definitions import brought, holds
from gui.place import way_to
from gui.travel import Travel

ASIDE = 60.0
"""How far before its node a layer is put that mends it, in canvas pixels."""


class Editing(Travel):
    """Verbs; a refused edit is told through `noticed` and changes nothing."""

    copied = Signal()  # copies were put into the graph that is shown, and are selected

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields of the data."""
        return {}

    def edit(self, text: str, ops: Iterable[Op], merge: str = "") -> bool:
        """One undo step; a refused edit is told in plain words and changes nothing.

        Ops name the graph that they change: `self.place.block` for the one that is shown.
        """
        try:
            ops = list(ops)
            self._refuse_circles(ops)
            self.history.do(text, ops, merge)
        except EditError as error:
            self.noticed.emit(f"{error.message} {error.fix}".strip(), "error")
            return False
        return True

    def _refuse_circles(self, ops: Iterable[Op]) -> None:
        """A block cannot be put into itself, nor into a block that it uses."""
        project = self.front.project
        for op in ops:
            name = str(op.node.params.get(BLOCK)) if isinstance(op, AddNode) and op.node.kind == BLOCK else ""
            if isinstance(op, AddNode) and op.block and name in project.blocks and holds(project, name, op.block):
                title, outer = project.blocks[name].title, project.blocks[op.block].title
                what = "itself" if name == op.block else f"{outer}, which it uses"
                raise EditError(f"{title} cannot be put into {what}.", fix="Make a copy of it as a new block first.")

    def undo(self) -> None:
        self.history.undo()

    def redo(self) -> None:
        self.history.redo()

    def select_all(self) -> None:
        self.select(self.graph.nodes)

    def add_node(
        self, id: str, x: float, y: float, edge: Edge | None = None, params: Mapping[str, Value] | None = None
    ) -> str:
        """Adds a node where one is, on a wire when one is given, and selects it; returns its id, or nothing when it is
        refused. `id` is a layer kind or the id of a block in `gui.stock`."""
        within = self.place.block
        try:
            new = stock.unpacked(self.front.project, id)
            given = dict(params) if params is not None else new.params or self.first_params(new.kind)
            node = Node(self.graph.new_id(new.kind), new.kind, given, x, y)
            ops = stock.onto(edge, node, new.spec, within) if edge else [AddNode(node, within)]
        except EditError as error:
            self.noticed.emit(f"{error.message} {error.fix}".strip(), "error")
            return ""
        if not self.edit(f"Add {new.spec.title}", [*new.ops, *ops]):
            return ""
        self.select([node.id])
        return node.id

    def first_params(self, kind: str) -> dict[str, Value]:
        """What a new node begins with: an Input reads the first field that no other Input reads yet."""
        if kind != "input" or self.place.block:
            return {}
        read = {str(node.params.get("field", "x")) for node in self.graph.of_kind("input")}
        free = next((name for name in ("x", *self.fields) if name not in read), "x")
        return {} if free == "x" else {"field": free}

    def delete_selection(self) -> None:
        within, node = self.chosen()
        names = [node.id] if self.inner and node else list(self.selection)
        if not self.inner:
            within = self.place.block
        if names:
            nodes = self.front.project.inside(within).nodes
            what = nodes[names[0]].name if len(names) == 1 else f"{len(names)} layers"
            self.edit(f"Delete {what}", self.removing(names, [], within))

    def removing(self, names: list[str], edges: list[Edge], within: str) -> list[Op]:
        """The edits that take nodes out with their wires, those outside of a block that led to its ports among them."""
        project = self.front.project
        return [*loosening(project, within, names), *removal(project, names, edges, within)]

    def copy(self) -> None:
        clipboard.copy(self.front.project, self.graph, self.selection)

    def cut(self) -> None:
        self.copy()
        self.delete_selection()

    def paste(self) -> None:
        self._add_copies(clipboard.pasted(), "Paste")

    def duplicate(self) -> None:
        self._add_copies(clipboard.piece(self.front.project, self.graph, self.selection), "Duplicate")

    def _add_copies(self, piece: clipboard.Piece | None, text: str) -> None:
        if piece is None or not piece.nodes:
            return
        blocks, within = piece.definitions(), self.place.block
        ops, called = brought(self.front.project, blocks, blocks)
        nodes, edges = clipboard.renamed(piece, self.graph, called)
        what = "a layer" if len(nodes) == 1 else f"{len(nodes)} layers"
        added = [*(AddNode(node, within) for node in nodes), *(AddEdge(edge, within) for edge in edges)]
        if self.edit(f"{text} {what}", [*ops, *added]):
            self.select(node.id for node in nodes)
            self.copied.emit()

    def mend(self, fault: Fault) -> None:
        """Does what a fault offers: sets parameters, gives own weights, takes nodes out, or puts a kind on the wire."""
        project = self.front.project
        steps, name = way_to(project, fault.node)
        within = steps[-1].block if steps else ""
        node = project.inside(within).nodes.get(name)
        if node is None:
            self.noticed.emit(f"That cannot be mended from here. {fault.fix}", "info")
        elif fault.params:
            self.edit(f"Mend {name}", [SetParams(name, fault.params, within)])
        elif fault.own:
            changed = msgspec.structs.replace(node, weights=Weights())
            self.edit(f"Give {name} weights of its own", [SetNode(changed, within)])
        elif fault.remove:
            ops = [op for id, block in fault.remove for op in removal(project, [id], None, block)]
            self.edit(f"Mend {name}", ops)
        elif wires := project.inside(within).into(name, fault.port):
            if within != self.place.block:
                self.go(steps)
            self.add_node(fault.insert, node.x - ASIDE, node.y, wires[0])
