"""What generators share: their seed, the number of their samples, and the most that they make."""

from __future__ import annotations

import math

import numpy as np

from core.data.registry import Given
from core.model.fault import ProjectError
from core.model.spec import Param

MOST_NUMBERS = 128 * 1024**2
"""The most numbers of one field that are made, half a GiB."""

SEED = Param("seed", "Seed", "int", 0, "The same seed gives the same data.", 0, 2**32 - 1)


def samples(default: int, doc: str = "Number of samples.", low: int = 1) -> Param:
    """The parameter of how many samples are made."""
    return Param("samples", "Samples", "int", default, doc, low, 100_000)


def chance(given: Given, stream: int = 0) -> np.random.Generator:
    """The random numbers of a source: the same for the same seed; each stream is independent of the others."""
    return np.random.default_rng((given.whole("seed"), stream) if stream else given.whole("seed"))


def check_amount(given: Given, *shape: int) -> None:
    """Raises ProjectError where `samples` of that shape are more than is made."""
    count = given.whole("samples")
    if count * math.prod(shape) > MOST_NUMBERS:
        raise ProjectError(
            f"{count:,} samples of {'×'.join(map(str, shape))} are more than this source makes.",
            place="data.params.samples",
            fix=f"Choose at most {MOST_NUMBERS // math.prod(shape):,} samples, or smaller ones.",
        )
