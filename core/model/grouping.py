"""Nodes ↔ a block: the edits that fold a selection into a new block, and that put an instance's inside in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from core.model import expression
from core.model.block import REPEAT, Block
from core.model.edits import removal
from core.model.expression import is_expression
from core.model.fault import EditError
from core.model.graph import BLOCK, Edge, Graph, Node
from core.model.layout import GAP_X, size_of
from core.model.ops import AddBlock, AddEdge, AddNode, Op, RemoveEdge
from core.model.project import Project
from core.model.spec import registry
from core.model.values import Value

Place = tuple[str, str]
"""A value: the node and the port that it leaves."""


def groupable(project: Project, nodes: Sequence[str], within: str = "") -> list[str]:
    """Those of the nodes that can go into a block: data and losses stay outside."""
    graph = project.inside(within)
    kept = []
    for name in (name for name in nodes if name in graph.nodes):
        spec = registry.get(graph.nodes[name].kind)
        if spec is None or (spec.family != "loss" and spec.call not in ("source", "sink")):
            kept.append(name)
    return kept


def group(project: Project, nodes: Sequence[str], name: str, title: str, within: str = "") -> tuple[list[Op], str]:
    """The edits that make a block `name` of nodes and put an instance in their place, and the instance's id.

    What is wired into them becomes input ports, what is used outside becomes output ports. Raises EditError.
    """
    graph, chosen = project.inside(within), groupable(project, nodes, within)
    if not chosen:
        raise EditError("There is nothing to make a block of.", fix="Select layers; data and losses stay outside.")
    _refuse_detours(graph, set(chosen))
    _refuse_foreign_weights(graph, set(chosen))
    entering = list(dict.fromkeys((e.source, e.output) for e in _crossing(graph, chosen, inward=True)))
    leaving = list(dict.fromkeys((e.source, e.output) for e in _crossing(graph, chosen, inward=False)))
    leaving = leaving or _loose_ends(project, graph, chosen)
    inside = {node: graph.nodes[node] for node in chosen}
    left, right = min(node.x for node in inside.values()), max(node.x + size_of(node)[0] for node in inside.values())
    top = min(node.y for node in inside.values())
    ports = _port_nodes(inside, entering, "input", left - GAP_X - 120, top)
    ends = _port_nodes(inside, leaving, "output", right + GAP_X, top)
    instance = Node(graph.new_id(BLOCK), BLOCK, {BLOCK: name}, x=(left + right) / 2 - 80, y=top, title="")
    ops = removal(project, chosen, block=within)
    ops += [AddBlock(Block(name, title=title))]
    ops += [AddNode(node, name) for node in (*ports.values(), *inside.values(), *ends.values())]
    for edge in graph.edges:
        if edge.target in inside:
            place = (edge.source, edge.output)
            source = place if edge.source in inside else (ports[place].id, "output")
            ops.append(AddEdge(Edge(*source, edge.target, edge.input, edge.slot), name))
    ops += [AddEdge(Edge(*place, node.id, "input"), name) for place, node in ends.items()]
    ops.append(AddNode(instance, within))
    ops += [AddEdge(Edge(*place, instance.id, node.id), within) for place, node in ports.items()]
    for edge in _crossing(graph, chosen, inward=False):
        port = ends[edge.source, edge.output].id
        ops.append(AddEdge(Edge(instance.id, port, edge.target, edge.input, edge.slot), within))
    return ops, instance.id


def ungroup(project: Project, instance: str, within: str = "") -> tuple[list[Op], list[str]]:
    """The edits that replace an instance by copies of the nodes inside, and the ids of these. Raises EditError."""
    graph = project.inside(within)
    node = graph.nodes[instance]
    block = project.block_of(node)
    if block is None:
        raise EditError(f"“{instance}” is no block.")
    if node.params.get(REPEAT.name, 1) != 1:
        raise EditError(f"{block.title} stands repeated.", fix="Set its repeat to 1 first.")
    if node.weights.mode != "own" or any(other.weights.of == instance for other in graph.nodes.values()):
        raise EditError(f"{block.title} shares its weights.", fix="Give each instance weights of its own first.")
    given = {param.name: node.params.get(param.name, param.default) for param in block.params}
    inner = [each for each in block.graph.nodes.values() if each.kind not in ("input", "output")]
    names: dict[str, str] = {}
    for each in inner:
        taken = frozenset(names.values())
        names[each.id] = each.id if each.id not in graph.nodes else graph.new_id(each.kind, taken)
    left, top = min((each.x for each in inner), default=0.0), min((each.y for each in inner), default=0.0)
    ops: list[Op] = [RemoveEdge(edge, within) for edge in graph.edges if instance in (edge.source, edge.target)]
    ops += [op for op in removal(project, [instance], block=within) if op not in ops]
    for each in inner:
        weights = msgspec.structs.replace(each.weights, of=names.get(each.weights.of, each.weights.of))
        params = {key: _given(value, given) for key, value in each.params.items()}
        place = {"x": each.x - left + node.x, "y": each.y - top + node.y}
        ops.append(
            AddNode(msgspec.structs.replace(each, id=names[each.id], params=params, weights=weights, **place), within)
        )
    sources = {(edge.input): (edge.source, edge.output) for edge in graph.into(instance)}
    ends: dict[str, Place] = {}
    for edge in block.graph.edges:
        source = _outer(edge, names, sources)
        if source is None:
            continue
        if edge.target in names:
            ops.append(AddEdge(Edge(*source, names[edge.target], edge.input, edge.slot), within))
        else:
            ends[edge.target] = source
    for edge in graph.out_of(instance):
        if edge.output in ends:
            ops.append(AddEdge(Edge(*ends[edge.output], edge.target, edge.input, edge.slot), within))
    return ops, list(names.values())


def _outer(edge: Edge, names: Mapping[str, str], sources: Mapping[str, Place]) -> Place | None:
    """Where a wire inside a block begins once the block is gone; None behind a port that was left open."""
    return (names[edge.source], edge.output) if edge.source in names else sources.get(edge.source)


def _given(value: Value, given: Mapping[str, Value]) -> Value:
    """A formula with the instance's own values put in: a number where they are numbers, else a longer formula."""
    if not is_expression(value):
        return value
    if not any(is_expression(each) for each in given.values()):
        return expression.evaluate(str(value), given)

    def put(match: re.Match[str]) -> str:
        found = given.get(match[0])
        if found is None:
            return match[0]
        return f"({str(found)[1:]})" if is_expression(found) else repr(found)

    return re.sub(r"\b[a-z]\w*\b", put, str(value))


