"""Metrics as declarative specs, and the one table that says which of them fit a loss and its target.

A metric is computed from sums over samples, so that it is exact over any batches. Nothing here imports torch; the
functions use methods of the tensors that they are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from core.model.tensor import Field

if TYPE_CHECKING:
    from torch import Tensor

TargetKind = Literal["index", "binary", "sign", "one-hot", "number", "values"]
"""What a target is: class indices, two classes as 0 and 1, as −1 and +1, one-hot rows, one number, other values."""

IGNORED = -100
"""The class index that cross-entropy and the metrics leave out."""


@dataclass(frozen=True)
class MetricSpec:
    """A metric; `format` shows its value, `higher` says that more is better."""

    name: str
    title: str
    doc: str
    formula: str
    source: str
    higher: bool
    format: str = "{:.3g}"


_ALL = (
    MetricSpec(
        "loss", "Loss", "The mean loss over the samples.", r"\tfrac1n \sum_i \ell(\hat y_i, y_i)", "", False, "{:.4g}"
    ),
    MetricSpec(
        "accuracy",
        "Accuracy",
        "Share of the samples whose predicted class is the true one.",
        r"\tfrac1n \sum_i [\hat y_i = y_i]",
        "Bishop 2006, Pattern Recognition and Machine Learning, section 1.5",
        True,
        "{:.1%}",
    ),
    MetricSpec(
        "mae",
        "Mean absolute error",
        "Mean distance between prediction and target, in the target's unit.",
        r"\tfrac1n \sum_i |\hat y_i - y_i|",
        "Willmott & Matsuura 2005, Climate Research 30",
        False,
    ),
    MetricSpec(
        "r2",
        "R²",
        "Share of the target's variance that the prediction explains; 0 is no better than the mean.",
        r"1 - \frac{\sum_i (y_i - \hat y_i)^2}{\sum_i (y_i - \bar y)^2}",
        "Draper & Smith 1998, Applied Regression Analysis",
        True,
    ),
    MetricSpec(
        "bits",
        "Bits per character",
        "The mean cross-entropy in bits: how many a good code would need for each character.",
        r"\ell / \ln 2",
        "Shannon 1951, Bell System Technical Journal 30",
        False,
    ),
)

metrics: dict[str, MetricSpec] = {spec.name: spec for spec in _ALL}
"""Every metric by name."""


def class_axis(rank: int) -> int:
    """The axis of the classes: last in sequences (N, T, C), as the losses have it; else second, (N, C, …)."""
    return 2 if rank == 3 else 1


def classes_counted(scores: Tensor, target: Tensor, ignored: int = IGNORED) -> list[float]:
    """Right and counted samples: scores by class, and class indices; places with the index `ignored` are left out."""
    counts = target != ignored
    right = (scores.argmax(class_axis(scores.dim())) == target) & counts
    return [float(right.sum()), float(counts.sum())]


def rows_counted(scores: Tensor, target: Tensor) -> list[float]:
    """Right and counted samples: scores and one-hot rows of one shape; rows of zeros are left out."""
    axis = class_axis(scores.dim())
    counts = target.amax(axis) > 0
    right = (scores.argmax(axis) == target.argmax(axis)) & counts
    return [float(right.sum()), float(counts.sum())]


def threshold_counted(at: float, middle: float) -> Callable[[Tensor, Tensor], list[float]]:
    """Right and counted samples of a two-class score that says yes from `at` on; targets say yes above `middle`."""

    def count(scores: Tensor, target: Tensor) -> list[float]:
        right = (scores >= at) == (target > middle)
        return [float(right.sum()), float(right.numel())]

    return count


def errors_summed(prediction: Tensor, target: Tensor) -> list[float]:
    """Σ|e| and n."""
    error = (prediction.detach().cpu().double() - target.cpu().double()).abs()
    return [float(error.sum()), float(error.numel())]


def squares_summed(prediction: Tensor, target: Tensor) -> list[float]:
    """Σe², Σy, Σy² and n."""
    y = target.cpu().double()
    error = prediction.detach().cpu().double() - y
    return [float(error.square().sum()), float(y.sum()), float(y.square().sum()), float(y.numel())]


def mean(sums: list[float]) -> float:
    total, count = sums
    return total / count if count else math.nan


def explained(sums: list[float]) -> float:
    """R² from Σe², Σy, Σy², n; nan where all targets are equal."""
    errors, total, squares, count = sums
    variance = squares - total * total / count if count else 0.0
    return 1.0 - errors / variance if variance > 1e-12 * max(1.0, squares) else math.nan


@dataclass(frozen=True)
class Measure:
    """A metric as it is computed for one kind of target: sums of a batch, and the value of the summed sums.

    `cut` is set for two classes: the score from which on the answer is yes, and the target above which it should be.
    """

    name: str
    sums: Callable[[Tensor, Tensor], list[float]]
    value: Callable[[list[float]], float] = mean
    cut: tuple[float, float] | None = None


def _two_classes(at: float, middle: float) -> Measure:
    return Measure("accuracy", threshold_counted(at, middle), cut=(at, middle))


@dataclass(frozen=True)
class Rule:
    """A row of the table: with one of these losses (empty: any) and this target, these metrics mean something."""

    target: TargetKind
    losses: frozenset[str]
    measures: tuple[Measure, ...]


_MAE, _R2 = Measure("mae", errors_summed), Measure("r2", squares_summed, explained)
_ANY: frozenset[str] = frozenset()
_AT_LOGIT = _two_classes(0.0, 0.5)
_AT_HALF = _two_classes(0.5, 0.5)

UNMEASURED = frozenset({"ctc", "poisson_nll"})
"""Losses whose prediction is not what the target is: alignments, and logarithms of rates."""

RULES: tuple[Rule, ...] = (
    Rule("index", _ANY, (Measure("accuracy", classes_counted),)),
    Rule("one-hot", _ANY, (Measure("accuracy", rows_counted),)),
    Rule("sign", _ANY, (_two_classes(0.0, 0.0),)),
    Rule("binary", frozenset({"bce_with_logits", "binary_focal", "perceptron"}), (_AT_LOGIT,)),
    Rule("binary", _ANY, (_AT_HALF,)),
    Rule("number", frozenset({"bce_with_logits", "binary_focal"}), (_AT_LOGIT,)),
    Rule("number", frozenset({"bce"}), (_AT_HALF,)),
    Rule("number", _ANY, (_MAE, _R2)),
    Rule("values", _ANY, (_MAE,)),
)
"""The first row that fits is taken."""


def target_kind(field: Field, form: str) -> TargetKind:
    """What a field of the data is as a target when it is read in a form; raises ProjectError for a wrong form."""
    formed = field.formed(form)
    if form == "as stored" and field.meaning in ("class", "token"):
        return "index"
    if form == "one-hot":
        return "one-hot"
    if form == "sign":
        return "sign"
    if form == "number" and field.classes == 2:
        return "binary"
    return "number" if formed.meaning == "number" else "values"


def measures_for(loss: str, target: TargetKind, ignored: int = IGNORED) -> tuple[Measure, ...]:
    """The metrics that fit a loss kind and its target; `ignored` is the class index that the loss leaves out."""
    if loss in UNMEASURED:
        return ()
    if target == "index" and ignored != IGNORED:
        return (Measure("accuracy", partial(classes_counted, ignored=ignored)),)
    for rule in RULES:
        if rule.target == target and (not rule.losses or loss in rule.losses):
            return rule.measures
    return ()


FLUSH = 1 << 20
"""Numbers that a tally keeps before it adds them up: 4 MB of float32."""


class Tally:
    """Adds measures up over batches, lazily: each step only keeps two references, whole stretches are added at once."""

    def __init__(self, measures: tuple[Measure, ...], join: Callable[[list[Tensor]], Tensor]) -> None:
        """`join` is torch.cat along the batch axis."""
        self._measures, self._join = measures, join
        self._sums: list[list[float]] = [[] for _ in measures]
        self._predictions: list[Tensor] = []
        self._targets: list[Tensor] = []
        self._held = 0

    def add(self, prediction: Tensor, target: Tensor) -> None:
        self._predictions.append(prediction.detach())
        self._targets.append(target)
        self._held += prediction.numel()
        if self._held > FLUSH:
            self._flush()

    def _flush(self) -> None:
        if not self._predictions:
            return
        prediction, target = self._join(self._predictions), self._join(self._targets)
        for index, measure in enumerate(self._measures):
            new, old = measure.sums(prediction, target), self._sums[index]
            self._sums[index] = [a + b for a, b in zip(old, new, strict=True)] if old else new
        self._predictions, self._targets, self._held = [], [], 0

    def values(self) -> dict[str, float]:
        """The metrics over all that was added, and a fresh start."""
        self._flush()
        found = {m.name: m.value(s) for m, s in zip(self._measures, self._sums, strict=True) if s}
        self._sums = [[] for _ in self._measures]
        return found
