"""What can be put on the canvas: layer kinds, the project's own blocks, and those of the library; all by one id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from core.blocks.library import library, name_of, open_block
from core.model.block import Block
from core.model.fault import EditError, ProjectError
from core.model.graph import BLOCK, Edge, Node
from core.model.ops import AddEdge, AddNode, Op, RemoveEdge
from core.model.project import Project
from core.model.spec import FAMILIES, LayerSpec, registry
from core.model.values import Value
from gui.definitions import brought

OWN, LIBRARY = "block:", "library:"
"""What the ids of blocks begin with; those of layer kinds are the kinds."""


@dataclass(frozen=True)
class Entry:
    """Something that can be put down. `color` is a family of the theme or a colour of its own."""

    id: str
    spec: LayerSpec
    color: str
    words: str = ""

    @property
    def title(self) -> str:
        return self.spec.title

    @property
    def name(self) -> str:
        """The name of a layer kind in files and in torch's manner; a block is known by its title."""
        return "" if self.spec.kind == BLOCK else self.id

    @property
    def what(self) -> str:
        """What kind of thing it is, in a word or two."""
        if self.id.startswith(OWN):
            return "block of this project"
        return "block" if self.id.startswith(LIBRARY) else FAMILIES[self.spec.family].lower()


def entries(project: Project | None) -> list[Entry]:
    """Everything that can be put down in a project: its blocks, the layer kinds, the library of blocks."""
    kinds = [Entry(spec.kind, spec, spec.family, spec.keywords) for spec in registry]
    return [*own_blocks(project), *kinds, *library_blocks()]


@cache
def library_blocks() -> tuple[Entry, ...]:
    """The blocks that come with the program."""
    return tuple(of_block(open_block(each.id).blocks[each.name], LIBRARY + each.id) for each in library())


def own_blocks(project: Project | None) -> list[Entry]:
    """The blocks of a project."""
    return [of_block(block) for block in project.blocks.values()] if project else []


def of_block(block: Block, id: str = "", words: str = "") -> Entry:
    return Entry(id or OWN + block.name, block.spec, block.color or "block", words or block.note)


def entry(project: Project | None, id: str) -> Entry | None:
    """What goes by an id; None where it is not there (any more)."""
    if id in registry:
        spec = registry[id]
        return Entry(id, spec, spec.family, spec.keywords)
    return next((each for each in (*own_blocks(project), *library_blocks()) if each.id == id), None)


@dataclass(frozen=True)
class Unpacked:
    """What a new node begins with, and the edits that bring the blocks it needs."""

    kind: str
    spec: LayerSpec
    params: dict[str, Value]
    ops: list[Op]


def unpacked(project: Project, id: str) -> Unpacked:
    """What putting down the thing of this id takes; raises EditError."""
    if id.startswith(OWN):
        block = project.blocks.get(id.removeprefix(OWN))
        if block is None:
            raise EditError(f"There is no block “{id.removeprefix(OWN)}” any more.")
        return Unpacked(BLOCK, block.spec, {BLOCK: block.name}, [])
    if id.startswith(LIBRARY):
        try:
            blocks = open_block(id.removeprefix(LIBRARY)).blocks
        except ProjectError as error:
            raise EditError(error.message, fix=error.fix) from error
        name = name_of(id.removeprefix(LIBRARY))
        ops, called = brought(project, blocks, [name])
        return Unpacked(BLOCK, blocks[name].spec, {BLOCK: called[name]}, ops)
    if id not in registry:
        raise EditError(f"There is no layer “{id}”.")
    return Unpacked(id, registry[id], {}, [])


def onto(edge: Edge, node: Node, spec: LayerSpec, within: str) -> list[Op]:
    """The edits that put a new node onto a wire, through its first input and output; raises EditError."""
    outputs = spec.outputs_for(node.params)
    if not spec.inputs or not outputs:
        raise EditError(f"“{spec.title}” has no {'output' if spec.inputs else 'input'}, so it cannot sit on a wire.")
    return [
        RemoveEdge(edge, within),
        AddNode(node, within),
        AddEdge(Edge(edge.source, edge.output, node.id, spec.inputs[0].name), within),
        AddEdge(Edge(node.id, outputs[0].name, edge.target, edge.input, edge.slot), within),
    ]
