"""Metrics against scikit-learn, and the table that says which of them fit."""

from __future__ import annotations

import math

import pytest
import torch
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score

from core.model.tensor import Field
from core.training.metrics import FLUSH, Tally, TargetKind, measures_for, metrics, target_kind

DIGITS = Field("y", (), "int64", "class", labels=tuple("0123456789"))
TWO = Field("y", (), "int64", "class", labels=("no", "yes"))
PRICE = Field("y", (1,), "float32", "number")


def told(
    loss: str, kind: TargetKind, prediction: torch.Tensor, target: torch.Tensor, batch: int = 7
) -> dict[str, float]:
    """The metrics over uneven batches."""
    tally = Tally(measures_for(loss, kind), torch.cat)
    for p, t in zip(torch.split(prediction, batch), torch.split(target, batch), strict=True):
        tally.add(p, t)
    return tally.values()


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


def test_accuracy_of_scores_leaves_ignored_samples_out() -> None:
    scores, target = noise(50, 10), torch.arange(50) % 10
    known = torch.arange(50) % 3 > 0
    masked = torch.where(known, target, -100)
    expected = accuracy_score(target[known], scores.argmax(1)[known])
    assert told("cross_entropy", "index", scores, masked) == {"accuracy": pytest.approx(expected)}


def test_sequences_have_their_classes_last_and_images_second() -> None:
    target = torch.arange(24).reshape(4, 6) % 5
    right = torch.nn.functional.one_hot(target, 5).float()
    assert told("cross_entropy", "index", right, target)["accuracy"] == 1.0
    image = target.reshape(4, 2, 3)
    assert told("cross_entropy", "index", right.reshape(4, 2, 3, 5).movedim(3, 1), image)["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("loss", "kind", "at"),
    [
        ("bce", "binary", 0.5),
        ("mse", "binary", 0.5),
        ("bce_with_logits", "binary", 0.0),
        ("perceptron", "binary", 0.0),
        ("bce_with_logits", "number", 0.0),
        ("mse", "sign", 0.0),
        ("perceptron", "sign", 0.0),
    ],
)
def test_two_classes_are_cut_where_the_loss_means_it(loss: str, kind: TargetKind, at: float) -> None:
    score, true = noise(40, 1), torch.arange(40)[:, None] % 2
    target = (2.0 * true - 1.0) if kind == "sign" else true.float()
    expected = accuracy_score(true.flatten(), (score >= at).flatten())
    assert told(loss, kind, score, target)["accuracy"] == pytest.approx(expected)


def test_one_hot_rows_are_compared_by_their_largest() -> None:
    scores, target = noise(30, 4), torch.arange(30) % 4
    expected = accuracy_score(target, scores.argmax(1))
    rows = torch.nn.functional.one_hot(target, 4).float()
    assert told("mse", "one-hot", scores, rows)["accuracy"] == pytest.approx(expected)


def test_regression_agrees_with_scikit_learn() -> None:
    target = 150.0 + 70.0 * noise(90, 1)
    prediction = target + 20.0 * noise(90, 1).flip(0)
    found = told("mse", "number", prediction, target)
    assert found["mae"] == pytest.approx(mean_absolute_error(target, prediction), rel=1e-5)
    assert found["r2"] == pytest.approx(r2_score(target, prediction), rel=1e-5)


def test_r2_of_equal_targets_is_not_a_number() -> None:
    found = told("mse", "number", noise(9, 1), torch.ones(9, 1))
    assert math.isnan(found["r2"])


def test_long_stretches_are_added_up_in_between() -> None:
    scores, target = noise(FLUSH // 4, 10), torch.arange(FLUSH // 4) % 10
    whole = accuracy_score(target, scores.argmax(1))
    assert told("cross_entropy", "index", scores, target, batch=50_000)["accuracy"] == pytest.approx(whole)


@pytest.mark.parametrize(
    ("field", "form", "kind"),
    [
        (DIGITS, "as stored", "index"),
        (DIGITS, "one-hot", "one-hot"),
        (DIGITS, "number", "number"),
        (TWO, "number", "binary"),
        (TWO, "sign", "sign"),
        (PRICE, "as stored", "number"),
        (Field("x", (1, 8, 8), meaning="image"), "as stored", "values"),
    ],
)
def test_a_target_is_what_its_field_and_form_say(field: Field, form: str, kind: str) -> None:
    assert target_kind(field, form) == kind


def test_every_metric_says_what_it_is() -> None:
    for spec in metrics.values():
        assert spec.title
        assert spec.doc
        assert spec.formula
