"""A small valid case of every kind, for tests and for trying a layer by hand, without torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.model.spec import Inputs, registry
from core.model.tensor import TensorType
from core.model.values import Value

Array = npt.NDArray[np.float32] | npt.NDArray[np.int64]

VECTOR = TensorType(("N", 6))


def example(kind: str) -> tuple[dict[str, Value], Inputs]:
    """Parameters and the types at the input ports with which a node of this kind works; raises KeyError.

    A kind that brings no example of its own takes a vector at every input.
    """
    spec = registry[kind]
    if spec.example:
        return dict(spec.example[0]), dict(spec.example[1])
    return {}, {port.name: (VECTOR,) for port in spec.inputs}


def example_arrays(kind: str, batch: int = 4, seed: int = 0) -> dict[str, tuple[Array, ...]]:
    """Arrays of the types of `example(kind)` that every kind accepts: numbers in 0 … 1, classes and tokens below 6."""
    random = np.random.default_rng(seed)
    arrays: dict[str, tuple[Array, ...]] = {}
    for port, types in example(kind)[1].items():
        made: list[Array] = []
        for each in types:
            shape = tuple(batch if isinstance(dim, str) else dim for dim in each.shape)
            made.append(
                random.uniform(0.05, 0.95, shape).astype(np.float32)
                if each.is_float
                else random.integers(0, 6, shape, dtype=np.int64)
            )
        arrays[port] = tuple(made)
    return arrays
