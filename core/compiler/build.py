"""Graph → network: the modules by node id, and one `fx.Graph` from which every program is cut."""

from __future__ import annotations

import hashlib
import operator
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import fx, nn

from core.compiler.calls import input_arguments
from core.compiler.ends import predictions
from core.compiler.inference import CompileError
from core.compiler.network import Copy, Network
from core.compiler.shapes import Analysis, ShapeCache, analyse
from core.compiler.sharing import owner
from core.compiler.targets import resolve
from core.compiler.trial import Plan
from core.model.chance import CHANCE
from core.model.graph import BLOCK, Edge, Graph, Node
from core.model.project import Project
from core.model.tensor import Field


def build(
    project: Project,
    fields: Mapping[str, Field],
    *,
    seed: int = 0,
    device: str = "cpu",
    cache: ShapeCache | None = None,
) -> Network:
    """The network of a project with seeded weights; raises CompileError when `infer` finds an error.

    Each node's weights depend on the seed and the node's id alone, so an edit elsewhere leaves them as they were. The
    global random state is not touched.
    """
    analysis = analyse(project, fields, cache)
    if not analysis.inference.ok:
        raise CompileError(analysis.inference.faults)
    builder = _Builder(project, analysis, seed)
    with CHANCE, torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder.place(project.graph, "", "", None)
    builder.freeze(project.graph, "")
    builder.root.to(torch.device(device))
    network = Network(builder.root, builder.graph, builder.values, analysis.inference, tuple(builder.copies))
    network.outputs = predictions(project)
    network.losses = tuple((node.id, "loss") for node in project.graph.of_family("loss"))
    for copy in network.copies:
        network.follow(copy, 0.0)
    return network


class _Builder:
    """Walks the graphs in order, into blocks; `values` maps a node's port to its place in the fx graph."""

    def __init__(self, project: Project, analysis: Analysis, seed: int) -> None:
        self.project, self.analysis, self.seed = project, analysis, seed
        self.root, self.graph = nn.Module(), fx.Graph()
        self.values: dict[tuple[str, str], fx.Node] = {}
        self.copies: list[Copy] = []

    def place(self, graph: Graph, prefix: str, module_prefix: str, arriving: Mapping[str, fx.Node] | None) -> None:
        """Adds the nodes of a graph; `prefix` is their path, `module_prefix` that of the modules that they call."""
        if arriving is None:
            for node in graph.of_kind("input"):
                self._keep(node.id, "output", self.graph.create_node("placeholder", node.id, name=node.id))
        wires: dict[str, list[Edge]] = {}
        for edge in sorted(graph.edges, key=lambda e: e.slot):
            wires.setdefault(edge.target, []).append(edge)
        for name in graph.order():
            node, path = graph.nodes[name], prefix + name
            values: dict[str, list[fx.Node]] = {}
            for edge in wires.get(name, ()):
                values.setdefault(edge.input, []).append(self.values[prefix + edge.source, edge.output])
            modules = module_prefix + owner(graph, node).id
            if node.weights.mode in ("average", "copy"):
                followed = module_prefix + owner(graph, graph.nodes[node.weights.of]).id
                copy = Copy(modules, followed, node.weights.mode, node.weights.rate)
                if copy not in self.copies:
                    self.copies.append(copy)
            if node.kind == BLOCK:
                self._instance(node, path, modules, values)
            elif node.kind == "input" and arriving is not None:
                self.values[path, "output"] = arriving[name]
            elif node.kind != "input":
                self._layer(path, modules, self.analysis.plans[path], values)

    def _instance(self, node: Node, path: str, modules: str, values: Mapping[str, Sequence[fx.Node]]) -> None:
        graph = self.project.blocks[str(node.params["block"])].graph
        self.place(graph, f"{path}/", f"{modules}.", {port: wires[0] for port, wires in values.items()})
        for inner in graph.of_kind("output"):
            self.values[path, inner.id] = self.values[f"{path}/{inner.id}", "input"]

    def _layer(self, path: str, module: str, plan: Plan, values: Mapping[str, list[fx.Node]]) -> None:
        spec, name = plan.spec, path.replace("/", "_")
        if spec.call == "sink":
            self.values[path, "input"] = values["input"][0]
            return
        result: Any
        if spec.call == "fold":
            wires = [value for port in spec.inputs for value in values.get(port.name, ())]
            result = wires[0]
            for index, other in enumerate(wires[1:], 2):
                label = name if index == len(wires) else f"{name}_of_{index}"
                result = self._create(
                    path, "call_function", resolve(plan.target), (result, other), dict(plan.kwargs), label
                )
        else:
            args, named = input_arguments(spec, values)
            if spec.call == "module":
                self._module(path, module, plan)
                result = self._create(path, "call_module", module, args, {**spec.call_kwargs, **named}, name)
            else:
                target = resolve(plan.target)
                result = self._create(path, "call_function", target, args, {**plan.kwargs, **named}, name)
        parts: dict[tuple[int, ...], Any] = {(): result}
        for port in plan.ports:
            for length in range(1, len(port.pick) + 1):
                pick = port.pick[:length]
                if pick not in parts:
                    label = f"{name}_{port.name}"
                    before = parts[pick[:-1]]
                    parts[pick] = self._create(path, "call_function", operator.getitem, (before, pick[-1]), {}, label)
            self._keep(path, port.name, parts[port.pick])

    def _create(self, path: str, op: str, target: Any, args: Any, kwargs: Any, name: str) -> fx.Node:
        node = self.graph.create_node(op, target, args, kwargs, name)
        node.meta["node"] = path
        return node

    def _keep(self, path: str, port: str, value: fx.Node) -> None:
        value.meta.setdefault("node", path)
        self.values[path, port] = value

    def _module(self, path: str, target: str, plan: Plan) -> None:
        """Registers the module of a node under its dotted path, unless a node that shares it has done so."""
        *above, name = target.split(".")
        container = self.root
        for part in above:
            if part not in container._modules:
                container.add_module(part, nn.Module())
            container = container.get_submodule(part)
        if name in container._modules:
            return
        digest = hashlib.sha256(f"{self.seed}:{target}".encode()).digest()
        torch.default_generator.manual_seed(int.from_bytes(digest[:7], "big"))
        container.add_module(name, resolve(plan.target)(**plan.kwargs))

    def freeze(self, graph: Graph, prefix: str) -> None:
        """Takes frozen nodes, and copies that only follow, out of training."""
        modules = dict(self.root.named_modules())
        for node in graph.nodes.values():
            module = modules.get(prefix + node.id)
            if module is None or node.weights.mode == "shared":
                continue
            if not node.trainable or node.weights.mode != "own":
                module.requires_grad_(False)
            if node.kind == BLOCK:
                self.freeze(self.project.blocks[str(node.params["block"])].graph, f"{prefix}{node.id}.")
