"""What a network is for: the values that count as its predictions, and the nodes that they need."""

from __future__ import annotations

from collections.abc import Iterable

from core.compiler.descent import Walk, descend
from core.compiler.sharing import owner
from core.model.block import REPEAT, Block
from core.model.graph import BLOCK, Graph, Node
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


def titles(project: Project) -> dict[str, str]:
    """What each node of the predictions is called; where several share a title, their ids tell them apart."""
    nodes = [project.graph.nodes[node] for node, _ in predictions(project)]
    names = [node.name for node in nodes]
    return {node.id: node.name if names.count(node.name) == 1 else f"{node.name} ({node.id})" for node in nodes}


_Live = dict[str, set[str]]


class Liveness:
    """Which values are used on the way to what is wanted; what a block's outputs need is worked out once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[tuple[str, frozenset[str]], set[str]] = {}

    def ports(self, graph: Graph, goals: Iterable[tuple[str, str]]) -> _Live:
        """Every node on the way to the goals, with those of its ports whose values are used (an `output`: `input`).

        It looks into blocks: what feeds only an input that the used outputs of an instance do not need, does not count.
        """
        return descend(self._ports(graph, goals))

    def inputs(self, instance: Node, ports: Iterable[str]) -> set[str]:
        """The inputs of an instance of a block that the given outputs of it need."""
        return descend(self._inputs(instance, ports))

    def _ports(self, graph: Graph, goals: Iterable[tuple[str, str]]) -> Walk[_Live]:
        live: _Live = {}
        for name, port in goals:
            live.setdefault(name, set()).add(port)
        sharers: dict[str, list[str]] = {}
        for node in graph.of_kind(BLOCK):
            sharers.setdefault(owner(graph, node).id, []).append(node.id)
        wires = graph.arriving()
        for name in reversed(graph.order()):
            if name not in live:
                continue
            node = graph.nodes[name]
            inner = None
            if node.kind == BLOCK:
                inner = yield self._inputs(node, live[name])
            for edge in wires.get(name, ()):
                if inner is None or edge.input in inner:
                    live.setdefault(edge.source, set()).add(edge.output)
        for names in sharers.values():
            # Instances that share a module call one class, which returns all that any of them uses.
            used = set().union(*(live.get(name, ()) for name in names))
            live.update({name: used for name in names if name in live})
        return live

    def _inputs(self, instance: Node, ports: Iterable[str]) -> Walk[set[str]]:
        block = self.project.blocks[str(instance.params[BLOCK])]
        used = frozenset(used_outputs(block, instance, ports))
        if (block.name, used) not in self._known:
            live = yield self._ports(block.graph, [(port, "input") for port in used])
            self._known[block.name, used] = {node.id for node in block.graph.of_kind("input") if node.id in live}
        return self._known[block.name, used]


def used_outputs(block: Block, instance: Node, ports: Iterable[str]) -> set[str]:
    """The outputs that an instance must give: where it is repeated, the first as well, which feeds the next one."""
    repeated = instance.params.get(REPEAT.name, 1) != 1
    return {*ports, block.outputs[0].name} if repeated and block.outputs else set(ports)
