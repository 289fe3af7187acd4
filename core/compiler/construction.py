"""The constructor of one generated class: a line for every module, with the class's arguments for numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.compiler import printing
from core.compiler.groups import Groups, Use
from core.compiler.inference import Inference
from core.compiler.instances import Opened
from core.compiler.sharing import owner, tied
from core.compiler.symbols import Argument, Symbols, Vector, progression
from core.compiler.targets import resolve
from core.compiler.trial import Plan
from core.model.block import REPEAT
from core.model.expression import is_expression, names_in
from core.model.graph import Graph, Node
from core.model.project import Project
from core.model.values import Value


@dataclass
class Written:
    """A class that is written: its name, its arguments, and the insides that it stands for."""

    name: str
    arguments: list[Argument]
    prefixes: Sequence[str]


class File(Protocol):
    """What a class needs of the file that it stands in."""

    project: Project
    plans: dict[str, Plan]
    opened: dict[str, Opened]
    inference: Inference
    groups: Groups
    own: set[str]
    written: dict[Use, Written]


def symbols_of(file: File, graph: Graph, prefixes: Sequence[str], instances: Sequence[Opened]) -> Symbols:
    """The names that a class may use: the parameters of its block, and the formulas inside it."""
    given: dict[str, Vector] = {}
    defaults: dict[str, Value] = {}
    formulas: list[str] = []
    if instances:
        for param in instances[0].block.params:
            given[param.name] = tuple(opened.names[param.name] for opened in instances)
            defaults[param.name] = param.default
        texts = [str(value) for node in graph.nodes.values() for value in node.params.values() if is_expression(value)]
        formulas = [text for text in dict.fromkeys(texts) if names_in(text) and names_in(text) <= set(given)]
    return Symbols(given, defaults, frozenset(graph.nodes), formulas)


class Constructor:
    """Gathers the lines of `__init__`; an attribute that several nodes share has one line."""

    def __init__(self, file: File, graph: Graph, prefixes: Sequence[str], symbols: Symbols) -> None:
        self.file, self.graph, self.prefixes, self.symbols = file, graph, prefixes, symbols
        self._lines: dict[str, str] = {}
        self._ties: dict[str, str] = {}

    @property
    def lines(self) -> list[str]:
        return [*self._lines.values(), *self._ties.values()]

    def module(self, node: Node, plan: Plan) -> str:
        """The attribute of a layer's module."""
        first = owner(self.graph, node)
        if first.id not in self._lines:
            arguments = printing.constructor(resolve(plan.target), plan.kwargs, self.texts(first, plan))
            start = f"self.{first.id} = {printing.public_name(plan.target)}("
            self._lines[first.id] = printing.statement(8, start, arguments)
            if other := tied(self.graph, node):
                self._ties[first.id] = "\n".join(
                    f"        self.{first.id}.{name} = self.{other.id}.{name}" for name in plan.parameters
                )
        return first.id

    def options(self, node: Node, plan: Plan) -> dict[str, str]:
        """What stands in place of a function's arguments that differ between instances: attributes of the class."""
        found = {}
        for name, text in self.texts(node, plan).items():
            attribute = f"{node.id}_{name}"
            self._lines[attribute] = f"        self.{attribute} = {text}"
            found[name] = f"self.{attribute}"
        return found

    def texts(self, node: Node, plan: Plan) -> dict[str, str]:
        """The arguments of a layer that are written otherwise than as the literals that they are in one instance."""
        found = {}
        for name, value in plan.kwargs.items():
            values = tuple(self.file.plans[prefix + node.id].kwargs.get(name) for prefix in self.prefixes)
            raw = node.params.get(name)
            if is_expression(raw) or name not in {param.name for param in plan.spec.params}:
                text = self._text(name, raw, values, node.id)
                if text != printing.literal(value):
                    found[name] = text
        return found

    def _text(self, name: str, raw: Value, values: Vector, place: str) -> str:
        return self.symbols.chosen(raw, values) if is_expression(raw) else self.symbols.derived(name, values, place)

    def instance(self, node: Node, sequential: bool) -> tuple[str, str]:
        """The attribute of an instance of a block, and how often it is called: empty unless in a loop over a count."""
        first = owner(self.graph, node)
        paths = [prefix + first.id for prefix in self.prefixes]
        opened = [self.file.opened[path] for path in paths]
        count = self._count(first, opened) if opened[0].indexed else ""
        if first.id not in self._lines:
            written = self.file.written[self.file.groups.at[paths[0]]]
            inner = [each.prefixes(path) for each, path in zip(opened, paths, strict=True)]
            inner = [insides[:1] if each.shared else insides for each, insides in zip(opened, inner, strict=True)]
            called = f"{written.name}({', '.join(self._arguments(first, written, inner))})"
            start = f"        self.{first.id} = "
            if not opened[0].indexed or opened[0].shared:
                self._lines[first.id] = start + called
                if opened[0].indexed and not count.isdigit():
                    self._lines[f"{first.id}_repeat"] = f"        self.{first.id}_repeat = {count}"
            else:
                index = "index" if "index" in called else "_"
                loop = f"for {index} in range({count})"
                opening, closing = ("nn.Sequential(*[", "])") if sequential else ("nn.ModuleList([", "])")
                self._lines[first.id] = printing.comprehension(8, f"{start.strip()} {opening}", called, loop, closing)
        if not opened[0].shared or not opened[0].indexed:
            return first.id, ""
        return first.id, count if count.isdigit() else f"self.{first.id}_repeat"

    def _count(self, node: Node, opened: Sequence[Opened]) -> str:
        return self.symbols.chosen(node.params.get(REPEAT.name, 1), tuple(each.repeat for each in opened))

    def _arguments(self, node: Node, written: Written, inner: Sequence[Sequence[str]]) -> list[str]:
        """What the class of an instance is called with."""
        block = self.file.project.block_of(node)
        params = {param.name: param.default for param in block.params} if block else {}
        place = {prefix: index for index, prefix in enumerate(written.prefixes)}
        texts: list[str] = []
        named = False
        for argument in written.arguments:
            rows = [tuple(argument.values[place[prefix]] for prefix in prefixes) for prefixes in inner]
            if argument.name in params:
                raw = node.params.get(argument.name, params[argument.name])
                text = self.symbols.chosen(raw, tuple(row[0] for row in rows))
            else:
                text = self._size(argument.name, node, rows)
            if argument.default is not None and text == printing.literal(argument.default):
                named = True
                continue
            texts.append(f"{argument.word}={text}" if named or len(texts) >= 3 else text)
            named = named or len(texts) >= 3
        return texts

    def _size(self, name: str, node: Node, rows: Sequence[Vector]) -> str:
        """A size that an instance takes: the same in all its repetitions, growing evenly, or one of a list."""
        if all(len(set(map(repr, row))) == 1 for row in rows):
            return self.symbols.derived(name, tuple(row[0] for row in rows), node.id)
        if growing := progression(rows):
            start = self.symbols.derived(name, growing[0], node.id)
            step = self.symbols.derived("step", self.symbols.filled(growing[1]), node.id)
            term = step if step.isidentifier() or step.isdigit() else f"({step})"
            return f"{start} + index * {term}"
        listed = tuple(tuple(value for value in row if isinstance(value, (int, float))) for row in rows)
        return f"{self.symbols.derived(f'{name}s', listed, node.id)}[index]"
