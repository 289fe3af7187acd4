"""Several objectives, weighted losses and schedules."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from core.model.fault import ProjectError
from core.model.settings import Objective, Optimizer, Schedule
from core.training.metrics import full_name, owner_of, telling
from core.training.trainer import Trainer
from tests.core.networks import add, chain, wire
from tests.core.training_data import data, digits, plan


def run(trainer: Trainer) -> dict[str, torch.Tensor]:
    list(trainer)
    assert trainer.failure is None
    return {name: value.clone() for name, value in trainer.network.state_dict().items()}


def test_two_objectives_move_only_their_own_nodes() -> None:
    project = chain([("linear", {"out_features": 3}), ("linear", {"out_features": 1})], loss="half_mse")
    wire(project, f"linear_2 -> {add(project, 'l1')}")
    wire(project, "input_2.output -> l1_1.target")
    sgd = Optimizer("sgd", {"lr": 0.1})
    first = Objective("first", {"half_mse_1": 1.0}, ("linear_1",), sgd)
    rng = np.random.default_rng(0)
    values = data(rng.normal(size=(10, 2)), rng.normal(size=(10, 1)), meaning="number")

    def moved(*objectives: Objective) -> dict[str, bool]:
        trainer = Trainer(plan(project, objectives=objectives, epochs=1, batch_size=10), values)
        before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
        after = run(trainer)
        return {name: not torch.equal(value, after[name]) for name, value in before.items() if "weight" in name}

    second = Objective("second", {"l1_1": 0.5}, ("linear_2",), sgd)
    assert moved(first) == {"linear_1.weight": True, "linear_2.weight": False}
    assert moved(second) == {"linear_1.weight": False, "linear_2.weight": True}
    assert moved(first, second) == {"linear_1.weight": True, "linear_2.weight": True}


def test_objectives_take_turns_and_have_names() -> None:
    project = digits(epochs=1, batch_size=200)
    often, seldom = Objective("often"), Objective("seldom", every=3, optimizer=Optimizer("sgd"))
    project.training = plan(project, objectives=(often, seldom), epochs=1, batch_size=200).training
    steps = list(Trainer(project))
    assert [set(step.losses) for step in steps[:4]] == [{"often", "seldom"}, {"often"}, {"often"}, {"often", "seldom"}]
    assert steps[-1].ended
    assert set(steps[-1].ended.train) == {"loss", "loss (often)", "loss (seldom)", "accuracy"}


def classifiers(*objectives: Objective) -> dict[str, float]:
    """What validation tells of three classifiers a, b and c side by side on one set of points, after an epoch."""
    project = chain([("linear", {"out_features": 2})], loss="cross_entropy")
    for _ in range(2):
        head, loss = add(project, "linear", out_features=2), add(project, "cross_entropy")
        wire(project, f"input_1 -> {head}")
        wire(project, f"{head} -> {loss}")
        wire(project, f"input_2.output -> {loss}.target")
    rng = np.random.default_rng(0)
    values = data(rng.normal(size=(20, 2)), rng.integers(0, 2, 20), classes=2)
    trainer = Trainer(plan(project, objectives=objectives, epochs=1, batch_size=5), values)
    run(trainer)
    (epoch,) = trainer.history.epochs
    # Training tells what validation tells, where all objectives work in an epoch.
    assert set(epoch.train) == set(trainer.evaluate("train"))
    return trainer.evaluate("train")


def test_metrics_go_by_the_names_of_objectives_as_losses_do() -> None:
    first, second = Objective("plain", {"cross_entropy_1": 1.0}), Objective("residual", {"cross_entropy_2": 2.0})
    told = classifiers(first, second)
    names = ["loss", "loss (plain)", "loss (residual)"]
    assert list(told) == [*names, "accuracy (plain)", "accuracy", "accuracy (residual)"]
    # One figure for all of the run is that of the first objective, under the name that stop criteria know.
    assert told["accuracy"] == told["accuracy (plain)"]
    assert telling(told) == full_name("accuracy", told) == "accuracy (plain)"
    assert telling(classifiers(first)) == "accuracy"


def test_metrics_go_by_the_names_of_losses_where_these_say_more() -> None:
    one, two, three = ({f"cross_entropy_{index}": 1.0} for index in (1, 2, 3))

    def owners(*objectives: Objective) -> list[str]:
        return [owner_of(name) for name in classifiers(*objectives) if name.startswith("accuracy (")]

    both = Objective("both", one | two)
    assert owners(both, Objective("third", three)) == ["cross_entropy_1", "cross_entropy_2", "third"]
    # A loss of two objectives is neither's own, and a name that two objectives have says nothing.
    assert owners(Objective("p", one), both) == ["cross_entropy_1", "cross_entropy_2"]
    assert owners(Objective("p", one), Objective("p", two)) == ["cross_entropy_1", "cross_entropy_2"]
    # Nor does the name of another loss.
    misled = Objective("cross_entropy_2", one), Objective("p", two)
    assert owners(*misled) == ["cross_entropy_1", "p"]


def test_losses_that_are_added_up_are_told_one_by_one() -> None:
    project = chain([("linear", {"out_features": 1})], loss="half_mse")
    wire(project, f"linear_1 -> {add(project, 'l1')}")
    wire(project, "input_2.output -> l1_1.target")
    rng = np.random.default_rng(0)
    values = data(rng.normal(size=(10, 2)), rng.normal(size=(10, 1)), meaning="number")
    both = Objective("both", {"half_mse_1": 2.0, "l1_1": 0.25})
    trainer = Trainer(plan(project, objectives=(both,), epochs=2, batch_size=10), values)
    run(trainer)
    for epoch in trainer.history.epochs:
        told = epoch.train
        assert 2 * told["loss (half_mse_1)"] + 0.25 * told["loss (l1_1)"] == pytest.approx(told["loss"])
    alone = Trainer(plan(project, objectives=(Objective("one", {"l1_1": 1.0}),), epochs=1, batch_size=10), values)
    run(alone)
    assert "loss (l1_1)" not in alone.history.epochs[0].train


def test_one_objective_takes_its_turn_at_every_step() -> None:
    with pytest.raises(ProjectError, match="every step"):
        Trainer(digits(objectives=(Objective(every=2),)))


def test_weights_of_nothing_but_0_are_refused() -> None:
    with pytest.raises(ProjectError, match="weight 0: nothing would be learnt") as refused:
        Trainer(digits(objectives=(Objective(losses={"cross_entropy_1": 0.0}),)))
    assert (refused.value.place, refused.value.fix) == ("training.objectives[0]", "Give one of them another weight.")


def test_losses_are_weighted() -> None:
    plain = next(iter(Trainer(digits(batch_size=2_000)))).loss
    weighted = digits(batch_size=2_000, objectives=(Objective(losses={"cross_entropy_1": 0.25}),))
    assert next(iter(Trainer(weighted))).loss == pytest.approx(0.25 * plain)


def test_schedules_move_by_step_or_by_epoch() -> None:
    def rates(schedule: Schedule) -> list[float]:
        sgd = Optimizer("sgd", {"lr": 0.1})
        project = digits(objectives=(Objective(optimizer=sgd, schedule=schedule),), epochs=3, batch_size=500)
        trainer = Trainer(project)
        return [trainer.learning_rate for _ in trainer]

    steps = rates(Schedule("step", {"step_size": 1, "gamma": 0.5}))
    assert steps == pytest.approx([0.1] * 3 + [0.05] * 3 + [0.025] * 3)
    cosine = rates(Schedule("cosine"))
    assert cosine[0] == pytest.approx(0.1)
    assert all(a > b for a, b in pairwise(cosine))
