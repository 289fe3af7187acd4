"""One class of the generated source: its constructor, and the lines of its `forward`."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from core.compiler import printing
from core.compiler.calls import input_arguments
from core.compiler.construction import Constructor, File, symbols_of
from core.compiler.instances import Opened
from core.compiler.targets import PASTED, resolve
from core.compiler.trial import Plan
from core.model.graph import BLOCK, Edge, Graph, Node
from core.model.spec import Port
from core.model.tensor import TensorType

Place = tuple[str, str]
"""A value: the node and the port that it leaves."""


class ClassWriter:
    """Writes the part of a graph that leads to `goals`; `arguments` are the names of the inputs that it takes.

    `prefixes` are the insides of blocks that the class stands for, opened as `instances` say; the project's own graph
    has one, which is empty. A layer takes over the variable of an input that nothing else needs
    (`x = self.conv2d_1(x)`); where a value is needed again, the next one gets the node's id as its name.
    """

    def __init__(
        self,
        file: File,
        graph: Graph,
        goals: Sequence[Place],
        prefixes: Sequence[str] = ("",),
        instances: Sequence[Opened] = (),
        inputs: Sequence[str] | None = None,
    ) -> None:
        self.file, self.graph, self.prefixes, self.goals = file, graph, prefixes, tuple(goals)
        self.prefix = prefixes[0]
        self.closed = {n.id for n in graph.of_kind("input") if inputs is not None and n.id not in inputs}
        self.live = file.groups.liveness.ports(graph, goals)
        self.order = [name for name in graph.chains() if name in self.live and name not in self.closed]
        self.symbols = symbols_of(file, graph, prefixes, instances)
        self.constructor = Constructor(file, graph, prefixes, self.symbols)
        self.called = {self._called(name) for name in self.order}
        self.arguments = self._argument_names()
        self.lines: list[str] = []
        self.names: dict[Place, str] = {(node, "output"): name for node, name in self.arguments.items()}
        self.alias: dict[Place, Place] = {}
        arriving = graph.arriving()
        self.wires = {name: self._sources(name, arriving.get(name, ())) for name in self.order}
        self.uses = Counter(place for wires in self.wires.values() for ports in wires.values() for place in ports)
        self.uses.update(self.goals)
        for name in self.order:
            self._node(graph.nodes[name])

    def text(self, name: str, about: Sequence[str]) -> str:
        """The class with its docstring, of which `about` holds the lines."""
        signature = ["self", *(argument.signature for argument in self.symbols.arguments())]
        lines = [f"class {name}(nn.Module):", *printing.docstring(4, about), ""]
        lines.append(printing.statement(4, "def __init__(", signature, ") -> None:"))
        lines += ["        super().__init__()", *self.constructor.lines, ""]
        annotated = [f"{variable}: torch.Tensor" for variable in self.arguments.values()]
        returned = [self._name(place) for place in self.goals]
        result = "torch.Tensor" if len(returned) == 1 else f"tuple[{', '.join(['torch.Tensor'] * len(returned))}]"
        lines.append(printing.statement(4, "def forward(", ["self", *annotated], f") -> {result}:"))
        return "\n".join([*lines, *self.lines, f"        return {', '.join(returned)}"])

    def _argument_names(self) -> dict[str, str]:
        """Inputs go by the name of their field where that is free, else by their id."""
        names: dict[str, str] = {}
        inputs = [node for node in self.graph.of_kind("input") if node.id in self.order]
        for node in inputs:
            field = str(node.params.get("field", "x")) if not self.prefix else "x" if len(inputs) == 1 else node.id
            fits = field.isascii() and field.isidentifier() and field.islower() and field not in self.graph.nodes
            fits = fits and self._free(field) and field not in names.values()
            names[node.id] = field if fits else self._unhidden(node.id, names.values())
        return names

    def _called(self, name: str) -> str:
        """The first word of the function that a node calls in `forward`, which no variable may hide."""
        plan = self.file.plans.get(self.prefix + name)
        return printing.public_name(plan.target).partition(".")[0] if plan and plan.spec.call != "module" else ""

    def _free(self, name: str) -> bool:
        return not printing.reserved(name) and name not in self.called

    def _unhidden(self, word: str, taken: Collection[str]) -> str:
        """A variable of that name, or nearly so where the word is taken or means something else in `forward`."""
        name = word
        while not self._free(name) or name in taken or (name != word and name in self.graph.nodes):
            name += "_"
        return name

    def _sources(self, name: str, edges: Sequence[Edge]) -> dict[str, list[Place]]:
        """What is wired into each port of a node that is really used."""
        node = self.graph.nodes[name]
        used = self.file.groups.at[self.prefix + name].inputs if node.kind == BLOCK else None
        found: dict[str, list[Place]] = {}
        for edge in edges:
            if (used is None or edge.input in used) and edge.source not in self.closed:
                found.setdefault(edge.input, []).append((edge.source, edge.output))
        return found

    def _type(self, node: str, port: str) -> TensorType | None:
        """What leaves a port, where it is the same in all instances."""
        found = {self.file.inference.type_at(prefix + node, port) for prefix in self.prefixes}
        return found.pop() if len(found) == 1 else None

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
        if plan.target.startswith(PASTED):
            self.file.own.add(plan.target)
        start, arguments, end = self._call(node, plan, target, named)
        used = [port for port in plan.ports if port.name in self.live[node.id]]
        if len(used) == 1:
            name = self._assign(node, used[0].name, wires, node.id)
            end += _picked(used[0])
            self._write(name, start, arguments, end, self._type(node.id, used[0].name))
            return
        results = self._fresh(node.id)
        self._write(results, start, arguments, end)
        self._spend(wires)
        for port in used:
            name = self._fresh(node.id, port.name)
            self.names[node.id, port.name] = name
            self._write(name, results, (), _picked(port), self._type(node.id, port.name))

    def _call(
        self, node: Node, plan: Plan, target: Callable[..., Any], named: Mapping[str, Sequence[str]]
    ) -> tuple[str, list[str], str]:
        """The call of a layer in three parts: up to the arguments, the arguments, what is behind them."""
        spec = plan.spec
        positional, by_name = input_arguments(spec, named)
        arguments = [_listed(value) for value in positional]
        arguments += [f"{port}={_listed(value)}" for port, value in by_name.items()]
        if spec.call == "module":
            attribute = self.constructor.module(node, plan)
            return f"self.{attribute}(", arguments + printing.keywords(target, spec.call_kwargs), ")"
        texts = self.constructor.options(node, plan)
        function, options = printing.public_name(plan.target), printing.keywords(target, plan.kwargs, texts)
        if spec.call == "fold":
            arguments = [value for port in spec.inputs for value in named.get(port.name, ())]
        if not by_name and not texts and (text := printing.operation(target, arguments, plan.kwargs)):
            return text, [], ""
        if spec.call == "fold":
            nested = arguments[0]
            for value in arguments[1:-1]:
                nested = f"{function}({', '.join([nested, value, *options])})"
            arguments = [nested, arguments[-1]]
        return f"{function}(", arguments + options, ")"

    def _instance(self, node: Node, wires: Mapping[str, Sequence[Place]]) -> None:
        use, opened = self.file.groups.at[self.prefix + node.id], self.file.opened[self.prefix + node.id]
        one_to_one = len(use.inputs) == 1 and len(use.outputs) == 1
        attribute, count = self.constructor.instance(node, one_to_one)
        arguments = [self._name(wires[port][0]) for port in use.inputs]
        looped = opened.indexed and (opened.shared or not one_to_one)
        goes_round = opened.block.inputs[0].name in use.inputs if looped else False
        before = arguments[0] if arguments else ""
        if len(use.outputs) == 1:
            # What every repetition reads again stands to the end.
            again = arguments[1 if goes_round else 0 :] if looped else []
            names = [self._assign(node, use.outputs[0], wires, node.id, again)]
        else:
            self._spend(wires)
            names = [self._fresh(node.id, port) for port in use.outputs]
            self.names.update({(node.id, port): name for port, name in zip(use.outputs, names, strict=True)})
        if not looped:
            type_ = self._type(node.id, use.outputs[0]) if len(names) == 1 else None
            self._write(", ".join(names), f"self.{attribute}(", arguments, ")", type_)
            return
        # The first output of a repetition is the first input of the next.
        first = opened.block.outputs[0].name
        fed = names[use.outputs.index(first)]
        if fed != before:
            self._write(fed, before, (), "")
        over = f"_ in range({count})" if count else f"layer in self.{attribute}"
        called = f"self.{attribute}" if count else "layer"
        self.lines.append(f"        for {over}:")
        inner = [fed, *arguments[1:]] if goes_round else arguments
        self.lines.append(printing.statement(12, f"{', '.join(names)} = {called}(", inner))

    def _spend(self, wires: Mapping[str, Sequence[Place]]) -> None:
        for place in (place for places in wires.values() for place in places):
            self.uses[self._origin(place)] -= 1

    def _assign(
        self, node: Node, port: str, wires: Mapping[str, Sequence[Place]], fallback: str, again: Collection[str] = ()
    ) -> str:
        """The variable for a result: that of an input that is not needed any more or `again`, an argument's first."""
        spent = []
        for place in (self._origin(place) for places in wires.values() for place in places):
            self.uses[place] -= 1
            if not self.uses[place] and self.names[place] not in again:
                spent.append(self.names[place])
        arguments = set(self.arguments.values())
        name = next((name for name in spent if name in arguments), spent[0] if spent else "")
        name = name or self._passing(node.id, port, again) or self._fresh(fallback)
        self.names[node.id, port] = name
        return name

    def _passing(self, node: str, port: str, again: Collection[str]) -> str:
        """A short name for a value that goes through a chain of layers and is called otherwise at its end."""
        takers = [wires for wires in self.wires.values() if any((node, port) in places for places in wires.values())]
        if len(takers) != 1 or sum(map(len, takers[0].values())) != 1 or self.uses[node, port] != 1:
            return ""
        busy = {name for place, name in self.names.items() if self.uses[place] > 0} | {*self.arguments.values(), *again}
        numbered = (f"branch_{number}" for number in itertools.count(2))
        return next(n for n in itertools.chain(("out", "branch"), numbered) if n not in busy | self.graph.nodes.keys())

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
        taken = self.arguments.values()
        return self._unhidden(f"{name}_{port}", {*taken, *self.graph.nodes}) if port else self._unhidden(name, taken)

    def _write(
        self, name: str, start: str, arguments: Sequence[str], end: str, type_: TensorType | None = None
    ) -> None:
        shape = f"({', '.join(map(str, type_.shape))}{',' if type_.rank == 1 else ''})" if type_ and type_.shape else ""
        self.lines.append(printing.statement(8, f"{name} = {start}", arguments, end, shape))


def _listed(value: str | list[str]) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else value


def _picked(port: Port) -> str:
    return "".join(f"[{index}]" for index in port.pick)
