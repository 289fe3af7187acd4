"""Waves to go on with: sine waves of any phase, each sample a piece of one."""

from __future__ import annotations

import numpy as np

from core.data.generators.common import SEED, chance, check_amount, samples
from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field


def _fields(given: Given) -> dict[str, Field]:
    length, horizon = given.whole("length"), given.whole("horizon")
    check_amount(given, length + horizon)
    shortest, longest = given.real("shortest"), given.real("longest")
    if shortest > longest:
        raise ProjectError(
            f"The shortest period ({shortest:g}) is longer than the longest ({longest:g}).",
            place="data.params.shortest",
            fix=f"Choose at most {longest:g}.",
        )
    ahead = tuple(f"+{step}" for step in range(1, horizon + 1))
    return {
        "x": Field("x", (length, 1), "float32", "series", "wave"),
        "y": Field("y", (1,), "float32", "number", "the next one")
        if horizon == 1
        else Field("y", (horizon,), "float32", "vector", "the next ones", ahead),
        "next": Field("next", (length, 1), "float32", "series", "the next one at every step"),
    }


def _read(given: Given) -> Arrays:
    fields = _fields(given)
    draw, count, length = chance(given), given.whole("samples"), given.whole("length")
    steps = np.arange(length + given.whole("horizon"))
    period = draw.uniform(given.real("shortest"), given.real("longest"), (count, 1))
    phase = draw.uniform(0, 2 * np.pi, (count, 1))
    wave = np.sin(2 * np.pi * steps / period + phase)  # (samples, length + horizon)
    seen = (wave + given.real("noise") * draw.normal(size=wave.shape)).astype(np.float32)
    return {
        "x": seen[:, :length, None],
        "y": seen[:, length:].reshape(count, *fields["y"].shape),
        "next": seen[:, 1 : length + 1, None],
    }


add(
    DataSource(
        "waves",
        "Sine waves",
        "Pieces of sine waves of any phase and of several periods; what comes next is to be predicted, once (y) or at "
        "every step (next).",
        "The task of J. L. Elman: Finding structure in time (1990), with a sine; generated here.",
        "sequence",
        _fields,
        _read,
        (
            Param("length", "Length", "int", 20, "Steps that are seen.", 1, 2_000, unit="steps"),
            Param("horizon", "Horizon", "int", 1, "Steps that are asked.", 1, 1_000, unit="steps"),
            Param("shortest", "Shortest period", "float", 8.0, "Steps of the fastest wave.", 2, 10_000, unit="steps"),
            Param("longest", "Longest period", "float", 16.0, "Steps of the slowest wave.", 2, 10_000, unit="steps"),
            Param("noise", "Noise", "float", 0.0, "Standard deviation of what is added to every value.", 0, 5),
            samples(1_000),
            SEED,
        ),
    )
)  # fmt: skip
