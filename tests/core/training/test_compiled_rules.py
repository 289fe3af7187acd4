"""The optimizers as pure functions move weights as torch's own do, and stacked nets as each alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from core.model.values import Value
from core.training.compiled.rules import first_state, rules
from core.training.optimizers import optimizers

STEPS = 50
CASES: list[tuple[str, dict[str, Value]]] = [
    ("sgd", {"lr": 0.1}),
    ("sgd", {"lr": 0.1, "momentum": 0.9}),
    ("sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("adam", {"lr": 0.05}),
    ("adam", {"lr": 0.05, "beta1": 0.5, "weight_decay": 0.1}),
    ("adamw", {"lr": 0.05, "weight_decay": 0.1}),
    ("rmsprop", {"lr": 0.02}),
    ("rmsprop", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1}),
    ("adagrad", {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.1}),
    ("adadelta", {"lr": 1.0, "weight_decay": 0.1}),
    ("nadam", {"lr": 0.05, "weight_decay": 0.1}),
    ("radam", {"lr": 0.05, "weight_decay": 0.1}),
]


def gradient(weights: torch.Tensor) -> torch.Tensor:
    """Of a bowl that is steeper along some axes, with its bottom at 1."""
    return torch.linspace(0.1, 1.0, weights.numel(), dtype=weights.dtype).reshape(weights.shape) * (weights - 1)


@pytest.mark.parametrize(("kind", "params"), CASES, ids=[f"{kind}-{len(params)}" for kind, params in CASES])
def test_a_rule_moves_weights_as_torch_does(kind: str, params: dict[str, Value]) -> None:
    torch.manual_seed(0)
    # In float32 the last bits of both would drift apart over the steps, whatever the rule.
    theirs = torch.nn.Parameter(torch.randn(3, 4, dtype=torch.float64))
    optimizer = optimizers[kind].make([theirs], **params)
    settings: dict[str, Any] = optimizer.param_groups[0]
    rule = rules[type(optimizer).__name__]
    ours, begin = theirs.detach().clone(), theirs.detach().clone()
    state = first_state(ours, rule.keeps(settings))
    rate = torch.tensor(settings["lr"], dtype=torch.float64)
    for _ in range(STEPS):
        theirs.grad = gradient(theirs.detach())
        optimizer.step()
        ours, state = rule.update(ours, gradient(ours), state, rate, settings)
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-6, atol=1e-6)
    assert (ours - begin).abs().max() > 0.05
    kept = {name: value for name, value in optimizer.state[theirs].items() if isinstance(value, torch.Tensor)}
    assert state.keys() == kept.keys()
    for name, value in kept.items():
        torch.testing.assert_close(state[name], value, rtol=1e-6, atol=1e-6, check_dtype=False)


def test_every_optimizer_that_takes_one_gradient_a_step_has_a_rule() -> None:
    assert {spec.target.rpartition(".")[2] for spec in optimizers.values() if not spec.closes} == set(rules)


@pytest.mark.parametrize("kind", [spec.kind for spec in optimizers.values() if not spec.closes])
def test_stacked_nets_with_rates_of_their_own_move_as_each_alone(kind: str) -> None:
    torch.manual_seed(1)
    optimizer = optimizers[kind].make([torch.nn.Parameter(torch.zeros(1))])
    settings, rule = optimizer.param_groups[0], rules[type(optimizer).__name__]
    rates = torch.tensor([0.01, 0.1, 0.3], dtype=torch.float64)
    stacked = torch.randn(3, 2, 2)
    alone = [each.clone() for each in stacked]
    together = first_state(stacked, rule.keeps(settings))
    states: list[Any] = [first_state(each, rule.keeps(settings)) for each in alone]
    for _ in range(7):
        slopes = torch.stack([gradient(each) for each in alone])
        stacked, together = rule.update(stacked, slopes, together, rates[:, None, None], settings)
        for index, rate in enumerate(rates):
            alone[index], states[index] = rule.update(alone[index], slopes[index], states[index], rate, settings)
    torch.testing.assert_close(stacked, torch.stack(alone), rtol=1e-6, atol=1e-7)
