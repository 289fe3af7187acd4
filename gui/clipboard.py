"""Copying parts of a graph: as readable JSON on the system's clipboard, so that it works between windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication

from core.model.block import Block
from core.model.fault import ProjectError
from core.model.file import decode, encode
from core.model.graph import BLOCK, Edge, Graph, Node, Weights
from core.model.layout import GAP_Y, Place, size_of
from core.model.project import Project
from core.model.spec import registry
from gui.definitions import copied, needed, used_in
from gui.definitions import renamed as with_blocks

OFFSET = 36.0
"""How far copies lie from what they were copied from, in canvas pixels."""
_NOTHING = msgspec.Raw(b"null")


class Piece(msgspec.Struct, frozen=True):
    """Nodes and the wires among them; `blocks` is a project file with the definitions of the blocks among them."""

    layerloom_nodes: tuple[Node, ...]
    edges: tuple[str, ...] = ()
    blocks: msgspec.Raw = _NOTHING

    @property
    def nodes(self) -> tuple[Node, ...]:
        return self.layerloom_nodes

    def definitions(self) -> dict[str, Block]:
        """The blocks that came along; raises ProjectError."""
        return {} if bytes(self.blocks) == bytes(_NOTHING) else decode(bytes(self.blocks)).blocks


def piece(project: Project, graph: Graph, names: Iterable[str]) -> Piece:
    """A part of a graph of a project."""
    chosen = set(names)
    nodes = tuple(node for node in graph.nodes.values() if node.id in chosen)
    edges = tuple(str(e) for e in graph.edges if e.source in chosen and e.target in chosen)
    part = Graph()
    part.nodes = {node.id: node for node in nodes}
    along = Project()
    along.blocks = {name: copied(project.blocks[name], name) for name in needed(project.blocks, used_in(part))}
    return Piece(nodes, edges, msgspec.Raw(encode(along)) if along.blocks else _NOTHING)


def copy(project: Project, graph: Graph, names: Iterable[str]) -> None:
    """Puts nodes, the wires among them and the definitions that they need on the clipboard."""
    found = piece(project, graph, names)
    if found.nodes:
        QGuiApplication.clipboard().setText(msgspec.json.encode(found).decode())


def pasted() -> Piece | None:
    """What is on the clipboard, when it is a piece of a graph whose kinds and blocks are known."""
    try:
        found = msgspec.json.decode(QGuiApplication.clipboard().text().encode(), type=Piece)
        for edge in found.edges:
            Edge.parse(edge)
        blocks = found.definitions()
    except (msgspec.DecodeError, ProjectError):
        return None
    known = all(
        node.params.get(BLOCK) in blocks if node.kind == BLOCK else node.kind in registry for node in found.nodes
    )
    return found if known else None


def renamed(piece: Piece, graph: Graph, blocks: Mapping[str, str] | None = None) -> tuple[list[Node], list[Edge]]:
    """The piece with ids that are free in the graph, a little aside; `blocks` says what its blocks are called here."""
    names: dict[str, str] = {}
    for node in piece.nodes:
        names[node.id] = graph.new_id(node.kind, frozenset(names.values()))
    nodes, (right, down) = [], _shift(piece, graph)
    for node in piece.nodes:
        weights = node.weights
        if weights.mode != "own":
            of = names.get(weights.of, weights.of if weights.of in graph.nodes else "")
            weights = msgspec.structs.replace(weights, of=of) if of else Weights()
        new = msgspec.structs.replace(node, id=names[node.id], x=node.x + right, y=node.y + down, weights=weights)
        nodes.append(with_blocks(new, blocks or {}))
    edges = [Edge.parse(text) for text in piece.edges]
    return nodes, [Edge(names[e.source], e.output, names[e.target], e.input, e.slot) for e in edges]


def _shift(piece: Piece, graph: Graph) -> Place:
    """How far aside copies lie so that none covers a node: a little where that will do, else below what is there."""
    there = [_box(node) for node in graph.nodes.values()]
    copies = [_box(node) for node in piece.nodes]

    def is_free(right: float, down: float) -> bool:
        return not any(box.translated(right, down).intersects(other) for box in copies for other in there)

    if is_free(OFFSET, OFFSET):
        return OFFSET, OFFSET
    tops = {box.top() for box in copies}
    rows = sorted(box.bottom() + GAP_Y - min(tops) for box in there)
    return 0.0, next(down for down in rows if down > 0 and is_free(0.0, down))


def _box(node: Node) -> QRectF:
    return QRectF(node.x, node.y, *size_of(node))
