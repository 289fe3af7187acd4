"""Which nodes and wires of the graph that is shown an edit concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.model.graph import BLOCK, Graph
from core.model.ops import AddEdge, AddNode, MoveNodes, Op, OpenNode, RemoveEdge, RemoveNode, SetNode, SetParams

End = tuple[str, str, int]
_IN_GRAPH = (AddEdge, AddNode, MoveNodes, OpenNode, RemoveEdge, RemoveNode, SetNode, SetParams)


@dataclass
class Touched:
    """Ids and wire ends, each once, in the order of the edit."""

    nodes: dict[str, None] = field(default_factory=dict)
    ends: dict[End, None] = field(default_factory=dict)
    everything: bool = False
    moved: bool = False


def touched(ops: Sequence[Op], graph: Graph, within: str) -> Touched:
    """What ops change in a graph; what happens inside a block concerns all instances, whatever they are of."""
    found = Touched()
    blocks = [node.id for node in graph.of_kind(BLOCK)]
    for op in ops:
        if isinstance(op, _IN_GRAPH) and op.block != within:
            found.nodes.update(dict.fromkeys(blocks))
            continue
        match op:
            case AddNode() | SetNode():
                found.nodes[op.node.id] = None
            case RemoveNode() | SetParams() | OpenNode():
                found.nodes[op.node] = None
            case MoveNodes():
                found.nodes.update(dict.fromkeys(op.places))
                found.moved = True
            case AddEdge() | RemoveEdge():
                found.ends[op.edge.end] = None
                found.nodes[op.edge.target] = None
                found.nodes[op.edge.source] = None
            case _:
                found.everything = True
    return found