def _crossing(graph: Graph, chosen: Sequence[str], *, inward: bool) -> list[Edge]:
    inside = set(chosen)
    return [
        edge
        for edge in graph.edges
        if (edge.target in inside) == inward
        and (edge.source in inside) == (not inward)
        and (edge.source in inside) != (edge.target in inside)
    ]


def _loose_ends(project: Project, graph: Graph, chosen: Sequence[str]) -> list[Place]:
    """The first outputs of nodes that nothing follows, so that a block of them has an output at all."""
    used = {edge.source for edge in graph.edges}
    return [
        (name, ports[0].name)
        for name in chosen
        if name not in used and (ports := project.outputs_of(graph.nodes[name]))
    ]


def _port_nodes(
    inside: Mapping[str, Node], places: Sequence[Place], kind: str, x: float, top: float
) -> dict[Place, Node]:
    """An input or output node for each value that crosses the border."""
    found: dict[Place, Node] = {}
    number = 0
    for row, place in enumerate(places):
        number += 1
        while f"{kind}_{number}" in inside:
            number += 1
        found[place] = Node(f"{kind}_{number}", kind, x=x, y=top + 150.0 * row)
    return found


def _refuse_detours(graph: Graph, chosen: set[str]) -> None:
    """A path that leaves the selection and comes back would lead from the block into itself."""
    outside = [edge.target for edge in graph.edges if edge.source in chosen and edge.target not in chosen]
    for start in dict.fromkeys(outside):
        for edge in graph.edges:
            if edge.target in chosen and edge.source not in chosen and graph.reaches(start, edge.source):
                raise EditError(
                    f"{start} lies between the selected nodes, so the block would feed itself.",
                    fix=f"Select {start} as well.",
                )


def _refuse_foreign_weights(graph: Graph, chosen: set[str]) -> None:
    for node in graph.nodes.values():
        if node.weights.mode != "own" and node.weights.of and (node.id in chosen) != (node.weights.of in chosen):
            raise EditError(
                f"{node.id} uses the weights of {node.weights.of}, and only one of them is selected.",
                fix="Select both, or give it weights of its own.",
            )
