"""How large a node is on the canvas and where its ports are: a card, or a frame around what is inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from core.model.block import Block
from core.model.graph import BLOCK, Graph, Node
from core.model.layout import HEIGHT, Place, size_of, width_of
from core.model.project import Project
from gui.geometry.spots import CHEVRON, HEADER, STEP, Spot, spots_of

DEEPEST = 8
"""Frames within frames, at most; what is opened deeper stays folded."""
PAD_X, PAD_Y = 44.0, 24.0
"""Room between a frame and what is inside it."""
EMPTY = QRectF(0, 0, 180, 60)
_PORTS = ("input", "output")


@dataclass(frozen=True)
class NodeShape:
    """`box` and the spots are in the node's own coordinates, whose origin is the node's place."""

    box: QRectF
    inputs: list[Spot]
    outputs: list[Spot]
    shift: QPointF | None = None
    """From the coordinates inside a block to those of the frame; None for a node that is folded."""


def width_in(project: Project, node: Node, within: str) -> float:
    """The width of a folded node from its words."""
    if node.kind == BLOCK:
        spec = project.spec_of(node)
        title = node.title or (spec.title if spec else node.kind)
        return width_of(f"{title}", spec.telling(node.params) if spec else "") + CHEVRON
    if node.kind == "input" and within:
        return width_of(node.title or node.id, "port")
    return size_of(node)[0]


def shape_of(project: Project, graph: Graph, node: Node, within: str, seen: tuple[str, ...] = ()) -> NodeShape:
    """The shape of a node in the graph of the block `within`; `seen` are the blocks whose frames are around it."""
    block = project.block_of(node)
    if block is not None and node.open and block.name not in seen and len(seen) < DEEPEST:
        return _frame(project, block, node, within, (*seen, block.name))
    width = width_in(project, node, within)
    return NodeShape(QRectF(0, 0, width, HEIGHT), *spots_of(project, graph, node, width))


def shapes_inside(project: Project, block: Block, seen: tuple[str, ...]) -> dict[str, NodeShape]:
    """The shapes of what a frame shows: all but the ports, which are the frame's own."""
    return {
        id: shape_of(project, block.graph, node, block.name, seen)
        for id, node in block.graph.nodes.items()
        if node.kind not in _PORTS
    }


def _frame(project: Project, block: Block, node: Node, within: str, seen: tuple[str, ...]) -> NodeShape:
    inner = shapes_inside(project, block, seen)
    bounds = QRectF()
    for id, shape in inner.items():
        bounds = bounds.united(shape.box.translated(block.graph.nodes[id].x, block.graph.nodes[id].y))
    bounds = bounds if inner else EMPTY
    ins = _spread([_height(block, inner, port.name, bounds) for port in block.inputs])
    outs = _spread([_height(block, inner, port.name, bounds) for port in block.outputs])
    first = (*ins, *outs, bounds.center().y())[0]
    # The first wire runs on at the height at which it ran into the folded node.
    shift = QPointF(PAD_X - bounds.left(), HEIGHT / 2 - first)
    width = max(bounds.width() + 2 * PAD_X, width_in(project, node, within) + 96)
    low = max([bounds.bottom(), *(y + STEP / 2 for y in (*ins, *outs))]) + shift.y() + PAD_Y
    high = min([bounds.top(), *(y - STEP / 2 for y in (*ins, *outs))]) + shift.y() - PAD_Y - HEADER
    left = [Spot(node.id, port, True, QPointF(0, y + shift.y())) for port, y in zip(block.inputs, ins, strict=True)]
    right = [
        Spot(node.id, port, False, QPointF(width, y + shift.y())) for port, y in zip(block.outputs, outs, strict=True)
    ]
    return NodeShape(QRectF(0, high, width, low - high), left, right, shift)


def _height(block: Block, inner: Mapping[str, NodeShape], port: str, bounds: QRectF) -> float:
    """The height of the inner ports that a port of the block leads to, or the first of them where they differ."""
    graph = block.graph
    heights = []
    for edge in (*graph.out_of(port), *graph.into(port)):
        is_input = edge.source == port
        name, end = (edge.target, edge.input) if is_input else (edge.source, edge.output)
        shape = inner.get(name)
        spots = (shape.inputs if is_input else shape.outputs) if shape else []
        heights += [graph.nodes[name].y + spot.at.y() for spot in spots if spot.name == end]
    return heights[0] if heights else bounds.center().y()


def _spread(heights: list[float]) -> list[float]:
    """The heights, those too close to one above pushed down."""
    places: list[float] = []
    for y in heights:
        while any(abs(y - other) < STEP for other in places):
            y += STEP
        places.append(y)
    return places


def aside(project: Project, within: str, name: str, before: QRectF, after: QRectF) -> dict[str, Place]:
    """The new places of the others when a node's box changes (both in its own coordinates): rows below and above keep
    their distance, what stands to the right in the row moves along. Folding moves them back."""
    graph = project.inside(within)
    node = graph.nodes[name]
    was = before.translated(node.x, node.y)
    right, up = after.width() - before.width(), before.top() - after.top()
    down = after.bottom() - before.bottom()
    moved: dict[str, Place] = {}
    for other in graph.nodes.values():
        if other.id == name:
            continue
        box = shape_of(project, graph, other, within).box.translated(other.x, other.y)
        x, y = other.x, other.y
        if box.top() >= was.bottom() - 1:
            y += down
        elif box.bottom() <= was.top() + 1:
            y -= up
        elif box.left() >= was.right() - 1:
            x += right
        if (x, y) != (other.x, other.y):
            moved[other.id] = (x, y)
    return moved
