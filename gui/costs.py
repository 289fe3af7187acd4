"""What nodes cost: parameters, floating-point operations and memory of activations, for one example of the batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from core.compiler.inference import NodeReport
from core.model.amounts import counted, flops, size

ONE = "Numbers are those of one example of the batch, forward. FLOPs count matrix products and convolutions."


class Cost(NamedTuple):
    """Of one node, of an instance with all that is inside it, or of a whole network. `memory` is in bytes."""

    parameters: int = 0
    flops: int = 0
    memory: int = 0

    def plus(self, other: Cost) -> Cost:
        return Cost(self.parameters + other.parameters, self.flops + other.flops, self.memory + other.memory)

    @property
    def words(self) -> tuple[str, ...]:
        """`1,216 parameters`, `243 kFLOP`, `23.5 KiB`: what there is."""
        found = [counted(self.parameters, "parameter")] if self.parameters else []
        found += [flops(self.flops)] if self.flops else []
        return (*found, *([size(self.memory)] if self.memory else []))

    def share_of(self, whole: Cost) -> float:
        """The part of the network's operations that are done here, between 0 and 1."""
        return self.flops / whole.flops if whole.flops else 0.0


def cost_of(report: NodeReport) -> Cost:
    """The cost of one node alone."""
    return Cost(report.parameters, report.flops, report.memory)


def costs_of(nodes: Mapping[str, NodeReport]) -> dict[str, Cost]:
    """The cost at every path: each node counts for all instances around it, too."""
    found: dict[str, Cost] = {}
    for path, report in nodes.items():
        cost = cost_of(report)
        while path:
            found[path] = found.get(path, Cost()).plus(cost)
            path = path.rpartition("/")[0]
    return found


def part(amount: int, whole: int) -> str:
    """How much of the network's total that is: `12 %`, `<1 %`; empty where there is none."""
    if not amount or not whole:
        return ""
    percent = 100 * amount / whole
    return f"{percent:.0f} %" if percent >= 0.5 else "<1 %"


def told(cost: Cost, whole: Cost) -> str:
    """What a node costs and its part of the network, in a sentence; empty where nothing is known of it."""
    amounts = (
        (counted(cost.parameters, "parameter"), cost.parameters, whole.parameters),
        (flops(cost.flops), cost.flops, whole.flops),
        (f"{size(cost.memory)} of activations", cost.memory, whole.memory),
    )
    named = [f"{words} ({part(amount, total)} of the network)" for words, amount, total in amounts if amount]
    return f"For one example: {', '.join(named)}." if named else ""
