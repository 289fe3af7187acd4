"""One number from another: lines and curves, the sets of linear regression and of function approximation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.data.generators.common import SEED
from core.data.registry import Arrays, DataSource, Given, add
from core.data.split import Parts, held_out
from core.model.condition import Only
from core.model.effect import only_with
from core.model.settings import Split
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


def _step(given: Given) -> Arrays:
    at = given.real("at")
    return _noisy(given, -2, 2, lambda x: np.where(x >= at, 1.0, 0.0))


def _polynomial(given: Given) -> Arrays:
    coefficients = given.numbers("coefficients")
    count = given.whole("samples") + given.whole("held_out")
    chance = np.random.default_rng(given.whole("seed"))
    x = chance.uniform(-1, 1, count)
    y = np.polynomial.polynomial.polyval(x, coefficients) + given.real("noise") * chance.normal(size=count)
    return {"x": x.astype(np.float32)[:, None], "y": y.astype(np.float32)[:, None]}


def _polynomial_parts(given: Given, arrays: Arrays, split: Split) -> Parts:
    return held_out(given.whole("samples"), given.whole("held_out"), split)


def _outliers(given: Given) -> Arrays:
    arrays = _line(Given({**given.values, "points": "noisy"}))
    x, y = arrays["x"], arrays["y"]
    count = round(given.real("share") * len(x))
    # Those farthest to the right are lifted: they turn the line of least squares most.
    lifted = np.argsort(-x[:, 0], kind="stable")[:count]
    wrong = np.zeros(len(x), np.int64)
    wrong[lifted] = 1
    y[lifted] += np.float32(given.real("lift"))
    return {"x": x, "y": y, "outlier": wrong}


SPECIES = {"A": (0.5, 1.0), "B": (1.0, 3.0), "C": (-0.5, 8.0), "D": (0.2, 5.0)}
"""Slope and intercept of each species' line."""


def _species(given: Given) -> Arrays:
    chance = np.random.default_rng(given.whole("seed"))
    count = given.whole("samples")
    species = chance.permutation(np.arange(count) % len(SPECIES))
    x = chance.uniform(0, 10, count)
    slopes, intercepts = np.array(list(SPECIES.values())).T
    y = slopes[species] * x + intercepts[species] + given.real("noise") * chance.normal(size=count)
    return {
        "x": x.astype(np.float32)[:, None],
        "species": species.astype(np.int64),
        "y": y.astype(np.float32)[:, None],
    }


SLOPE = Param("slope", "Slope", "float", 1.5, "Rise of y for each 1 of x.", -100, 100)
INTERCEPT = Param("intercept", "Intercept", "float", 0.5, "y where x is 0.", -100, 100)

add(
    DataSource(
        "line",
        "Line",
        "The three points (1, 1), (2, 2), (3, 3), or points about the line y = slope · x + intercept, x from −2 to 2.",
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
            *(only_with(param, "points", "noisy") for param in (SLOPE, INTERCEPT, SAMPLES, NOISE, SEED)),
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
    DataSource(
        "step",
        "Step",
        "Points about a curve that jumps from 0 to 1, x from −2 to 2: no smooth network meets it exactly.",
        "Generated here.",
        "toy",
        _fields,
        _step,
        (
            Param("at", "Jump", "float", 0.0, "Where it jumps.", -2, 2),
            SAMPLES,
            Param("noise", "Noise", "float", 0.0, NOISE.doc, 0, 10),
            SEED,
        ),
    ),
    DataSource(
        "polynomial",
        "Polynomial",
        "A few points about a polynomial, x from −1 to 1, and as many that are held out: high degrees fit the first "
        "ones too well. The held-out points are shared by validation and test as the split says.",
        "After C. Bishop: Pattern Recognition and Machine Learning (2006), §1.1; generated here.",
        "toy",
        _fields,
        _polynomial,
        (
            Param("coefficients", "Coefficients", "floats", (1.0, -6.0, 9.0), "Of 1, x, x² … in order.", -1000, 1000,
                  lengths=tuple(range(2, 11))),
            Param("samples", "Training points", "int", 10, "How many points train.", 2, 10_000),
            Param("held_out", "Held-out points", "int", 10, "How many points validate and test.", 0, 10_000),
            Param("noise", "Noise", "float", 1.0, NOISE.doc, 0, 100),
            SEED,
        ),
        parts=_polynomial_parts,
    ),
    DataSource(
        "outliers",
        "Line with outliers",
        "A noisy line, x from −2 to 2, of which the points farthest to the right lie far too high: squares follow "
        "them, absolute errors hardly do. The field outlier tells which.",
        "After P. J. Huber: Robust estimation of a location parameter (1964); generated here.",
        "toy",
        lambda given: {
            **_fields(given),
            "outlier": Field("outlier", (), "int64", "class", "outlier", ("on the line", "outlier")),
        },
        _outliers,
        (
            Param("share", "Outliers", "float", 0.1, "Their share of all points.", 0, 0.5),
            Param("lift", "Lift", "float", 10.0, "How much too high they lie.", -1000, 1000,
                  only=(Only("share"),)),
            SLOPE,
            INTERCEPT,
            SAMPLES,
            NOISE,
            SEED,
        ),
    ),
    DataSource(
        "species",
        "Four species",
        "How size (y) follows from age (x) in four invented species, a line for each: y = 0.5 x + 1, x + 3, −0.5 x + 8 "
        "and 0.2 x + 5. A single line cannot fit them; with the species as one-hot it can.",
        "Generated here.",
        "toy",
        lambda given: {
            **_fields(given),
            "species": Field("species", (), "int64", "class", "species", tuple(SPECIES)),
        },
        _species,
        (
            SAMPLES,
            Param("noise", "Noise", "float", 0.3, NOISE.doc, 0, 10),
            SEED,
        ),
    ),
)  # fmt: skip
