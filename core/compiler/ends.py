"""What a network is for: the values that count as its predictions, and the nodes that they need."""

from __future__ import annotations

from collections.abc import Iterable

from core.compiler.descent import Walk, descend
from core.compiler.sharing import owner
from core.model.block import REPEAT, Block
from core.model.graph import BLOCK, Edge, Graph, Node
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


def live_ports(project: Project, graph: Graph, goals: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Every node on the way to the goals, with those of its ports whose values are used (an `output` node: `input`).

    It looks into blocks: what feeds only an input that the used outputs of an instance do not need, does not count.
    """
    return descend(_live_ports(project, graph, goals, {}))


def live_inputs(project: Project, instance: Node, ports: Iterable[str]) -> set[str]:
    """The inputs of an instance of a block that the given outputs of it need."""
    return descend(_live_inputs(project, instance, ports, {}))


_Known = dict[tuple[str, frozenset[str]], set[str]]


def _live_ports(
    project: Project, graph: Graph, goals: Iterable[tuple[str, str]], known: _Known
) -> Walk[dict[str, set[str]]]:
    live: dict[str, set[str]] = {}
    for name, port in goals:
        live.setdefault(name, set()).add(port)
    sharers: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        if node.kind == BLOCK:
            sharers.setdefault(owner(graph, node).id, []).append(node.id)
    wires: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        wires.setdefault(edge.target, []).append(edge)
    for name in reversed(graph.order()):
        if name not in live:
            continue
        node = graph.nodes[name]
        inner = None
        if node.kind == BLOCK:
            inner = yield _live_inputs(project, node, live[name], known)
        for edge in wires.get(name, ()):
            if inner is None or edge.input in inner:
                live.setdefault(edge.source, set()).add(edge.output)
    for names in sharers.values():
        # Instances that share a module call one class, which returns all that any of them uses.
        used = set().union(*(live.get(name, ()) for name in names))
        live.update({name: used for name in names if name in live})
    return live


def _live_inputs(project: Project, instance: Node, ports: Iterable[str], known: _Known) -> Walk[set[str]]:
    block = project.blocks[str(instance.params[BLOCK])]
    used = frozenset(used_outputs(block, instance, ports))
    if (block.name, used) not in known:
        live = yield _live_ports(project, block.graph, [(port, "input") for port in used], known)
        known[block.name, used] = {node.id for node in block.graph.of_kind("input") if node.id in live}
    return known[block.name, used]


def used_outputs(block: Block, instance: Node, ports: Iterable[str]) -> set[str]:
    """The outputs that an instance must give: where it is repeated, the first as well, which feeds the next one."""
    repeated = instance.params.get(REPEAT.name, 1) != 1
    return {*ports, block.outputs[0].name} if repeated and block.outputs else set(ports)
