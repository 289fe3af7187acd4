"""One class of the generated source: the lines of its constructor and of its `forward`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from core.compiler import printing
from core.compiler.calls import input_arguments
from core.compiler.ends import live_inputs, live_ports
from core.compiler.inference import Inference
from core.compiler.sharing import owner
from core.compiler.targets import OWN, resolve
from core.compiler.trial import Plan
from core.model.graph import BLOCK, Graph, Node
from core.model.project import Project
from core.model.spec import Port
from core.model.tensor import TensorType

Place = tuple[str, str]
"""A value: the node and the port that it leaves."""


class File(Protocol):
    """What a class needs of the file that it stands in."""

    project: Project
    plans: dict[str, Plan]
    inference: Inference
    own: set[str]

    def block_class(self, block: str, path: str, ports: Sequence[str]) -> str: ...


class ClassWriter:
    """Writes the part of a graph that leads to `goals`; `arguments` are the names of the inputs that it takes.

    A layer takes over the variable of an input that nothing else needs (`x = self.conv2d_1(x)`); where a value is
    needed again, the next one gets the node's id as its name.
    """

    def __init__(self, file: File, graph: Graph, prefix: str, goals: Sequence[Place]) -> None:
        self.file, self.graph, self.prefix, self.goals = file, graph, prefix, tuple(goals)
        self.live = live_ports(file.project, graph, goals)
        self.order = [name for name in graph.order() if name in self.live]
        self.arguments = self._argument_names()
        self.constructor: dict[str, str] = {}
        self.lines: list[str] = []
        self.names: dict[Place, str] = {(node, "output"): name for node, name in self.arguments.items()}
        self.alias: dict[Place, Place] = {}
        self.wires = {name: self._sources(name) for name in self.order}
        self.uses = Counter(place for wires in self.wires.values() for ports in wires.values() for place in ports)
        self.uses.update(self.goals)
        for name in self.order:
            self._node(graph.nodes[name])

    def text(self, name: str, title: str) -> str:
        """The class with its docstring."""
        lines = [f"class {name}(nn.Module):", f'    """{title}."""', "", "    def __init__(self) -> None:"]
        lines += ["        super().__init__()", *self.constructor.values(), ""]
        annotated = [f"{variable}: torch.Tensor" for variable in self.arguments.values()]
        returned = [self._name(place) for place in self.goals]
        result = "torch.Tensor" if len(returned) == 1 else f"tuple[{', '.join(['torch.Tensor'] * len(returned))}]"
        lines.append(printing.statement(4, "def forward(", ["self", *annotated], f") -> {result}:"))
        return "\n".join([*lines, *self.lines, f"        return {', '.join(returned)}"])

    def _argument_names(self) -> dict[str, str]:
        """Inputs go by the name of their field where that is free, else by their id."""
        names: dict[str, str] = {}
        for node in self.graph.of_kind("input"):
            if node.id not in self.live:
                continue
            field = str(node.params.get("field", "x")) if not self.prefix else node.id
            fits = field.isascii() and field.isidentifier() and field.islower() and field not in self.graph.nodes
            taken = {*names.values(), "self", "torch", "nn"}
            names[node.id] = field if fits and not printing.reserved(field) and field not in taken else node.id
        return names

    def _sources(self, name: str) -> dict[str, list[Place]]:
        """What is wired into each port of a node that is really used."""
        node = self.graph.nodes[name]
        used = live_inputs(self.file.project, node, self.live[name]) if node.kind == BLOCK else None
        found: dict[str, list[Place]] = {}
        for edge in self.graph.into(name):
            if used is None or edge.input in used:
                found.setdefault(edge.input, []).append((edge.source, edge.output))
        return found

    def _node(self, node: Node) -> None:
        wires = self.wires[node.id]
        if node.kind == BLOCK:
            self._instance(node, wires)
            return
        plan = self.file.plans[self.prefix + node.id]
        if plan.spec.call == "sink":
            self._pass_on((node.id, "input"), wires["input"][0])
        elif plan.spec.call == "fold" and sum(map(len, wires.values())) == 1:
            self._pass_on((node.id, "output"), next(iter(wires.values()))[0])
        elif plan.spec.call != "source":
            self._layer(node, plan, wires)

    def _layer(self, node: Node, plan: Plan, wires: Mapping[str, Sequence[Place]]) -> None:
        target = resolve(plan.target)
        named = {port: [self._name(place) for place in places] for port, places in wires.items()}
        if plan.target.startswith(OWN):
            self.file.own.add(plan.target)
        start, arguments, end = self._call(node, plan, target, named)
        used = [port for port in plan.ports if port.name in self.live[node.id]]
        outputs = self.file.inference.nodes[self.prefix + node.id].outputs
        if len(used) == 1:
            name = self._assign(node, used[0].name, wires, node.id)
            end += _picked(used[0])
            self._write(name, start, arguments, end, outputs[used[0].name])
            return
        self._write(node.id, start, arguments, end)
        for place in (place for places in wires.values() for place in places):
            self.uses[self._origin(place)] -= 1
        for port in used:
            name = self._fresh(node.id, port.name)
            self.names[node.id, port.name] = name
            self._write(name, node.id, (), _picked(port), outputs[port.name])

    def _call(
        self, node: Node, plan: Plan, target: Callable[..., Any], named: Mapping[str, Sequence[str]]
    ) -> tuple[str, list[str], str]:
        """The call of a layer in three parts: up to the arguments, the arguments, what is behind them."""
        spec = plan.spec
        positional, by_name = input_arguments(spec, named)
        arguments = [_listed(value) for value in positional]
        arguments += [f"{port}={_listed(value)}" for port, value in by_name.items()]
        if spec.call == "module":
            return f"self.{self._construct(node, plan)}(", arguments + printing.keywords(target, spec.call_kwargs), ")"
        function, options = printing.public_name(plan.target), printing.keywords(target, plan.kwargs)
        if spec.call == "fold":
            arguments = [value for port in spec.inputs for value in named.get(port.name, ())]
        if not by_name and (text := printing.operation(target, arguments, plan.kwargs)):
            return text, [], ""
        if spec.call == "fold":
            nested = arguments[0]
            for value in arguments[1:-1]:
                nested = f"{function}({', '.join([nested, value, *options])})"
            arguments = [nested, arguments[-1]]
        return f"{function}(", arguments + options, ")"

    def _instance(self, node: Node, wires: Mapping[str, Sequence[Place]]) -> None:
        block = self.file.project.blocks[str(node.params["block"])]
        ports = [port.name for port in block.outputs if port.name in self.live[node.id]]
        attribute = owner(self.graph, node).id
        if attribute not in self.constructor:
            name = self.file.block_class(block.name, self.prefix + node.id, ports)
            self.constructor[attribute] = f"        self.{attribute} = {name}()"
        arguments = [self._name(wires[port.name][0]) for port in block.inputs if port.name in wires]
        outputs = self.file.inference.nodes[self.prefix + node.id].outputs
        if len(ports) == 1:
            name = self._assign(node, ports[0], wires, node.id)
            self._write(name, f"self.{attribute}(", arguments, ")", outputs[ports[0]])
            return
        for place in (place for places in wires.values() for place in places):
            self.uses[self._origin(place)] -= 1
        for port in ports:
            self.names[node.id, port] = self._fresh(node.id, port)
        self._write(", ".join(self.names[node.id, port] for port in ports), f"self.{attribute}(", arguments, ")")

    def _construct(self, node: Node, plan: Plan) -> str:
        attribute = owner(self.graph, node).id
        if attribute not in self.constructor:
            arguments = printing.constructor(resolve(plan.target), plan.kwargs)
            start = f"self.{attribute} = {printing.public_name(plan.target)}("
            self.constructor[attribute] = printing.statement(8, start, arguments)
        return attribute

    def _assign(self, node: Node, port: str, wires: Mapping[str, Sequence[Place]], fallback: str) -> str:
        """The variable for a result: that of an input that is not needed any more, an argument's first."""
        spent = []
        for place in (self._origin(place) for places in wires.values() for place in places):
            self.uses[place] -= 1
            if not self.uses[place]:
                spent.append(self.names[place])
        arguments = set(self.arguments.values())
        name = next((name for name in spent if name in arguments), spent[0] if spent else self._fresh(fallback))
        self.names[node.id, port] = name
        return name

    def _pass_on(self, place: Place, before: Place) -> None:
        """A value that is another one: whoever uses it uses that."""
        self.alias[place] = before
        self.uses[self._origin(before)] += self.uses[place] - 1

    def _origin(self, place: Place) -> Place:
        while place in self.alias:
            place = self.alias[place]
        return place

    def _name(self, place: Place) -> str:
        return self.names[self._origin(place)]

    def _fresh(self, name: str, port: str = "") -> str:
        name += f"_{port}" if port else ""
        while name in self.arguments.values() or (port and name in self.graph.nodes):
            name += "_"
        return name

    def _write(
        self, name: str, start: str, arguments: Sequence[str], end: str, type_: TensorType | None = None
    ) -> None:
        shape = f"({', '.join(map(str, type_.shape))}{',' if type_.rank == 1 else ''})" if type_ and type_.shape else ""
        self.lines.append(printing.statement(8, f"{name} = {start}", arguments, end, shape))


def _listed(value: str | list[str]) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else value


def _picked(port: Port) -> str:
    return "".join(f"[{index}]" for index in port.pick)
