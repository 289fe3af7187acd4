"""One number from another: a line and a sine wave, the sets of linear regression and of function approximation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.data.generators.common import SEED
from core.data.registry import Arrays, DataSource, Given, add
from core.model.spec import Param
from core.model.tensor import Field

Curve = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]

SAMPLES = Param("samples", "Samples", "int", 200, "Number of points.", 3, 100_000)
NOISE = Param("noise", "Noise", "float", 0.2, "Standard deviation of the Gaussian noise that is added to y.", 0, 10)


def _fields(given: Given) -> dict[str, Field]:
    return {"x": Field("x", (1,), "float32", "number", "x"), "y": Field("y", (1,), "float32", "number", "y")}


def _noisy(given: Given, low: float, high: float, curve: Curve) -> Arrays:
    chance = np.random.default_rng(given.whole("seed"))
    x = chance.uniform(low, high, given.whole("samples"))
    y = curve(x) + given.real("noise") * chance.normal(size=len(x))
    return {"x": x.astype(np.float32)[:, None], "y": y.astype(np.float32)[:, None]}


def _line(given: Given) -> Arrays:
    if given.word("points") == "exact":
        three = np.array([[1], [2], [3]], np.float32)
        return {"x": three, "y": three.copy()}
    slope, intercept = given.real("slope"), given.real("intercept")
    return _noisy(given, -2, 2, lambda x: slope * x + intercept)


def _sine(given: Given) -> Arrays:
    frequency = given.real("frequency")
    return _noisy(given, -np.pi, np.pi, lambda x: np.sin(frequency * x))


add(
    DataSource(
        "line",
        "Line",
        "The three points (1, 1), (2, 2), (3, 3), or points about the line y = slope · x + intercept, x from −2 to 2. "
        "All other parameters belong to the noisy line.",
        "Generated here.",
        "toy",
        _fields,
        _line,
        (
            Param(
                "points",
                "Points",
                "choice",
                "noisy",
                "Three points exactly on y = x, or a noisy line.",
                choices=("exact", "noisy"),
            ),
            Param("slope", "Slope", "float", 1.5, "Rise of y for each 1 of x.", -100, 100),
            Param("intercept", "Intercept", "float", 0.5, "y where x is 0.", -100, 100),
            SAMPLES,
            NOISE,
            SEED,
        ),
    ),
    DataSource(
        "sine",
        "Sine",
        "Points about y = sin(frequency · x) with x from −π to π.",
        "Generated here.",
        "toy",
        _fields,
        _sine,
        (
            Param("frequency", "Frequency", "float", 1.0, "How many waves from −π to π.", 0.1, 20),
            SAMPLES,
            Param("noise", "Noise", "float", 0.1, NOISE.doc, 0, 10),
            SEED,
        ),
    ),
)
