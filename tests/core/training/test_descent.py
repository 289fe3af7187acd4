"""What lies between a loss and the moved weights: sums of batches, penalties, cuts, rates, turns, precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.data.dataset import Dataset
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.settings import Objective, Optimizer, Schedule
from core.training.trainer import Trainer
from tests.core.networks import add, chain, wire
from tests.core.training_data import data, digits, plan

SAMPLES = 12
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(SAMPLES, 3)).astype(np.float32)
Y = (X @ np.array([[1.0], [-2.0], [0.5]]) + 0.3 + 0.1 * RANDOM.normal(size=(SAMPLES, 1))).astype(np.float32)


def points() -> Dataset:
    return data(X, Y, meaning="number")


def line(**settings: Any) -> Project:
    """A linear unit with half the squared error, full batches and plain descent unless told otherwise."""
    objective = Objective(**{"optimizer": Optimizer("sgd", {"lr": 0.1}), **settings.pop("objective", {})})
    return plan(
        chain([("linear", {"out_features": 1})], loss="half_mse"),
        **{"objectives": (objective,), "epochs": 1, "batch_size": SAMPLES, **settings},
    )


def trained(project: Project) -> dict[str, torch.Tensor]:
    trainer = Trainer(project, points())
    list(trainer)
    assert trainer.failure is None
    return {name: value.clone() for name, value in trainer.network.state_dict().items()}


def start(project: Project) -> tuple[torch.Tensor, torch.Tensor]:
    """The weights of the unit before the first step, with the gradient wanted."""
    state = Trainer(project, points()).network.state_dict()
    weight, bias = state["linear_1.weight"].clone(), state["linear_1.bias"].clone()
    return weight.requires_grad_(), bias.requires_grad_()


def gradients(project: Project) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The first weights and the gradients of the whole data, by plain torch."""
    weight, bias = start(project)
    error = torch.from_numpy(X) @ weight.T + bias - torch.from_numpy(Y)
    (0.5 * error.square().mean()).backward()
    assert weight.grad is not None
    assert bias.grad is not None
    return weight.detach(), bias.detach(), weight.grad, bias.grad


def test_batches_that_are_added_up_are_one_large_batch() -> None:
    whole = trained(line())
    # 5 + 5 + 2 samples: the last batch counts for less.
    parts = trained(line(batch_size=5, objective={"accumulate": 3}))
    singles = trained(line(batch_size=1, objective={"accumulate": SAMPLES}))
    for name, value in whole.items():
        torch.testing.assert_close(parts[name], value)
        torch.testing.assert_close(singles[name], value)


def test_what_waits_at_the_end_of_an_epoch_is_not_lost() -> None:
    by_epoch = trained(line(batch_size=4, objective={"accumulate": 100}))
    torch.testing.assert_close(by_epoch, trained(line()))


def test_l1_pulls_every_weight_by_its_sign() -> None:
    project = line(objective={"l1": 0.7})
    weight, bias, by_weight, by_bias = gradients(project)
    after = trained(project)
    torch.testing.assert_close(after["linear_1.weight"], weight - 0.1 * (by_weight + 0.7 * weight.sign()))
    torch.testing.assert_close(after["linear_1.bias"], bias - 0.1 * (by_bias + 0.7 * bias.sign()))


@pytest.mark.parametrize("penalty", ["l1", "weight_decay"])
def test_biases_can_be_left_out_of_penalties(penalty: str) -> None:
    settings: dict[str, Any] = {"penalised": "matrices"}
    if penalty == "l1":
        settings["l1"] = 0.7
    else:
        settings["optimizer"] = Optimizer("sgd", {"lr": 0.1, "weight_decay": 0.7})
    project = line(objective=settings)
    weight, bias, by_weight, by_bias = gradients(project)
    pull = 0.7 * (weight.sign() if penalty == "l1" else weight)
    after = trained(project)
    torch.testing.assert_close(after["linear_1.weight"], weight - 0.1 * (by_weight + pull))
    torch.testing.assert_close(after["linear_1.bias"], bias - 0.1 * by_bias)


