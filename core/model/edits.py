"""Edits that are made of several: taking nodes out with their wires, putting one onto a wire."""

from __future__ import annotations

from core.model.fault import EditError
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode, Op, RemoveEdge, RemoveNode
from core.model.project import Project


def removal(project: Project, nodes: list[str], edges: list[Edge] | None = None, block: str = "") -> list[Op]:
    """The edits that remove nodes with all their wires, and further wires."""
    graph, gone = project.inside(block), set(nodes)
    wires = [e for e in graph.edges if e.source in gone or e.target in gone or e in (edges or ())]
    return [*(RemoveEdge(edge, block) for edge in wires), *(RemoveNode(node, block) for node in nodes)]


def insertion(project: Project, node: Node, edge: Edge, block: str = "") -> list[Op]:
    """The edits that put a new node onto a wire, through its first input and output."""
    inputs, outputs = project.inputs_of(node), project.outputs_of(node)
    if not inputs or not outputs:
        raise EditError(f"“{node.name}” has no {'output' if inputs else 'input'}, so it cannot sit on a wire.")
    return [
        RemoveEdge(edge, block),
        AddNode(node, block),
        AddEdge(Edge(edge.source, edge.output, node.id, inputs[0].name), block),
        AddEdge(Edge(node.id, outputs[0].name, edge.target, edge.input, edge.slot), block),
    ]
