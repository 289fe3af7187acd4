"""The edits of a project: each validates, mutates and returns its inverse.

Every op raises `EditError` before it changes anything. `block` names the block whose graph is edited; empty is the
project's own graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import msgspec

from core.model import expression
from core.model.block import Block, BlockParam, block_complaint
from core.model.expression import is_expression
from core.model.fault import EditError
from core.model.graph import BLOCK, Edge, Graph, Node, slug_complaint
from core.model.project import Project
from core.model.settings import Data, Training, data_complaint, training_complaint
from core.model.spec import registry
from core.model.values import Value


class Op(Protocol):
    """One edit. `apply` changes the project and returns the edit that undoes it."""

    def apply(self, project: Project) -> Op: ...


K = TypeVar("K")
V = TypeVar("V")


def _insert(mapping: dict[K, V], key: K, value: V, position: int | None) -> None:
    """Puts an item at its old place, so that undo restores the order as well."""
    mapping[key] = value
    if position is not None:
        for later in list(mapping)[position:-1]:
            mapping[later] = mapping.pop(later)


def _find(graph: Graph, node: str) -> Node:
    if node not in graph.nodes:
        raise EditError(f"There is no node “{node}”.")
    return graph.nodes[node]


def params_complaint(kind: str, params: Mapping[str, Value]) -> str:
    """Why the parameters do not fit the kind; empty when they do. A formula is only read here, not computed."""
    spec = registry.get(kind)
    if spec is None:
        return "" if kind == BLOCK else f"There is no layer kind “{kind}”."
    known = {param.name: param for param in spec.params}
    for name, value in params.items():
        if name not in known:
            return f"{spec.title} has no parameter “{name}”; it has {', '.join(known) or 'none'}."
        if wrong := expression.complaint(str(value)) if is_expression(value) else known[name].complaint(value):
            return wrong
    return ""


@dataclass(frozen=True)
class AddNode:
    """Adds a node.

    `as_it_was` is for files and for undo: where the node's kind is missing, or of a file of the user's that may have
    changed since, its parameters are taken on trust and the compiler finds what is wrong with them.
    """

    node: Node
    block: str = ""
    position: int | None = None
    as_it_was: bool = field(default=False, compare=False)

    def apply(self, project: Project) -> Op:
        graph = project.inside(self.block)
        wrong = slug_complaint(self.node.id)
        if not wrong and self.node.id in graph.nodes:
            wrong = f"There is already a node “{self.node.id}”."
        if not self.as_it_was or self.node.kind == BLOCK or registry.is_settled(self.node.kind):
            wrong = wrong or params_complaint(self.node.kind, self.node.params)
        if wrong:
            raise EditError(wrong, place=self.node.id)
        _insert(graph.nodes, self.node.id, self.node, self.position)
        return RemoveNode(self.node.id, self.block)


@dataclass(frozen=True)
class RemoveNode:
    """Removes a node that has no wires; `removal` gives the edits that take the wires away first."""

    node: str
    block: str = ""

    def apply(self, project: Project) -> Op:
        graph = project.inside(self.block)
        node = _find(graph, self.node)
        if any(self.node in (edge.source, edge.target) for edge in graph.edges):
            raise EditError(f"“{self.node}” still has wires.", fix="Remove them first.")
        position = list(graph.nodes).index(self.node)
        del graph.nodes[self.node]
        return AddNode(node, self.block, position, as_it_was=True)


@dataclass(frozen=True)
class AddEdge:
    """Adds a wire; `as_it_was` as in `AddNode`, for its ports."""

    edge: Edge
    block: str = ""
    position: int | None = None
    as_it_was: bool = field(default=False, compare=False)

    def apply(self, project: Project) -> Op:
        if reason := project.refusal(self.edge, self.block, as_it_was=self.as_it_was):
            raise EditError(reason, place=str(self.edge))
        wires = project.inside(self.block).wires
        _insert(wires, self.edge.end, self.edge, self.position)
        return RemoveEdge(self.edge, self.block)


@dataclass(frozen=True)
class RemoveEdge:
    edge: Edge
    block: str = ""

    def apply(self, project: Project) -> Op:
        wires = project.inside(self.block).wires
        if wires.get(self.edge.end) != self.edge:
            raise EditError(f"There is no wire {self.edge}.")
        position = list(wires).index(self.edge.end)
        del wires[self.edge.end]
        return AddEdge(self.edge, self.block, position, as_it_was=True)


@dataclass(frozen=True)
class SetParams:
    """Sets some of a node's parameters; a value equal to the default is not stored."""

    node: str
    params: Mapping[str, Value]
    block: str = ""

    def apply(self, project: Project) -> Op:
        graph = project.inside(self.block)
        node = _find(graph, self.node)
        if wrong := params_complaint(node.kind, self.params):
            raise EditError(wrong, place=self.node)
        spec = project.spec_of(node)
        defaults = {param.name: param.default for param in spec.params} if spec else {}
        before = {name: node.params.get(name, defaults.get(name)) for name in self.params}
        merged = {**node.params, **self.params}
        kept = {
            name: value
            for name, value in merged.items()
            if name not in defaults or value != defaults[name] or type(value) is not type(defaults[name])
        }
        graph.nodes[self.node] = msgspec.structs.replace(node, params=kept)
        return SetParams(self.node, before, self.block)


