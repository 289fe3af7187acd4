"""Income and savings against credit at risk: the lecture's example of logistic regression, with a known truth."""

from __future__ import annotations

import numpy as np

from core.data.generators.common import SEED
from core.data.registry import Arrays, DataSource, Given, add
from core.model.spec import Param
from core.model.tensor import Field

BIAS, INCOME, SAVINGS = 6.0, -0.10, -0.08
"""The truth: P(risk) = σ(6 − 0.10 · income − 0.08 · savings), both in thousands of euros, at noise 1."""


def _fields(given: Given) -> dict[str, Field]:
    labels = ("income (1,000 €)", "savings (1,000 €)")
    return {
        "x": Field("x", (2,), "float32", "vector", "customer", labels),
        "y": Field("y", (), "int64", "class", "credit", ("safe", "at risk")),
    }


def _read(given: Given) -> Arrays:
    chance = np.random.default_rng(given.whole("seed"))
    samples = given.whole("samples")
    income = 45 * np.exp(0.4 * chance.normal(size=samples))
    savings = chance.gamma(1.5, 15, samples)
    # A logistic error added to the score and a threshold at 0 is the logistic model itself.
    score = BIAS + INCOME * income + SAVINGS * savings + given.real("noise") * chance.logistic(size=samples)
    x = np.stack([income, savings], 1).astype(np.float32)
    return {"x": x, "y": (score > 0).astype(np.int64)}


add(
    DataSource(
        "credit",
        "Credit at risk",
        "Invented customers with income and savings in thousands of euros. The chance that a credit is at risk is "
        "σ(6 − 0.10 · income − 0.08 · savings) at noise 1; at noise 0 a straight line separates the classes.",
        "Generated here.",
        "toy",
        _fields,
        _read,
        (
            Param("samples", "Samples", "int", 600, "Number of customers.", 10, 100_000),
            Param("noise", "Noise", "float", 1.0, "Scale of the logistic error; 0 for a sharp line.", 0, 20),
            SEED,
        ),
        standardise=("x",),
    ),
)
