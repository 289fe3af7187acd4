"""Projects train with every sort of loss: with classes, with other ports, and without any target."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.model.fault import ProjectError
from core.model.project import Project
from core.training.trainer import Trainer
from tests.core.networks import add, wire
from tests.core.training_data import data, plan

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.normal(size=(60, 4)).astype(np.float32)
LABELS = (POINTS[:, 0] > 0).astype(np.int64) + 2 * (POINTS[:, 1] > 0)
"""Four classes, the quadrants of the first two numbers."""


def towers(project: Project, count: int, width: int) -> list[str]:
    """Linear layers that all read the data's x."""
    add(project, "input")
    names = [add(project, "linear", out_features=width) for _ in range(count)]
    for name in names:
        wire(project, f"input_1 -> {name}")
    return names


def with_ports(kind: str, ports: dict[str, str], count: int, width: int, **params: object) -> Project:
    """A loss whose ports are fed by towers (`0`, `1` …) or by a field in a form (`y`, `y:number`)."""
    project = Project(kind)
    names = towers(project, count, width)
    add(project, kind, **params)  # type: ignore[arg-type]
    for port, what in ports.items():
        if what.isdigit():
            source = names[int(what)]
        else:
            field, _, form = what.partition(":")
            source = add(project, "input", field=field, form=form or "as stored")
        wire(project, f"{source}.output -> {kind}_1.{port}")
    return project


def trained(project: Project, dataset: Dataset, epochs: int = 15) -> Trainer:
    trainer = Trainer(plan(project, epochs=epochs, batch_size=16, lr=0.02), dataset)
    for _ in trainer:
        pass
    assert trainer.failure is None, trainer.failure
    return trainer


QUADRANTS = data(POINTS, LABELS, validation=12)
CASES: dict[str, Callable[[], Project]] = {
    "cross_entropy": lambda: with_ports(
        "cross_entropy", {"input": "0", "target": "y"}, 1, 4, weight=(1.0, 2.0, 1.0, 1.0)
    ),
    "nll": lambda: with_ports("nll", {"input": "0", "target": "y"}, 1, 4),
    "focal": lambda: with_ports("focal", {"input": "0", "target": "y"}, 1, 4),
    "multi_margin": lambda: with_ports("multi_margin", {"input": "0", "target": "y"}, 1, 4),
    "kl_divergence": lambda: with_ports("kl_divergence", {"input": "0", "target": "y:one-hot"}, 1, 4),
    "lq": lambda: with_ports("lq", {"input": "0", "target": "y:number"}, 1, 1),
    "poisson_nll": lambda: with_ports("poisson_nll", {"input": "0", "target": "y:number"}, 1, 1),
    "gaussian_nll": lambda: with_ports("gaussian_nll", {"input": "0", "log_variance": "1", "target": "y:number"}, 2, 1),
    "multi_similarity": lambda: with_ports("multi_similarity", {"input": "0", "labels": "y"}, 1, 3),
    "binomial_deviance": lambda: with_ports("binomial_deviance", {"input": "0", "labels": "y"}, 1, 3),
    "triplet": lambda: with_ports("triplet", {"anchor": "0", "positive": "1", "negative": "2"}, 3, 3),
    "nt_xent": lambda: with_ports("nt_xent", {"view_1": "0", "view_2": "1"}, 2, 8),
    "info_nce": lambda: with_ports("info_nce", {"query": "0", "key": "1"}, 2, 8, symmetric=True),
    "vicreg": lambda: with_ports("vicreg", {"view_1": "0", "view_2": "1"}, 2, 4),
    "negative_cosine": lambda: with_ports("negative_cosine", {"prediction": "0", "projection": "1"}, 2, 4),
    "gaussian_kl": lambda: with_ports("gaussian_kl", {"mean": "0", "log_variance": "1"}, 2, 3),
    "distillation": lambda: with_ports("distillation", {"student": "0", "teacher": "1"}, 2, 4),
    "l2_penalty": lambda: with_ports("l2_penalty", {"input": "0"}, 1, 3),
    "hebb": lambda: with_ports("hebb", {"input": "0"}, 1, 2),
    "mean_loss": lambda: with_ports("mean_loss", {"plus": "0"}, 1, 1),
    "discriminator_loss": lambda: with_ports("discriminator_loss", {"real": "0", "fake": "1"}, 2, 1),
    "generator_loss": lambda: with_ports("generator_loss", {"fake": "0"}, 1, 1),
    "policy_gradient": lambda: with_ports(
        "policy_gradient", {"policy": "0", "action": "y", "returns": "y:number"}, 1, 4
    ),
    "td_error": lambda: with_ports(
        "td_error", {"values": "0", "action": "y", "reward": "y:number", "next_values": "1"}, 2, 4, gamma=0.5
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_loss_trains(kind: str) -> None:
    trainer = trained(CASES[kind](), QUADRANTS)
    first, last = trainer.history.epochs[0], trainer.history.epochs[-1]
    assert last.train["loss"] < first.train["loss"]
    assert all(math.isfinite(value) for value in (*last.train.values(), *last.validation.values()))


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("nll", {"accuracy"}),
        ("focal", {"accuracy"}),
        ("kl_divergence", {"accuracy"}),
        ("lq", {"mae", "r2"}),
        ("gaussian_nll", {"mae", "r2"}),
        ("poisson_nll", set()),
        ("multi_similarity", set()),
        ("td_error", set()),
        ("gaussian_kl", set()),
    ],
)
def test_metrics_fit_the_loss(kind: str, found: set[str]) -> None:
    metrics = trained(CASES[kind](), QUADRANTS, epochs=1).history.epochs[-1].train
    assert set(metrics) - {"loss"} == found


