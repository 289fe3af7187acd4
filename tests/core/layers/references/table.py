"""What a row of the reference tables is: how a layer kind is computed without Layerloom, and with which numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from core.model.spec import Example
from core.model.tensor import TensorType
from core.model.values import Value

Shape = tuple[int, ...]
Draw = Callable[[np.random.Generator, Shape], np.ndarray]
"""Numbers of a shape for an input port."""


@dataclass(frozen=True)
class Given:
    """What a reference is told besides the inputs: the node's params, the state of its module, and how it is called.

    `given["stride"]` is a param, `given.weight("bias", 8)` a copy of a parameter or buffer, which must have that shape.
    A reference asks for all parameters that there are; one that changes a buffer does so in place.
    """

    params: Mapping[str, Any]
    state: Mapping[str, torch.Tensor]
    training: bool
    asked: set[str] = field(default_factory=set)

    def __getitem__(self, param: str) -> Any:
        return self.params[param]

    def weight(self, name: str, *shape: int) -> torch.Tensor:
        self.asked.add(name)
        assert name in self.state, f"there is no {name} among {', '.join(self.state)}"
        assert tuple(self.state[name].shape) == shape, f"{name} is {tuple(self.state[name].shape)}, not {shape}"
        return self.state[name]

    def optional(self, there: bool, name: str, *shape: int) -> torch.Tensor | None:
        """A parameter that is there if a param says so, and only then."""
        if there:
            return self.weight(name, *shape)
        assert name not in self.state, f"{name} should not be there"
        return None

    def linear(self, x: torch.Tensor, name: str, features: int, bias: bool = True) -> torch.Tensor:
        """x Wᵀ + b with the weight and bias of a part of the module."""
        weight = self.weight(f"{name}.weight", features, x.shape[-1])
        return functional.linear(x, weight, self.optional(bias, f"{name}.bias", features))


Outputs = torch.Tensor | Sequence[torch.Tensor]
Compute = Callable[..., Outputs]
"""(given, one tensor for each input port of the spec in its order) → the outputs in the order of the ports.

An open port is none; a variadic one is a list.
"""


@dataclass(frozen=True)
class Reference:
    """How a kind is computed by hand, and the cases in which both are compared besides its example.

    Every choice, word and switch of the example is turned by itself, and optional inputs are left open, wherever the
    layer still works; `also` are further params, or params with types of inputs. `draws` gives the numbers that arrive
    at a port where even ones from −2 to 2 (or classes below 6) would not do. `rtol` is wider where a table of the layer
    is kept in single precision.
    """

    compute: Compute
    also: tuple[Mapping[str, Value] | Example, ...] = ()
    draws: Mapping[str, Draw] = field(default_factory=dict)
    rtol: float = 1e-9


Table = Mapping[str, Reference]


def ref(compute: Compute, *also: Mapping[str, Value] | Example, rtol: float = 1e-9, **draws: Draw) -> Reference:
    return Reference(compute, also, draws, rtol)


def plain(function: Callable[..., Outputs], *also: Mapping[str, Value] | Example, **draws: Draw) -> Reference:
    """A function of the inputs alone."""
    return ref(lambda given, *inputs: function(*inputs), *also, **draws)


def on(params: Mapping[str, Value], **shapes: Shape) -> Example:
    """Params with real inputs of these shapes, without the axis of the samples."""
    return dict(params), {port: (TensorType(("N", *shape)),) for port, shape in shapes.items()}


def even(low: float, high: float) -> Draw:
    return lambda random, shape: random.uniform(low, high, shape)


def whole(low: int, high: int) -> Draw:
    """Whole numbers from `low` to below `high`."""
    return lambda random, shape: random.integers(low, high, shape)


UNIT = even(0.05, 0.95)
POSITIVE = even(0.2, 2.0)
WIDE = even(-8.0, 8.0)


def bits(random: np.random.Generator, shape: Shape) -> np.ndarray:
    """Zeros and ones, both of them where there is room."""
    return random.permutation(np.arange(int(np.prod(shape))) % 2).reshape(shape).astype(float)


def signs(random: np.random.Generator, shape: Shape) -> np.ndarray:
    return 2 * bits(random, shape) - 1


def shares(random: np.random.Generator, shape: Shape) -> np.ndarray:
    """Positive numbers that add up to 1 along the last axis."""
    numbers = random.uniform(0.1, 1.0, shape)
    return numbers / numbers.sum(-1, keepdims=True)
