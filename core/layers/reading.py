"""Typed reading of parameters and of what arrives, for the `derive`, `check` and `summary` of the specs."""

from __future__ import annotations

from core.model.spec import Inputs
from core.model.tensor import Dim, TensorType
from core.model.values import Params


def whole(params: Params, name: str) -> int:
    """A whole number."""
    value = params[name]
    if not isinstance(value, int):
        raise TypeError(f"{name} is not a whole number: {value!r}")
    return value


def number(params: Params, name: str) -> float:
    """A number."""
    value = params[name]
    if not isinstance(value, (int, float)):
        raise TypeError(f"{name} is not a number: {value!r}")
    return float(value)


def sizes(params: Params, name: str) -> tuple[int, ...]:
    """One whole number or several, always as a tuple."""
    value = params[name]
    numbers = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(each, int) for each in numbers):
        raise TypeError(f"{name} is not made of whole numbers: {value!r}")
    return tuple(int(each) for each in numbers if each is not None)


def along(params: Params, name: str, axes: int) -> tuple[int, ...]:
    """One number for each of `axes` axes: a single one counts for all."""
    found = sizes(params, name)
    return found * axes if len(found) == 1 else found


def first(inputs: Inputs, port: str = "input") -> TensorType:
    """What arrives at a port that takes one wire."""
    return inputs[port][0]


def times(numbers: tuple[Dim, ...]) -> str:
    """Sizes as a header shows them: `5×5`."""
    return "×".join(f"{each:,}" if isinstance(each, int) else each for each in numbers)
