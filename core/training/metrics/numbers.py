"""Metrics of numbers: distances between prediction and target, and the share of the variance that is explained."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from core.training.metrics.classes import mean
from core.training.metrics.reading import exact
from core.training.metrics.spec import MetricSpec, Question, Sums, Task

if TYPE_CHECKING:
    from torch import Tensor

NUMBERS: frozenset[Task] = frozenset({"number", "values"})


def _errors(question: Question, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Prediction − target and target, in double precision."""
    found, true = exact(prediction.detach()), exact(target)
    return (found.sigmoid() if question.logits else found) - true, true


def _absolute(question: Question, prediction: Tensor, target: Tensor) -> list[Tensor | float]:
    """Σ|e| and n."""
    error, _ = _errors(question, prediction, target)
    return [error.abs().sum(), error.numel()]


def _squared(question: Question, prediction: Tensor, target: Tensor) -> list[Tensor | float]:
    """Σe², Σy, Σy² and n."""
    error, true = _errors(question, prediction, target)
    return [error.square().sum(), true.sum(), true.square().sum(), true.numel()]


def _root_mean(sums: list[float]) -> float:
    return math.sqrt(sums[0] / sums[3]) if sums[3] else math.nan


def explained(sums: list[float]) -> float:
    """R² from Σe², Σy, Σy², n; nan where all targets are equal."""
    errors, total, squares, count = sums
    variance = squares - total * total / count if count else 0.0
    return 1.0 - errors / variance if variance > 1e-12 * max(1.0, squares) else math.nan


SPECS = (
    MetricSpec(
        "mae",
        "Mean absolute error",
        "Mean distance between prediction and target, in the target's unit.",
        r"\tfrac1n \sum_i |\hat y_i - y_i|",
        "Willmott & Matsuura 2005, Climate Research 30",
        False,
        tasks=NUMBERS,
        usual=NUMBERS,
        way=lambda question: Sums(partial(_absolute, question), mean),
    ),
    MetricSpec(
        "r2",
        "R²",
        "Share of the target's variance that the prediction explains; 0 is no better than the mean.",
        r"1 - \frac{\sum_i (y_i - \hat y_i)^2}{\sum_i (y_i - \bar y)^2}",
        "Draper & Smith 1998, Applied Regression Analysis",
        True,
        tasks=frozenset({"number"}),
        usual=frozenset({"number"}),
        way=lambda question: Sums(partial(_squared, question), explained),
    ),
    MetricSpec(
        "rmse",
        "Root mean squared error",
        "Root of the mean squared distance, in the target's unit; large errors count more.",
        r"\sqrt{\tfrac1n \sum_i (\hat y_i - y_i)^2}",
        "Chai & Draxler 2014, Geoscientific Model Development 7",
        False,
        tasks=NUMBERS,
        way=lambda question: Sums(partial(_squared, question), _root_mean),
    ),
)
