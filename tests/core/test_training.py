"""The trainer learns what theory says, repeats itself to the bit and keeps its promises."""

from __future__ import annotations

import threading
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.data.dataset import open_dataset
from core.model.project import Project
from core.model.settings import Data
from core.training.probe import Probe
from core.training.records import Watch
from core.training.trainer import Trainer
from tests.core.networks import Layer, add, chain, weigh, wire
from tests.core.training_data import MLP, data, digits, plan, with_form

NOISY: list[Layer] = [
    ("conv2d", {"out_channels": 4, "kernel_size": 3}),
    ("batch_norm2d", {}),
    ("relu", {}),
    ("flatten", {}),
    ("dropout", {"p": 0.3}),
    ("linear", {"out_features": 10}),
]


def run(trainer: Trainer) -> dict[str, torch.Tensor]:
    for _ in trainer:
        pass
    assert trainer.failure is None
    return {name: value.clone() for name, value in trainer.network.state_dict().items()}


def assert_same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> None:
    assert left.keys() == right.keys()
    for name, value in left.items():
        assert torch.equal(value, right[name]), name


def linear(inputs: int = 1, *, bias: bool = True, loss: str = "half_mse") -> Project:
    return chain([("linear", {"out_features": 1, "bias": bias})], loss=loss)


def set_weights(trainer: Trainer, **values: float) -> None:
    for name, value in values.items():
        trainer.network.state_dict()[f"linear_1.{name}"].fill_(value)


def test_one_perceptron_step_is_rosenblatts_rule_exactly() -> None:
    project = plan(linear(loss="perceptron"), "sgd", lr=1.0, batch_size=1, epochs=1)
    trainer = Trainer(project, data(np.array([[0.8]]), np.array([[1.0]]), meaning="number"))
    set_weights(trainer, weight=-1.0, bias=0.0)
    after = run(trainer)
    assert after["linear_1.weight"].item() == pytest.approx(0.6, abs=1e-6)  # −1 + η(y − ŷ)x = −1 + 1.6
    assert after["linear_1.bias"].item() == pytest.approx(2.0)


def test_linear_regression_reaches_the_normal_equations() -> None:
    x = np.random.default_rng(0).normal(size=(60, 3))
    y = (x @ [[1.0], [-2.0], [0.5]] + 3.0 + 0.1 * np.random.default_rng(1).normal(size=(60, 1))).astype(np.float32)
    project = plan(linear(), "sgd", lr=0.2, batch_size=60, epochs=400)
    after = run(Trainer(project, data(x, y, meaning="number")))
    exact, *_ = np.linalg.lstsq(np.hstack([x.astype(np.float32), np.ones((60, 1))]), y, rcond=None)
    found = [*after["linear_1.weight"].flatten().tolist(), after["linear_1.bias"].item()]
    np.testing.assert_allclose(found, exact.flatten(), atol=1e-5)


def test_a_small_network_solves_xor_and_a_linear_one_cannot() -> None:
    deep: list[Layer] = [("linear", {"out_features": 4}), ("tanh", {}), ("linear", {"out_features": 1})]
    found = {}
    for name, layers in {"deep": deep, "linear": deep[2:]}.items():
        project = with_form(plan(chain(layers, loss="bce_with_logits"), lr=0.1, epochs=300, batch_size=4), "number")
        x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        trainer = Trainer(project, data(x.astype(np.float32), np.array([0, 1, 1, 0])))
        run(trainer)
        found[name] = trainer.evaluate("train")["accuracy"]
    assert found["deep"] == 1.0
    assert found["linear"] <= 0.75


