"""How predictions and targets are read: which axis holds the classes, which places count, rows for whole parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.training.metrics.spec import Question

if TYPE_CHECKING:
    from torch import Tensor


def exact(values: Tensor) -> Tensor:
    """In double precision; on the CPU where the device has none."""
    return values.double() if values.device.type != "mps" else values.cpu().double()


def class_axis(rank: int) -> int:
    """The axis of the classes: last in sequences (N, T, C), as the losses have it; else second, (N, C, …)."""
    return 2 if rank == 3 else 1


def class_rows(question: Question, scores: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Scores (n, classes), class indices (n) and whether it counts (n), of every place."""
    axis = class_axis(scores.dim())
    rows = scores.movedim(axis, -1).flatten(0, -2)  # (n, C)
    if question.one_hot:
        true = target.movedim(axis, -1).flatten(0, -2)  # (n, C)
        counts = true.amax(1) > 0
        indices = true.argmax(1)
    else:
        indices = target.flatten()
        counts = indices != question.ignored
    return rows, indices, counts


def yes_or_no(question: Question, scores: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Predicted and true answers as booleans, in the shape of the scores."""
    at, middle = question.cut or (0.5, 0.5)
    return scores >= at, target > middle


def answers(question: Question, scores: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """What a metric over a whole part collects: (n, classes) and (n), or scores and truths (n).

    Class indices of places that do not count are below 0.
    """
    scores = scores.detach()
    if question.task == "classes":
        rows, true, counts = class_rows(question, scores, target)
        return rows, true.where(counts, -1)
    if question.task in ("two", "mask"):
        return scores.flatten(), yes_or_no(question, scores, target)[1].flatten().long()
    return scores.flatten(), target.flatten()
