"""Whole sequences that are right, counted against NumPy; they fit sequences of classes alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.model.tensor import Field
from core.training.metrics import Sums, Tally, measures_for, question_of

LETTERS = Field("y", (4,), "int64", "token", labels=tuple("abc"))


def exact(scores: torch.Tensor, target: torch.Tensor, batch: int = 3) -> float:
    question = question_of("cross_entropy", "index", LETTERS)
    assert question is not None
    tally = Tally(question, measures_for(question, ["exact_match"]), torch.cat)
    for first in range(0, len(target), batch):
        tally.add(scores[first : first + batch], target[first : first + batch])
    told = tally.values()["exact_match"]
    assert isinstance(told, float)
    return told


def test_one_mistake_makes_a_sequence_wrong_and_padding_does_not_count() -> None:
    target = torch.tensor([[0, 1, 2, -100], [0, 1, 2, 2], [1, 1, -100, -100], [-100, -100, -100, -100]])
    scores = torch.nn.functional.one_hot(target.clamp(min=0), 3).float()  # (N, T, C)
    assert exact(scores, target) == 1
    scores[1, 3] = torch.tensor([1.0, 0.0, 0.0])  # one letter of the second is wrong
    scores[0, 3] = torch.tensor([0.0, 0.0, 9.0])  # nobody asks here
    assert exact(scores, target) == pytest.approx(2 / 3)


def test_it_is_counted_alike_in_any_batches() -> None:
    chance = torch.Generator().manual_seed(0)
    scores = torch.randn(200, 4, 3, generator=chance)
    target = torch.randint(0, 3, (200, 4), generator=chance)
    expected = float(np.mean((scores.numpy().argmax(2) == target.numpy()).all(1)))
    assert 0 < expected < 0.2
    assert exact(scores, target, 7) == exact(scores, target, 200) == pytest.approx(expected)


def test_it_is_asked_for_and_fits_sequences_alone() -> None:
    question = question_of("cross_entropy", "index", LETTERS)
    assert "exact_match" not in [each.name for each in measures_for(question)]
    (measure,) = measures_for(question, ["exact_match"])
    assert isinstance(measure.way, Sums)
    digit = Field("y", (), "int64", "class", labels=tuple("0123456789"))
    areas = Field("y", (6, 6), "int64", "class", labels=("sky", "road"))
    for field in (digit, areas):
        assert measures_for(question_of("cross_entropy", "index", field), ["exact_match"]) == ()
