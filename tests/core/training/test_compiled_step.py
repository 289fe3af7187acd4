"""A turn's step as one graph of tensor operations: it moves what the eager step moves, and says where it cannot."""

from __future__ import annotations

import copy
import operator
from typing import Any

import numpy as np
import pytest
import torch

from core.data.dataset import Dataset
from core.model.project import Project
from core.model.settings import Objective, Optimizer
from core.training.compiled.step import Places, moving_buffers, objection, takes_chances, traced
from core.training.compiled.trial import Refusal, largest_gap
from core.training.trainer import Trainer
from core.training.turn import Turn
from tests.core.networks import Layer, chain
from tests.core.training_data import data, plan

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(24, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] > 0.5)
NET: list[Layer] = [("linear", {"out_features": 5}), ("tanh", {}), ("linear", {"out_features": 3})]
STEPS = 10


def points() -> Dataset:
    return data(X, Y, classes=3)


def project(layers: list[Layer] = NET, optimizer: str = "adam", **objective: Any) -> Project:
    params = objective.pop("params", {})
    wanted = Objective(optimizer=Optimizer(optimizer, params), **objective)
    return plan(chain(layers, loss="cross_entropy"), objectives=(wanted,), batch_size=8, epochs=3)


def begun(of: Project) -> tuple[Trainer, Turn, tuple[torch.Tensor, ...]]:
    """A run after its first step, its turn, and a batch."""
    trainer = Trainer(of, points())
    next(iter(trainer))
    return trainer, trainer.turns[0], tuple(value[:8] for value in trainer.feed.all("train"))


def compare(of: Project) -> tuple[torch.fx.GraphModule, int]:
    """Takes steps with the graph and with the eager turn, asserts that they agree; returns how far weights moved."""
    _, turn, batch = begun(of)
    assert objection(turn) == ""
    places = Places(turn)
    held = places.held(turn).copies()
    moving = moving_buffers(copy.deepcopy(turn), batch)
    graph = traced(copy.deepcopy(turn), places, held, batch, moving)
    begin = [weight.clone() for weight in held.weights]
    for _ in range(STEPS):
        loss, *outputs = graph(*held.flat(), *batch)
        expected, theirs = turn.forward(batch)
        turn.descent.update(expected, len(batch[0]), lambda: turn.forward(batch)[0])
        torch.testing.assert_close(loss, expected.detach(), rtol=1e-5, atol=1e-6)
        assert len(outputs) == len(theirs)
        torch.testing.assert_close(outputs[1], theirs[1].detach(), rtol=1e-5, atol=1e-5)
    assert largest_gap(places.held(turn).flat(), held.flat()) == 0.0
    moved = sum(not torch.equal(weight, before) for weight, before in zip(held.weights, begin, strict=True))
    return graph, moved


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "nadam", "radam"])
def test_every_optimizer(optimizer: str) -> None:
    assert compare(project(optimizer=optimizer))[1] == 4


@pytest.mark.parametrize(
    "objective",
    [
        {"params": {"weight_decay": 0.1}, "penalised": "matrices"},
        {"l1": 0.05},
        {"l1": 0.05, "penalised": "matrices", "optimizer": "sgd", "params": {"lr": 0.1, "momentum": 0.9}},
        {"clip_norm": 0.01, "optimizer": "sgd", "params": {"lr": 0.5}},
        {"clip_value": 0.01, "optimizer": "sgd", "params": {"lr": 0.5}},
        {"rates": {"linear_1": 0.1}},
    ],
    ids=lambda objective: "-".join(objective),
)
def test_penalties_cuts_and_rates_of_single_layers(objective: dict[str, Any]) -> None:
    assert compare(project(**objective))[1] == 4


def test_only_what_an_objective_trains_moves() -> None:
    assert compare(project(trains=("linear_2",)))[1] == 2


def test_statistics_of_batch_normalisation_move() -> None:
    layers: list[Layer] = [NET[0], ("batch_norm1d", {}), *NET[1:]]
    # With Adam the bias before it, which changes nothing, would follow the sign of rounding errors.
    graph, _ = compare(project(layers, optimizer="sgd"))
    assert any("batch_norm" in str(node.target) for node in graph.graph.nodes)


def test_a_loss_that_is_not_finite_moves_nothing() -> None:
    _, turn, batch = begun(project())
    places = Places(turn)
    held = places.held(turn).copies()
    graph = traced(copy.deepcopy(turn), places, held, batch, [])
    before = held.copies()
    loss, *_ = graph(*held.flat(), torch.full_like(batch[0], torch.inf), batch[1])
    assert not torch.isfinite(loss)
    assert all(torch.equal(one, other) for one, other in zip(held.flat(), before.flat(), strict=True))


