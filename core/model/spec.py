"""The declarative description of a layer kind, from which palette, form, shapes, module, source and tests follow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.model.condition import Only
from core.model.expression import MARK, is_expression
from core.model.fault import Complaint
from core.model.signal import Signal
from core.model.tensor import TensorType
from core.model.values import Params, Value, show_value

Family = Literal[
    "data", "dense", "activation", "convolution", "pooling", "normalisation",
    "recurrent", "attention", "graph", "operation", "loss", "block", "own",
]  # fmt: skip
FAMILIES: dict[Family, str] = {
    "own": "My layers",
    "data": "Data",
    "dense": "Dense",
    "activation": "Activation",
    "convolution": "Convolution",
    "pooling": "Pooling",
    "normalisation": "Normalisation",
    "recurrent": "Recurrent",
    "attention": "Attention",
    "graph": "Graphs",
    "operation": "Shape and operations",
    "loss": "Loss",
    "block": "Blocks",
}
"""Families in the order of the palette, with their titles."""

ParamType = Literal["int", "float", "bool", "choice", "ints", "floats", "field", "text"]


@dataclass(frozen=True)
class Param:
    """A parameter of a layer, a data source, an optimizer or a schedule.

    `name` is torch's own keyword; `title` is what a form shows. `ints` is one whole number or several (`5` or `5 × 3`),
    `floats` one real number or several; `words` are words that are allowed besides numbers (`same`); `optional` allows
    none. `low` and `high` are inclusive; `above` and `below` are exclusive. `unit` stands behind the value in forms.
    It has an effect where all of `only` hold. `empty` is a sentence on what a text that is left empty means.
    """

    name: str
    title: str
    type: ParamType
    default: Value
    doc: str
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    lengths: tuple[int, ...] = ()
    optional: bool = False
    unit: str = ""
    only: tuple[Only, ...] = ()
    empty: str = ""

    def complaint(self, value: Value) -> str:
        """Why `value` cannot be accepted, in plain words; empty when it can."""
        if value is None:
            return "" if self.optional else f"{self.title} needs a value."
        if self.words and value in self.words and isinstance(value, str):
            return ""
        if self.type == "bool":
            return "" if isinstance(value, bool) else f"{self.title} is yes or no, not {show_value(value)}."
        if self.type in ("text", "field"):
            return "" if isinstance(value, str) else f"{self.title} is a word, not {show_value(value)}."
        if self.type == "choice":
            if value in self.choices:
                return ""
            return f"{self.title} is one of {', '.join(self.choices)}, not {show_value(value)}."
        several = self.type in ("ints", "floats") and isinstance(value, tuple)
        numbers = value if several and isinstance(value, tuple) else (value,)
        if several and self.lengths and len(numbers) not in self.lengths:
            expected = " or ".join(str(length) for length in self.lengths)
            return f"{self.title} is one number or {expected} numbers, not {len(numbers)}."
        if not numbers:
            return f"{self.title} needs at least one number."
        for number in numbers:
            if wrong := self._number_complaint(number):
                return wrong
        return ""

    def _number_complaint(self, number: object) -> str:
        whole = self.type in ("int", "ints")
        if isinstance(number, bool) or not isinstance(number, int if whole else (int, float)):
            also = f" or {' or '.join(self.words)}" if self.words else ""
            return f"{self.title} is a {'whole ' if whole else ''}number{also}, not {number!r}."
        if not math.isfinite(number):
            return f"{self.title} must be a finite number."
        shown = show_value(number)
        if self.low is not None and number < self.low:
            return f"{self.title} must be at least {self.low:g}, not {shown}."
        if self.above is not None and number <= self.above:
            return f"{self.title} must be more than {self.above:g}, not {shown}."
        if self.high is not None and number > self.high:
            return f"{self.title} must be at most {self.high:,.15g}, not {shown}."
        if self.below is not None and number >= self.below:
            return f"{self.title} must be less than {self.below:g}, not {shown}."
        return ""


Expected = Literal["", "logits", "binary logits", "log-probabilities", "probabilities"]
"""What the numbers at a port are: `logits` stand before a softmax over the classes (before a sigmoid where there is
one alone), `binary logits` each before a sigmoid of its own."""


@dataclass(frozen=True)
class Port:
    """A place where a wire begins or ends.

    `axes` are names of the axes in order (`N C H W`); `N ...` means any number of further axes, `N ... F` a last one;
    an empty string is a scalar. `dtype` is `float`, `int` or `any`. A `variadic` input takes any number of wires, in
    the order of their slots. `pick` chooses an output out of a module's result: `(1, 0)` is `result[1][0]`.
    `expects` says of a loss' input what it takes the numbers for.
    """

    name: str
    axes: str = "N ..."
    dtype: Literal["float", "int", "any"] = "float"
    variadic: bool = False
    optional: bool = False
    pick: tuple[int, ...] = ()
    doc: str = ""
    expects: Expected = ""


Inputs = Mapping[str, tuple[TensorType, ...]]
"""What arrives at each wired input port: one type, or several at a variadic port."""

Example = tuple[Params, Inputs]
"""Parameters, and the types at the input ports, with which a node works."""

Call = Literal["module", "function", "fold", "source", "sink"]


@dataclass(frozen=True)
class Loop:
    """Says of a kind that it is one step of a process which makes samples out of noise.

    What leaves at `output` comes back to where the port `input` is wired, `steps` times (a number, or the name of the
    parameter that has it). It begins with noise: `normal`, or `bernoulli` for 0 and 1 evenly. The port `counter`, where
    there is one, is told which step it is, from `steps` − 1 down to 0.
    """

    input: str
    output: str
    steps: int | str
    start: Literal["normal", "bernoulli"] = "normal"
    counter: str = ""


@dataclass(frozen=True)
class LayerSpec:
    """One layer kind. The program's own say everything; a user's file may leave out what has a default here.

    `target` is the dotted name of a torch class or function (or of one in `core.layers.modules`); where it depends on
    what arrives or on the params, `choose` gives it. `call` says how it is
    used: `module` builds `target(**kwargs)` and calls it with the inputs; `function` calls `target(*inputs, **kwargs)`
    (a variadic port arrives as a list); `fold` calls a two-argument function over all wires in turn; `source` and
    `sink` are the ends of a program and have no target.

    kwargs are the node's params by name, except those named in `settings`, which only the program itself reads, updated
    with what `derive` returns: users never type an input size. A kwarg that `derive` returns in place of a param
    overrides it. `call_kwargs` are constants passed when the module is called. `check` speaks before torch does.
    `spread` gives the output ports of a kind whose number of outputs follows from its params. `example` is a small case
    that works: tests run it, and without one the axes of the ports give it. `loop` says of a step of a process which
    makes samples what comes back. `draws` says of a kind that takes random numbers when it computes, while training or
    always: True, or the name of the parameter that it takes them above 0 of.
    """

    kind: str
    family: Family = "own"
    title: str = ""
    doc: str = ""
    formula: str = ""
    source: str = ""
    target: str = ""
    call: Call = "module"
    inputs: tuple[Port, ...] = (Port("input"),)
    outputs: tuple[Port, ...] = (Port("output"),)
    params: tuple[Param, ...] = ()
    settings: tuple[str, ...] = ()
    derive: Callable[[Inputs, Params], Mapping[str, Value]] | None = None
    check: Callable[[Inputs, Params], Complaint | None] | None = None
    call_kwargs: Mapping[str, Value] = field(default_factory=dict)
    summary: Callable[[Params], str] | None = None
    keywords: str = ""
    choose: Callable[[Inputs, Params], str] | None = None
    spread: Callable[[Params], tuple[Port, ...]] | None = None
    example: Example | None = None
    loop: Loop | None = None
    draws: bool | str = False

    def param(self, name: str) -> Param:
        for param in self.params:
            if param.name == name:
                return param
        raise KeyError(f"{self.kind} has no parameter {name}")

    def input(self, name: str) -> Port | None:
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> Port | None:
        return next((port for port in self.outputs if port.name == name), None)

    def outputs_for(self, params: Params) -> tuple[Port, ...]:
        """The output ports of a node with these parameters."""
        if not self.spread:
            return self.outputs
        known = {name: value for name, value in params.items() if not is_expression(value)}
        return self.spread(self.complete(known))

    def complete(self, params: Params) -> dict[str, Value]:
        """All parameters: those given, the defaults for the others."""
        return {param.name: params.get(param.name, param.default) for param in self.params}

    def telling(self, params: Params) -> str:
        """The one telling parameter that the node's header shows (`6 · 5×5`)."""
        if not self.summary:
            return ""
        if not any(is_expression(value) for value in params.values()):
            return self.summary(self.complete(params))
        # A formula stands for its number until the block around it is opened by an instance.
        shown = [value for param in self.params if is_expression(value := params.get(param.name))]
        return ", ".join(str(value).removeprefix(MARK) for value in shown[:2])


