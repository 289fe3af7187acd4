"""Which instances of blocks are written as one class: those of one block that give and take the same values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.compiler.ends import live_inputs, live_ports, used_outputs
from core.compiler.findings import depths
from core.compiler.shapes import Analysis
from core.compiler.sharing import owner
from core.model.block import Block
from core.model.graph import Graph
from core.model.project import Project

Place = tuple[str, str]
"""A value: the node and the port that it leaves."""


class Use(NamedTuple):
    """A block, the outputs of it that are used, and the inputs that they need and that are wired."""

    block: str
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]


@dataclass
class Groups:
    """`prefixes` are the insides that a class is written for, `at` is the use of the instance at a path."""

    prefixes: dict[Use, list[str]] = field(default_factory=dict)
    at: dict[str, Use] = field(default_factory=dict)

    def innermost_first(self, project: Project) -> list[Use]:
        """The uses in the order in which their classes can be written."""
        deep = depths(project)
        return sorted(self.prefixes, key=lambda use: deep[use.block])


def collect(project: Project, analysis: Analysis, goals: Sequence[Place]) -> Groups:
    """Every instance on the way to the goals, in the order of the network."""
    groups = Groups()
    waiting: list[tuple[Graph, str, tuple[Place, ...], frozenset[str] | None]] = [
        (project.graph, "", tuple(goals), None)
    ]
    while waiting:
        graph, prefix, wanted, given = waiting.pop(0)
        live = live_ports(project, graph, wanted)
        closed = {n.id for n in graph.of_kind("input") if given is not None and n.id not in given}
        for name in (name for name in graph.order() if name in live):
            node = graph.nodes[name]
            block = project.block_of(node)
            if block is None:
                continue
            use = _use(project, graph, name, block, live[name], closed)
            path = prefix + owner(graph, node).id
            groups.at[prefix + name] = use
            if path != prefix + name:
                continue
            opened = analysis.opened[path]
            insides = opened.prefixes(path)
            insides = insides[:1] if opened.shared else insides
            groups.prefixes.setdefault(use, []).extend(insides)
            ends = tuple((port, "input") for port in use.outputs)
            waiting += [(block.graph, inside, ends, frozenset(use.inputs)) for inside in insides]
    return groups


def _use(project: Project, graph: Graph, name: str, block: Block, live: set[str], closed: set[str]) -> Use:
    node = graph.nodes[name]
    used = used_outputs(block, node, live)
    outputs = tuple(port.name for port in block.outputs if port.name in used)
    wired = {edge.input for edge in graph.into(name) if edge.source not in closed}
    needed = live_inputs(project, node, outputs) & wired
    return Use(block.name, outputs, tuple(port.name for port in block.inputs if port.name in needed))