def test_gradients_are_cut_by_entry_and_by_norm() -> None:
    project = line(objective={"clip_value": 0.05})
    weight, bias, by_weight, by_bias = gradients(project)
    after = trained(project)
    torch.testing.assert_close(after["linear_1.weight"], weight - 0.1 * by_weight.clamp(-0.05, 0.05))
    torch.testing.assert_close(after["linear_1.bias"], bias - 0.1 * by_bias.clamp(-0.05, 0.05))
    norm = torch.cat([by_weight.flatten(), by_bias]).norm()
    assert norm > 0.2
    after = trained(line(objective={"clip_norm": 0.2}))
    torch.testing.assert_close(after["linear_1.weight"], weight - 0.1 * by_weight * 0.2 / norm, rtol=1e-4, atol=1e-6)


def test_nodes_have_rates_of_their_own_and_schedules_reach_them() -> None:
    layers = [("linear", {"out_features": 4}), ("linear", {"out_features": 1})]

    def moved(**objective: Any) -> dict[str, torch.Tensor]:
        settings = {"optimizer": Optimizer("sgd", {"lr": 0.01}), **objective}
        project = plan(chain(layers, loss="half_mse"), objectives=(Objective(**settings),), epochs=1, batch_size=12)
        before = Trainer(project, points()).network.state_dict()
        after = trained(project)
        return {name: after[name] - value for name, value in before.items()}

    plain, scaled, frozen = moved(), moved(rates={"linear_1": 10.0}), moved(rates={"linear_1": 0.0})
    torch.testing.assert_close(scaled["linear_1.weight"], 10 * plain["linear_1.weight"], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(scaled["linear_2.weight"], plain["linear_2.weight"])
    assert not frozen["linear_1.weight"].any()
    halved = moved(rates={"linear_1": 10.0}, schedule=Schedule("warmup", {"warmup_steps": 1}))
    torch.testing.assert_close(halved["linear_1.weight"], 5 * plain["linear_1.weight"], rtol=1e-4, atol=1e-6)


def test_lbfgs_finds_the_least_squares_solution_in_a_few_steps() -> None:
    after = trained(line(epochs=3, objective={"optimizer": Optimizer("lbfgs")}))
    best, *_ = np.linalg.lstsq(np.c_[X, np.ones(SAMPLES)], Y, rcond=None)
    found = np.r_[after["linear_1.weight"].numpy().ravel(), after["linear_1.bias"].numpy()]
    np.testing.assert_allclose(found, best.ravel(), atol=1e-4)


def test_lbfgs_shrinks_by_l1() -> None:
    small = trained(line(epochs=5, objective={"optimizer": Optimizer("lbfgs"), "l1": 0.5}))
    large = trained(line(epochs=5, objective={"optimizer": Optimizer("lbfgs")}))
    assert small["linear_1.weight"].abs().sum() < large["linear_1.weight"].abs().sum()


@pytest.mark.parametrize("decay", [0.01, 1.0, 1e5])
def test_lbfgs_with_weight_decay_finds_the_ridge_solution(decay: float) -> None:
    chosen = {"optimizer": Optimizer("lbfgs", {"weight_decay": decay}), "penalised": "matrices"}
    after = trained(line(epochs=5, objective=chosen))
    centred, heights = X - X.mean(0), Y - Y.mean(0)
    # The loss is half the mean squared error, the bias is not penalised.
    covariance = centred.T @ centred / SAMPLES + decay * np.eye(X.shape[1])
    best = np.linalg.solve(covariance, centred.T @ heights / SAMPLES).ravel()
    np.testing.assert_allclose(after["linear_1.weight"].numpy().ravel(), best, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(after["linear_1.bias"].numpy(), Y.mean(0) - X.mean(0) @ best, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("objective", "word"),
    [
        ({"rates": {"linear_1": 2.0}}, "several rates"),
        ({"accumulate": 2}, "added up"),
        ({"clip_norm": 1.0}, "norm"),
    ],
)
def test_lbfgs_says_what_it_cannot_do(objective: dict[str, Any], word: str) -> None:
    with pytest.raises(ProjectError, match=word) as caught:
        Trainer(line(objective={"optimizer": Optimizer("lbfgs"), **objective}), points())
    assert caught.value.fix


@pytest.mark.parametrize("rates", [{"gone_1": 1.0}, {"half_mse_1": 2.0}])
def test_a_rate_of_something_that_does_not_train_is_refused(rates: dict[str, float]) -> None:
    with pytest.raises(ProjectError, match=next(iter(rates))) as caught:
        Trainer(line(objective={"rates": rates}), points())
    assert caught.value.place == "training.objectives[0].rates"


def two_losses(*objectives: Objective, **settings: Any) -> Trainer:
    project = chain([("linear", {"out_features": 1})], loss="half_mse")
    wire(project, f"linear_1 -> {add(project, 'l1')}")
    wire(project, "input_2.output -> l1_1.target")
    return Trainer(plan(project, objectives=objectives, batch_size=4, **settings), points())


def test_objectives_take_several_steps_each_in_a_cycle() -> None:
    first = Objective("first", {"half_mse_1": 1.0}, steps=2)
    second = Objective("second", {"l1_1": 1.0})
    trainer = two_losses(first, second, turns="cycle", epochs=2)
    assert ["".join(step.losses) for step in trainer] == ["first", "first", "second", "first", "first", "second"]
    assert set(trainer.history.epochs[-1].validation or trainer.history.epochs[-1].train) >= {
        "loss (first)",
        "loss (second)",
    }


def test_objectives_follow_one_another_and_each_schedule_counts_from_its_own_start() -> None:
    falling = Schedule("cosine")
    first = Objective("first", {"half_mse_1": 1.0}, end=2, schedule=falling, optimizer=Optimizer("sgd", {"lr": 0.1}))
    second = Objective("second", {"l1_1": 1.0}, begin=3, schedule=falling, optimizer=Optimizer("sgd", {"lr": 0.1}))
    trainer = two_losses(first, second, epochs=4)
    rates = [[step.losses.keys() == {"first"}, trainer.turns[step.epoch > 2].rate] for step in trainer]
    assert [is_first for is_first, _ in rates] == [True] * 6 + [False] * 6
    assert [rate for _, rate in rates[:6]] == [rate for _, rate in rates[6:]]
    # Losses of the first phase are no measure for the second: its first epoch is the best one so far.
    assert [epoch.best for epoch in trainer.history.epochs][2]


def test_an_epoch_without_any_objective_is_refused() -> None:
    with pytest.raises(ProjectError, match="epoch 3"):
        two_losses(Objective("first", {"half_mse_1": 1.0}, end=2), epochs=4)
    assert len(list(two_losses(Objective("first", {"half_mse_1": 1.0}, end=2), epochs=2))) == 6


def test_the_last_weights_are_kept_where_the_project_says_so() -> None:
    for keeps in ("best", "last"):
        # A rate that is far too high: the first epoch is the best one.
        project = line(epochs=3, objective={"optimizer": Optimizer("sgd", {"lr": 3.0})}, keeps=keeps)
        trainer = Trainer(project, points())
        list(trainer)
        last = {name: value.clone() for name, value in trainer.network.state_dict().items()}
        trainer.restore_best()
        same = all(torch.equal(value, last[name]) for name, value in trainer.network.state_dict().items())
        assert same == (keeps == "last")


def test_mixed_precision_learns_nearly_the_same() -> None:
    losses = {}
    for precision in ("float32", "bf16"):
        trainer = Trainer(digits(epochs=2, precision=precision))
        steps = list(trainer)
        assert trainer.failure is None
        assert all(value.dtype == torch.float32 for value in trainer.network.state_dict().values())
        losses[precision] = [step.loss for step in steps]
    assert losses["float32"] != losses["bf16"]
    np.testing.assert_allclose(losses["bf16"], losses["float32"], rtol=0.1, atol=0.05)


def test_float16_needs_a_gpu() -> None:
    with pytest.raises(ProjectError, match="float16 needs a GPU") as caught:
        Trainer(digits(precision="float16"))
    assert caught.value.place == "training.precision"
    assert "bf16" in caught.value.fix
