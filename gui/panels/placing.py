"""Where a layer from the palette goes, and what it is wired to."""

from __future__ import annotations

from collections.abc import Mapping

from core.model.graph import Edge, Graph, Node
from core.model.layout import GAP_X
from core.model.ops import AddEdge, AddNode, Op
from core.model.project import Project
from core.model.spec import LayerSpec
from core.model.values import Value
from gui.geometry.shape import shape_of
from gui.stock import Unpacked

ACROSS, DOWN = 210.0, 170.0
"""Distance between the places of two nodes, in canvas pixels."""


def addition(
    project: Project, new: Unpacked, after: Node | None, params: Mapping[str, Value] | None = None, within: str = ""
) -> list[Op]:
    """The edits that add a layer beside a node and wire the two where that is possible.

    Without a node it goes to the right of everything, unwired.
    """
    graph = project.inside(within)
    x, y = _beside(project, graph, after, within) if after else _at_the_end(graph)
    node = Node(graph.new_id(new.kind), new.kind, dict(params or new.params), x, y)
    ops: list[Op] = [*new.ops, AddNode(node, within)]
    if after is not None and (edge := _wire(project, after, node, new.spec, graph)) is not None:
        ops.append(AddEdge(edge, within))
    return ops


def _wire(project: Project, source: Node, target: Node, spec: LayerSpec, graph: Graph) -> Edge | None:
    outputs = project.outputs_of(source)
    if not outputs or not spec.inputs or source in graph.of_family("loss"):
        return None
    return Edge(source.id, outputs[0].name, target.id, spec.inputs[0].name)


def _beside(project: Project, graph: Graph, node: Node, within: str) -> tuple[float, float]:
    wide = shape_of(project, graph, node, within).box.width()
    x, y = node.x + max(ACROSS, wide + GAP_X), node.y
    while not _free(graph, x, y):
        y += DOWN
    return x, y


def _at_the_end(graph: Graph) -> tuple[float, float]:
    if not graph.nodes:
        return 0.0, 0.0
    last = max(graph.nodes.values(), key=lambda node: (node.x, -node.y))
    return last.x + ACROSS, last.y


def _free(graph: Graph, x: float, y: float) -> bool:
    return not any(abs(node.x - x) < ACROSS * 0.8 and abs(node.y - y) < DOWN * 0.8 for node in graph.nodes.values())
