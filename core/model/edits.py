"""Edits that are made of several: taking nodes out with their wires, putting one onto a wire."""

from __future__ import annotations

from core.model.fault import EditError
from core.model.graph import BLOCK, Edge, Node
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


def circles(project: Project, name: str) -> list[tuple[str, str]]:
    """The instances, (id, block around it), that make a block contain itself; without them it would not."""
    found: list[tuple[str, str]] = []
    left = {name: _instances_in(project, name)}
    done = set[str]()
    while left:
        block, nodes = next(reversed(left.items()))
        if not nodes:
            done.add(block)
            del left[block]
            continue
        node = nodes.pop()
        inner = str(node.params[BLOCK])
        if inner in left:
            found.append((node.id, block))
        elif inner in project.blocks and inner not in done:
            left[inner] = _instances_in(project, inner)
    return found


def _instances_in(project: Project, name: str) -> list[Node]:
    return list(project.blocks[name].graph.of_kind(BLOCK))
