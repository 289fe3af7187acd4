"""Metrics against scikit-learn and NumPy, and the table that says which of them fit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as reference

from core.model.fault import ProjectError
from core.model.tensor import Field
from core.training.metrics import (
    OfLoss,
    Tally,
    TargetKind,
    check_names,
    measures_for,
    metrics,
    question_of,
    spec_of,
    target_kind,
    telling,
    title_of,
    told,
)
from core.training.metrics.tally import FLUSH, KEPT

DIGITS = Field("y", (), "int64", "class", labels=tuple("0123456789"))
TWO = Field("y", (), "int64", "class", labels=("no", "yes"))
PRICE = Field("y", (1,), "float32", "number")
LETTERS = Field("y", (8,), "int64", "token", labels=tuple("abcde"))
AREAS = Field("y", (6, 6), "int64", "class", labels=("sky", "road", "car"))
MASK = Field("y", (1, 6, 6), "float32", "image")


def values(
    loss: str,
    kind: TargetKind,
    prediction: torch.Tensor,
    target: torch.Tensor,
    *wanted: str,
    field: Field | None = None,
    batch: int = 7,
    **params: Any,
) -> dict[str, Any]:
    """The metrics over uneven batches."""
    question = question_of(loss, kind, field, **params)
    assert question is not None
    tally = Tally(question, measures_for(question, wanted), torch.cat)
    for p, t in zip(torch.split(prediction, batch), torch.split(target, batch), strict=True):
        tally.add(p, t)
    return tally.values()


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


def test_accuracy_of_scores_leaves_ignored_samples_out() -> None:
    scores, target = noise(50, 10), torch.arange(50) % 10
    known = torch.arange(50) % 3 > 0
    expected = reference.accuracy_score(target[known], scores.argmax(1)[known])
    for index in (-100, 77):
        masked = torch.where(known, target, index)
        found = values("cross_entropy", "index", scores, masked, ignore_index=index)
        assert found == {"accuracy": pytest.approx(expected)}


def test_sequences_have_their_classes_last_and_images_second() -> None:
    target = torch.arange(24).reshape(4, 6) % 5
    right = torch.nn.functional.one_hot(target, 5).float()
    assert values("cross_entropy", "index", right, target)["accuracy"] == 1.0
    image = target.reshape(4, 2, 3)
    assert values("cross_entropy", "index", right.reshape(4, 2, 3, 5).movedim(3, 1), image)["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("loss", "kind", "at"),
    [
        ("bce", "binary", 0.5),
        ("mse", "binary", 0.5),
        ("bce_with_logits", "binary", 0.0),
        ("perceptron", "binary", 0.0),
        ("binary_hinge", "binary", 0.0),
        ("bce_with_logits", "number", 0.0),
        ("mse", "sign", 0.0),
        ("perceptron", "sign", 0.0),
    ],
)
def test_two_classes_are_cut_where_the_loss_means_it(loss: str, kind: TargetKind, at: float) -> None:
    score, true = noise(40, 1), torch.arange(40)[:, None] % 2
    target = (2.0 * true - 1.0) if kind == "sign" else true.float()
    said, truth = (score >= at).flatten(), true.flatten()
    found = values(loss, kind, score, target, "accuracy", "precision", "recall", "f1", "roc_auc", "mcc")
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(truth, said))
    assert found["precision"] == pytest.approx(reference.precision_score(truth, said, zero_division=0))
    assert found["recall"] == pytest.approx(reference.recall_score(truth, said))
    assert found["f1"] == pytest.approx(reference.f1_score(truth, said))
    assert found["roc_auc"] == pytest.approx(reference.roc_auc_score(truth, score.flatten()))
    assert found["mcc"] == pytest.approx(reference.matthews_corrcoef(truth, said))


def test_one_hot_rows_are_compared_by_their_largest() -> None:
    scores, target = noise(30, 4), torch.arange(30) % 4
    rows = torch.nn.functional.one_hot(target, 4).float()
    rows[3] = 0.0
    counted = torch.arange(30) != 3
    found = values("mse", "one-hot", scores, rows, "accuracy", "f1")
    said, true = scores.argmax(1)[counted], target[counted]
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(true, said))
    assert found["f1"] == pytest.approx(reference.f1_score(true, said, average="macro"))


def test_scores_of_classes_agree_with_scikit_learn() -> None:
    scores, target = noise(200, 10), torch.arange(200) % 10
    target[:3] = -100
    true, rows = target[3:].numpy(), scores[3:].softmax(1).double().numpy()
    found = values(
        "cross_entropy", "index", scores, target, "precision", "recall", "f1", "roc_auc", "average_precision", "top_3",
        "top_5", "f1_by_class", field=DIGITS,
    )  # fmt: skip
    said = rows.argmax(1)
    for name, score in (("precision", reference.precision_score), ("recall", reference.recall_score)):
        assert found[name] == pytest.approx(score(true, said, average="macro", zero_division=0))
    assert found["f1"] == pytest.approx(reference.f1_score(true, said, average="macro"))
    assert list(found["f1_by_class"].values()) == pytest.approx(reference.f1_score(true, said, average=None))
    assert found["roc_auc"] == pytest.approx(reference.roc_auc_score(true, rows, multi_class="ovr"), rel=1e-5)
    one_hot = np.eye(10)[true]
    assert found["average_precision"] == pytest.approx(reference.average_precision_score(one_hot, rows), rel=1e-5)
    for k in (3, 5):
        assert found[f"top_{k}"] == pytest.approx(reference.top_k_accuracy_score(true, rows, k=k))


def test_a_class_that_does_not_occur_has_no_part_in_the_area_under_the_curve() -> None:
    scores, target = noise(40, 4), torch.arange(40) % 3
    rows = scores.softmax(1).double().numpy()
    expected = [reference.roc_auc_score(target.numpy() == c, rows[:, c]) for c in range(3)]
    assert values("nll", "index", rows_of(rows), target, "roc_auc")["roc_auc"] == pytest.approx(np.mean(expected))
    alone = values("bce", "binary", scores[:, :1], torch.ones(40, 1), "roc_auc")
    assert math.isnan(alone["roc_auc"])


def rows_of(chances: np.ndarray[Any, Any]) -> torch.Tensor:
    return torch.as_tensor(np.log(chances))


def test_the_example_of_the_roc_curve_in_scikit_learns_guide() -> None:
    target, score = torch.tensor([0.0, 0.0, 1.0, 1.0])[:, None], torch.tensor([0.1, 0.4, 0.35, 0.8])[:, None]
    found = values("bce", "binary", score, target, "roc_auc", "average_precision")
    assert found["roc_auc"] == pytest.approx(0.75)
    assert found["average_precision"] == pytest.approx(0.8333333)


def test_regression_agrees_with_scikit_learn() -> None:
    target = 150.0 + 70.0 * noise(90, 1)
    prediction = target + 20.0 * noise(90, 1).flip(0)
    found = values("mse", "number", prediction, target, "mae", "r2", "rmse")
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(target, prediction), rel=1e-5)
    assert found["r2"] == pytest.approx(reference.r2_score(target, prediction), rel=1e-5)
    assert found["rmse"] == pytest.approx(math.sqrt(reference.mean_squared_error(target, prediction)), rel=1e-5)


def test_r2_of_equal_targets_is_not_a_number() -> None:
    assert math.isnan(values("mse", "number", noise(9, 1), torch.ones(9, 1))["r2"])


def test_errors_of_values_are_those_of_chances_where_the_loss_takes_logits() -> None:
    scores, target = noise(9, 4), torch.rand(9, 4, generator=torch.Generator().manual_seed(1))
    found = values("bce_with_logits", "values", scores, target)
    assert found["mae"] == pytest.approx(float((scores.sigmoid() - target).abs().mean()), rel=1e-5)


def test_areas_are_compared_class_by_class_as_scikit_learn_does() -> None:
    scores, target = noise(5, 3, 6, 6), torch.arange(5 * 36).reshape(5, 6, 6) % 3
    said, true = scores.argmax(1).flatten(), target.flatten()
    found = values("cross_entropy", "index", scores, target, "iou", "iou_by_class", "dice", field=AREAS, batch=2)
    each = reference.jaccard_score(true, said, average=None)
    assert found["iou"] == pytest.approx(each.mean())
    assert found["iou_by_class"] == pytest.approx(dict(zip(("sky", "road", "car"), each, strict=True)))
    assert found["dice"] == pytest.approx(reference.f1_score(true, said, average="macro"))


@pytest.mark.parametrize(("loss", "at"), [("dice", 0.5), ("iou", 0.5), ("bce_with_logits", 0.0)])
def test_masks_are_cut_and_compared(loss: str, at: float) -> None:
    scores = noise(5, 1, 6, 6)
    target = (noise(5, 1, 6, 6).flip(0) > 0).float()
    found = values(loss, "values", scores, target, "iou", "dice", field=MASK)
    said, true = (scores >= at).flatten(), target.flatten() > 0.5
    assert found["iou"] == pytest.approx(reference.jaccard_score(true, said))
    assert found["dice"] == pytest.approx(reference.f1_score(true, said))


def test_boxes_are_compared_one_with_one() -> None:
    true = torch.tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0]])
    said = torch.tensor([[1.0, 1.0, 3.0, 3.0], [0.0, 0.0, 2.0, 1.0], [5.0, 5.0, 6.0, 6.0]])
    expected = {"box_iou": pytest.approx((1 / 7 + 0.5) / 3), "boxes_found": pytest.approx(1 / 3)}
    assert values("box_iou", "values", said, true) == expected
    middle = torch.cat([(true[:, :2] + true[:, 2:]) / 2, true[:, 2:] - true[:, :2]], 1)
    other = torch.cat([(said[:, :2] + said[:, 2:]) / 2, said[:, 2:] - said[:, :2]], 1)
    assert values("box_iou", "values", other, middle, form="centre and size") == expected


def test_a_language_model_is_told_in_bits_and_in_perplexity() -> None:
    question = question_of("cross_entropy", "index", LETTERS)
    ways = {m.name: m.way for m in measures_for(question)}
    assert isinstance(ways["bits"], OfLoss)
    assert isinstance(ways["perplexity"], OfLoss)
    # Five letters that are equally likely: log2 5 bits, and the choice among 5.
    assert ways["bits"].value(math.log(5)) == pytest.approx(math.log2(5))
    assert ways["perplexity"].value(math.log(5)) == pytest.approx(5)
    for loss, params in (("hinge", {}), ("cross_entropy", {"label_smoothing": 0.1}), ("nll", {"reduction": "sum"})):
        assert [m.name for m in measures_for(question_of(loss, "index", LETTERS, **params))] == ["accuracy"]


def test_long_stretches_are_added_up_in_between() -> None:
    scores, target = noise(FLUSH // 4, 10), torch.arange(FLUSH // 4) % 10
    whole = reference.accuracy_score(target, scores.argmax(1))
    assert values("cross_entropy", "index", scores, target, batch=50_000)["accuracy"] == pytest.approx(whole)


def test_of_many_answers_some_are_kept_that_stay_spread_over_the_part() -> None:
    count = 5 * KEPT
    # The first half of the part is all right, the second all wrong.
    target = torch.ones(count, 1)
    score = torch.where(torch.arange(count) < count // 2, 1.0, 0.0)[:, None]
    assert values("bce", "binary", score, target, "recall", batch=3_001)["recall"] == pytest.approx(0.5, abs=2e-3)


@pytest.mark.parametrize("wanted", [(), ("accuracy", "f1", "roc_auc")])
def test_a_tally_goes_on_where_another_one_was(wanted: tuple[str, ...]) -> None:
    scores, target = noise(60, 10), torch.arange(60) % 10
    question = question_of("cross_entropy", "index", DIGITS)
    assert question is not None
    whole, first, second = (Tally(question, measures_for(question, wanted), torch.cat) for _ in range(3))
    for at in range(0, 60, 10):
        whole.add(scores[at : at + 10], target[at : at + 10])
        (first if at < 30 else second).add(scores[at : at + 10], target[at : at + 10])
        if at == 20:
            second.restore(first.state())
    assert second.values() == whole.values()
    assert second.values() == {}


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


def test_top_5_of_four_classes_says_nothing() -> None:
    few = Field("y", (), "int64", "class", labels=tuple("abcd"))
    names = [m.name for m in measures_for(question_of("cross_entropy", "index", few), ("top_3", "top_5"))]
    assert names == ["top_3"]


def test_unknown_names_are_told_with_those_that_are_there() -> None:
    with pytest.raises(ProjectError, match=r"no metric “f2”.*accuracy"):
        check_names(["f1", "f2"])


def test_names_of_runs_lead_to_their_metric() -> None:
    for name in ("f1", "f1 (loss_2)", "f1_by_class: cat (a)", "f1_by_class: cat (loss_2)"):
        spec = spec_of(name)
        assert spec is not None
        assert spec.share
    assert [title_of(name) for name in ("accuracy", "f1_by_class: cat (loss_2)", "mine")] == [
        "Accuracy",
        "F₁ by class: cat (loss_2)",
        "mine",
    ]
    assert title_of("accuracy (loss_2)", {"loss_2": "New digits"}) == "Accuracy (New digits)"
    assert told("f1 (loss_2)", 0.5) == "50.0 %"
    assert told("loss", 0.25) == "0.25"
    assert told("f1", math.nan) == "–"
    assert telling({"loss": 1.0, "loss (a)": 1.0, "roc_auc (b)": 0.5}) == "roc_auc (b)"
    assert telling({"loss": 1.0}) == "loss"


def test_every_metric_says_what_it_is() -> None:
    titles = [spec.title for spec in metrics.values()]
    assert len(set(titles)) == len(titles)
    for spec in metrics.values():
        assert spec.doc.endswith(".")
        assert spec.formula
        assert spec.source or spec.name == "loss"
