"""Learning rules as losses: plain descent takes exactly the step of the rule."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.layers.modules import loss as losses
from core.layers.modules.activation import Sign
from core.layers.modules.loss_objective import HebbLoss, OjaLoss
from tests.core.layers.loss_numbers import Array, tensor


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


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
    assert torch.equal(Sign()(neuron(tensor(points))), target)


def test_hebbs_step_is_output_times_input(random: np.random.Generator) -> None:
    x, w = random.normal(size=(5, 3)), random.normal(size=(2, 3))
    neurons = nn.Linear(3, 2, bias=False, dtype=torch.float64)
    neurons.weight.data = tensor(w)
    loss = HebbLoss()(neurons(tensor(x)))
    loss.backward()
    torch.optim.SGD(neurons.parameters(), lr=0.1).step()
    y = x @ w.T
    assert loss.item() == pytest.approx(-0.5 * (y**2).sum() / 5)
    np.testing.assert_allclose(neurons.weight.detach().numpy(), w + 0.1 * y.T @ x / 5, atol=1e-14)


def rule_step(rule: str, x: Array, w: Array) -> Array:
    """The mean of y (x − …) over the samples, neuron by neuron, as the papers write it; weights (D, F)."""
    step = np.zeros_like(w)
    for sample in x:
        y = sample @ w
        for j in range(w.shape[1]):
            counted = {"oja": [j], "sanger": list(range(j + 1)), "subspace": list(range(w.shape[1]))}[rule]
            step[:, j] += y[j] * (sample - sum(y[k] * w[:, k] for k in counted))
    return step / len(x)


@pytest.mark.parametrize("rule", ["oja", "sanger", "subspace"])
@pytest.mark.parametrize("neurons", [1, 3])
def test_ojas_step_is_that_of_the_papers(rule: str, neurons: int, random: np.random.Generator) -> None:
    x, w = random.normal(size=(7, 4)), random.normal(size=(4, neurons))
    weight = tensor(w, grad=True)
    OjaLoss(rule)(tensor(x), tensor(x) @ weight, weight).backward()
    assert weight.grad is not None
    np.testing.assert_allclose(-weight.grad.numpy(), rule_step(rule, x, w), atol=1e-12)


def test_ojas_loss_of_one_neuron_is_what_it_cannot_say_of_its_input(random: np.random.Generator) -> None:
    x, w = random.normal(size=(7, 4)), random.normal(size=(4, 1))
    expected = 0.5 * ((x - x @ w @ w.T) ** 2).sum() / 7
    assert OjaLoss()(tensor(x), tensor(x @ w), tensor(w)).item() == pytest.approx(expected)
    assert OjaLoss("oja", "sum")(tensor(x), tensor(x @ w), tensor(w)).item() == pytest.approx(7 * expected)
    own = np.broadcast_to(w, (7, 4, 1)).copy()
    assert OjaLoss()(tensor(x), tensor(x @ w), tensor(own)).item() == pytest.approx(expected)


def test_sangers_rule_finds_the_principal_components(random: np.random.Generator) -> None:
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    x = tensor(random.normal(size=(400, 3)) * [3.0, 1.5, 0.5] @ turn)
    weight = tensor(random.normal(size=(3, 2)) * 0.1, grad=True)
    descent = torch.optim.SGD([weight], lr=0.02)
    for _ in range(1500):
        descent.zero_grad()
        OjaLoss("sanger")(x, x @ weight, weight).backward()
        descent.step()
    found = weight.detach().numpy()
    _, _, components = np.linalg.svd(x.numpy(), full_matrices=False)
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), 1.0, atol=1e-3)
    for j in range(2):
        assert abs(found[:, j] @ components[j]) > 0.999
