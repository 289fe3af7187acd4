"""What a network is for: the values that count as its predictions, and the nodes that they need."""

from __future__ import annotations

from collections.abc import Iterable

from core.model.graph import Graph
from core.model.project import Project


def predictions(project: Project) -> tuple[tuple[str, str], ...]:
    """(node, port) of what arrives at the outputs; without any, of what a loss judges, or else of the last layer."""
    graph = project.graph
    if outputs := graph.of_kind("output"):
        return tuple((node.id, "input") for node in outputs)
    sources, losses = graph.of_kind("input"), graph.of_family("loss")
    ends = {node.id for node in (*sources, *losses)}
    for loss in losses:
        edge = graph.wires.get((loss.id, project.inputs_of(loss)[0].name, 0))
        if edge and edge.source not in ends:
            return ((edge.source, edge.output),)
    for name in reversed(graph.order()):
        ports = project.outputs_of(graph.nodes[name])
        if name not in ends and ports:
            return ((name, ports[0].name),)
    return ()


def needed(graph: Graph, goals: Iterable[str]) -> set[str]:
    """The goals and every node on the way to them."""
    sources: dict[str, list[str]] = {}
    for edge in graph.edges:
        sources.setdefault(edge.target, []).append(edge.source)
    found: set[str] = set()
    waiting = list(goals)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += sources.get(name, ())
    return found