class Registry:
    """Layer kinds by name, in the order of registration.

    Kinds may come and go while the program runs: those of a file of the user's have that file as their `origin`, and
    `replace` puts the kinds that it defines now in the place of those before. `changed` then tells; `version` counts,
    for those who remember something of a kind.
    """

    def __init__(self) -> None:
        self._specs: dict[str, LayerSpec] = {}
        self._origins: dict[str, str] = {}
        self.changed: Signal[[]] = Signal()
        self.version = 0

    def add(self, *specs: LayerSpec) -> None:
        for spec in specs:
            if spec.kind in self._specs:
                raise ValueError(f"the layer kind {spec.kind} is registered twice")
            self._specs[spec.kind] = spec

    def replace(self, origin: str, *specs: LayerSpec) -> None:
        """Takes out all kinds of an origin and adds these as its kinds."""
        kept = {kind: spec for kind, spec in self._specs.items() if self._origins.get(kind) != origin}
        for spec in specs:
            if spec.kind in kept:
                raise ValueError(f"the layer kind {spec.kind} is registered twice")
            kept[spec.kind] = spec
        # One assignment: a thread that trains may be reading.
        self._specs = kept
        origins = {kind: its for kind, its in self._origins.items() if its != origin}
        self._origins = origins | dict.fromkeys((spec.kind for spec in specs), origin)
        self.version += 1
        self.changed.emit()

    def origin(self, kind: str) -> str:
        """The file of the user that a kind comes from; empty for the program's own."""
        return self._origins.get(kind, "")

    def is_settled(self, kind: str) -> bool:
        """Whether a kind is one of the program's own: others may be missing, or differ from what a project knew."""
        return kind in self._specs and not self._origins.get(kind)

    def get(self, kind: str) -> LayerSpec | None:
        return self._specs.get(kind)

    def __getitem__(self, kind: str) -> LayerSpec:
        return self._specs[kind]

    def __contains__(self, kind: object) -> bool:
        return kind in self._specs

    def __iter__(self) -> Iterator[LayerSpec]:
        return iter(self._specs.values())

    def __len__(self) -> int:
        return len(self._specs)


registry = Registry()
"""Every layer kind; `import core.layers` fills it."""
