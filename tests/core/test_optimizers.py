"""Optimizers and schedules against torch's own, on a bowl and step by step."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from core.model.fault import ProjectError
from core.training.optimizers import optimizers
from core.training.schedules import Moment, schedules
from core.training.spec import choose

SETTINGS: list[tuple[str, dict[str, Any], Any, dict[str, Any]]] = [
    ("sgd", {"lr": 0.05}, torch.optim.SGD, {"lr": 0.05}),
    ("sgd", {"lr": 0.05, "momentum": 0.9}, torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}),
    (
        "sgd",
        {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        torch.optim.SGD,
        {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    ("adam", {"lr": 0.1, "beta1": 0.8}, torch.optim.Adam, {"lr": 0.1, "betas": (0.8, 0.999)}),
    ("adamw", {"lr": 0.1, "weight_decay": 0.2}, torch.optim.AdamW, {"lr": 0.1, "weight_decay": 0.2}),
    ("rmsprop", {"lr": 0.05, "momentum": 0.5}, torch.optim.RMSprop, {"lr": 0.05, "momentum": 0.5}),
    ("adagrad", {"lr": 0.3, "lr_decay": 0.01}, torch.optim.Adagrad, {"lr": 0.3, "lr_decay": 0.01}),
    ("adadelta", {"lr": 2.0, "rho": 0.8}, torch.optim.Adadelta, {"lr": 2.0, "rho": 0.8}),
    ("nadam", {"lr": 0.05, "beta2": 0.99}, torch.optim.NAdam, {"lr": 0.05, "betas": (0.9, 0.99)}),
    ("radam", {"lr": 0.1, "weight_decay": 0.1}, torch.optim.RAdam, {"lr": 0.1, "weight_decay": 0.1}),
    (
        "lbfgs",
        {"lr": 0.5, "max_iter": 2, "line_search_fn": "none"},
        torch.optim.LBFGS,
        {"lr": 0.5, "max_iter": 2, "history_size": 10},
    ),
    ("lbfgs", {}, torch.optim.LBFGS, {"history_size": 10, "line_search_fn": "strong_wolfe"}),
]


def descend(make: Any) -> torch.Tensor:
    """50 steps down an ill-conditioned bowl."""
    point = nn.Parameter(torch.tensor([1.0, -2.0, 3.0]))
    optimizer = make([point])

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        height: torch.Tensor = 0.5 * (torch.tensor([1.0, 5.0, 10.0]) * point.square()).sum()
        height.backward()  # type: ignore[no-untyped-call]
        return height

    for _ in range(50):
        optimizer.step(loss)
    return point.detach()


@pytest.mark.parametrize(("kind", "params", "torch_class", "torch_params"), SETTINGS)
def test_each_optimizer_walks_as_torch_does(
    kind: str, params: dict[str, Any], torch_class: Any, torch_params: dict[str, Any]
) -> None:
    ours = descend(lambda points: optimizers[kind].make(points, **params))
    theirs = descend(lambda points: torch_class(points, **torch_params))
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("spec", optimizers.values(), ids=list(optimizers))
def test_every_optimizer_descends_with_its_defaults_and_says_what_it_is(spec: Any) -> None:
    assert descend(lambda points: spec.make(points)).abs().sum() < 6.0
    assert spec.title
    assert spec.doc
    assert spec.formula
    assert spec.source
    assert not spec.complaint({})


def test_momentum_beats_plain_descent_on_the_bowl() -> None:
    plain = descend(lambda points: optimizers["sgd"].make(points, lr=0.01))
    heavy = descend(lambda points: optimizers["sgd"].make(points, lr=0.01, momentum=0.9))
    assert heavy.norm() < plain.norm()


@pytest.mark.parametrize(
    ("kind", "params", "word"),
    [
        ("sgd", {"nesterov": True}, "momentum"),
        ("sgd", {"lr": 0.0}, "more than 0"),
        ("adam", {"lr": math.nan}, "finite"),
        ("adam", {"beta1": 1.0}, "less than 1"),
        ("adam", {"speed": 1.0}, "speed"),
        ("adamm", {}, "adamm"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(kind: str, params: dict[str, Any], word: str) -> None:
    with pytest.raises(ProjectError, match=word) as caught:
        choose(optimizers, kind, params, "training.objectives[0]", "optimizer")
    assert caught.value.place == "training.objectives[0]"
    assert caught.value.fix


def rates(schedule: Any, steps: int) -> list[float]:
    """What a torch scheduler gives at each step for a base rate of 1."""
    optimizer = schedule.optimizer
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def base() -> torch.optim.SGD:
    return torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)


@pytest.mark.parametrize(
    ("kind", "params", "theirs"),
    [
        ("step", {"step_size": 3, "gamma": 0.5}, lambda: lr_scheduler.StepLR(base(), 3, 0.5)),
        ("exponential", {"gamma": 0.9}, lambda: lr_scheduler.ExponentialLR(base(), 0.9)),
        ("cosine", {"floor": 0.1}, lambda: lr_scheduler.CosineAnnealingLR(base(), 20, 0.1)),
        ("constant", {}, lambda: lr_scheduler.ConstantLR(base(), 1.0)),
        ("linear", {"floor": 0.2}, lambda: lr_scheduler.LinearLR(base(), 1.0, 0.2, 20)),
        ("warmup", {"warmup_steps": 4}, lambda: lr_scheduler.LinearLR(base(), 0.2, 1.0, 4)),
        (
            "one-cycle",
            {"rise": 0.3, "start": 25.0, "end": 100.0},
            lambda: lr_scheduler.OneCycleLR(
                base(), 1.0, 20, pct_start=0.3, cycle_momentum=False, final_div_factor=100.0
            ),
        ),
    ],
)
def test_schedules_give_the_rates_of_torch(kind: str, params: dict[str, Any], theirs: Any) -> None:
    spec = schedules[kind]
    ours = [spec.factor(Moment(i, i, 20), params) for i in range(20)]
    assert ours == pytest.approx(rates(theirs(), 20), abs=1e-9)


def test_warmup_rises_in_a_line_and_then_follows_the_cosine() -> None:
    spec = schedules["warmup-cosine"]
    ours = [spec.factor(Moment(i, 0, 24), {"warmup_steps": 4}) for i in range(24)]
    assert ours[:4] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert ours[4:] == pytest.approx(rates(lr_scheduler.CosineAnnealingLR(base(), 20), 20), abs=1e-9)


def test_plateau_reduces_when_torch_does() -> None:
    losses = [3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.5, 1.2, 1.1, 1.0, 0.5, 0.5]
    optimizer = base()
    theirs = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    for index, loss in enumerate(losses):
        theirs.step(loss)
        moment = Moment(0, 0, 1, losses[: index + 1])
        ours = schedules["plateau"].factor(moment, {"factor": 0.5, "patience": 2})
        assert ours == pytest.approx(optimizer.param_groups[0]["lr"])


def test_inverse_root_peaks_at_the_end_of_the_warmup() -> None:
    factors = [schedules["inverse-root"].factor(Moment(i, 0, 400), {"warmup_steps": 100}) for i in range(400)]
    assert max(factors) == factors[99] == 1.0
    assert factors[399] == pytest.approx(0.5)
