"""Where a layer from the palette goes, and what it is wired to."""

from __future__ import annotations

from collections.abc import Mapping

from core.model.graph import Edge, Graph, Node
from core.model.ops import AddEdge, AddNode, Op
from core.model.project import Project
from core.model.spec import LayerSpec
from core.model.values import Value

ACROSS, DOWN = 210.0, 170.0
"""Distance between the places of two nodes, in canvas pixels."""


def addition(
    project: Project, spec: LayerSpec, after: Node | None, params: Mapping[str, Value] | None = None
) -> list[Op]:
    """The edits that add a layer beside a node and wire the two where that is possible.

    Without a node it goes to the right of everything, unwired.
    """
    graph = project.graph
    x, y = _beside(graph, after) if after else _at_the_end(graph)
    node = Node(graph.new_id(spec.kind), spec.kind, dict(params or {}), x, y)
    ops: list[Op] = [AddNode(node)]
    if after is not None and (edge := _wire(project, after, node)) is not None:
        ops.append(AddEdge(edge))
    return ops


def _wire(project: Project, source: Node, target: Node) -> Edge | None:
    outputs, inputs = project.outputs_of(source), project.inputs_of(target)
    if not outputs or not inputs or source in project.graph.of_family("loss"):
        return None
    return Edge(source.id, outputs[0].name, target.id, inputs[0].name)


def _beside(graph: Graph, node: Node) -> tuple[float, float]:
    x, y = node.x + ACROSS, node.y
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
