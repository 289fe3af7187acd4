"""What the compiler knows of a network before it runs: values only, no torch, so that the screen can hold them."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.model.fault import Fault, ProjectError
from core.model.tensor import TensorType


@dataclass(frozen=True)
class NodeReport:
    """One node: the types at its input and output ports, its parameters, and what one sample costs.

    `inputs` holds several types for a variadic port. `parameters` counts those with `own` weights only. `macs` are
    multiply-accumulates, two floating-point operations each; `memory` is what its outputs take, in bytes: 0 where
    they only look at an input otherwise, as those of flatten do.
    """

    inputs: dict[str, tuple[TensorType, ...]] = field(default_factory=dict)
    outputs: dict[str, TensorType] = field(default_factory=dict)
    parameters: int = 0
    macs: int = 0
    memory: int = 0

    @property
    def flops(self) -> int:
        """Floating-point operations of matrix products and convolutions for one sample."""
        return 2 * self.macs


@dataclass(frozen=True)
class Inference:
    """The result of `core.compiler.shapes.infer`: a report per node that could be inferred, and all findings.

    Nodes behind a fault have no report and no fault of their own. A node inside an instance of a block goes by
    `instance/node`; its parameters are counted there, and the instance itself has none. `insides` holds, for every
    instance, the beginnings of the paths inside: `block_1/`, or `block_1/0/`, `block_1/1/` … where it is repeated.
    """

    nodes: dict[str, NodeReport] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    insides: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the network can run: warnings do not hinder it."""
        return not any(fault.severity == "error" for fault in self.faults)

    @property
    def parameters(self) -> int:
        return sum(report.parameters for report in self.nodes.values())

    @property
    def macs(self) -> int:
        return sum(report.macs for report in self.nodes.values())

    @property
    def memory(self) -> int:
        """Bytes that all values inside the network take for one sample, inputs aside."""
        return sum(report.memory for report in self.nodes.values())

    def inside(self, node: str) -> list[NodeReport]:
        """The reports of a node and, when it is an instance of a block, of all nodes inside it."""
        if node not in self.insides:
            return [self.nodes[node]] if node in self.nodes else []
        return [report for name, report in self.nodes.items() if name == node or name.startswith(f"{node}/")]

    def type_at(self, node: str, output: str) -> TensorType | None:
        """What leaves an output port, where it is known."""
        report = self.nodes.get(node)
        return report.outputs.get(output) if report else None

    def faults_of(self, node: str) -> tuple[Fault, ...]:
        """The findings about a node, and about the nodes inside it when it is an instance of a block."""
        return tuple(fault for fault in self.faults if fault.node == node or fault.node.startswith(f"{node}/"))

    @property
    def errors(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity == "error")


class CompileError(ProjectError):
    """A network that cannot be built; `faults` says why, node by node."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = next((fault for fault in faults if fault.severity == "error"), None) or faults[0]
        super().__init__(first.message, place=first.node, fix=first.fix)
        self.faults = faults
