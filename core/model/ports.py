"""Edits of a block's face, its ports and parameters, with what follows inside it and at its instances."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from core.model.block import Block, BlockParam
from core.model.expression import is_expression
from core.model.fault import EditError
from core.model.graph import BLOCK, Edge, Graph, Node
from core.model.ops import AddEdge, AddNode, Op, RemoveEdge, RemoveNode, SetBlock, SetNode
from core.model.project import Project
from core.model.values import Value


def graphs(project: Project) -> Iterator[tuple[str, Graph]]:
    """The project's graph and those of its blocks, each with the name that ops know it by."""
    yield "", project.graph
    for name, block in project.blocks.items():
        yield name, block.graph


def instances(project: Project, name: str) -> list[tuple[str, Node]]:
    """Every instance of a block, with the graph that it stands in."""
    return [
        (within, node)
        for within, graph in graphs(project)
        for node in graph.of_kind(BLOCK)
        if node.params.get(BLOCK) == name
    ]


def port_wires(project: Project, name: str, ports: set[str]) -> list[tuple[str, Edge]]:
    """The wires outside a block that begin or end at some of its ports."""
    found = []
    for within, node in instances(project, name):
        graph = project.inside(within)
        found += [(within, edge) for edge in graph.into(node.id) if edge.input in ports]
        found += [(within, edge) for edge in graph.out_of(node.id) if edge.output in ports]
    return found


def loosening(project: Project, name: str, nodes: list[str]) -> list[Op]:
    """The edits that take the wires off the ports that some nodes inside a block are."""
    if not name:
        return []
    graph = project.inside(name)
    ports = {node for node in nodes if node in graph.nodes and graph.nodes[node].kind in ("input", "output")}
    return [RemoveEdge(edge, within) for within, edge in port_wires(project, name, ports)] if ports else []


def renamed_port(project: Project, name: str, port: str, to: str) -> list[Op]:
    """The edits that give a port another name, inside the block and at all its instances. Raises EditError."""
    graph = project.inside(name)
    node = graph.nodes[port]
    if to in graph.nodes:
        raise EditError(f"There is already a node “{to}” in this block.", fix="Choose another name.")
    place = list(graph.nodes).index(port)
    inner = [edge for edge in graph.edges if port in (edge.source, edge.target)]
    outer = port_wires(project, name, {port})
    named = {id for _, id in ((within, each.id) for within, each in instances(project, name))}
    ops: list[Op] = [RemoveEdge(edge, within) for within, edge in outer]
    ops += [RemoveEdge(edge, name) for edge in inner]
    ops += [RemoveNode(port, name), AddNode(msgspec.structs.replace(node, id=to), name, place)]
    for edge in inner:
        source, target = (to if edge.source == port else edge.source), (to if edge.target == port else edge.target)
        ops.append(AddEdge(Edge(source, edge.output, target, edge.input, edge.slot), name))
    for within, edge in outer:
        output = to if edge.source in named and edge.output == port else edge.output
        input_ = to if edge.target in named and edge.input == port else edge.input
        ops.append(AddEdge(Edge(edge.source, output, edge.target, input_, edge.slot), within))
    return ops


def moved_port(project: Project, name: str, port: str, step: int) -> list[Op]:
    """The edits that put a port one place up (−1) or down (+1) among those of its side; none at the end."""
    graph = project.inside(name)
    side = [node.id for node in graph.of_kind(graph.nodes[port].kind)]
    place = side.index(port) + step
    if not 0 <= place < len(side):
        return []
    position = list(graph.nodes).index(side[place])
    node = graph.nodes[port]
    wires = [edge for edge in graph.edges if port in (edge.source, edge.target)]
    return [
        *(RemoveEdge(edge, name) for edge in wires),
        RemoveNode(port, name),
        AddNode(node, name, position),
        *(AddEdge(edge, name) for edge in wires),
    ]


def with_param(block: Block, param: BlockParam, old: str = "") -> SetBlock:
    """The edit that adds a parameter, or puts another in the place of the one called `old`."""
    params = tuple(param if each.name == old else each for each in block.params)
    return SetBlock(block.name, block.title, block.color, block.note, params if old else (*block.params, param))


def renamed_param(project: Project, name: str, old: str, to: str) -> list[Op]:
    """The edits that give a parameter another name, in all formulas inside and at all instances."""
    block = project.blocks[name]
    param = next(each for each in block.params if each.name == old)
    ops: list[Op] = [with_param(block, msgspec.structs.replace(param, name=to), old)]
    for node in block.graph.nodes.values():
        params = {key: _rewritten(value, old, to) for key, value in node.params.items()}
        if params != node.params:
            ops.append(SetNode(msgspec.structs.replace(node, params=params), name))
    ops += _at_instances(project, name, old, to, ops)
    return ops


def without_param(project: Project, name: str, old: str) -> list[Op]:
    """The edits that delete a parameter; formulas inside that name it take its default instead."""
    block = project.blocks[name]
    param = next(each for each in block.params if each.name == old)
    rest = tuple(each for each in block.params if each.name != old)
    ops: list[Op] = [SetBlock(name, block.title, block.color, block.note, rest)]
    for node in block.graph.nodes.values():
        params = {key: _filled(value, param) for key, value in node.params.items()}
        if params != node.params:
            ops.append(SetNode(msgspec.structs.replace(node, params=params), name))
    ops += _at_instances(project, name, old, "", ops)
    return ops


def _at_instances(project: Project, name: str, old: str, to: str, before: list[Op]) -> list[Op]:
    """Instances keep the value under its new name, or lose it."""
    changed = {op.node.id: op.node for op in before if isinstance(op, SetNode)}
    ops: list[Op] = []
    for within, node in instances(project, name):
        now = changed.get(node.id, node) if within == name else node
        if old in now.params:
            params = {(to if key == old else key): value for key, value in now.params.items() if to or key != old}
            ops.append(SetNode(msgspec.structs.replace(now, params=params), within))
    return ops


def _rewritten(value: Value, old: str, to: str) -> Value:
    return re.sub(rf"\b{re.escape(old)}\b", to, str(value)) if is_expression(value) else value


def _filled(value: Value, param: BlockParam) -> Value:
    """A formula with the default in the place of the name; the default itself where the name was all of it."""
    if not is_expression(value) or not re.search(rf"\b{re.escape(param.name)}\b", str(value)):
        return value
    if str(value)[1:].strip() == param.name:
        return param.default
    return re.sub(rf"\b{re.escape(param.name)}\b", repr(param.default), str(value))
