"""Nets of one structure train abreast where the settings ask for speed, and each learns what it learns alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor

from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from core.model.settings import Objective, Optimizer, Schedule
from core.training.compiled import takeover
from core.training.trainer import Trainer
from tests.core.networks import Layer
from tests.core.training.test_compiled_step import NET, points, project

EPOCHS = 8
SEVEN = {"batch_size": 7, "epochs": EPOCHS}
"""Of 24 samples, so that the last batch of an epoch holds 3."""


def side_by_side(nets: Sequence[list[Layer]], objectives: Sequence[dict[str, Any]] = (), **settings: Any) -> Project:
    """Nets on the same inputs, each with a loss and an objective of its own."""
    plans = list(objectives) or [{}] * len(nets)
    whole = Project("race")
    for index, layers in enumerate(nets):
        one = project(layers)
        inputs = {name for name, node in one.graph.nodes.items() if node.kind == "input"}
        names = {name: name if name in inputs else f"{name}_{index}" for name in one.graph.nodes}
        for name, node in one.graph.nodes.items():
            if names[name] not in whole.graph.nodes:
                AddNode(Node(names[name], node.kind, dict(node.params))).apply(whole)
        for edge in one.graph.edges:
            AddEdge(Edge(names[edge.source], edge.output, names[edge.target], edge.input)).apply(whole)
    losses = sorted(node.id for node in whole.graph.of_family("loss"))
    made = [Objective(name=f"net {loss}", losses={loss: 1.0}, **plan) for loss, plan in zip(losses, plans, strict=True)]
    whole.training = msgspec.structs.replace(one.training, objectives=tuple(made), **{**SEVEN, **settings})
    return whole


def changed(of: Project, **settings: Any) -> Project:
    of.training = msgspec.structs.replace(of.training, **settings)
    return of


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short runs are made faster too, and every pass counts as the faster one."""
    monkeypatch.setattr(takeover, "HEAD_START", 0.0)
    monkeypatch.setattr(takeover, "times", lambda _: (1.0, 0.4))


def run(trainer: Trainer, epochs: int = EPOCHS) -> Trainer:
    """Trains for some epochs and lets every trial end before the epoch does."""
    for step in trainer:
        trainer.tier.wait()
        if step.index % trainer.steps_per_epoch == 0 and (epochs := epochs - 1) == 0:
            break
    return trainer


def weights(trainer: Trainer) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in trainer.network.state_dict().items()}


def assert_same(of: Project) -> Trainer:
    """The project learns abreast what it learns turn by turn; returns the run abreast."""
    slow = run(Trainer(changed(of, speed="repeatable"), points()))
    fast = run(Trainer(changed(of, speed="fast"), points()))
    assert slow.failure is None
    assert fast.failure is None
    assert fast.tier.groups[0].is_running, fast.tier.note
    theirs = weights(slow)
    for name, value in weights(fast).items():
        torch.testing.assert_close(value, theirs[name], rtol=1e-4, atol=1e-5)
    for ours, expected in zip(fast.history.epochs, slow.history.epochs, strict=True):
        assert ours.train == pytest.approx(expected.train, rel=1e-3)
        assert ours.train.keys() == expected.train.keys()
    return fast


ADAM = {"optimizer": Optimizer("adam", {"lr": 0.02})}
PLANS: dict[str, list[dict[str, Any]]] = {
    "alike": [ADAM, ADAM, ADAM],
    "other optimizers": [
        ADAM,
        {"optimizer": Optimizer("sgd", {"lr": 0.1, "momentum": 0.9})},
        {"optimizer": Optimizer("rmsprop", {"lr": 0.01})},
    ],
    "other rates": [{"optimizer": Optimizer("nadam", {"lr": rate})} for rate in (0.001, 0.01, 0.1)],
    "schedules": [{**ADAM, "schedule": Schedule(kind)} for kind in ("constant", "cosine", "one-cycle")],
    "penalties and cuts": [{**ADAM, "l1": 0.01}, {**ADAM, "clip_norm": 0.1}, {**ADAM, "clip_value": 0.01}],
}


@pytest.mark.parametrize("plan", PLANS)
def test_each_learns_what_it_learns_alone(plan: str) -> None:
    trainer = assert_same(side_by_side([NET] * 3, PLANS[plan]))
    assert trainer.tier.note == "3 nets of one structure train abreast, in one pass that is 2.5 times as fast."
    assert trainer.tier.turns == []


def test_statistics_of_batches_are_each_nets_own() -> None:
    normed: list[Layer] = [*NET[:1], ("batch_norm1d", {}), *NET[1:]]
    # Not Adam: it would blow up what rounding leaves of the gradient of a bias before a normalisation, which is 0.
    trainer = assert_same(side_by_side([normed] * 2, [{"optimizer": Optimizer("sgd", {"lr": r})} for r in (0.1, 0.5)]))
    means = [value for name, value in weights(trainer).items() if name.endswith("running_mean")]
    assert len(means) == 2
    assert not torch.allclose(means[0], means[1])


