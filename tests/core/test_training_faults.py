"""What goes wrong in training is said in plain words, with the node where it began."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.model.fault import ProjectError
from core.model.settings import Objective, Optimizer, Schedule
from core.training.devices import choose_device
from core.training.threads import cores, thread_count
from core.training.trainer import Trainer
from tests.core.networks import Layer, add, chain, wire
from tests.core.training_data import MLP, data, digits, plan


def refused(project: Any, dataset: Any = None, **options: Any) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        Trainer(project, dataset, **options)
    assert caught.value.fix
    return caught.value


def test_a_run_that_diverges_ends_with_the_node_where_it_began() -> None:
    x = np.linspace(-100, 100, 20)[:, None]
    project = plan(chain([("linear", {"out_features": 1})], loss="mse"), "sgd", lr=10.0, epochs=100)
    trainer = Trainer(project, data(x, 2 * x, meaning="number"))
    steps = list(trainer)
    assert trainer.failure
    assert trainer.failure.node == "mse_1"
    assert "infinite" in trainer.failure.message
    assert "learning rate (now 10)" in trainer.failure.fix
    assert steps[-1].index < trainer.total_steps


def test_the_first_node_with_nan_is_named() -> None:
    """sqrt is missing from the layers, so a linear layer whose weights were spoilt stands for a broken one."""
    trainer = Trainer(digits())
    next(iter(trainer))
    trainer.network.state_dict()["linear_2.weight"].fill_(float("nan"))
    assert list(trainer) == []
    assert trainer.failure
    assert trainer.failure.node == "linear_2"
    assert "weights of linear_2 NaN" in trainer.failure.message


def test_missing_values_in_the_data_are_blamed_on_the_input() -> None:
    values = data(np.array([[1.0], [np.inf], [2.0]]), np.ones((3, 1)), meaning="number")
    trainer = Trainer(plan(chain([("linear", {"out_features": 1})], loss="mse"), epochs=1), values)
    assert list(trainer) == []
    assert trainer.failure
    assert trainer.failure.node == "input_1"
    assert "data" in trainer.failure.message


def test_more_classes_than_scores_are_refused_at_the_loss() -> None:
    """The field promises 5 classes; the data hold 10."""
    layers: list[Layer] = [
        ("linear", {"out_features": 4}),
        ("relu", {}),
        ("linear", {"out_features": 5}),
        ("dropout", {}),
    ]
    values = data(np.zeros((10, 2)), np.arange(10), classes=5)
    error = refused(plan(chain(layers, loss="cross_entropy")), values)
    assert error.place == "cross_entropy_1"
    assert "10 classes" in error.message
    assert refused(digits([*MLP[:3], ("linear", {"out_features": 5})])).place == "cross_entropy_1"
    assert "5 scores" in error.message
    assert "linear_2" in str(error)


def test_a_negative_class_is_refused() -> None:
    values = data(np.zeros((4, 2)), np.array([0, 1, -1, 0]), classes=2)
    error = refused(plan(chain([("linear", {"out_features": 2})], loss="cross_entropy")), values)
    assert "−1" in error.message or "-1" in error.message


def test_more_tokens_than_rows_are_refused_at_the_embedding() -> None:
    tokens = np.arange(12).reshape(4, 3)
    layers: list[Layer] = [
        ("embedding", {"num_embeddings": 8, "embedding_dim": 2}),
        ("flatten", {}),
        ("linear", {"out_features": 2}),
    ]
    error = refused(plan(chain(layers, loss="cross_entropy")), data(tokens, np.array([0, 1, 0, 1])))
    assert error.place == "embedding_1"
    assert "12" in error.fix


@pytest.mark.parametrize("size", [10**15, 0])
def test_a_failed_allocation_ends_the_run_and_not_the_program(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An allocation that no machine can give, and Python's own error."""
    trainer = Trainer(digits(batch_size=64))
    steps = iter(trainer)
    next(steps)

    def grab(_: torch.Tensor) -> torch.Tensor:
        if not size:
            raise MemoryError
        return torch.empty(size)

    monkeypatch.setattr(trainer.network.root.get_submodule("linear_1"), "forward", grab)
    assert list(steps) == []
    assert trainer.failure
    assert "memory" in trainer.failure.message
    assert "64" in trainer.failure.fix


def test_batch_norm_with_one_sample_says_what_to_do() -> None:
    layers: list[Layer] = [("linear", {"out_features": 4}), ("batch_norm1d", {}), ("linear", {"out_features": 2})]
    values = data(np.zeros((4, 3)), np.array([0, 1, 0, 1]))
    trainer = Trainer(plan(chain(layers, loss="cross_entropy"), batch_size=1), values)
    assert list(trainer) == []
    assert trainer.failure
    assert trainer.failure.node == "batch_norm1d_1"
    assert "batch size" in trainer.failure.fix


def test_a_loss_that_no_weight_reaches_is_explained() -> None:
    project = chain([("linear", {"out_features": 1})])
    add(project, "input", field="y")
    wire(project, f"input_1 -> {add(project, 'mse')}")
    wire(project, "input_2.output -> mse_1.target")
    x = np.ones((4, 1))
    trainer = Trainer(plan(project), data(x, x, meaning="number"))
    list(trainer)
    assert trainer.failure
    assert "weight" in trainer.failure.message


@pytest.mark.parametrize(
    ("objective", "word"),
    [
        (Objective(losses={"mse_7": 1.0}), "mse_7"),
        (Objective(trains=("relu_1",)), "nothing to train"),
        (Objective(trains=("gone_1",)), "gone_1"),
        (Objective(optimizer=Optimizer("adamm")), "adamm"),
        (Objective(optimizer=Optimizer("sgd", {"lr": -1.0})), "Learning rate"),
        (Objective(schedule=Schedule("stairs")), "stairs"),
        (Objective(schedule=Schedule("step", {"gamma": 2.0})), "γ"),
    ],
)
def test_a_wrong_objective_is_refused_with_its_place(objective: Objective, word: str) -> None:
    error = refused(digits(objectives=(objective,)))
    assert word in str(error)
    assert error.place == "training.objectives[0]"


def test_a_device_that_is_not_there_is_refused() -> None:
    assert refused(digits(), device="cuda:99").place == "training.device"
    assert refused(digits(), device="abacus").place == "training.device"
    assert choose_device("cpu") == torch.device("cpu")


def test_a_validation_loss_that_overflows_ends_the_run() -> None:
    x = np.array([[1.0], [1.0], [1e30]])
    values = data(x, np.ones((3, 1)), meaning="number", validation=1)
    trainer = Trainer(plan(chain([("linear", {"out_features": 1})], loss="mse"), epochs=3), values)
    list(trainer)
    assert trainer.failure
    assert "validation loss" in trainer.failure.message


def test_small_nets_take_one_thread_and_big_ones_leave_a_core() -> None:
    assert thread_count(10_000, 32, 8) == 1
    assert thread_count(10_000_000, 64, 8) == 7
    assert thread_count(10_000_000, 64, 2) == 1
    assert thread_count(10_000_000, 64, 1) == 1
    assert cores() >= 1
