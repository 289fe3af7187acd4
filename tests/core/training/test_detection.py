"""Average precision of detectors against published and hand-made examples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.training.metrics.detection import (
    Boxes,
    area_under,
    average_precisions,
    coco_map,
    corners_of,
    hits_of,
    overlaps,
    voc_map,
)


def boxes(*corners: tuple[float, ...], kinds: tuple[int, ...] = (), scores: tuple[float, ...] | None = None) -> Boxes:
    kinds = kinds or (0,) * len(corners)
    told = None if scores is None else np.array(scores)
    return Boxes(np.array(corners, float).reshape(-1, 4), np.array(kinds, int), told)


def test_overlaps_of_all_pairs() -> None:
    found = overlaps(np.array([[0, 0, 2, 2.0], [5, 5, 5, 5.0]]), np.array([[1, 1, 3, 3.0], [0, 0, 2, 1.0]]))
    assert found == pytest.approx(np.array([[1 / 7, 0.5], [0.0, 0.0]]))
    assert corners_of(np.array([[2.0, 3.0, 2.0, 4.0]])).tolist() == [[1.0, 1.0, 3.0, 5.0]]


def test_the_published_example_of_24_detections_and_15_boxes() -> None:
    """Padilla, Netto & da Silva 2020, A survey on performance metrics for object-detection algorithms."""
    hits = np.isin(np.arange(1, 25), (1, 3, 10, 12, 13, 14, 23))
    assert area_under(hits, 15) == pytest.approx(0.2456, abs=1e-4)
    assert area_under(hits, 15, points=11) == pytest.approx(0.2684, abs=1e-4)


def test_101_recalls_written_out() -> None:
    """Two of three boxes found at precisions 1 and 2/3: recalls 0 to 0.33 count 1, those to 0.66 count 2/3."""
    hits = np.array([True, False, True])
    assert area_under(hits, 3, points=101) == pytest.approx((34 * 1 + 33 * 2 / 3) / 101)


def test_perfect_none_and_nothing_to_find() -> None:
    assert area_under(np.array([True, True]), 2) == 1.0
    assert area_under(np.array([True, True]), 2, points=101) == 1.0
    assert area_under(np.zeros(0, bool), 2) == 0.0
    assert math.isnan(area_under(np.zeros(3, bool), 0))


def test_a_box_is_found_once() -> None:
    true = [boxes((0, 0, 2, 2))]
    found = [boxes((0, 0, 2, 2), (0, 0, 2, 2), scores=(0.6, 0.9))]
    hits, count = hits_of(found, true, 0, 0.5, "voc")
    assert hits.tolist() == [True, False]
    assert count == 1


def test_voc_looks_at_the_best_box_and_coco_at_the_best_that_is_free() -> None:
    true = [boxes((0, 0, 10, 10), (0, 0, 10, 6))]
    # Both detections overlap the large box most; the second also overlaps the small one by more than half.
    found = [boxes((0, 0, 10, 10), (0, 0, 10, 9), scores=(0.9, 0.8))]
    assert hits_of(found, true, 0, 0.5, "voc")[0].tolist() == [True, False]
    assert hits_of(found, true, 0, 0.5, "coco")[0].tolist() == [True, True]


def test_classes_and_images_are_kept_apart_and_scores_sort_over_all_images() -> None:
    true = [boxes((0, 0, 2, 2), kinds=(0,)), boxes((0, 0, 2, 2), (4, 4, 6, 6), kinds=(0, 1))]
    found = [
        boxes((0, 0, 2, 2), kinds=(0,), scores=(0.5,)),
        boxes((7, 7, 9, 9), (4, 4, 6, 6), kinds=(0, 1), scores=(0.9, 0.1)),
    ]
    # Class 0: a wrong one first, then a right one of two: precision 1/2 up to recall 1/2.
    assert average_precisions(found, true) == {0: pytest.approx(0.25), 1: pytest.approx(1.0)}
    assert voc_map(found, true) == pytest.approx(0.625)


def test_coco_averages_over_overlaps() -> None:
    true = [boxes((0, 0, 10, 10))]
    assert coco_map([boxes((0, 0, 10, 10), scores=(1.0,))], true) == pytest.approx(1.0)
    # An overlap of 0.72 counts at 0.5, 0.55, 0.6, 0.65 and 0.7: five of ten.
    assert coco_map([boxes((0, 0, 10, 7.2), scores=(1.0,))], true) == pytest.approx(0.5)
    assert voc_map([boxes((0, 0, 10, 7.2), scores=(1.0,))], true) == pytest.approx(1.0)


def test_images_without_detections_or_boxes() -> None:
    nothing = boxes(scores=())
    assert voc_map([nothing], [boxes((0, 0, 1, 1))]) == 0.0
    assert math.isnan(voc_map([boxes((0, 0, 1, 1), scores=(1.0,))], [boxes()]))
