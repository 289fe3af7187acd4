"""Metrics of boxes that a loss compares one with one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from core.training.metrics.classes import mean
from core.training.metrics.spec import MetricSpec, Question, Sums, Task

if TYPE_CHECKING:
    from torch import Tensor

_BOXES: frozenset[Task] = frozenset({"boxes"})
_SOURCE = "Everingham et al. 2010, the PASCAL VOC challenge"


def _corners(boxes: Tensor, centred: bool) -> tuple[Tensor, Tensor]:
    """The lower and the upper corner of each box, (…, 2) both."""
    first, second = boxes.detach()[..., :2], boxes.detach()[..., 2:]
    return (first - second / 2, first + second / 2) if centred else (first, second)


def box_overlaps(question: Question, prediction: Tensor, target: Tensor) -> Tensor:
    """Intersection over union of each box with its own, (…, 4) and (…, 4) → (…)."""
    low, high = _corners(prediction, question.centred)
    other_low, other_high = _corners(target, question.centred)
    shared = (high.minimum(other_high) - low.maximum(other_low)).clamp(min=0).prod(-1)
    areas = (high - low).clamp(min=0).prod(-1) + (other_high - other_low).clamp(min=0).prod(-1)
    return shared / (areas - shared).clamp(min=1e-12)


def _told(question: Question, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The overlaps of boxes, and which boxes are there: where a target has no area, nothing is to be found."""
    low, high = _corners(target, question.centred)
    return box_overlaps(question, prediction, target), ((high - low) > 0).all(-1)


def _summed(question: Question, prediction: Tensor, target: Tensor) -> list[Tensor | float]:
    found, there = _told(question, prediction, target)
    return [found.where(there, 0.0).sum(), there.sum()]


def _good(least: float, question: Question, prediction: Tensor, target: Tensor) -> list[Tensor | float]:
    found, there = _told(question, prediction, target)
    return [((found >= least) & there).sum(), there.sum()]


SPECS = (
    MetricSpec(
        "box_iou",
        "Overlap of boxes",
        "The mean intersection over union of each predicted box with its true one.",
        r"\tfrac1n \sum_i \frac{|A_i \cap B_i|}{|A_i \cup B_i|}",
        _SOURCE,
        True,
        "{:.1%}",
        _BOXES,
        _BOXES,
        lambda question: Sums(partial(_summed, question), mean),
    ),
    MetricSpec(
        "boxes_found",
        "Boxes found",
        "Share of the boxes whose prediction overlaps them by half or more.",
        r"\tfrac1n \sum_i [\mathrm{IoU}_i \ge \tfrac12]",
        _SOURCE,
        True,
        "{:.1%}",
        _BOXES,
        _BOXES,
        lambda question: Sums(partial(_good, 0.5, question), mean),
    ),
)
