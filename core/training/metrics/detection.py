"""Average precision of detectors, as PASCAL VOC and COCO count it. NumPy only; boxes are corners x₁ y₁ x₂ y₂."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Rule = Literal["voc", "coco"]
COCO_THRESHOLDS = tuple(0.5 + 0.05 * step for step in range(10))
"""Overlaps over which COCO averages (Lin et al. 2014)."""


@dataclass(frozen=True)
class Boxes:
    """The boxes of one image: `corners` (n, 4), `classes` (n), and `scores` (n) where they are predicted."""

    corners: Array
    classes: Array
    scores: Array | None = None


def corners_of(boxes: Array) -> Array:
    """Corners (…, 4) of boxes as centre and size."""
    middle, size = boxes[..., :2], boxes[..., 2:]
    return np.concatenate([middle - size / 2, middle + size / 2], axis=-1)


def overlaps(first: Array, second: Array) -> Array:
    """Intersection over union of all pairs: (n, 4) and (m, 4) → (n, m); 0 where both have no area."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])  # (n, m, 2)
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    areas = [np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None] - shared
    found: Array = np.divide(shared, union, out=np.zeros(union.shape), where=union > 0)
    return found


def area_under(hits: Array, truths: int, points: int = 0) -> float:
    """Average precision of detections in the order of their scores: `hits` (n) says which are right.

    `points` is 0 for the whole area under the precision that never rises again (VOC since 2010), 11 for the mean of it
    at 11 recalls (VOC 2007), 101 as COCO has it. nan where there is nothing to be found.
    """
    if not truths:
        return float("nan")
    found = np.cumsum(hits)
    recall = np.concatenate([[0.0], found / truths, [1.0]])
    precision = np.concatenate([[0.0], found / np.arange(1, len(hits) + 1), [0.0]])
    ceiling = np.maximum.accumulate(precision[::-1])[::-1]
    if not points:
        return float(np.sum(np.diff(recall) * ceiling[1:]))
    wanted = np.linspace(0.0, 1.0, points)
    # The last entry stands for recalls that are not reached: nothing is right there.
    reached = np.searchsorted(recall[:-1], wanted - 1e-12, side="left")
    return float(np.append(ceiling[:-1], 0.0)[reached].mean())


def hits_of(found: Sequence[Boxes], true: Sequence[Boxes], kind: int, least: float, rule: Rule) -> tuple[Array, int]:
    """Which detections of one class are right, by falling score over all images, and how many boxes there are.

    A detection is right when it overlaps a box by `least` that no detection with a higher score has taken. VOC looks
    at the box that it overlaps most, COCO at the best of those that are still free.
    """
    scores, hits, truths = [], [], 0
    for said, given in zip(found, true, strict=True):
        boxes = given.corners[given.classes == kind]
        mine = np.flatnonzero(said.classes == kind)
        truths += len(boxes)
        if not len(mine):
            continue
        own = np.ones(len(mine)) if said.scores is None else said.scores[mine]
        order = np.argsort(-own, kind="stable")
        scores.append(own[order])
        hits.append(_taken(overlaps(said.corners[mine[order]], boxes), least, rule))
    if not scores:
        return np.zeros(0, bool), truths
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return np.concatenate(hits)[order], truths


def _taken(shares: Array, least: float, rule: Rule) -> Array:
    """Which detections (n) get a box, from their overlaps (n, m) in the order of their scores."""
    free = np.ones(shares.shape[1], bool)
    right = np.zeros(shares.shape[0], bool)
    for index, row in enumerate(shares):
        if not row.size or (rule == "coco" and not free.any()):
            continue
        best = int(np.argmax(np.where(free, row, -1.0) if rule == "coco" else row))
        if row[best] >= least and free[best]:
            free[best], right[index] = False, True
    return right


def average_precisions(
    found: Sequence[Boxes], true: Sequence[Boxes], least: float = 0.5, rule: Rule = "voc", points: int = 0
) -> dict[int, float]:
    """Average precision of every class that occurs among the true boxes, at one overlap."""
    kinds = sorted({int(kind) for boxes in true for kind in boxes.classes})
    return {kind: area_under(*hits_of(found, true, kind, least, rule), points) for kind in kinds}


def voc_map(found: Sequence[Boxes], true: Sequence[Boxes]) -> float:
    """Mean average precision at an overlap of 0.5 (Everingham et al. 2010)."""
    return _mean(list(average_precisions(found, true).values()))


def coco_map(found: Sequence[Boxes], true: Sequence[Boxes]) -> float:
    """Mean average precision over overlaps 0.5, 0.55 … 0.95 and 101 recalls (Lin et al. 2014)."""
    each = [_mean(list(average_precisions(found, true, at, "coco", 101).values())) for at in COCO_THRESHOLDS]
    return _mean(each)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