def test_nets_on_one_frozen_layer_train_abreast() -> None:
    of = side_by_side([NET] * 2, [{**ADAM, "trains": (f"linear_2_{index}",)} for index in range(2)])
    before = weights(Trainer(of, points()))
    after = weights(assert_same(of))
    assert {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])} == {
        "linear_2_0",
        "linear_2_1",
    }


def test_a_run_goes_on_from_what_one_abreast_left() -> None:
    of = side_by_side([NET] * 3, PLANS["other optimizers"], speed="fast")
    whole = run(Trainer(of, points()))
    before = run(Trainer(of, points()), 4)
    assert before.tier.groups[0].is_running
    after = Trainer(changed(of, speed="repeatable"), points())
    after.restore(before.state())
    run(after, EPOCHS - 4)
    assert after.step == whole.step
    for name, value in weights(whole).items():
        torch.testing.assert_close(weights(after)[name], value, rtol=1e-4, atol=1e-5)


WIDER: list[Layer] = [("linear", {"out_features": 6}), *NET[1:]]
OTHER: list[Layer] = [NET[0], ("leaky_relu", {"negative_slope": 0.1}), NET[2]]
STEEPER: list[Layer] = [NET[0], ("leaky_relu", {"negative_slope": 0.2}), NET[2]]
NOISY: list[Layer] = [*NET[:2], ("dropout", {"p": 0.5}), NET[2]]


@pytest.mark.parametrize(
    ("nets", "plans", "settings"),
    [
        ([NET, WIDER], [], {}),
        ([NET, OTHER], [], {}),
        ([OTHER, STEEPER], [], {}),
        ([NOISY, NOISY], [], {}),
        ([NET, NET], [{}, {"every": 2}], {}),
        ([NET, NET], [{}, {"begin": 2}], {}),
        ([NET, NET], [{"accumulate": 2}] * 2, {}),
        ([NET, NET], [{"optimizer": Optimizer("lbfgs")}] * 2, {}),
        ([NET, NET], [], {"turns": "cycle"}),
    ],
)
def test_what_differs_or_draws_trains_turn_by_turn(
    nets: list[list[Layer]], plans: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    trainer = Trainer(side_by_side(nets, plans, speed="fast", **settings), points())
    assert trainer.tier.groups == []
    assert len(trainer.tier.turns) == 2


def test_nets_that_move_each_others_weights_train_turn_by_turn() -> None:
    both = {"cross_entropy_1_0": 1.0, "cross_entropy_1_1": 1.0}
    of = side_by_side([NET] * 2, speed="fast")
    crossed = tuple(msgspec.structs.replace(objective, losses=both) for objective in of.training.objectives)
    of = changed(of, objectives=crossed)
    assert Trainer(of, points()).tier.groups == []


def test_only_those_of_one_structure_are_joined() -> None:
    trainer = run(Trainer(side_by_side([NET, WIDER, NET, OTHER], speed="fast"), points()), 3)
    assert [len(group.turns) for group in trainer.tier.groups] == [2]
    assert trainer.tier.groups[0].is_running
    assert len(trainer.tier.turns) == 2


def test_where_the_pass_is_slower_the_nets_are_compiled_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "times", lambda _: (1.0, 1.5))
    trainer = run(Trainer(side_by_side([NET] * 2, speed="fast"), points()), 2)
    assert not trainer.tier.groups[0].is_running
    assert "one after the other: abreast, it takes 1.50 of the time." in trainer.tier.note
    assert len(trainer.tier.turns) == 2
    trainer.tier.stop()
    assert run(trainer, 3).failure is None


def test_it_goes_back_to_the_eager_steps_at_any_time() -> None:
    of = side_by_side([NET] * 3, PLANS["alike"])
    slow = run(Trainer(changed(of, speed="repeatable"), points()), 6)
    fast = run(Trainer(changed(of, speed="fast"), points()), 3)
    assert fast.tier.groups[0].is_running
    fast.tier.stop()
    run(fast, 3)
    assert not fast.tier.groups[0].is_running
    assert fast.tier.turns == []
    for name, value in weights(slow).items():
        torch.testing.assert_close(weights(fast)[name], value, rtol=1e-4, atol=1e-5)


def test_the_net_whose_loss_is_lost_is_named() -> None:
    plans = [ADAM, {"optimizer": Optimizer("sgd", {"lr": 0.1})}]
    trainer = Trainer(side_by_side([NET] * 2, plans, speed="fast"), points())
    run(trainer, 2)
    assert trainer.tier.groups[0].is_running
    with torch.no_grad():
        trainer.network.state_dict()["linear_2_1.weight"].fill_(torch.nan)
    other = weights(trainer)["linear_2_0.weight"]
    run(trainer)
    assert trainer.failure is not None
    assert "made weights of linear_2_1 NaN" in trainer.failure.message
    assert torch.isfinite(trainer.network.state_dict()["linear_2_0.weight"]).all()
    assert not torch.equal(trainer.network.state_dict()["linear_2_0.weight"], other)
