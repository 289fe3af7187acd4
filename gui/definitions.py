"""Definitions of blocks on their way from one project to another: what they need, and which names they get there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from core.model.block import Block
from core.model.graph import BLOCK, Graph, Node
from core.model.ops import AddBlock, Op
from core.model.project import Project


def used_in(graph: Graph) -> list[str]:
    """The names of the blocks that have instances in a graph."""
    return list(dict.fromkeys(str(node.params.get(BLOCK)) for node in graph.of_kind(BLOCK)))


def needed(blocks: Mapping[str, Block], names: Iterable[str]) -> list[str]:
    """The blocks of these names with all that they use, what is used before what uses it."""
    order: list[str] = []
    stack = [(name, False) for name in reversed(list(dict.fromkeys(names)))]
    seen: set[str] = set()
    while stack:
        name, done = stack.pop()
        if done:
            order.append(name)
        elif name in blocks and name not in seen:
            seen.add(name)
            stack.append((name, True))
            stack += [(inner, False) for inner in used_in(blocks[name].graph)]
    return order


def holds(project: Project, outer: str, inner: str) -> bool:
    """Whether a block is another one, or uses it somewhere inside."""
    return inner in needed(project.blocks, [outer])


def copied(block: Block, name: str, names: Mapping[str, str] | None = None) -> Block:
    """A definition under another name; `names` says what the blocks that it uses are called now."""
    new = Block(name, title=block.title, color=block.color, note=block.note, params=block.params)
    new.graph.nodes = {id: renamed(node, names or {}) for id, node in block.graph.nodes.items()}
    new.graph.wires = dict(block.graph.wires)
    return new


def renamed(node: Node, names: Mapping[str, str]) -> Node:
    """A node whose block goes by another name."""
    block = str(node.params.get(BLOCK, ""))
    if node.kind != BLOCK or names.get(block, block) == block:
        return node
    return msgspec.structs.replace(node, params={**node.params, BLOCK: names[block]})


def alike(one: Block, other: Block) -> bool:
    """Whether two definitions say the same; where their nodes lie on the canvas does not count."""

    def said(block: Block) -> object:
        nodes = {id: msgspec.structs.replace(n, x=0.0, y=0.0, open=False) for id, n in block.graph.nodes.items()}
        return block.title, block.color, block.note, block.params, nodes, block.graph.wires

    return said(one) == said(other)


def free_name(taken: Iterable[str], name: str) -> str:
    """The name, or the first of `name_2`, `name_3` … that is free."""
    known, number, free = set(taken), 2, name
    while free in known:
        free, number = f"{name}_{number}", number + 1
    return free


def brought(project: Project, blocks: Mapping[str, Block], names: Iterable[str]) -> tuple[list[Op], dict[str, str]]:
    """The edits that bring definitions into a project, and what each is called there.

    One that is there already is used; where another of its name is there, it gets a free name.
    """
    ops: list[Op] = []
    called: dict[str, str] = {}
    taken = set(project.blocks)
    for name in needed(blocks, names):
        new = copied(blocks[name], name, called)
        same = project.blocks.get(name)
        if same is not None and alike(new, same):
            called[name] = name
            continue
        called[name] = free_name(taken, name)
        taken.add(called[name])
        ops.append(AddBlock(copied(blocks[name], called[name], called)))
    return ops, called
