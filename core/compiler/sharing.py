"""Whose weights a node uses: its own, those of another node, or a copy of them that follows or begins with them."""

from __future__ import annotations

from core.compiler.wording import called
from core.model.fault import Fault
from core.model.graph import BLOCK, Graph, Node


def owner(graph: Graph, node: Node) -> Node:
    """The node whose module this one calls: follows `shared` among nodes of one kind to its end, which
    `sharing_fault` has shown to exist."""
    while node.weights.mode == "shared" and alike(node, graph.nodes[node.weights.of]):
        node = graph.nodes[node.weights.of]
    return node


def alike(node: Node, other: Node) -> bool:
    """Whether two nodes can call one module: they are of one kind, or instances of one block."""
    return node.kind == other.kind and node.params.get(BLOCK) == other.params.get(BLOCK)


def tied(graph: Graph, node: Node) -> Node | None:
    """The node of another kind whose parameters those of this one's owner are (GPT-2's tied head); or None."""
    first = owner(graph, node)
    return owner(graph, graph.nodes[first.weights.of]) if first.weights.mode == "shared" else None


def sharing_fault(graph: Graph, node: Node, place: str) -> Fault | None:
    """Why the weights of `node` cannot come from where it says; None when they can (or are its own)."""
    if node.weights.mode == "own":
        return None
    verb = {"shared": "shares", "average": "averages", "copy": "copies", "start": "starts from"}[node.weights.mode]
    fix = "Choose another node, or give it weights of its own."
    seen, current = {node.id}, node
    while current.weights.mode != "own":
        other = graph.nodes.get(current.weights.of)
        if other is None:
            said = f"there is no node “{current.weights.of}”" if current.weights.of else "no node is named"
            return Fault(place, f"{called(node)} {verb} the weights of another node, but {said}.", fix, own=True)
        if other.id in seen:
            return Fault(place, f"{called(node)} {verb} weights in a circle, so nobody owns them.", fix, own=True)
        if not alike(node, other) and (node.weights.mode != "shared" or BLOCK in (node.kind, other.kind)):
            return Fault(
                place,
                f"{called(node)} {verb} the weights of {other.id}, which is of another kind ({other.name}).",
                fix,
                own=True,
            )
        seen.add(other.id)
        current = other
    rate = node.weights.rate
    if node.weights.mode == "average" and not 0 <= rate < 1:
        return Fault(
            place,
            f"{called(node)} keeps a share of {rate:g} of its moving average.",
            "Choose a rate from 0 to below 1.",
        )
    return None
