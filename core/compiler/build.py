"""Graph → network: the modules by node id, and one `fx.Graph` from which every program is cut."""

from __future__ import annotations

import functools
import hashlib
import operator
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import fx, nn

from core.compiler.calls import input_arguments
from core.compiler.chance import DRAWS, draws
from core.compiler.descent import Walk, descend
from core.compiler.ends import predictions
from core.compiler.inference import CompileError
from core.compiler.network import Copy, Network
from core.compiler.shape_cache import ShapeCache
from core.compiler.shapes import Analysis, analyse
from core.compiler.sharing import owner, tied
from core.compiler.targets import resolve
from core.compiler.trial import Plan
from core.model.chance import CHANCE
from core.model.graph import BLOCK, Graph, Node
from core.model.naming import Spoken
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
        descend(builder.place(project.graph, "", "", None))
    builder.tie()
    descend(builder.freeze(project.graph, "", ""))
    builder.root.to(torch.device(device))
    network = Network(builder.root, builder.graph, builder.values, analysis.inference, builder.following())
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
        self.copies: dict[Copy, None] = {}
        self.ties: dict[str, str] = {}
        self._spoken = Spoken(project)

    def place(
        self, graph: Graph, prefix: str, module_prefix: str, arriving: Mapping[str, fx.Node] | None
    ) -> Walk[None]:
        """Adds the nodes of a graph; `prefix` is their path, `module_prefix` that of the modules that they call."""
        if arriving is None:
            for node in graph.of_kind("input"):
                self._keep(node.id, "output", self.graph.create_node("placeholder", node.id, name=node.id))
        wires = graph.arriving()
        for name in graph.order():
            node, path = graph.nodes[name], prefix + name
            values: dict[str, list[fx.Node]] = {}
            for edge in wires.get(name, ()):
                # Behind an optional input of a block that has no wire there is nothing.
                if value := self.values.get((prefix + edge.source, edge.output)):
                    values.setdefault(edge.input, []).append(value)
            modules = module_prefix + owner(graph, node).id
            self._follow(graph, node, modules, module_prefix)
            if node.kind == BLOCK:
                yield self._instance(path, modules, values)
            elif node.kind == "input":
                if arriving is not None and name in arriving:
                    self.values[path, "output"] = arriving[name]
            else:
                self._layer(path, modules, self.analysis.plans[path], values)

    def _follow(self, graph: Graph, node: Node, modules: str, module_prefix: str) -> None:
        """Notes whose weights the node's module copies, or has in common with a module of another kind."""
        if node.weights.mode in ("average", "copy", "start"):
            followed = module_prefix + owner(graph, graph.nodes[node.weights.of]).id
            self.copies[Copy(modules, followed, node.weights.mode, node.weights.rate)] = None
        elif other := tied(graph, node):
            self.ties[modules] = module_prefix + other.id

    def _instance(self, path: str, modules: str, values: Mapping[str, Sequence[fx.Node]]) -> Walk[None]:
        opened = self.analysis.opened[path]
        inputs, outputs = opened.block.inputs, opened.block.graph.of_kind("output")
        arriving = {port: wires[0] for port, wires in values.items()}
        prefixes = opened.prefixes(path)
        for prefix, module_prefix in zip(prefixes, opened.module_prefixes(modules), strict=True):
            yield self.place(opened.block.graph, prefix, module_prefix, arriving)
            if inputs and outputs and (value := self.values.get((prefix + outputs[0].id, "input"))):
                arriving = {**arriving, inputs[0].name: value}
        for inner in outputs:
            if value := self.values.get((prefixes[-1] + inner.id, "input")):
                self.values[path, inner.id] = value

    def tie(self) -> None:
        """Gives modules of different kinds the same parameters."""
        for name, other in self.ties.items():
            module, owning = self.root.get_submodule(name), self.root.get_submodule(other)
            for parameter in dict(module.named_parameters(recurse=False)):
                setattr(module, parameter, getattr(owning, parameter))

    def following(self) -> tuple[Copy, ...]:
        """The copies whose nodes have weights at all."""
        return tuple(copy for copy in self.copies if copy.node in self._modules)

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
                target = resolve(plan.target)
                result = self._create(path, "call_function", target, (result, other), dict(plan.kwargs), label, plan)
        else:
            args, named = input_arguments(spec, values)
            if spec.call == "module":
                self._module(path, module, plan)
                result = self._create(path, "call_module", module, args, {**spec.call_kwargs, **named}, name, plan)
            else:
                target = resolve(plan.target)
                result = self._create(path, "call_function", target, args, {**plan.kwargs, **named}, name, plan)
        parts: dict[tuple[int, ...], Any] = {(): result}
        for port in plan.ports:
            for length in range(1, len(port.pick) + 1):
                pick = port.pick[:length]
                if pick not in parts:
                    label = f"{name}_{port.name}"
                    before = parts[pick[:-1]]
                    parts[pick] = self._create(path, "call_function", operator.getitem, (before, pick[-1]), {}, label)
            self._keep(path, port.name, parts[port.pick])

    def _create(
        self, path: str, op: str, target: Any, args: Any, kwargs: Any, name: str, plan: Plan | None = None
    ) -> fx.Node:
        node = self.graph.create_node(op, target, args, kwargs, name)
        node.meta["node"] = path
        if plan and draws(plan, self.root.get_submodule(target) if op == "call_module" else None):
            node.meta[DRAWS] = True
        if "/" in path:
            # For sentences about the node, when nobody has the project at hand any more.
            node.meta["spoken"] = self._spoken.path(path)
        return node

    def _keep(self, path: str, port: str, value: fx.Node) -> None:
        value.meta.setdefault("node", path)
        self.values[path, port] = value

    def _module(self, path: str, target: str, plan: Plan) -> None:
        """Registers the module of a node under its dotted path, unless a node that shares it has done so."""
        *above, name = target.split(".")
        container = self.root
        for part in above:
            inner = container._modules.get(part)
            if inner is None:
                inner = nn.Module()
                container.add_module(part, inner)
            container = inner
        if name in container._modules:
            return
        digest = hashlib.sha256(f"{self.seed}:{target}".encode()).digest()
        torch.default_generator.manual_seed(int.from_bytes(digest[:7], "big"))
        container.add_module(name, resolve(plan.target)(**plan.kwargs))

    def freeze(self, graph: Graph, prefix: str, module_prefix: str) -> Walk[None]:
        """Takes frozen nodes, and copies that only follow, out of training."""
        for node in graph.nodes.values():
            path, name = prefix + node.id, module_prefix + node.id
            if node.weights.mode == "shared":
                continue
            if (not node.trainable or not node.weights.learn) and (module := self._modules.get(name)):
                module.requires_grad_(False)
            if opened := self.analysis.opened.get(path):
                inside = dict(zip(opened.prefixes(path), opened.module_prefixes(name), strict=True))
                for inner, inner_modules in inside.items():
                    yield self.freeze(opened.block.graph, inner, inner_modules)

    @functools.cached_property
    def _modules(self) -> dict[str, nn.Module]:
        return dict(self.root.named_modules())
