"""Where in a project one is: in its own graph, or inside a block, and inside which repetition of which instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from core.compiler.inference import Inference, NodeReport
from core.compiler.instances import Names, Opened, opened
from core.model.fault import Fault
from core.model.graph import Node
from core.model.project import Project
from core.model.tensor import TensorType
from gui.costs import Cost, cost_of, costs_of

NOWHERE = "?/"
"""The prefix of paths inside a block that has no instance: nothing is known of them."""


class Step(NamedTuple):
    """One step inwards: the block, the instance through which one went (none: its definition), and the repetition."""

    block: str
    instance: str = ""
    repetition: int = 0


@dataclass(frozen=True)
class Place:
    """`block` is the name of the graph that is shown (empty: the project's own); `prefix` begins the paths of what
    stands in it; `names` are the values of the block's parameters there."""

    steps: tuple[Step, ...] = ()
    block: str = ""
    prefix: str = ""
    names: Names = field(default_factory=dict)
    repeat: int = 1
    """How often the innermost instance stands."""


def instance_of(project: Project, node: Node, names: Names) -> Opened | None:
    """An instance as it stands where its block's parameters have these values; the defaults where that is at fault."""
    block = project.block_of(node)
    if block is None:
        return None
    found = opened(block, node.params, names)
    if isinstance(found, Opened):
        return found
    return Opened(block, {param.name: param.default for param in block.params})


def place_of(project: Project, steps: Sequence[Step]) -> Place:
    """The place that steps lead to; they end early where something on the way is not there any more."""
    place = Place()
    for step in steps:
        block = project.blocks.get(step.block)
        node = project.inside(place.block).nodes.get(step.instance)
        if block is None or (step.instance and (node is None or project.block_of(node) is not block)):
            break
        found = instance_of(project, node, place.names) if node else None
        if found is None:
            names: Names = {param.name: param.default for param in block.params}
            place = Place((*place.steps, step), step.block, NOWHERE, names)
            continue
        kept = step._replace(repetition=min(step.repetition, found.repeat - 1))
        prefix = found.prefixes(place.prefix + step.instance)[kept.repetition]
        place = Place((*place.steps, kept), step.block, prefix, found.names, found.repeat)
    return place


def way_to(project: Project, path: str, start: Sequence[Step] = ()) -> tuple[tuple[Step, ...], str]:
    """The steps to a node by its path (`block_1/0/conv2d_1`) from a place on, and its id, as far as it is there."""
    within = start[-1].block if start else ""
    more: list[Step] = []
    names = path.split("/")
    while len(names) > 1:
        instance = names.pop(0)
        node = project.inside(within).nodes.get(instance)
        block = project.block_of(node) if node else None
        if block is None:
            return (*start, *more), instance
        repetition = int(names.pop(0)) if names[0].isdigit() and len(names) > 1 else 0
        more.append(Step(block.name, instance, repetition))
        within = block.name
    return (*start, *more), names[0]


def node_at(project: Project, steps: Sequence[Step], path: str) -> tuple[str, Node | None]:
    """The graph and the node at a path that begins at a place."""
    further, name = way_to(project, path, steps)
    within = further[-1].block if further else ""
    return within, project.inside(within).nodes.get(name)


class Here:
    """What the compiler knows of the graph at a place, by the paths that begin there."""

    def __init__(self, inference: Inference, prefix: str = "") -> None:
        self.inference, self.prefix = inference, prefix
        cut = len(prefix)
        self.nodes: Mapping[str, NodeReport] = inference.nodes
        if prefix:
            self.nodes = {path[cut:]: each for path, each in inference.nodes.items() if path.startswith(prefix)}
        self._faults: dict[str, list[Fault]] = {}
        for fault in inference.faults:
            if fault.node.startswith(prefix):
                self._faults.setdefault(fault.node[cut:].split("/")[0], []).append(fault)

    def type_at(self, path: str, output: str) -> TensorType | None:
        report = self.nodes.get(path)
        return report.outputs.get(output) if report else None

    def faults_of(self, path: str) -> tuple[Fault, ...]:
        """The findings about a node and what is inside it; what repetitions have in common is said once."""
        whole = self.prefix + path
        found: dict[tuple[str, str], Fault] = {}
        for fault in self._faults.get(path.split("/")[0], ()):
            if fault.node == whole or fault.node.startswith(f"{whole}/"):
                found.setdefault((fault.message, fault.fix), fault)
        return tuple(found.values())

    def cost(self, path: str) -> Cost:
        """What a node costs, with all that is inside an instance; nothing where it is not known."""
        return self._costs.get(path, Cost())

    @cached_property
    def _costs(self) -> Mapping[str, Cost]:
        return costs_of(self.nodes)

    @cached_property
    def whole(self) -> Cost:
        """What the network costs altogether, wherever one is in it."""
        found = Cost()
        for report in self.inference.nodes.values():
            found = found.plus(cost_of(report))
        return found