def test_weights_equal_those_of_a_hand_written_loop() -> None:
    trainer = Trainer(digits([*MLP], epochs=2, batch_size=50, seed=3))
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    module.load_state_dict(dict(zip(module.state_dict(), trainer.network.state_dict().values(), strict=True)))
    x, y = (torch.from_numpy(trainer.dataset.column("train", name)) for name in "xy")
    optimizer, generator = torch.optim.Adam(module.parameters()), torch.Generator().manual_seed(3)
    for _ in range(2):
        for rows in torch.randperm(len(x), generator=generator).split(50):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(x[rows]), y[rows]).backward()
            optimizer.step()
    for ours, theirs in zip(run(trainer).values(), module.state_dict().values(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)


def test_a_run_is_the_same_to_the_bit_however_it_is_watched_or_paused() -> None:
    project = digits(NOISY, epochs=2, seed=5)
    alone = run(Trainer(project))
    watched = Trainer(project)
    probe, everything = Probe(watched), frozenset(project.graph.nodes)
    while len(list(islice(watched, 7))):
        probe.snapshot(Watch(everything, everything, sample=3, confusion=True, boundary=8))
        watched.evaluate("test")
        torch.rand(5)
        Trainer(project)
    assert_same(alone, {name: value.clone() for name, value in watched.network.state_dict().items()})
    assert not torch.equal(alone["linear_1.weight"], run(Trainer(project, seed=6))["linear_1.weight"])


def test_two_noisy_runs_side_by_side_do_not_disturb_each_other() -> None:
    project = digits(NOISY, epochs=2, seed=5)
    alone = run(Trainer(project))
    both = [Trainer(project), Trainer(project)]
    threads = [threading.Thread(target=list, args=(trainer,)) for trainer in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for trainer in both:
        assert_same(alone, {name: value.clone() for name, value in trainer.network.state_dict().items()})


def test_edits_of_the_project_do_not_reach_a_run() -> None:
    project = digits(epochs=1)
    trainer = Trainer(project)
    add(project, "relu")
    project.training = plan(project, epochs=9).training
    run(trainer)
    assert trainer.total_epochs == 1
    assert "relu_2" not in trainer.project.graph.nodes


def test_it_tells_steps_and_epochs() -> None:
    trainer = Trainer(digits(epochs=2, batch_size=100))
    steps = list(trainer)
    assert [step.index for step in steps] == list(range(1, len(steps) + 1))
    assert sum(step.samples for step in steps) == 2 * trainer.feed.size("train")
    assert len(steps) == trainer.total_steps == 2 * trainer.steps_per_epoch
    ended = [step.ended for step in steps if step.ended]
    assert ended == trainer.history.epochs
    assert [epoch.epoch for epoch in ended] == [1, 2]
    assert ended[1].train["loss"] < ended[0].train["loss"]
    assert set(ended[0].validation) == {"loss", "accuracy"}
    assert list(trainer.history.losses) == [step.loss for step in steps]
    assert trainer.remaining == 0.0
    assert sum(epoch.seconds for epoch in ended) == pytest.approx(trainer.elapsed, rel=0.05)


def test_a_step_limit_ends_within_an_epoch_and_still_closes_it() -> None:
    trainer = Trainer(digits(), max_steps=3)
    steps = list(trainer)
    assert len(steps) == 3
    assert steps[-1].ended
    assert trainer.total_epochs == 1


def test_the_mean_training_loss_is_exact_over_uneven_batches() -> None:
    """With a rate too small to move anything, the epoch's figures are those of the whole part."""
    trainer = Trainer(digits(lr=1e-12, epochs=1, batch_size=97))
    run(trainer)
    told, whole = trainer.history.epochs[0].train, trainer.evaluate("train")
    assert told == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_epoch_and_step_losses_are_on_one_scale(reduction: str) -> None:
    project = chain([("linear", {"out_features": 1})])
    add(project, "input", field="y")
    wire(project, f"linear_1 -> {add(project, 'mse', reduction=reduction)}")
    wire(project, "input_2.output -> mse_1.target")
    rng = np.random.default_rng(0)
    values = data(rng.normal(size=(40, 2)), rng.normal(size=(40, 1)), meaning="number", validation=20)
    trainer = Trainer(plan(project, lr=1e-12, epochs=1, batch_size=5), values)
    losses = [step.loss for step in trainer]
    assert trainer.history.epochs[0].train["loss"] == pytest.approx(np.mean(losses), rel=1e-6)
    scale = 5 if reduction == "sum" else 1
    x, y = (torch.from_numpy(values.column("validation", name)) for name in "xy")
    with torch.no_grad():
        mean = nn.functional.mse_loss(trainer.network.root.get_submodule("linear_1")(x), y).item()
    assert trainer.history.epochs[0].validation["loss"] == pytest.approx(scale * mean, rel=1e-6)


def test_early_stopping_waits_and_the_best_weights_come_back() -> None:
    """A network that learns noise by heart: its validation loss rises from some epoch on."""
    rng = np.random.default_rng(0)
    noise = data(rng.normal(size=(80, 4)), rng.integers(0, 2, 80), validation=30, test=20)
    layers: list[Layer] = [("linear", {"out_features": 64}), ("relu", {}), ("linear", {"out_features": 2})]
    trainer = Trainer(plan(chain(layers, loss="cross_entropy"), lr=0.02, epochs=200, patience=4), noise)
    run(trainer)
    epochs = trainer.history.epochs
    least = min(epochs, key=lambda epoch: epoch.validation["loss"])
    assert trainer.history.best is least
    assert len(epochs) == least.epoch + 4 < 200
    tested, present = trainer.test(), trainer.evaluate("validation")
    assert present == epochs[-1].validation, "a test leaves the present weights where they are"
    trainer.restore_best()
    assert trainer.evaluate("validation") == least.validation
    assert trainer.evaluate("test") == tested


def test_without_a_validation_part_the_training_loss_decides() -> None:
    x = np.linspace(-1, 1, 12)[:, None]
    trainer = Trainer(plan(linear(), "sgd", lr=0.1, epochs=3), data(x, 2 * x, meaning="number"))
    run(trainer)
    assert all(epoch.best and not epoch.validation for epoch in trainer.history.epochs)
    assert trainer.test() == {}


def test_a_last_batch_of_one_sample_joins_the_one_before_under_batch_norm() -> None:
    rng = np.random.default_rng(0)
    layers: list[Layer] = [("linear", {"out_features": 4}), ("batch_norm1d", {}), ("linear", {"out_features": 2})]
    values = data(rng.normal(size=(17, 3)), rng.integers(0, 2, 17))
    trainer = Trainer(plan(chain(layers, loss="cross_entropy"), epochs=2, batch_size=8), values)
    assert [step.samples for step in trainer] == [8, 9, 8, 9]
    assert trainer.failure is None
    plain = Trainer(plan(chain(layers[2:], loss="cross_entropy"), epochs=1, batch_size=8), values)
    assert [step.samples for step in plain] == [8, 8, 1]


def test_a_frozen_node_keeps_its_weights_and_statistics() -> None:
    project = digits(NOISY, epochs=1)
    for name in ("conv2d_1", "batch_norm2d_1"):
        node = project.graph.nodes[name]
        project.graph.nodes[name] = type(node)(node.id, node.kind, node.params, trainable=False)
    trainer = Trainer(project)
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    after = run(trainer)
    changed = {name.partition(".")[0] for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed == {"linear_1"}


def test_a_moving_average_follows_each_step() -> None:
    project = chain([("linear", {"out_features": 1, "bias": False})], loss="half_mse")
    add(project, "linear", out_features=1, bias=False)
    wire(project, "input_1 -> linear_2")
    wire(project, f"linear_2 -> {add(project, 'output')}")
    weigh(project, "linear_2", "average", "linear_1", 0.9)
    x = np.ones((4, 1))
    trainer = Trainer(plan(project, "sgd", lr=0.1, epochs=1), data(x, 3 * x, meaning="number"))
    state = trainer.network.state_dict()
    start = state["linear_2.weight"].item()
    assert start == state["linear_1.weight"].item()
    list(trainer)
    assert state["linear_2.weight"].item() == pytest.approx(0.9 * start + 0.1 * state["linear_1.weight"].item())


def test_a_run_can_start_from_the_weights_of_another() -> None:
    first = Trainer(digits(epochs=1))
    trained = run(first)
    wider = digits([MLP[0], MLP[1], MLP[2], ("linear", {"out_features": 12})], epochs=1)
    second = Trainer(wider, start_from=first.network)
    assert second.carried == ["linear_1.weight", "linear_1.bias"]
    assert torch.equal(second.network.state_dict()["linear_1.weight"], trained["linear_1.weight"])


def test_text_is_told_in_bits() -> None:
    rng = np.random.default_rng(0)
    layers: list[Layer] = [("embedding", {"num_embeddings": 6, "embedding_dim": 4}), ("linear", {"out_features": 6})]
    tokens = rng.integers(0, 6, (40, 5))
    trainer = Trainer(
        plan(chain(layers, loss="cross_entropy"), epochs=1), data(tokens, tokens, meaning="token", validation=8)
    )
    run(trainer)
    told = trainer.history.epochs[0].validation
    assert set(told) == {"loss", "accuracy", "bits", "perplexity"}
    assert told["bits"] == pytest.approx(told["loss"] / np.log(2))
    assert told["perplexity"] == pytest.approx(np.exp(told["loss"]))


def test_regression_on_real_data_tells_its_metrics() -> None:
    project = plan(chain([("linear", {"out_features": 1})], loss="mse"), lr=0.05, epochs=40)
    project.data = Data("diabetes", standardise=("x", "y"))
    trainer = Trainer(project, open_dataset(project.data))
    run(trainer)
    told: dict[str, Any] = trainer.test()
    assert set(told) == {"loss", "mae", "r2"}
    assert told["r2"] > 0.3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_losses_come_when_fetched() -> None:
    trainer = Trainer(digits(epochs=2), device="cuda")
    list(trainer)
    assert len(trainer.history.losses) == trainer.total_steps
    assert all(np.isfinite(trainer.history.losses))
