"""Average precision of one-stage detectors, whose losses compare boxes, objects and classes place by place.

Every place of the grid answers for the box whose middle lies in it, so its prediction is matched with that box alone.
Boxes may therefore be told on the canvas or from the corner of their cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.training.metrics.boxes import box_overlaps
from core.training.metrics.detection import COCO_THRESHOLDS, area_under
from core.training.metrics.reading import class_rows
from core.training.metrics.spec import MetricSpec, Question

if TYPE_CHECKING:
    from torch import Tensor

Array = npt.NDArray[Any]

SPECS = (
    MetricSpec(
        "map",
        "Mean average precision",
        "Precision over all recalls, boxes that overlap by half or more being right; the mean over the classes.",
        r"\tfrac1C \sum_c \int_0^1 p_c(r)\, dr",
        "Everingham et al. 2010, the PASCAL VOC challenge",
        True,
        "{:.1%}",
    ),
    MetricSpec(
        "map_coco",
        "Mean average precision, COCO",
        "The same as the mean over overlaps from 0.5 to 0.95 and at 101 recalls.",
        r"\tfrac1{10} \sum_{t = 0.5}^{0.95} \mathrm{mAP}_t",
        "Lin et al. 2014, Microsoft COCO, ECCV",
        True,
        "{:.1%}",
    ),
)


class Detections:
    """Collects what a detector says and what is true, place by place, over the batches of a part."""

    def __init__(self, boxes: Question, objects: Question, classes: Question | None = None) -> None:
        self._boxes, self._objects, self._classes = boxes, objects, classes
        self.rows: list[list[Tensor]] = [[] for _ in range(5)]
        """Batch by batch: overlaps, scores, whether there is a box, predicted and true classes, (places) each."""

    def add(self, *pairs: Tensor) -> None:
        """Predictions and targets of boxes (…, 4), objects (… or …, 1), and where there are any, class scores."""
        shares = box_overlaps(self._boxes, pairs[0], pairs[1]).flatten()
        scores, there = pairs[2].detach().flatten(), pairs[3].flatten() > 0.5
        chances = scores.sigmoid() if self._objects.logits else scores
        said = true = there.long() * 0
        if self._classes is not None:
            rows, true, _ = class_rows(Question("classes", one_hot=False), pairs[4].detach(), pairs[5])
            best, said = rows.softmax(1).max(1)
            chances = chances * best
        for kept, values in zip(self.rows, (shares, chances, there, said, true), strict=True):
            kept.append(values)

    def values(self, wanted: tuple[str, ...] = ()) -> dict[str, float]:
        """Both metrics or those that are wanted, and a fresh start."""
        if not self.rows[0]:
            return {}
        shares, chances, there, said, true = (
            np.concatenate([each.cpu().numpy() for each in rows]) for rows in self.rows
        )
        self.rows = [[] for _ in range(5)]
        found: dict[str, float] = {}
        if not wanted or "map" in wanted:
            found["map"] = grid_map(shares, chances, there, said, true, 0.5)
        if not wanted or "map_coco" in wanted:
            each = [grid_map(shares, chances, there, said, true, at, 101) for at in COCO_THRESHOLDS]
            found["map_coco"] = sum(each) / len(each)
        return found


def grid_map(
    shares: Array, scores: Array, there: Array, said: Array, true: Array, least: float, points: int = 0
) -> float:
    """Mean average precision of n places: overlaps, scores, whether there is a box, predicted and true classes (n)."""
    right = there & (said == true) & (shares >= least)
    kinds = sorted({int(kind) for kind in true[there]})
    found = []
    for kind in kinds:
        mine = np.flatnonzero(said == kind)
        order = mine[np.argsort(-scores[mine], kind="stable")]
        found.append(area_under(right[order], int((there & (true == kind)).sum()), points))
    return sum(found) / len(found) if found else float("nan")
