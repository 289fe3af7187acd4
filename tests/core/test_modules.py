"""The program's own modules against the same computed with NumPy, and their gradients against finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from core.layers.modules import activation
from core.layers.modules import loss as losses

Array = npt.NDArray[np.float64]


@pytest.fixture
def random() -> np.random.Generator:
    torch.manual_seed(0)
    return np.random.default_rng(0)


def tensor(array: npt.ArrayLike, grad: bool = False) -> torch.Tensor:
    return torch.tensor(np.asarray(array), dtype=torch.float64, requires_grad=grad)


def softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


@pytest.mark.parametrize(
    ("weights", "bias", "truth"),
    [((1, 1), -2, [0, 0, 0, 1]), ((1, 1), -1, [0, 1, 1, 1])],
    ids=["and", "or"],
)
def test_threshold_neurons_compute_logic(weights: tuple[int, int], bias: int, truth: list[int]) -> None:
    points = tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert activation.Step()(points @ tensor(weights) + bias).tolist() == truth


def log_loss(scores: Array, target: npt.NDArray[np.int64]) -> Array:
    return -np.log(np.take_along_axis(softmax(scores), target[..., None], -1))[..., 0]


def test_cross_entropy_of_vectors_and_sequences(random: np.random.Generator) -> None:
    loss = losses.CrossEntropyLoss()
    for shape in [(4, 6), (4, 5, 6)]:
        scores, target = random.normal(size=shape), random.integers(0, 6, shape[:-1])
        given = loss(tensor(scores), torch.tensor(target)).item()
        assert given == pytest.approx(log_loss(scores, target).mean(), abs=1e-12)


def test_cross_entropy_leaves_ignored_places_out(random: np.random.Generator) -> None:
    scores, target = random.normal(size=(4, 5, 6)), random.integers(0, 6, (4, 5))
    hidden = random.random((4, 5)) < 0.5
    masked = torch.tensor(np.where(hidden, -100, target))
    expected = log_loss(scores, target)[~hidden].mean()
    assert losses.CrossEntropyLoss()(tensor(scores), masked).item() == pytest.approx(expected, abs=1e-12)


def test_cross_entropy_of_images_keeps_channels_first(random: np.random.Generator) -> None:
    scores, target = random.normal(size=(2, 6, 3, 4)), random.integers(0, 6, (2, 3, 4))
    expected = log_loss(np.moveaxis(scores, 1, -1), target).mean()
    given = losses.CrossEntropyLoss()(tensor(scores), torch.tensor(target)).item()
    assert given == pytest.approx(expected, abs=1e-12)


def test_cross_entropy_takes_probabilities_and_smoothing(random: np.random.Generator) -> None:
    scores, target = random.normal(size=(4, 5, 6)), random.integers(0, 6, (4, 5))
    smooth = 0.9 * np.eye(6)[target] + 0.1 / 6
    expected = -(smooth * np.log(softmax(scores))).sum(-1).mean()
    smoothed = losses.CrossEntropyLoss(label_smoothing=0.1)(tensor(scores), torch.tensor(target))
    assert smoothed.item() == pytest.approx(expected, abs=1e-12)
    assert losses.CrossEntropyLoss()(tensor(scores), tensor(smooth)).item() == pytest.approx(expected, abs=1e-12)


def test_half_the_squared_error_of_the_lecture() -> None:
    """J(w = 1) = 0 and J(w = 0.5) = 3.5/6 on the points (1, 1), (2, 2), (3, 3)."""
    x = tensor([[1], [2], [3]])
    assert losses.HalfMSELoss()(x, x).item() == 0
    assert losses.HalfMSELoss()(0.5 * x, x).item() == pytest.approx(3.5 / 6)
    assert losses.HalfMSELoss("sum")(0.5 * x, x).item() == pytest.approx(3.5 / 2)


def test_the_hinge_of_the_lecture() -> None:
    scores = tensor([[13.0, -7.0, 11.0]], grad=True)
    loss = losses.MulticlassHingeLoss(margin=10.0)(scores, torch.tensor([0]))
    assert loss.item() == 8
    loss.backward()
    assert scores.grad is not None
    assert scores.grad.tolist() == [[-1, 0, 1]]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_hinge_sums_over_wrong_classes(reduction: str, random: np.random.Generator) -> None:
    scores, target = random.normal(size=(5, 4)), random.integers(0, 4, 5)
    total = 0.0
    for row, right in zip(scores, target, strict=True):
        total += sum(max(0.0, row[c] - row[right] + 0.7) for c in range(4) if c != right)
    given = losses.MulticlassHingeLoss(0.7, reduction)(tensor(scores), torch.tensor(target)).item()
    assert given == pytest.approx(total / 5 if reduction == "mean" else total, abs=1e-12)


def test_one_perceptron_step_of_the_lecture() -> None:
    """x = 0.8, y = 1, ŷ = −1, η = 1: w changes by η (y − ŷ) x, which is 1.6 exactly."""
    neuron = nn.Linear(1, 1, dtype=torch.float64)
    neuron.weight.data.fill_(-1.0)
    neuron.bias.data.fill_(0.0)
    descent = torch.optim.SGD(neuron.parameters(), lr=1.0)
    losses.PerceptronLoss()(neuron(tensor([[0.8]])), tensor([[1.0]])).backward()
    descent.step()
    assert neuron.weight.item() - -1.0 == pytest.approx(1.6, abs=1e-15)
    assert neuron.bias.item() == 2.0


@pytest.mark.parametrize(("activation", "low"), [("sign", -1.0), ("step", 0.0)])
def test_the_perceptron_rule_on_random_neurons(activation: str, low: float, random: np.random.Generator) -> None:
    x, w = random.normal(size=(6, 3)), random.normal(size=(2, 3))
    target = np.where(random.random((6, 2)) < 0.5, low, 1.0)
    weights = tensor(w, grad=True)
    loss = losses.PerceptronLoss(activation)(tensor(x) @ weights.T, tensor(target))
    loss.backward()
    decision = np.where(x @ w.T >= 0, 1.0, low)
    assert loss.item() == pytest.approx(((decision - target) * (x @ w.T)).sum() / 6)
    assert loss.item() >= 0
    assert weights.grad is not None
    np.testing.assert_allclose(-weights.grad.numpy(), (target - decision).T @ x / 6, atol=1e-12)


def test_a_right_decision_moves_nothing() -> None:
    sums = tensor([[0.5], [-0.5], [0.0]], grad=True)
    loss = losses.PerceptronLoss()(sums, tensor([[1.0], [-1.0], [1.0]]))
    loss.backward()
    assert loss.item() == 0
    assert sums.grad is not None
    assert sums.grad.abs().sum() == 0


def test_perceptrons_converge_on_separable_points(random: np.random.Generator) -> None:
    points = random.uniform(-1, 1, (60, 2))
    side = points @ np.array([1.0, -2.0]) + 0.2
    points, side = points[np.abs(side) > 0.3], side[np.abs(side) > 0.3]
    target = tensor(np.where(side > 0, 1.0, -1.0)[:, None])
    neuron = nn.Linear(2, 1, dtype=torch.float64)
    descent = torch.optim.SGD(neuron.parameters(), lr=1.0)
    loss = losses.PerceptronLoss()
    for _ in range(50):
        for point, wanted in zip(tensor(points), target, strict=True):
            descent.zero_grad()
            loss(neuron(point[None]), wanted[None]).backward()
            descent.step()
    assert torch.equal(activation.Sign()(neuron(tensor(points))), target)


LOSSES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "cross-entropy": lambda x: losses.CrossEntropyLoss(label_smoothing=0.2)(x, torch.tensor([0, 3, 1])),
    "cross-entropy of sequences": lambda x: losses.CrossEntropyLoss()(x[None], torch.tensor([[0, 3, -100]])),
    "half mse": lambda x: losses.HalfMSELoss()(x, torch.ones_like(x)),
    "hinge": lambda x: losses.MulticlassHingeLoss(0.5)(x, torch.tensor([0, 3, 1])),
    "perceptron": lambda x: losses.PerceptronLoss()(x, torch.ones_like(x)),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_gradients_equal_finite_differences(
    loss: Callable[[torch.Tensor], torch.Tensor], random: np.random.Generator
) -> None:
    assert torch.autograd.gradcheck(loss, tensor(random.normal(size=(3, 4)), grad=True))
