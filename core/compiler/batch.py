"""The batch axis: types with a named `N` ↔ sizes for one batch, told apart by trying two batch sizes."""

from __future__ import annotations

from collections.abc import Sequence

from core.model.tensor import Dim, TensorType

TRIALS = (2, 3)
"""Batch sizes of the trial runs: more than 1, because batch normalisation rejects 1 while it trains."""


def concrete(shape: Sequence[Dim], batch: int) -> tuple[int, ...]:
    """Sizes for a batch of `batch` samples: `N` → 2, `64N` → 128."""
    return tuple(batch * int(dim[:-1] or 1) if isinstance(dim, str) else dim for dim in shape)


def symbolic(first: Sequence[int], second: Sequence[int]) -> tuple[Dim, ...] | None:
    """The shape whose sizes are `first` and `second` for the two `TRIALS`; None where no multiple of N fits."""
    if len(first) != len(second):
        return None
    small, large = TRIALS
    shape: list[Dim] = []
    for one, other in zip(first, second, strict=True):
        factor = one // small
        if one == other:
            shape.append(one)
        elif factor * small == one and factor * large == other:
            shape.append("N" if factor == 1 else f"{factor}N")
        else:
            return None
    return tuple(shape)


def elements(type_: TensorType) -> int:
    """How many numbers one sample has in a tensor of this type."""
    count = 1
    for size in concrete(type_.shape, TRIALS[0]):
        count *= size
    batched = any(isinstance(dim, str) for dim in type_.shape)
    return count // TRIALS[0] if batched else count