def test_a_summed_loss_is_told_for_a_batch() -> None:
    project = with_ports("l1_penalty", {"input": "0"}, 1, 3, reduction="sum")
    trainer = trained(project, QUADRANTS, epochs=1)
    mean = trained(with_ports("l1_penalty", {"input": "0"}, 1, 3), QUADRANTS, epochs=1)
    # 16 samples of 3 numbers each: the same weights at the first step give 48 times the mean.
    assert trainer.history.losses[0] == pytest.approx(48 * mean.history.losses[0], rel=1e-4)


@pytest.mark.parametrize(
    ("kind", "ports", "place"),
    [
        ("focal", {"input": "0", "target": "y"}, "classes"),
        ("policy_gradient", {"policy": "0", "action": "y", "returns": "y:number"}, "actions"),
    ],
)
def test_more_classes_in_the_data_than_scores_are_refused(kind: str, ports: dict[str, str], place: str) -> None:
    project = plan(with_ports(kind, ports, 1, 3))
    short = data(POINTS, LABELS, classes=3)  # the field promises 3, the data hold 4
    with pytest.raises(ProjectError) as caught:
        Trainer(project, short)
    assert f"4 {place}" in caught.value.message
    assert "linear_1" in caught.value.fix or "linear_1" in caught.value.message


def test_a_class_below_zero_is_refused_where_nothing_is_ignored() -> None:
    labels = LABELS.copy()
    labels[3] = -100
    hidden = data(POINTS, labels, classes=4)
    assert trained(CASES["cross_entropy"](), hidden, epochs=1).failure is None
    with pytest.raises(ProjectError, match="-100"):
        Trainer(plan(CASES["multi_margin"]()), hidden)


def oja(rule: str, neurons: int) -> Project:
    """x · W with W a free parameter, and the three wires of the rule: what a student draws."""
    project = Project("Oja")
    add(project, "input")
    add(project, "parameter", shape=(4, neurons), scale=0.5)
    add(project, "matmul")
    add(project, "oja", rule=rule)
    for text in (
        "input_1.output -> matmul_1.input",
        "parameter_1.output -> matmul_1.other",
        "input_1.output -> oja_1.input",
        "matmul_1.output -> oja_1.output",
        "parameter_1.output -> oja_1.weight",
    ):
        wire(project, text)
    return project


def test_a_step_of_ojas_rule_on_the_canvas() -> None:
    """Batch 1, plain SGD: Δw = η y (x − y w) exactly."""
    dataset = data(POINTS[:1], LABELS[:1])
    trainer = Trainer(plan(oja("oja", 1), "sgd", batch_size=1, epochs=1, lr=0.1), dataset)
    (weight,) = trainer.network.root.parameters()
    before, x = weight.detach().clone(), POINTS[0]
    next(iter(trainer))
    w = before.numpy()[:, 0]
    y = x @ w
    np.testing.assert_allclose(weight.detach().numpy()[:, 0], w + 0.1 * y * (x - y * w), atol=1e-6)


def test_a_step_of_hebbs_rule_on_the_canvas() -> None:
    """Batch 1, plain SGD: Δw = η y x exactly."""
    project = Project("Hebb")
    for kind, params in (("input", {}), ("linear", {"out_features": 1, "bias": False}), ("hebb", {})):
        add(project, kind, **params)  # type: ignore[arg-type]
    wire(project, "input_1 -> linear_1")
    wire(project, "linear_1 -> hebb_1")
    trainer = Trainer(plan(project, "sgd", batch_size=1, epochs=1, lr=0.1), data(POINTS[:1], LABELS[:1]))
    (weight,) = trainer.network.root.parameters()
    w, x = weight.detach().clone().numpy()[0], POINTS[0]
    next(iter(trainer))
    np.testing.assert_allclose(weight.detach().numpy()[0], w + 0.1 * (x @ w) * x, atol=1e-6)


def test_ojas_neuron_turns_to_the_first_principal_component() -> None:
    stretched = POINTS * np.array([3.0, 1.0, 0.5, 0.5], np.float32)
    trainer = trained(oja("oja", 1), data(stretched, LABELS), epochs=60)
    (weight,) = trainer.network.root.parameters()
    found = weight.detach().numpy()[:, 0]
    _, _, components = np.linalg.svd(stretched, full_matrices=False)
    assert abs(found @ components[0]) / np.linalg.norm(found) > 0.99
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=0.05)