@dataclass(frozen=True)
class SetNode:
    """Replaces a node by one of the same id and kind: its title, trainability or weights."""

    node: Node
    block: str = ""

    def apply(self, project: Project) -> Op:
        graph = project.inside(self.block)
        before = _find(graph, self.node.id)
        if before.kind != self.node.kind:
            raise EditError("A node cannot change its kind.", place=self.node.id, fix="Replace it by another node.")
        wrong = params_complaint(self.node.kind, self.node.params)
        if wrong and self.node.params != before.params:
            raise EditError(wrong, place=self.node.id)
        graph.nodes[self.node.id] = self.node
        return SetNode(before, self.block)


@dataclass(frozen=True)
class MoveNodes:
    """Moves nodes to places, in canvas pixels."""

    places: Mapping[str, tuple[float, float]]
    block: str = ""

    def apply(self, project: Project) -> Op:
        graph = project.inside(self.block)
        before = {name: (_find(graph, name).x, graph.nodes[name].y) for name in self.places}
        for name, (x, y) in self.places.items():
            graph.nodes[name] = msgspec.structs.replace(graph.nodes[name], x=float(x), y=float(y))
        return MoveNodes(before, self.block)


@dataclass(frozen=True)
class SetData:
    data: Data

    def apply(self, project: Project) -> Op:
        place, wrong = data_complaint(self.data)
        if wrong:
            raise EditError(wrong, place=place)
        before, project.data = project.data, self.data
        return SetData(before)


@dataclass(frozen=True)
class SetTraining:
    training: Training

    def apply(self, project: Project) -> Op:
        place, wrong = training_complaint(self.training)
        if wrong:
            raise EditError(wrong, place=place)
        before, project.training = project.training, self.training
        return SetTraining(before)


@dataclass(frozen=True)
class SetAbout:
    """Title and lecture note."""

    title: str
    note: str

    def apply(self, project: Project) -> Op:
        before = SetAbout(project.title, project.note)
        project.title, project.note = self.title, self.note
        return before


@dataclass(frozen=True)
class AddBlock:
    block: Block = field(compare=False)

    def apply(self, project: Project) -> Op:
        block = self.block
        if wrong := slug_complaint(block.name) or block_complaint(block.title, block.color, block.params):
            raise EditError(wrong)
        if self.block.name in project.blocks:
            raise EditError(f"There is already a block “{self.block.name}”.")
        project.blocks[self.block.name] = self.block
        return RemoveBlock(self.block.name)


@dataclass(frozen=True)
class RemoveBlock:
    name: str

    def apply(self, project: Project) -> Op:
        if self.name not in project.blocks:
            raise EditError(f"There is no block “{self.name}”.")
        graphs = [project.graph, *(block.graph for block in project.blocks.values())]
        if any(node.params.get("block") == self.name for graph in graphs for node in graph.of_kind(BLOCK)):
            raise EditError(f"The block “{self.name}” is still used.", fix="Delete its instances first.")
        return AddBlock(project.blocks.pop(self.name))


@dataclass(frozen=True)
class SetBlock:
    """Title, colour, note and parameters of a block."""

    name: str
    title: str
    color: str
    note: str
    params: tuple[BlockParam, ...]

    def apply(self, project: Project) -> Op:
        block = project.blocks.get(self.name)
        if block is None:
            raise EditError(f"There is no block “{self.name}”.")
        if wrong := block_complaint(self.title, self.color, self.params):
            raise EditError(wrong, place=self.name)
        before = SetBlock(self.name, block.title, block.color, block.note, block.params)
        block.title, block.color, block.note, block.params = self.title, self.color, self.note, self.params
        return before


@dataclass(frozen=True)
class OpenNode:
    """Shows the inside of an instance of a block on the canvas, or folds it away."""

    node: str
    open: bool
    block: str = ""

    def apply(self, project: Project) -> Op:
        graph = project.inside(self.block)
        node = _find(graph, self.node)
        if node.kind != BLOCK:
            raise EditError(f"“{self.node}” is no block, so there is nothing to open.")
        graph.nodes[self.node] = msgspec.structs.replace(node, open=self.open)
        return OpenNode(self.node, node.open, self.block)