@pytest.mark.parametrize(
    ("layers", "settings", "words"),
    [
        (NET, {"optimizer": "lbfgs"}, "several times"),
        (NET, {"accumulate": 2}, "several batches"),
        ([("dropout", {"p": 0.5}), *NET], {}, "draws random numbers"),
    ],
)
def test_what_cannot_be_one_function_is_said(layers: list[Layer], settings: dict[str, Any], words: str) -> None:
    trainer = Trainer(project(layers, **settings), points())
    assert words in objection(trainer.turns[0])


def attentive(dropout: float) -> tuple[Turn, tuple[torch.Tensor, ...]]:
    """The turn of a transformer's layer over rows of numbers, after a step, and a batch."""
    layer = {"nhead": 2, "dim_feedforward": 8, "dropout": dropout}
    layers: list[Layer] = [("transformer_encoder_layer", layer), ("flatten", {}), ("linear", {"out_features": 3})]
    rows = data(RANDOM.normal(size=(24, 5, 6)).astype(np.float32), Y, classes=3)
    # Keys have a bias that changes nothing: with Adam it would follow the sign of rounding errors.
    trainer = Trainer(project(layers, optimizer="sgd", params={"lr": 0.1}), rows)
    next(iter(trainer))
    return trainer.turns[0], tuple(value[:8] for value in trainer.feed.all("train"))


def test_a_step_that_gives_nan_alone_is_as_far_from_the_eager_one_as_can_be() -> None:
    fine, lost, grown = torch.tensor([0.0, 1.0]), torch.tensor([0.0, torch.nan]), torch.tensor([0.0, torch.inf])
    assert largest_gap([fine, fine], [fine, lost]) == torch.inf
    assert largest_gap([lost], [fine]) == torch.inf
    assert largest_gap([grown], [-grown]) == torch.inf
    assert largest_gap([fine], [fine + 0.25]) == 0.25
    assert largest_gap([lost, grown], [lost, grown]) == 0.0, "both diverged alike"


def test_attention_that_drops_nothing_out_draws_nothing() -> None:
    turn, batch = attentive(0.0)
    assert objection(turn) == ""
    places = Places(turn)
    held = places.held(turn).copies()
    graph = traced(copy.deepcopy(turn), places, held, batch, [])
    assert any("scaled_dot_product" in str(node.target) for node in graph.graph.nodes)
    for _ in range(STEPS):
        loss, *_ = graph(*held.flat(), *batch)
        expected, _ = turn.forward(batch)
        turn.descent.update(expected, len(batch[0]), lambda: turn.forward(batch)[0])
        torch.testing.assert_close(loss, expected.detach(), rtol=1e-5, atol=1e-6)
    assert largest_gap(places.held(turn).flat(), held.flat()) == 0.0


ATEN = torch.ops.aten


@pytest.mark.parametrize(
    ("function", "given", "named", "chances"),
    [
        (ATEN._scaled_dot_product_efficient_attention.default, ("q", "k", "v", None, True), {}, False),
        (ATEN._scaled_dot_product_efficient_attention.default, ("q", "k", "v", None, True, 0.0), {}, False),
        (ATEN._scaled_dot_product_efficient_attention.default, ("q", "k", "v", None, True, 0.1), {}, True),
        (ATEN._scaled_dot_product_flash_attention.default, ("q", "k", "v"), {"dropout_p": 0.1}, True),
        (ATEN._scaled_dot_product_flash_attention.default, ("q", "k", "v"), {"dropout_p": 0.0}, False),
        (ATEN.bernoulli.p, ("q", 0.0), {}, True),
        (ATEN.rand_like.default, ("q",), {}, True),
        (ATEN.mul.Tensor, ("q", "k"), {}, False),
        (operator.getitem, ("q", 0), {}, False),
    ],
    ids=str,
)
def test_operators_that_draw(function: Any, given: tuple[Any, ...], named: dict[str, Any], chances: bool) -> None:
    assert takes_chances(torch.fx.Graph().call_function(function, given, named)) is chances


def test_dropout_within_attention_is_refused() -> None:
    turn, batch = attentive(0.1)
    places = Places(turn)
    with pytest.raises(Refusal, match="random numbers"):
        traced(copy.deepcopy(turn), places, places.held(turn).copies(), batch, [])


def test_before_the_first_step_there_is_nothing_to_go_on_from() -> None:
    trainer = Trainer(project(), points())
    with pytest.raises(Refusal):
        Places(trainer.turns[0])
