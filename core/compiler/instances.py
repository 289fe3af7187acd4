"""What an instance of a block is opened with: the values of its parameters, and how often it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.model.block import REPEAT, REPEAT_WEIGHTS, Block
from core.model.expression import ExpressionError, evaluate, is_expression, respelt
from core.model.fault import Complaint
from core.model.spec import Param
from core.model.values import Params, Value, show_value

Names = Mapping[str, Value]
"""The parameters of the block around a node, with their values in one instance; empty outside of blocks."""

NO_NAMES: Names = {}


@dataclass(frozen=True)
class Opened:
    """One instance, opened: its block, the values inside, and its repetitions (with one set of weights if `shared`).

    `indexed`: it is one of several by its definition, though a formula may have given 1.
    """

    block: Block
    names: Names
    repeat: int = 1
    shared: bool = False
    indexed: bool = False

    def prefixes(self, path: str) -> list[str]:
        """The paths of what stands inside: `block_1/`, or `block_1/0/`, `block_1/1/` … where it is repeated."""
        return [f"{path}/{index}/" for index in range(self.repeat)] if self.indexed else [f"{path}/"]

    def module_prefixes(self, modules: str) -> list[str]:
        """The same for the names of modules: repetitions that share their weights have one."""
        if not self.indexed or self.shared:
            return [f"{modules}."] * self.repeat
        return [f"{modules}.{index}." for index in range(self.repeat)]


def computed(params: Params, names: Names, known: Iterable[Param] = ()) -> Params | Complaint:
    """Parameters with their formulas computed, or why one cannot be; `known` has the values to fall back to."""
    if not any(is_expression(value) for value in params.values()):
        return params
    found = dict[str, Value]()
    for name, value in params.items():
        try:
            found[name] = evaluate(str(value), names) if is_expression(value) else value
        except ExpressionError as error:
            title = name.replace("_", " ").capitalize()
            fix, params = error.fix or "Mend the formula.", _better(name, str(value), names)
            usual = next((param.default for param in known if param.name == name), None)
            if not params and usual is not None:
                fix, params = f"{fix} Its usual value is {show_value(usual)}.", {name: usual}
            return Complaint(f"{title}: {error.message}", fix, params=params)
    return found


def _better(name: str, formula: str, names: Names) -> Params:
    """The formula with its names spelt right, where that makes it one that can be computed."""
    try:
        better = respelt(formula, names)
        if better in ("", formula):
            return {}
        evaluate(better, names)
    except ExpressionError:
        return {}
    return {name: better}


def opened(block: Block, params: Params, names: Names) -> Opened | Complaint:
    """An instance with its parameters computed and checked against the block's own."""
    known: dict[str, Param] = {param.name: param.param for param in block.params}
    known |= {param.name: param for param in (REPEAT, REPEAT_WEIGHTS)}
    values = computed(params, names, known.values())
    if isinstance(values, Complaint):
        return values
    for name, value in values.items():
        if name == "block":
            continue
        if name not in known:
            has = ", ".join(param.name for param in block.params) or "none"
            return Complaint(
                f"{block.title} has no parameter “{name}”; it has {has}.", "Take the value away, or add the parameter."
            )
        if wrong := known[name].complaint(value):
            return Complaint(wrong, "Choose another value.", params={name: known[name].default})
    inside = {param.name: values.get(param.name, param.default) for param in block.params}
    repeat, shared = values.get(REPEAT.name, 1), values.get(REPEAT_WEIGHTS.name) == "shared"
    indexed = params.get(REPEAT.name, 1) != 1
    if indexed and not (block.inputs and block.outputs):
        lacks = "output" if block.inputs else "input"
        return Complaint(
            f"{block.title} has no {lacks}, so it cannot stand repeated.",
            f"Set its repeat to 1, or give the block an {lacks}.",
            params={REPEAT.name: 1},
        )
    return Opened(block, inside, repeat if isinstance(repeat, int) else 1, shared, indexed)


def instance_of(prefix: str, opened: Mapping[str, Opened]) -> str:
    """The path of the instance whose inside begins so: `block_1/` and `block_1/0/` belong to `block_1`."""
    path = prefix.removesuffix("/")
    return path if path in opened else path.rpartition("/")[0]
