"""Makes room for a node that is put on a wire: where it goes, and which nodes move aside."""

from __future__ import annotations

from collections.abc import Mapping

from core.model.graph import Edge, Graph, Node
from core.model.layout import GAP_X, HEIGHT, Place, size_of

CLOSE = 24.0
"""The least distance to the neighbours on a wire, in canvas pixels."""


def room_on_wire(
    graph: Graph, edge: Edge, node: Node, middle: Place | None = None, widths: Mapping[str, float] | None = None
) -> tuple[Place, dict[str, Place]]:
    """The corner for a node on a wire, near `middle` if given, and the new corners of the nodes that move aside.

    Nodes downstream in the same row move to the right when the gap is too narrow; nothing moves where the wire leads to
    another row. `widths` are those by id that do not follow from the node alone.
    """
    source, target = graph.nodes[edge.source], graph.nodes[edge.target]
    known = widths or {}
    width = known.get(node.id) or size_of(node)[0]
    left, right = source.x + (known.get(source.id) or size_of(source)[0]), target.x
    x, y = middle or ((left + right) / 2, (source.y + target.y + HEIGHT) / 2)
    free = right - left
    same_row = abs(source.y - target.y) < HEIGHT
    if free < -CLOSE or (not same_row and free < width + 2 * CLOSE):
        return (_even(x - width / 2), _even(y - HEIGHT / 2)), {}
    top = source.y if same_row else _even(y - HEIGHT / 2)
    if free >= width + 2 * CLOSE:
        return (min(max(x - width / 2, left + CLOSE), right - width - CLOSE), top), {}
    return (left + GAP_X, top), _aside(graph, target, width + 2 * GAP_X - free, {source.id, node.id})


def _aside(graph: Graph, start: Node, shift: float, stay: set[str]) -> dict[str, Place]:
    """Everything from `start` to the right in its row, moved by `shift`: nodes keep their order and distances."""
    row = [
        node
        for node in graph.nodes.values()
        if node.id not in stay and node.x >= start.x - 1 and abs(node.y - start.y) < HEIGHT
    ]
    # An input that feeds only what moves, such as a target below its loss, goes along: its wire stays short.
    moved = {node.id: node for node in row}
    for node in graph.of_kind("input"):
        ends = {edge.target for edge in graph.out_of(node.id)}
        if node.id not in stay and ends and ends <= set(moved) and abs(node.y - start.y) < 3 * HEIGHT:
            moved[node.id] = node
    return {node.id: (node.x + shift, node.y) for node in moved.values()}


def _even(value: float, step: float = 8.0) -> float:
    return round(value / step) * step
