"""Losses that torch lacks, of classes, numbers and distributions, against the same written out in NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tests.core.layers.loss_numbers import Array, loss_of, sigmoid, softmax

CLASSES = 6


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


def log_loss(scores: Array, target: np.ndarray) -> Array:
    return np.asarray(-np.log(np.take_along_axis(softmax(scores), target[..., None], -1))[..., 0])


@pytest.mark.parametrize("shape", [(4, CLASSES), (4, 5, CLASSES)])
def test_cross_entropy_of_vectors_and_sequences(shape: tuple[int, ...], random: np.random.Generator) -> None:
    scores, target = random.normal(size=shape), random.integers(0, CLASSES, shape[:-1])
    expected = log_loss(scores, target).mean()
    assert loss_of("cross_entropy", input=scores, target=target) == pytest.approx(expected, abs=1e-12)


def test_cross_entropy_leaves_ignored_places_out(random: np.random.Generator) -> None:
    scores, target = random.normal(size=(4, 5, CLASSES)), random.integers(0, CLASSES, (4, 5))
    hidden = random.random((4, 5)) < 0.5
    expected = log_loss(scores, target)[~hidden].mean()
    given = loss_of("cross_entropy", input=scores, target=np.where(hidden, -100, target))
    assert given == pytest.approx(expected, abs=1e-12)


def test_cross_entropy_of_images_keeps_channels_first(random: np.random.Generator) -> None:
    scores, target = random.normal(size=(2, CLASSES, 3, 4)), random.integers(0, CLASSES, (2, 3, 4))
    expected = log_loss(np.moveaxis(scores, 1, -1), target).mean()
    assert loss_of("cross_entropy", input=scores, target=target) == pytest.approx(expected, abs=1e-12)


def test_cross_entropy_takes_probabilities_and_smoothing(random: np.random.Generator) -> None:
    scores, target = random.normal(size=(4, 5, CLASSES)), random.integers(0, CLASSES, (4, 5))
    smooth = 0.9 * np.eye(CLASSES)[target] + 0.1 / CLASSES
    expected = -(smooth * np.log(softmax(scores))).sum(-1).mean()
    smoothed = loss_of("cross_entropy", {"label_smoothing": 0.1}, input=scores, target=target)
    assert smoothed == pytest.approx(expected, abs=1e-12)
    assert loss_of("cross_entropy", input=scores, target=smooth) == pytest.approx(expected, abs=1e-12)


def test_class_weights_average_by_weight(random: np.random.Generator) -> None:
    scores, target = random.normal(size=(4, 5, CLASSES)), random.integers(0, CLASSES, (4, 5))
    weights = np.array([1, 2, 3, 4, 5, 0.5])
    expected = (weights[target] * log_loss(scores, target)).sum() / weights[target].sum()
    given = loss_of("cross_entropy", {"weight": (1, 2, 3, 4, 5, 0.5)}, input=scores, target=target)
    assert given == pytest.approx(expected, abs=1e-6)


def test_cross_entropy_and_kl_divergence_differ_by_the_targets_entropy(random: np.random.Generator) -> None:
    scores, target = random.normal(size=(4, CLASSES)), softmax(random.normal(size=(4, CLASSES)))
    entropy = -(target * np.log(target)).sum(1).mean()
    cross, divergence = (loss_of(kind, input=scores, target=target) for kind in ("cross_entropy", "kl_divergence"))
    assert cross == pytest.approx(divergence + entropy, abs=1e-12)
    sure = np.eye(CLASSES)[[0, 5, 2, 2]]
    assert loss_of("cross_entropy", input=scores, target=sure) == pytest.approx(
        loss_of("kl_divergence", input=scores, target=sure), abs=1e-12
    )


def test_half_the_squared_error_of_the_lecture() -> None:
    """J(w = 1) = 0 and J(w = 0.5) = 3.5/6 on the points (1, 1), (2, 2), (3, 3)."""
    x = np.array([[1.0], [2.0], [3.0]])
    assert loss_of("half_mse", input=x, target=x) == 0
    assert loss_of("half_mse", input=0.5 * x, target=x) == pytest.approx(3.5 / 6)
    assert loss_of("half_mse", {"reduction": "sum"}, input=0.5 * x, target=x) == pytest.approx(3.5 / 2)


def test_the_hinge_of_the_lecture() -> None:
    scores = [[13.0, -7.0, 11.0, -9.0, -9.0, -9.0]]  # and three classes that are far behind
    assert loss_of("hinge", {"margin": 10.0}, input=scores, target=[0]) == 8


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_hinge_sums_over_wrong_classes(reduction: str, random: np.random.Generator) -> None:
    scores, target = random.normal(size=(5, CLASSES)), random.integers(0, CLASSES, 5)
    total = 0.0
    for row, right in zip(scores, target, strict=True):
        total += sum(max(0.0, row[c] - row[right] + 0.7) for c in range(CLASSES) if c != right)
    given = loss_of("hinge", {"margin": 0.7, "reduction": reduction}, input=scores, target=target)
    assert given == pytest.approx(total / 5 if reduction == "mean" else total, abs=1e-12)
    if reduction == "mean":
        divided = loss_of("multi_margin", {"margin": 0.7}, input=scores, target=target)
        assert divided == pytest.approx(given / CLASSES, abs=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_counts_sure_answers_for_little(gamma: float, random: np.random.Generator) -> None:
    scores, target = random.normal(size=(4, 3, CLASSES)), random.integers(0, CLASSES, (4, 3))
    target[0, 0] = -100
    counts, right = target != -100, np.where(target == -100, 0, target)
    weights = np.array([1, 2, 1, 1, 1, 0.5])
    p = np.take_along_axis(softmax(scores), right[..., None], -1)[..., 0]
    losses = -weights[right] * (1 - p) ** gamma * np.log(p)
    params = {"gamma": gamma, "weight": (1, 2, 1, 1, 1, 0.5)}
    assert loss_of("focal", params, input=scores, target=target) == pytest.approx(losses[counts].mean(), abs=1e-6)
    if gamma == 0:
        plain = loss_of("cross_entropy", input=scores, target=target)
        assert loss_of("focal", {"gamma": 0.0}, input=scores, target=target) == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize("alpha", [None, 0.25])
def test_binary_focal(alpha: float | None, random: np.random.Generator) -> None:
    scores, target = 3 * random.normal(size=(4, 3)), random.integers(0, 2, (4, 3)).astype(float)
    p = np.where(target == 1, sigmoid(scores), 1 - sigmoid(scores))
    share = 1.0 if alpha is None else np.where(target == 1, alpha, 1 - alpha)
    expected = (-share * (1 - p) ** 2 * np.log(p)).mean()
    given = loss_of("binary_focal", {"alpha": alpha}, input=scores, target=target)
    assert given == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("kind", "power"), [("binary_hinge", 1), ("squared_hinge", 2)])
def test_binary_hinges(kind: str, power: int) -> None:
    scores, target = np.array([[0.5], [2.0], [-0.5], [-3.0]]), np.array([[1.0], [1.0], [1.0], [-1.0]])
    short = np.array([0.5, 0.0, 1.5, 0.0]) ** power
    assert loss_of(kind, input=scores, target=target) == pytest.approx(short.mean())
    assert loss_of(kind, {"reduction": "sum"}, input=scores, target=target) == pytest.approx(short.sum())


def test_logistic_loss_is_bce_of_signs(random: np.random.Generator) -> None:
    scores, yes = random.normal(size=(5, 1)), random.integers(0, 2, (5, 1)).astype(float)
    expected = loss_of("bce_with_logits", input=scores, target=yes)
    assert loss_of("soft_margin", input=scores, target=2 * yes - 1) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("q", [0.5, 1.5, 4.0])
def test_powers_of_the_error(q: float, random: np.random.Generator) -> None:
    given, target = random.normal(size=(4, 3)), random.normal(size=(4, 3))
    given[0, 0] = target[0, 0]
    expected = (np.abs(given - target) ** q).mean()
    assert loss_of("lq", {"q": q}, input=given, target=target) == pytest.approx(expected, abs=1e-12)


def test_distillation_is_cross_entropy_of_warm_answers(random: np.random.Generator) -> None:
    student, teacher = random.normal(size=(4, CLASSES)), random.normal(size=(4, CLASSES))
    soft = softmax(teacher / 3)
    expected = -9 * (soft * np.log(softmax(student / 3))).sum(1).mean()
    given = loss_of("distillation", {"temperature": 3.0}, student=student, teacher=teacher)
    assert given == pytest.approx(expected, abs=1e-12)


def test_gaussian_kl_by_integration() -> None:
    mean, variance = 0.7, 0.3
    line = np.linspace(-9, 9, 200_001)
    p, q = stats.norm(mean, math.sqrt(variance)).pdf(line), stats.norm().pdf(line)
    expected = np.trapezoid(p * np.log(np.maximum(p, 1e-300) / q), line)
    given = loss_of("gaussian_kl", mean=[[mean]], log_variance=[[math.log(variance)]])
    assert given == pytest.approx(expected, abs=1e-9)
    assert loss_of("gaussian_kl", mean=np.zeros((3, 4)), log_variance=np.zeros((3, 4))) == 0


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_flows_are_judged_by_the_normal_density(reduction: str, random: np.random.Generator) -> None:
    """x = z / 2 has the density of N(0, ¼): log |det ∂z/∂x| = 3 log 2 in three dimensions."""
    x = random.normal(size=(5, 3)) / 2
    expected = -stats.norm(0, 0.5).logpdf(x).sum(1)
    params = {"reduction": reduction}
    for log_det in (np.full(5, 3 * math.log(2)), np.full((5, 1), 3 * math.log(2))):
        given = loss_of("gaussian_log_likelihood", params, z=2 * x, log_det=log_det)
        assert given == pytest.approx(expected.mean() if reduction == "mean" else expected.sum(), abs=1e-12)
    alone = loss_of("gaussian_log_likelihood", z=x)
    assert alone == pytest.approx(-stats.norm().logpdf(x).sum(1).mean(), abs=1e-12)


def test_objectives_and_penalties(random: np.random.Generator) -> None:
    plus, minus = random.normal(size=(4, 3)), random.normal(size=(4,))
    assert loss_of("mean_loss", plus=plus) == pytest.approx(plus.mean())
    assert loss_of("mean_loss", plus=plus, minus=minus) == pytest.approx(plus.mean() - minus.mean())
    added = loss_of("mean_loss", {"reduction": "sum"}, plus=plus, minus=minus)
    assert added == pytest.approx(plus.sum() - minus.sum())
    assert loss_of("l1_penalty", input=plus) == pytest.approx(np.abs(plus).mean())
    assert loss_of("l2_penalty", {"reduction": "sum"}, input=plus) == pytest.approx((plus**2).sum())
