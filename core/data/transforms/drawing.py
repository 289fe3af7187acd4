"""Steps as torch computes them: drawn for a batch on its device from the run's seed and the number of the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.data.registry import Given
from core.data.transforms.plan import Step
from core.data.transforms.spec import Array
from core.model.tensor import Field

Draw = Callable[[Tensor, Field, Given, torch.Generator], Tensor | tuple[Tensor, ...]]


def seed_of(*numbers: int) -> int:
    """One seed out of several whole numbers; the same for the same ones, unlike for unlike ones.

    Source of the mixing: Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA (2014).
    """
    state = 0
    for number in numbers:
        state = (state + number + 0x9E3779B97F4A7C15) % 2**64
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) % 2**64
        state ^= state >> 31
    return state % 2**63


@lru_cache(maxsize=64)
def _function(target: str) -> Draw:
    module, _, name = target.rpartition(".")
    found: Draw = getattr(import_module(module), name)
    return found


def _called(target: str, step: Step, values: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
    result = _function(target)(values, step.field, step.given, generator)
    return result if isinstance(result, tuple) else (result,)


def draw(
    steps: Sequence[Step],
    scales: Mapping[Step, tuple[Tensor, Tensor]],
    batch: dict[str, Tensor],
    seed: int,
    number: int,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Puts a batch of fields (N, *shape) through the late steps; `number` is that of the step of training.

    `scales` are mean and deviation of the steps that only scale, on the batch's device, as `generator` is.
    """
    for step in steps:
        name = step.field.name
        if step.drawn:
            generator.manual_seed(seed_of(seed, number, step.place, step.lot))
            results = _called(step.spec.target, step, batch[name], generator)
        else:
            mean, std = scales[step]
            results = ((batch[name] - mean) / std,)
        batch |= {field.name: result for field, result in zip(step.results, results, strict=True)}
    return batch


def stand(step: Step, values: Array, seed: int) -> tuple[Array, ...]:
    """What a drawn step does to values that are not drawn anew, (samples, *shape): nothing, or the same each time."""
    if not step.spec.still:
        return (values,)
    target = step.spec.target if step.spec.still == "drawn once" else step.spec.still
    generator = torch.Generator().manual_seed(seed_of(seed, step.place, step.lot))
    results = _called(target, step, torch.from_numpy(np.ascontiguousarray(values)), generator)
    return tuple(_array(result) for result in results)


def _array(result: Tensor) -> np.ndarray[Any, np.dtype[Any]]:
    return np.asarray(result.numpy())
