"""The claims of the second lecture on ways of descent and on losses, at a fixed seed, through the app's engine."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch

import presets
from core.model import ops
from core.training.records import Metrics
from core.training.trainer import Trainer
from tests.presets.claims import at, trained, weight, with_data

WAYS = ("full batch", "one by one", "mini-batch of 10")
LINES = {"L2": "linear_1", "L1": "linear_2", "Huber": "linear_3", "L_q": "linear_4"}


@pytest.fixture(scope="module")
def descents() -> tuple[Trainer, list[Metrics]]:
    """The run, and the loss of all training points before it and after each epoch."""
    trainer = Trainer(presets.load("gd-sgd-minibatch"), device="cpu")
    told = [trainer.evaluate("train")]
    told += [trainer.evaluate("train") for step in trainer if step.ended]
    assert trainer.failure is None
    return trainer, told


def over_epochs(told: list[Metrics], way: str) -> list[float]:
    return [metrics[f"loss ({way})"] for metrics in told]


def test_the_three_differ_in_how_many_points_they_add_up(descents: tuple[Trainer, list[Metrics]]) -> None:
    trainer, _ = descents
    assert [one.name for one in trainer.settings.objectives] == list(WAYS)
    assert [one.accumulate for one in trainer.settings.objectives] == [trainer.dataset.size("train"), 1, 10]
    assert trainer.settings.batch_size == 1


def test_the_loss_of_the_full_batch_is_monotone_and_that_of_single_points_is_not(
    descents: tuple[Trainer, list[Metrics]],
) -> None:
    _, told = descents
    # An epoch is one step of the full batch.
    assert np.diff(over_epochs(told, "full batch")).max() < 1e-6
    assert np.diff(over_epochs(told, "full batch"))[:10].max() < 0
    assert np.diff(over_epochs(told, "one by one")).max() > 1e-3


@pytest.mark.parametrize("way", WAYS)
def test_all_ways_reach_the_neighbourhood_of_the_optimum(descents: tuple[Trainer, list[Metrics]], way: str) -> None:
    trainer, told = descents
    x, y = (trainer.dataset.column("train", name)[:, 0].astype(float) for name in "xy")
    best = float(((np.polyval(np.polyfit(x, y, 1), x) - y) ** 2).mean() / 2)
    losses = over_epochs(told, way)
    assert losses[0] > 5 * best
    assert losses[-1] < 1.1 * best


def test_the_hinge_of_the_slides_is_8() -> None:
    project = presets.load("hinge-svm")
    whole = msgspec.structs.replace(project.data.split, validation=0.0, test=0.0)
    typed = {"x": "13 -7 11", "x_shape": 3, "y": "0", "y_is": "classes"}
    ops.SetData(msgspec.structs.replace(project.data, source="typed", params=typed, split=whole)).apply(project)
    ops.SetParams("linear_1", {"out_features": 3}).apply(project)
    ops.SetParams("hinge_1", {"margin": 10.0}).apply(project)
    trainer = Trainer(project, device="cpu")
    with torch.no_grad():
        trainer.network.root.linear_1.weight.copy_(torch.eye(3))
        trainer.network.root.linear_1.bias.zero_()
    assert at(trainer, "linear_1").tolist() == [[13, -7, 11]]
    assert trainer.evaluate("train")["loss"] == 8


def test_the_gradient_of_the_hinge_is_the_numerical_one_and_that_of_the_formula() -> None:
    trainer = Trainer(presets.load("hinge-svm"), device="cpu")
    root = trainer.network.root.double()
    program = trainer.network.program([("hinge_1", "loss")])
    images, labels = (column[:20] for column in trainer.feed.all("train"))
    batch = (images.double(), labels) if images.is_floating_point() else (images, labels.double())
    loss = program(*batch)[0]
    (analytic,) = torch.autograd.grad(loss, root.linear_1.weight)
    with torch.no_grad():
        numerical = torch.zeros_like(analytic)
        for index in np.ndindex(10, 64):
            sides = []
            for step in (1e-6, -2e-6):
                root.linear_1.weight[index] += step
                sides.append(float(program(*batch)[0]))
            root.linear_1.weight[index] += 1e-6
            numerical[index] = (sides[0] - sides[1]) / 2e-6
        scores = root.linear_1(batch[0].flatten(1))
        close = scores - scores.gather(1, batch[1][:, None]) + 1 > 0
        close[torch.arange(20), batch[1]] = False
        pull = close.double()
        pull[torch.arange(20), batch[1]] = -close.sum(1).double()
    torch.testing.assert_close(analytic, numerical, rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(analytic, pull.T @ batch[0].flatten(1) / 20)


@pytest.mark.slow
def test_the_machine_reads_digits() -> None:
    assert trained(presets.load("hinge-svm")).test()["accuracy"] >= 0.93


@pytest.fixture(scope="module")
def lines() -> Trainer:
    return trained(presets.load("l1-l2-outliers"))


def slope_error(trainer: Trainer, line: str) -> float:
    return abs(float(weight(trainer, f"{LINES[line]}.weight")) - 1.5)


def test_the_slope_of_l1_errs_less_than_that_of_l2(lines: Trainer) -> None:
    assert slope_error(lines, "L1") < 0.2 * slope_error(lines, "L2")
    assert slope_error(lines, "L1") < slope_error(lines, "Huber") < slope_error(lines, "L_q") < slope_error(lines, "L2")


def test_l2_is_the_line_of_least_squares(lines: Trainer) -> None:
    x, y = (lines.dataset.column("train", name)[:, 0].astype(float) for name in "xy")
    assert float(weight(lines, "linear_1.weight")) == pytest.approx(np.polyfit(x, y, 1)[0], rel=0.02)


def test_without_outliers_all_lines_are_the_same() -> None:
    trainer = trained(with_data(presets.load("l1-l2-outliers"), share=0.0))
    assert max(slope_error(trainer, line) for line in LINES) < 0.05
