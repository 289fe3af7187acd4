"""Shape inference: what flows along every wire, and what is wrong where, fast enough for every edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.compiler import findings
from core.compiler.classes import of_classes
from core.compiler.inference import Inference, NodeReport
from core.compiler.sharing import owner, sharing_fault
from core.compiler.trial import Plan, attempt
from core.compiler.wording import called, quoted
from core.model.fault import Complaint, Fault
from core.model.graph import BLOCK, Edge, Graph, Node
from core.model.project import Project
from core.model.spec import Inputs, registry
from core.model.tensor import Field, TensorType

REMEMBERED = 20_000


@dataclass
class ShapeCache:
    """Trials by kind, parameters and arriving types, so that an edit only pays for what it changed.

    `recent` holds each node's last trial: an untouched node whose arriving types did not change costs one look.
    Keep one for each open project; it never has to be emptied.
    """

    trials: dict[tuple[object, ...], Plan | Complaint] = field(default_factory=dict)
    recent: dict[str, tuple[Node, Inputs, Plan | Complaint]] = field(default_factory=dict)

    def attempt(self, path: str, node: Node, inputs: Inputs) -> Plan | Complaint:
        last = self.recent.get(path)
        if last and last[0] is node and last[1] == inputs:
            return last[2]
        # repr tells 1, 1.0 and True apart, which are equal as keys.
        key = (node.kind, repr(sorted(node.params.items())), tuple(inputs.items()))
        found = self.trials.get(key)
        if found is None:
            if len(self.trials) >= REMEMBERED:
                self.trials.clear()
                self.recent.clear()
            found = self.trials[key] = attempt(registry[node.kind], node.params, inputs)
        self.recent[path] = (node, inputs, found)
        return found


@dataclass
class Analysis:
    """What `build` and `source` need besides the reports: how every node is built, by path (`block_1/conv2d_1`)."""

    inference: Inference
    plans: dict[str, Plan]


def infer(project: Project, fields: Mapping[str, Field], cache: ShapeCache | None = None) -> Inference:
    """Types on all wires, parameters, costs and findings, for the data's `fields`. Never raises for a user's fault."""
    return analyse(project, fields, cache).inference


def analyse(project: Project, fields: Mapping[str, Field], cache: ShapeCache | None = None) -> Analysis:
    """As `infer`, with the plan of every node."""
    walk = _Walk(project, fields, cache or ShapeCache())
    if fault := findings.too_many(project, walk.sizes):
        return Analysis(Inference(faults=(fault,)), {})
    walk.visit(project.graph, "", None)
    walk.faults += of_classes(project.graph, walk.plans, walk.reports, fields)
    walk.faults += findings.of_whole(project, walk.reports, walk.faults)
    return Analysis(Inference(walk.reports, tuple(walk.faults)), walk.plans)


class _Walk:
    """One pass over a project in the order of its wires, into the instances of blocks."""

    def __init__(self, project: Project, fields: Mapping[str, Field], cache: ShapeCache) -> None:
        self.project, self.fields, self.cache = project, fields, cache
        self.plans: dict[str, Plan] = {}
        self.reports: dict[str, NodeReport] = {}
        self.faults: list[Fault] = []
        self.sizes = findings.expanded_sizes(project)

    def visit(self, graph: Graph, prefix: str, arriving: Mapping[str, TensorType] | None) -> None:
        """Reports every node of a graph; `arriving` are the types at a block's inputs, None outside of blocks."""
        wires: dict[str, list[Edge]] = {}
        for edge in graph.edges:
            wires.setdefault(edge.target, []).append(edge)
        order = graph.order()
        for name in order:
            self._node(graph.nodes[name], prefix, wires.get(name, []), arriving)
        if len(order) < len(graph.nodes):
            node = findings.on_cycle(graph)
            self._fault(prefix + node.id, f"{called(node)} lies on a cycle of wires.", "Delete one of its wires.")
        for name in order:
            node = graph.nodes[name]
            if node.weights.mode != "own" and prefix + name in self.reports:
                self._weights(graph, node, prefix)

    def _node(self, node: Node, prefix: str, wires: list[Edge], arriving: Mapping[str, TensorType] | None) -> None:
        path = prefix + node.id
        if fault := findings.unknown(self.project, node, path, self.sizes):
            self.faults.append(fault)
            return
        inputs: dict[str, tuple[TensorType, ...]] = {}
        for edge in sorted(wires, key=lambda e: e.slot) if len(wires) > 1 else wires:
            source = self.reports.get(prefix + edge.source)
            if source is None:
                return  # behind a fault: it has no finding of its own
            if edge.output not in source.outputs:
                self._fault(
                    path,
                    f"A wire comes from “{edge.output}” of {edge.source}, which has no such output any more.",
                    "Delete the wire, or draw it from another output.",
                    edge.input,
                )
                return
            inputs[edge.input] = (*inputs.get(edge.input, ()), source.outputs[edge.output])
        ports = self.project.inputs_of(node)
        if unwired := [port for port in ports if not port.optional and port.name not in inputs]:
            self.faults += [findings.unwired(node, path, port, len(ports)) for port in unwired]
            return
        if stray := inputs.keys() - {port.name for port in ports}:
            self._fault(
                path,
                f"A wire leads to {quoted(sorted(stray))} of {node.id}, which has no such input any more.",
                "Delete the wire.",
            )
            return
        if node.kind == BLOCK:
            self._instance(node, path, inputs)
        elif registry[node.kind].call == "source":
            self._source(node, path, arriving)
        else:
            # The order of the spec's ports, so that the cache's key does not depend on the order of the wires.
            self._layer(node, path, {port.name: inputs[port.name] for port in ports if port.name in inputs})

    def _layer(self, node: Node, path: str, inputs: Inputs) -> None:
        found = self.cache.attempt(path, node, inputs)
        if isinstance(found, Complaint):
            self._complain(path, found)
            return
        if found.warning:
            self._complain(path, found.warning)
        report = found.report
        if node.weights.mode != "own" and report.parameters:
            report = NodeReport(report.inputs, report.outputs, 0, report.macs)
        self.plans[path], self.reports[path] = found, report

    def _source(self, node: Node, path: str, arriving: Mapping[str, TensorType] | None) -> None:
        spec = registry[node.kind]
        if arriving is not None:
            type_ = arriving[node.id]
        else:
            found = findings.read_field(node, path, self.fields)
            if isinstance(found, Fault):
                self.faults.append(found)
                return
            type_ = found.type
        report = NodeReport(outputs={spec.outputs[0].name: type_})
        self.plans[path], self.reports[path] = Plan(spec, {}, report), report

    def _instance(self, node: Node, path: str, inputs: Inputs) -> None:
        graph = self.project.blocks[str(node.params["block"])].graph
        known = len(self.faults)
        self.visit(graph, f"{path}/", {port: types[0] for port, types in inputs.items()})
        for index in range(known, len(self.faults)):
            fault = self.faults[index]
            self.faults[index] = findings.inside(
                fault, f"{self.project.blocks[str(node.params['block'])].title} ({node.id})"
            )
        if any(fault.severity == "error" for fault in self.faults[known:]):
            return
        outputs = {
            inner.id: report.inputs["input"][0]
            for inner in graph.of_kind("output")
            if (report := self.reports.get(f"{path}/{inner.id}"))
        }
        self.reports[path] = NodeReport(dict(inputs), outputs)

    def _weights(self, graph: Graph, node: Node, prefix: str) -> None:
        path = prefix + node.id
        if fault := sharing_fault(graph, node, path):
            self.faults.append(fault)
            return
        first = graph.nodes[node.weights.of] if node.weights.mode != "shared" else owner(graph, node)
        inside = [name for name in self.plans if name == path or name.startswith(f"{path}/")]
        for name in inside:
            other = self.plans.get(prefix + first.id + name.removeprefix(path))
            if other is None:
                return  # the owner has a fault of its own
            if dict(other.kwargs) != dict(self.plans[name].kwargs):
                self._fault(
                    path,
                    f"{called(node)} uses the weights of {first.id}, but its sizes differ from those.",
                    "Give both the same parameters and inputs of the same shape.",
                )
                return
        for name in (n for n in inside if n != path):
            report = self.reports[name]
            self.reports[name] = NodeReport(report.inputs, report.outputs, 0, report.macs)

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

    def _fault(self, path: str, message: str, fix: str, port: str = "") -> None:
        self.faults.append(Fault(path, message, fix, port=port))
