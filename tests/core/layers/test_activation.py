"""Activations: the same numbers and gradients as torch's own, and our own against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from core.compiler.build import build
from core.compiler.shapes import infer
from core.layers.modules import activation
from core.model.project import Project
from core.model.spec import registry
from core.model.tensor import Field
from core.model.values import Value
from tests.core.networks import add, wire

Function = Callable[[torch.Tensor], torch.Tensor]


def through(kind: str, params: dict[str, Value], x: torch.Tensor, training: bool = False) -> torch.Tensor:
    """What a network of one node computes."""
    project = Project("One")
    source, node = add(project, "input"), add(project, kind, **params)
    wire(project, f"{source} -> {node}")
    wire(project, f"{node} -> {add(project, 'output')}")
    network = build(project, {"x": Field("x", tuple(x.shape[1:]))})
    network.train(training)
    (result,) = network.program([(node, "output")])(**{source: x})
    return result


PLAIN: list[tuple[str, dict[str, Value], Function]] = [
    ("relu", {}, functional.relu),
    ("relu6", {}, functional.relu6),
    ("leaky_relu", {"negative_slope": 0.2}, lambda x: functional.leaky_relu(x, 0.2)),
    ("prelu", {"init": 0.4}, lambda x: functional.prelu(x, torch.tensor([0.4]))),
    ("prelu", {"init": 0.4, "per_channel": True}, lambda x: functional.prelu(x, torch.full((4,), 0.4))),
    ("rrelu", {"lower": 0.1, "upper": 0.3}, lambda x: functional.leaky_relu(x, 0.2)),
    ("elu", {"alpha": 0.7}, lambda x: functional.elu(x, 0.7)),
    ("selu", {}, functional.selu),
    ("celu", {"alpha": 0.7}, lambda x: functional.celu(x, 0.7)),
    ("gelu", {}, functional.gelu),
    ("gelu", {"approximate": "tanh"}, lambda x: functional.gelu(x, approximate="tanh")),
    ("silu", {}, functional.silu),
    ("mish", {}, functional.mish),
    ("sigmoid", {}, torch.sigmoid),
    ("hardsigmoid", {}, functional.hardsigmoid),
    ("log_sigmoid", {}, functional.logsigmoid),
    ("tanh", {}, torch.tanh),
    ("hardtanh", {"min_val": -0.5, "max_val": 0.25}, lambda x: x.clamp(-0.5, 0.25)),
    ("hardswish", {}, functional.hardswish),
    ("hardshrink", {"lambd": 0.4}, lambda x: functional.hardshrink(x, 0.4)),
    ("softshrink", {"lambd": 0.4}, lambda x: functional.softshrink(x, 0.4)),
    ("tanhshrink", {}, functional.tanhshrink),
    ("softplus", {"beta": 2.0}, lambda x: functional.softplus(x, 2.0)),
    ("softsign", {}, functional.softsign),
    ("threshold", {"threshold": 0.3, "value": -2.0}, lambda x: functional.threshold(x, 0.3, -2.0)),
    ("softmax", {"dim": 1}, lambda x: x.softmax(1)),
    ("softmin", {}, lambda x: (-x).softmax(-1)),
    ("log_softmax", {}, lambda x: x.log_softmax(-1)),
    ("softmax2d", {}, lambda x: x.softmax(1)),
    ("glu", {"dim": 1}, lambda x: x[:, :2] * torch.sigmoid(x[:, 2:])),
    ("swiglu", {"dim": 1}, lambda x: functional.silu(x[:, :2]) * x[:, 2:]),
    ("maxout", {"dim": 1}, lambda x: torch.stack([x[:, :2].amax(1), x[:, 2:].amax(1)], 1)),
]


def test_every_activation_is_compared() -> None:
    compared = {kind for kind, _, _ in PLAIN} | {"sign", "step", "adaptive_log_softmax"}
    assert compared == {spec.kind for spec in registry if spec.family == "activation"}


@pytest.mark.parametrize(("kind", "params", "plain"), PLAIN, ids=[f"{kind}-{params}" for kind, params, _ in PLAIN])
def test_outputs_and_gradients_are_torchs(kind: str, params: dict[str, Value], plain: Function) -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(3, 4, 2, 6) * 2, torch.randn(3, 4, 2, 6)
    results = []
    for function in (lambda x: through(kind, params, x), plain):
        leaf = x.clone().requires_grad_()
        output = function(leaf)
        (output * weight[:, : output.shape[1]]).sum().backward()
        assert leaf.grad is not None
        results.append((output.detach(), leaf.grad))
    torch.testing.assert_close(results[0], results[1])
    assert results[0][1].abs().sum() > 0


def test_random_slopes_lie_within_their_bounds_while_training() -> None:
    x = -torch.ones(1, 2000)
    slopes = -through("rrelu", {"lower": 0.1, "upper": 0.3}, x, training=True)
    assert slopes.min() >= 0.1
    assert slopes.max() <= 0.3
    assert slopes.std().item() == pytest.approx(0.2 / np.sqrt(12), rel=0.1)


@pytest.mark.parametrize("dim", [1, 2, -1, -2])
def test_gates_and_maxout_on_any_axis(dim: int) -> None:
    x = np.random.default_rng(1).normal(size=(2, 6, 4))
    axis = dim % 3
    a, b = np.split(x, 2, axis)
    tensor = torch.tensor(x)
    np.testing.assert_allclose(activation.SwiGLU(dim)(tensor).numpy(), a / (1 + np.exp(-a)) * b, atol=1e-12)
    pairs = [np.take(x, [i, i + 1], axis).max(axis) for i in range(0, x.shape[axis], 2)]
    np.testing.assert_array_equal(activation.Maxout(2, dim)(tensor).numpy(), np.stack(pairs, axis))


@pytest.mark.parametrize("module", [activation.SwiGLU(1), activation.Maxout(3, 1)], ids=["swiglu", "maxout"])
def test_gradients_equal_finite_differences(module: nn.Module) -> None:
    x = torch.tensor(np.random.default_rng(2).normal(size=(2, 6, 3)), requires_grad=True)
    assert torch.autograd.gradcheck(module, x)


@pytest.mark.parametrize(
    ("kind", "params", "shape", "told", "mended"),
    [
        ("glu", {}, (5,), "odd number (5)", {}),
        ("swiglu", {"dim": 0}, (4,), "samples of the batch", {"dim": -1}),
        ("maxout", {"pieces": 4}, (6,), "do not divide the 6", {"pieces": 3}),
        ("softmax2d", {}, (4, 4), "feature maps", {}),
        ("rrelu", {"lower": 0.5, "upper": 0.1}, (4,), "above the highest", {"lower": 0.125, "upper": 1 / 3}),
        ("hardtanh", {"min_val": 1.0}, (4,), "not below the highest", {"min_val": -1.0, "max_val": 1.0}),
    ],
)
def test_what_does_not_fit_is_said(
    kind: str, params: dict[str, Value], shape: tuple[int, ...], told: str, mended: dict[str, Any]
) -> None:
    project = Project("Wrong")
    source, node = add(project, "input"), add(project, kind, **params)
    wire(project, f"{source} -> {node}")
    fault = next(f for f in infer(project, {"x": Field("x", shape)}).faults if f.node == node)
    assert told in fault.message
    assert dict(fault.params) == mended


def test_sign_and_step_decide_with_the_upper_value_at_zero() -> None:
    numbers = torch.tensor([-2.0, -0.0, 0.0, 1e-300, 3.0], dtype=torch.float64)
    assert activation.Sign()(numbers).tolist() == [-1, 1, 1, 1, 1]
    assert activation.Step()(numbers).tolist() == [0, 1, 1, 1, 1]
    assert activation.Sign(at_zero=0.0)(numbers).tolist() == [-1, 0, 0, 1, 1]
    assert activation.Step(at_zero=0.0)(numbers).tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("module", [activation.Sign(), activation.Step()])
def test_a_hard_decision_lets_no_gradient_through(module: nn.Module) -> None:
    numbers = torch.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    module(numbers).sum().backward()
    assert numbers.grad is not None
    assert numbers.grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("weights", "bias", "truth"),
    [((1, 1), -2, [0, 0, 0, 1]), ((1, 1), -1, [0, 1, 1, 1])],
    ids=["and", "or"],
)
def test_a_step_behind_a_sum_computes_logic(weights: tuple[int, int], bias: int, truth: list[int]) -> None:
    points = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    sums = points @ torch.tensor(weights, dtype=torch.float32) + bias
    assert activation.Step()(sums).tolist() == truth
