"""Which instances of blocks are written as one class: those of one block that give and take the same values."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.compiler.ends import Liveness, used_outputs
from core.compiler.findings import depths
from core.compiler.shapes import Analysis
from core.compiler.sharing import owner
from core.model.block import Block
from core.model.graph import Graph, Node
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

    liveness: Liveness
    prefixes: dict[Use, list[str]] = field(default_factory=dict)
    at: dict[str, Use] = field(default_factory=dict)

    def innermost_first(self, project: Project) -> list[Use]:
        """The uses in the order in which their classes can be written."""
        deep = depths(project)
        return sorted(self.prefixes, key=lambda use: deep[use.block])


def collect(project: Project, analysis: Analysis, goals: Sequence[Place]) -> Groups:
    """Every instance on the way to the goals, in the order of the network."""
    groups = Groups(Liveness(project))
    waiting = deque[tuple[Graph, str, tuple[Place, ...], frozenset[str] | None]]()
    waiting.append((project.graph, "", tuple(goals), None))
    while waiting:
        graph, prefix, wanted, given = waiting.popleft()
        live, wires = groups.liveness.ports(graph, wanted), graph.arriving()
        closed = {n.id for n in graph.of_kind("input") if given is not None and n.id not in given}
        for name in (name for name in graph.order() if name in live):
            node = graph.nodes[name]
            block = project.block_of(node)
            if block is None:
                continue
            wired = {edge.input for edge in wires.get(name, ()) if edge.source not in closed}
            use = _use(groups.liveness, node, block, live[name], wired)
            first = owner(graph, node).id
            path = prefix + first
            groups.at[prefix + name] = use
            if first != name and (first in live or path in groups.at):
                continue
            # Whose weights are shared may itself not lead to the goals.
            groups.at[path] = use
            opened = analysis.opened[path]
            insides = opened.prefixes(path)
            insides = insides[:1] if opened.shared else insides
            groups.prefixes.setdefault(use, []).extend(insides)
            ends = tuple((port, "input") for port in use.outputs)
            waiting += [(block.graph, inside, ends, frozenset(use.inputs)) for inside in insides]
    return groups


def _use(liveness: Liveness, node: Node, block: Block, live: set[str], wired: set[str]) -> Use:
    used = used_outputs(block, node, live)
    outputs = tuple(port.name for port in block.outputs if port.name in used)
    needed = liveness.inputs(node, outputs) & wired
    return Use(block.name, outputs, tuple(port.name for port in block.inputs if port.name in needed))
