"""Numbers that differ from instance to instance of a block, written as the arguments and formulas they follow from.

A class stands for several instances. What one constructor line needs is known for each of them: a vector of values.
Where all are equal, a literal will do; else the vector is found again in the block's parameters, its formulas, or sizes
that the class takes as further arguments (`in_channels`).
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.compiler.printing import literal, typed
from core.model.expression import FUNCTIONS, evaluate, is_expression, names_in, parse
from core.model.values import Value

Vector = tuple[Value, ...]
SIZES = ("channels", "features", "hidden_size", "dim", "d_model", "embeddings", "width", "growth", "units")
"""Words in the names of parameters that are sizes, which a size that follows from the input may well equal."""

MEANT = {*FUNCTIONS, "index", "int", "math", "range", "super"}
"""What the lines of a constructor mean by themselves: functions of formulas, and the parts of a loop."""


@dataclass
class Argument:
    """An argument of a class: its values in the instances, and the default that it has in the signature, if any."""

    name: str
    values: Vector
    default: Value = None

    @property
    def word(self) -> str:
        """Its name in the source."""
        return word(self.name)

    @property
    def signature(self) -> str:
        default = f" = {literal(self.default)}" if self.default is not None else ""
        return f"{self.word}: {typed(self.values[0])}{default}"


@dataclass
class Symbols:
    """The names of one class: `given` are the block's parameters in each instance, `formulas` those used inside."""

    given: Mapping[str, Vector]
    defaults: Mapping[str, Value]
    taken: frozenset[str]
    formulas: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    sizes: dict[str, Argument] = field(default_factory=dict)

    def arguments(self) -> list[Argument]:
        """What the constructor takes: sizes from outside first, then the block's parameters that occur."""
        given = [
            Argument(name, values, None if is_size(name) else self.defaults[name])
            for name, values in self.given.items()
            if name in self.used
        ]
        return [*self.sizes.values(), *sorted(given, key=lambda argument: argument.default is not None)]

    def chosen(self, raw: Value, values: Vector) -> str:
        """A value that the user chose: a formula stays one where it has names, everything else is a literal."""
        if is_expression(raw) and self.given and names_in(str(raw)):
            return self._formula(str(raw), values)
        return literal(values[0])

    def derived(self, name: str, values: Vector, place: str) -> str:
        """A value that follows from what arrives, as the parameter `name` of the node `place`."""
        if all(isinstance(value, tuple) and len(value) == 1 for value in values):
            inner = tuple(value[0] for value in values if isinstance(value, tuple))
            text = self.derived(name, inner, place)
            return literal(values[0]) if text == literal(inner[0]) else f"({text},)"
        whole = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
        if whole and (found := self._known(values)):
            return found
        if len(set(map(repr, values))) == 1:
            return literal(values[0])
        if found := self._combined(values):
            return found
        argument = name
        if argument in self.taken or argument in self.given or argument in self.sizes:
            argument = f"{place}_{name}"
        while argument in self.taken or argument in self.given or argument in self.sizes:
            argument += "_"
        self.sizes[argument] = Argument(argument, values)
        return word(argument)

    def filled(self, values: Vector) -> Vector:
        """Values of which some are not known (None), as those of a size of the block that agrees with the others."""
        sizes = [its for name, its in self.given.items() if is_size(name)]
        for its in [*sizes, *([value] * len(values) for value in values if value is not None)]:
            if all(value in (None, other) for value, other in zip(values, its, strict=True)):
                return tuple(its)
        return tuple(0 if value is None else value for value in values)

    def _formula(self, text: str, values: Vector) -> str:
        tree = parse(text)
        self.used |= names_in(text)
        written = ast.unparse(_PythonNames().visit(ast.parse(ast.unparse(tree), mode="eval")))
        divides = any(isinstance(node, ast.Div) for node in ast.walk(tree))
        return f"int({written})" if divides and all(isinstance(value, int) for value in values) else written

    def _known(self, values: Vector) -> str:
        """A size or a formula of the block that has these values in every instance."""
        for argument in self.sizes.values():
            if argument.values == values:
                return argument.word
        for name, its in self.given.items():
            if its == values and is_size(name):
                self.used.add(name)
                return word(name)
        for text in self.formulas:
            if self._values(text) == values:
                return self._formula(text, values)
        return ""

    def _values(self, text: str) -> Vector:
        count = len(next(iter(self.given.values()), ()))
        return tuple(evaluate(text, {name: its[index] for name, its in self.given.items()}) for index in range(count))

    def _combined(self, values: Vector) -> str:
        """A multiple of a size, or a size and a multiple of another, that has these values in every instance."""
        numbers = [value for value in values if isinstance(value, int)]
        if len(numbers) < len(values):
            return ""
        bases = [(argument.name, argument.values) for argument in self.sizes.values()]
        bases += [(name, its) for name, its in self.given.items() if all(type(value) is int for value in its)]
        for name, its in bases:
            for factor in range(2, 17):
                if all(value == factor * base for value, base in zip(numbers, its, strict=True)):  # type: ignore[operator]
                    self._use(name)
                    return f"{factor} * {word(name)}"
        for (name, its), (other, others) in itertools.permutations(bases, 2):
            rest = [value - base for value, base in zip(numbers, its, strict=True)]  # type: ignore[operator]
            for factor in range(1, 65):
                if rest == [factor * each for each in others]:  # type: ignore[operator]
                    self._use(name)
                    self._use(other)
                    return f"{word(name)} + {f'{factor} * ' if factor > 1 else ''}{word(other)}"
        return ""

    def _use(self, name: str) -> None:
        if name in self.given:
            self.used.add(name)


def word(name: str) -> str:
    """A parameter's name in a constructor, where some words mean something else: `range` becomes `range_`."""
    return f"{name}_" if name.rstrip("_") in MEANT else name


def is_size(name: str) -> bool:
    """Whether a parameter is the size of what comes out, by its name."""
    return any(word in name for word in SIZES)


class _PythonNames(ast.NodeTransformer):
    """Functions and parameters by their names in Python: `floor(x)` is `math.floor(x)`, `range` is `range_`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = node.func
        if isinstance(function, ast.Name) and function.id in ("floor", "ceil", "sqrt"):
            function = ast.Attribute(ast.Name("math", ast.Load()), function.id, ast.Load())
        return ast.Call(function, [self.visit(argument) for argument in node.args], [])

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(word(node.id), node.ctx)


def progression(matrix: Sequence[Vector]) -> tuple[Vector, Vector] | None:
    """The first value and the step of each row, where every row grows evenly; None where one does not.

    A row of one value has no step: None.
    """
    starts, steps = list[Value](), list[Value]()
    for row in matrix:
        numbers = [value for value in row if isinstance(value, int) and not isinstance(value, bool)]
        if len(numbers) < len(row) or not numbers:
            return None
        step = numbers[1] - numbers[0] if len(numbers) > 1 else None
        if any(after - before != step for before, after in itertools.pairwise(numbers)):
            return None
        starts.append(numbers[0])
        steps.append(step)
    return tuple(starts), tuple(steps)
