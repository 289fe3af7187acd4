"""Copying parts of a graph: as readable JSON on the system's clipboard, so that it works between windows."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from PySide6.QtGui import QGuiApplication

from core.model.fault import ProjectError
from core.model.graph import Edge, Graph, Node
from core.model.spec import registry

OFFSET = 36.0
"""How far copies lie from what they were copied from, in canvas pixels."""


class Piece(msgspec.Struct, frozen=True):
    """Nodes and the wires among them."""

    layerloom_nodes: tuple[Node, ...]
    edges: tuple[str, ...] = ()

    @property
    def nodes(self) -> tuple[Node, ...]:
        return self.layerloom_nodes


def piece(graph: Graph, names: Iterable[str]) -> Piece:
    chosen = set(names)
    nodes = tuple(node for node in graph.nodes.values() if node.id in chosen)
    return Piece(nodes, tuple(str(e) for e in graph.edges if e.source in chosen and e.target in chosen))


def copy(graph: Graph, names: Iterable[str]) -> None:
    """Puts nodes and the wires among them on the clipboard."""
    found = piece(graph, names)
    if found.nodes:
        QGuiApplication.clipboard().setText(msgspec.json.encode(found).decode())


def pasted() -> Piece | None:
    """What is on the clipboard, when it is a piece of a graph whose kinds are known."""
    try:
        found = msgspec.json.decode(QGuiApplication.clipboard().text().encode(), type=Piece)
        for edge in found.edges:
            Edge.parse(edge)
    except (msgspec.DecodeError, ProjectError):
        return None
    return found if all(node.kind in registry for node in found.nodes) else None


def renamed(piece: Piece, graph: Graph) -> tuple[list[Node], list[Edge]]:
    """The piece with ids that are free in the graph, a little aside."""
    names: dict[str, str] = {}
    nodes = []
    for node in piece.nodes:
        names[node.id] = graph.new_id(node.kind, frozenset(names.values()))
        nodes.append(msgspec.structs.replace(node, id=names[node.id], x=node.x + OFFSET, y=node.y + OFFSET))
    edges = [Edge.parse(text) for text in piece.edges]
    return nodes, [Edge(names[e.source], e.output, names[e.target], e.input, e.slot) for e in edges]
