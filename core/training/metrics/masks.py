"""Metrics of segmentation: how much of the predicted and the true places of a class is shared."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from core.training.metrics.reading import class_rows, yes_or_no
from core.training.metrics.spec import MetricSpec, Question, Sums, Task, Told, Way

if TYPE_CHECKING:
    from torch import Tensor

PLACES: frozenset[Task] = frozenset({"classes", "mask", "values"})
_MASK: frozenset[Task] = frozenset({"mask"})


def _counts(question: Question, scores: Tensor, target: Tensor) -> list[Tensor | float]:
    """Shared, predicted and true places of every class in turn, 3 × classes; of a mask those of the yes alone."""
    if question.task != "classes":
        said, true = yes_or_no(question, scores.detach(), target)
        return [(said & true).sum(), said.sum(), true.sum()]
    rows, true, counts = class_rows(question, scores.detach(), target)
    said, size = rows.argmax(1), rows.shape[1]
    # For each class in turn; a last place takes what does not count. `bincount` would wait for the largest index.
    found = true.new_zeros((size + 1) * 3)
    for column, (classes, told) in enumerate(((said, counts & (said == true)), (said, counts), (true, counts))):
        found.scatter_add_(0, 3 * classes.where(told, size) + column, true.new_ones(true.shape))
    return [found[: 3 * size]]


def overlap(shared: float, said: float, true: float) -> float:
    """Intersection over union; nan where there is neither."""
    union = said + true - shared
    return shared / union if union else math.nan


def likeness(shared: float, said: float, true: float) -> float:
    """Twice the shared places over all; nan where there are none."""
    return 2 * shared / (said + true) if said + true else math.nan


def _classes(one: Callable[[float, float, float], float], sums: list[float]) -> list[float]:
    return [one(*sums[at : at + 3]) for at in range(0, len(sums), 3)]


def _mean(one: Callable[[float, float, float], float], sums: list[float]) -> float:
    """The mean over the classes that occur in prediction or target."""
    found = [value for value in _classes(one, sums) if not math.isnan(value)]
    return sum(found) / len(found) if found else math.nan


def _each(one: Callable[[float, float, float], float], question: Question, sums: list[float]) -> Told:
    values = enumerate(_classes(one, sums))
    return {question.label(index): value for index, value in values if not math.isnan(value)}


def _way(one: Callable[[float, float, float], float], by_class: bool, question: Question) -> Way | None:
    """None where a class is not told of places, and where a mask has no classes."""
    if question.task == "classes" and question.axes < 2:
        return None
    if by_class and question.task != "classes":
        return None
    return Sums(partial(_counts, question), partial(_each, one, question) if by_class else partial(_mean, one))


def _specs(
    name: str, title: str, doc: str, formula: str, source: str, one: Callable[[float, float, float], float]
) -> tuple[MetricSpec, MetricSpec]:
    mean = f"{doc} The mean over the classes that occur."
    each = f"{doc} One value for each class that occurs."
    classes: frozenset[Task] = frozenset({"classes"})
    return (
        MetricSpec(name, title, mean, formula, source, True, "{:.1%}", PLACES, _MASK, partial(_way, one, False)),
        MetricSpec(
            f"{name}_by_class", f"{title} by class", each, formula, source, True, "{:.1%}", classes,
            way=partial(_way, one, True),
        ),
    )  # fmt: skip


SPECS = (
    *_specs(
        "iou",
        "Intersection over union",
        "Share of all places of a class, predicted or true, that are both.",
        r"\frac{|A \cap B|}{|A \cup B|}",
        "Jaccard 1912, New Phytologist 11; Everingham et al. 2010, the PASCAL VOC challenge",
        overlap,
    ),
    *_specs(
        "dice",
        "Dice",
        "Twice the places that are predicted and true, over those that are predicted plus those that are true.",
        r"\frac{2 |A \cap B|}{|A| + |B|}",
        "Dice 1945, Ecology 26",
        likeness,
    ),
)
