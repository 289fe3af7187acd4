"""Shape inference: what flows along every wire, and what is wrong where, fast enough for every edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.compiler import findings
from core.compiler.classes import of_classes
from core.compiler.descent import Walk, descend
from core.compiler.inference import Inference, NodeReport
from core.compiler.instances import NO_NAMES, Names, Opened, opened
from core.compiler.shape_cache import ShapeCache
from core.compiler.sharing import owner, sharing_fault, tied
from core.compiler.trial import Plan
from core.compiler.wording import called, quoted
from core.model.block import REPEAT_WEIGHTS
from core.model.fault import Complaint, Fault
from core.model.graph import BLOCK, Edge, Graph, Node
from core.model.project import Project
from core.model.spec import Inputs, registry
from core.model.tensor import Field, TensorType


@dataclass
class Analysis:
    """What `build` and `source` need besides the reports, by path: how every node is built, what instances hold."""

    inference: Inference
    plans: dict[str, Plan]
    opened: dict[str, Opened]


def infer(project: Project, fields: Mapping[str, Field], cache: ShapeCache | None = None) -> Inference:
    """Types on all wires, parameters, costs and findings, for the data's `fields`. Never raises for a user's fault."""
    return analyse(project, fields, cache).inference


def analyse(project: Project, fields: Mapping[str, Field], cache: ShapeCache | None = None) -> Analysis:
    """As `infer`, with the plan of every node."""
    walk = _Walk(project, fields, cache or ShapeCache())
    try:
        descend(walk.visit(project.graph, "", NO_NAMES, None))
    except _TooManyError:
        return Analysis(Inference(faults=(findings.too_many(),)), {}, {})
    walk.faults += of_classes(project.graph, walk.plans, walk.reports, fields)
    walk.faults += findings.of_whole(project, walk.reports, walk.faults)
    insides = {path: tuple(found.prefixes(path)) for path, found in walk.opened.items()}
    return Analysis(Inference(walk.reports, tuple(walk.faults), insides), walk.plans, walk.opened)


class _TooManyError(Exception):
    """The walk has met more nodes than a network may have."""


class _Walk:
    """One pass over a project in the order of its wires, into the instances of blocks."""

    def __init__(self, project: Project, fields: Mapping[str, Field], cache: ShapeCache) -> None:
        self.project, self.fields, self.cache = project, fields, cache
        self.plans: dict[str, Plan] = {}
        self.reports: dict[str, NodeReport] = {}
        self.opened: dict[str, Opened] = {}
        self.faults: list[Fault] = []
        self._endless = findings.endless(project)
        self._layouts: dict[int, tuple[list[str], dict[str, list[Edge]]]] = {}
        self._open: set[str] = set()  # the paths of optional inputs of blocks that have no wire
        self._visited = 0

    def visit(
        self, graph: Graph, prefix: str, names: Names, arriving: Mapping[str, TensorType] | None, instance: str = ""
    ) -> Walk[None]:
        """Reports every node of a graph; `arriving` are the types at a block's inputs, None outside of blocks."""
        order, wires = self._layout(graph)
        self._visited += len(order)
        if self._visited > findings.LARGEST:
            raise _TooManyError
        for name in order:
            node, path = graph.nodes[name], prefix + name
            inputs = self._inputs(node, prefix, wires.get(name, ()), instance)
            if inputs is None:
                continue
            if node.kind == BLOCK:
                yield self._instance(node, path, names, inputs)
            elif registry[node.kind].call == "source":
                self._source(node, path, names, arriving)
            else:
                self._layer(node, path, names, inputs)
        if len(order) < len(graph.nodes):
            node = findings.on_cycle(graph)
            self._fault(
                prefix + node.id, f"{called(node, self.project)} lies on a cycle of wires.", "Delete one of its wires."
            )
        for name in order:
            node = graph.nodes[name]
            if node.weights.mode != "own" and prefix + name in self.reports:
                self._weights(graph, node, prefix)

    def _layout(self, graph: Graph) -> tuple[list[str], dict[str, list[Edge]]]:
        """The order of a graph's nodes and the wires into each, worked out once for all instances."""
        found = self._layouts.get(id(graph))
        if found is None:
            found = self._layouts[id(graph)] = (graph.order(), graph.arriving())
        return found

    def _inputs(self, node: Node, prefix: str, wires: Sequence[Edge], instance: str) -> Inputs | None:
        """What arrives at each wired port, in the order of the ports; None where a finding stands in the way."""
        path = prefix + node.id
        if fault := findings.unknown(self.project, node, path, self._endless):
            self.faults.append(fault)
            return None
        inputs: dict[str, tuple[TensorType, ...]] = {}
        left_open: dict[str, str] = {}
        for edge in wires:
            if prefix + edge.source in self._open:
                left_open[edge.input] = edge.source
                continue
            source = self.reports.get(prefix + edge.source)
            if source is None:
                return None  # behind a fault: it has no finding of its own
            if edge.output not in source.outputs:
                self._fault(
                    path,
                    f"A wire comes from “{edge.output}” of {edge.source}, which has no such output any more.",
                    "Delete the wire, or draw it from another output.",
                    edge.input,
                )
                return None
            inputs[edge.input] = (*inputs.get(edge.input, ()), source.outputs[edge.output])
        ports = self.project.inputs_of(node)
        for port in (port for port in ports if not port.optional and port.name not in inputs):
            if port.name in left_open:
                place, title = instance, self.opened[instance].block.title
                self.faults.append(findings.left_open(place, title, left_open[port.name], node))
            else:
                self.faults.append(findings.unwired(self.project, node, path, port, len(ports)))
        if any(not port.optional and port.name not in inputs for port in ports):
            return None
        if stray := inputs.keys() - {port.name for port in ports}:
            self._fault(
                path,
                f"A wire leads to {quoted(sorted(stray))} of {node.id}, which has no such input any more.",
                "Delete the wire.",
            )
            return None
        # The order of the spec's ports, so that the cache's key does not depend on the order of the wires.
        return {port.name: inputs[port.name] for port in ports if port.name in inputs}

    def _layer(self, node: Node, path: str, names: Names, inputs: Inputs) -> None:
        found = self.cache.attempt(path, node, names, inputs)
        if isinstance(found, Complaint):
            self._complain(path, found)
            return
        if found.warning:
            self._complain(path, found.warning)
        self.plans[path], self.reports[path] = found, found.report
        if not node.weights.learn:
            self._without_parameters(path)

    def _without_parameters(self, path: str) -> None:
        """Weights are counted where they are owned."""
        report = self.reports[path]
        if report.parameters:
            self.reports[path] = replace(report, parameters=0)

    def _source(self, node: Node, path: str, names: Names, arriving: Mapping[str, TensorType] | None) -> None:
        spec = registry[node.kind]
        if arriving is None:
            found = findings.read_field(node, path, self.fields)
            if isinstance(found, Fault):
                self.faults.append(found)
                return
            type_ = found.type
        elif node.id in arriving:
            type_ = arriving[node.id]
        else:
            self._open.add(path)
            return
        report = NodeReport(outputs={spec.outputs[0].name: type_})
        self.plans[path], self.reports[path] = Plan(spec, {}, report), report

    def _instance(self, node: Node, path: str, names: Names, inputs: Inputs) -> Walk[None]:
        block = self.project.blocks[str(node.params[BLOCK])]
        found = opened(block, node.params, names)
        if isinstance(found, Complaint):
            self._complain(path, found)
            return
        self.opened[path] = found
        arriving = {port: types[0] for port, types in inputs.items()}
        outputs: dict[str, TensorType] = {}
        for prefix in found.prefixes(path):
            known = len(self.faults)
            yield self.visit(block.graph, prefix, found.names, arriving, path)
            for index in range(known, len(self.faults)):
                if self.faults[index].node.startswith(f"{path}/"):
                    self.faults[index] = findings.inside(self.faults[index], f"{block.title} ({node.id})")
            if any(fault.severity == "error" for fault in self.faults[known:]):
                return
            outputs = {
                inner.id: report.inputs["input"][0]
                for inner in block.graph.of_kind("output")
                if (report := self.reports.get(prefix + inner.id))
            }
            if block.inputs and block.outputs and block.outputs[0].name in outputs:
                arriving = {**arriving, block.inputs[0].name: outputs[block.outputs[0].name]}
        self.reports[path] = NodeReport(dict(inputs), outputs)
        if found.shared and found.repeat > 1:
            first, *others = found.prefixes(path)
            for prefix in others:
                if not self._same_weights(path, block.title, prefix, first, "its first repetition"):
                    break

    def _weights(self, graph: Graph, node: Node, prefix: str) -> None:
        path = prefix + node.id
        if fault := sharing_fault(graph, node, path):
            self.faults.append(fault)
            return
        first = graph.nodes[node.weights.of] if node.weights.mode != "shared" else owner(graph, node)
        other = tied(graph, node) if node.weights.mode == "shared" else None
        if other is None:
            mine, its = self.reports[path].inputs.keys(), self.reports.get(prefix + first.id)
            plan, its_plan = self.plans.get(path), self.plans.get(prefix + first.id)
            # One module takes what is wired and what is not: an unrolled cell has no state before its first step.
            alike = plan is not None and its_plan is not None and plan.target == its_plan.target
            if its is not None and not alike and mine != its.inputs.keys():
                self._fault(
                    path,
                    f"{called(node)} uses the weights of {first.id}, but other inputs of it are wired.",
                    f"Wire the same inputs at both: {quoted(sorted(its.inputs))}; or give it weights of its own.",
                    own=True,
                )
                return
            self._same_weights(path, called(node), path, prefix + first.id, first.id, starts=node.weights.learn)
        elif plan := self.plans.get(prefix + other.id):
            lacking = [
                name for name, shape in self.plans[path].parameters.items() if plan.parameters.get(name) != shape
            ]
            if lacking or not self.plans[path].parameters:
                what = quoted(lacking) if lacking else "no parameters at all"
                self._fault(
                    path,
                    f"{called(node)} shares the weights of {other.id}, which is of another kind ({other.name}) and has "
                    f"none of that shape: {what}.",
                    "Give both the same sizes and switch the bias off, or give it weights of its own.",
                    own=True,
                )

    def _same_weights(self, path: str, title: str, start: str, first: str, whose: str, *, starts: bool = False) -> bool:
        """Finds fault where what stands at (or under) `start` is built otherwise than at `first`; else counts it 0.

        What only `starts` from the other's weights is counted and may behave otherwise, if its weights are alike.
        """
        for name in [name for name in self.plans if name == start or name.startswith(f"{start.rstrip('/')}/")]:
            other, plan = self.plans.get(first + name.removeprefix(start)), self.plans[name]
            if other is None:
                return False  # the owner has a fault of its own
            if plan.spec.call == "module" and not (_alike if starts else _equal)(plan, other):
                self._fault(
                    path,
                    f"{title} uses the weights of {whose}, but its sizes differ from those.",
                    "Give both the same parameters and inputs of the same shape, or give it weights of its own.",
                    own=start == path,
                    params={} if start == path else {REPEAT_WEIGHTS.name: "own"},
                )
                return False
            if not starts:
                self._without_parameters(name)
        return True

    def _complain(self, path: str, complaint: Complaint) -> None:
        self.faults.append(
            Fault(
                path,
                complaint.message,
                complaint.fix,
                complaint.severity,
                complaint.port,
                complaint.params,
                complaint.insert,
            )
        )

    def _fault(self, path: str, message: str, fix: str, port: str = "", **mends: Any) -> None:
        self.faults.append(Fault(path, message, fix, port=port, **mends))


def _equal(one: Plan, other: Plan) -> bool:
    """Whether two modules are built in the same way."""
    return (one.target, dict(one.kwargs)) == (other.target, dict(other.kwargs))


def _alike(one: Plan, other: Plan) -> bool:
    """Whether one module's weights fit into the other."""
    return (one.target, one.bytes, dict(one.parameters)) == (other.target, other.bytes, dict(other.parameters))
