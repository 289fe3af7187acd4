"""Snapshots hold what is watched, as copies, and nothing else."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from core.model.project import Project
from core.model.settings import Data
from core.training.probe import Probe
from core.training.records import Watch
from core.training.trainer import Trainer
from tests.core.networks import Layer, add, chain, wire
from tests.core.training_data import data, digits, plan, with_form


def after_steps(project: Project, count: int = 5) -> Trainer:
    trainer = Trainer(project)
    list(islice(trainer, count))
    return trainer


def toy(loss: str = "bce_with_logits", outputs: int = 1, form: str = "number") -> Project:
    layers: list[Layer] = [("linear", {"out_features": 4}), ("tanh", {}), ("linear", {"out_features": outputs})]
    project = plan(chain(layers, loss=loss), epochs=3)
    project.data = Data("gaussians")
    return with_form(project, form)


def test_nothing_watched_is_nothing_held() -> None:
    snapshot = Probe(after_steps(digits())).snapshot(Watch())
    assert (snapshot.weights, snapshot.activations) == ({}, {})
    assert snapshot.confusion is None
    assert snapshot.boundary is None
    assert (snapshot.step, snapshot.epoch) == (5, 1)


def test_weights_and_activations_are_copies_of_the_sample_asked_for() -> None:
    trainer = after_steps(digits())
    names = frozenset({"input_1", "flatten_1", "linear_1", "cross_entropy_1", "gone_9"})
    snapshot = Probe(trainer).snapshot(Watch(weights=names, activations=names, sample=4))
    assert set(snapshot.weights) == {"linear_1"}
    assert snapshot.weights["linear_1"]["weight"].shape == (16, 64)
    assert set(snapshot.activations) == names - {"gone_9"}
    image = trainer.dataset.column("validation", "x")[4]
    np.testing.assert_array_equal(snapshot.activations["input_1"]["output"], image)
    state = trainer.network.state_dict()
    expected = state["linear_1.weight"] @ torch.from_numpy(image).flatten() + state["linear_1.bias"]
    np.testing.assert_allclose(snapshot.activations["linear_1"]["output"], expected, atol=1e-5)
    assert snapshot.activations["cross_entropy_1"]["loss"].shape == ()
    before = snapshot.weights["linear_1"]["weight"].copy()
    list(islice(trainer, 3))
    np.testing.assert_array_equal(snapshot.weights["linear_1"]["weight"], before)


def test_a_sample_beyond_the_part_is_its_last_one() -> None:
    trainer = after_steps(digits())
    snapshot = Probe(trainer).snapshot(Watch(activations=frozenset({"input_1"}), sample=10**6))
    last = trainer.dataset.column("validation", "x")[-1]
    np.testing.assert_array_equal(snapshot.activations["input_1"]["output"], last)


def test_activations_are_those_of_evaluation() -> None:
    layers: list[Layer] = [("flatten", {}), ("dropout", {"p": 0.9}), ("linear", {"out_features": 10})]
    snapshot = Probe(after_steps(digits(layers))).snapshot(Watch(activations=frozenset({"dropout_1", "flatten_1"})))
    found = snapshot.activations
    np.testing.assert_array_equal(found["dropout_1"]["output"], found["flatten_1"]["output"])


def test_the_confusion_counts_the_validation_part() -> None:
    trainer = after_steps(digits(epochs=20), 400)
    confusion = Probe(trainer).snapshot(Watch(confusion=True)).confusion
    assert confusion
    assert confusion.labels == trainer.dataset.fields["y"].labels
    assert confusion.counts.sum() == trainer.feed.size("validation")
    share = np.trace(confusion.counts) / confusion.counts.sum()
    assert share == pytest.approx(trainer.evaluate("validation")["accuracy"])


@pytest.mark.parametrize(
    ("loss", "outputs", "form"),
    [
        ("bce_with_logits", 1, "number"),
        ("perceptron", 1, "sign"),
        ("cross_entropy", 2, "as stored"),
        ("mse", 2, "one-hot"),
    ],
)
def test_two_classes_make_a_2_by_2_confusion_and_a_boundary(loss: str, outputs: int, form: str) -> None:
    trainer = after_steps(toy(loss, outputs, form))
    snapshot = Probe(trainer).snapshot(Watch(confusion=True, boundary=12))
    assert snapshot.confusion
    assert snapshot.confusion.counts.shape == (2, 2)
    accuracy = trainer.evaluate("validation")["accuracy"]
    assert np.trace(snapshot.confusion.counts) == pytest.approx(accuracy * snapshot.confusion.counts.sum())
    boundary = snapshot.boundary
    assert boundary
    assert boundary.values.shape == (12, 12, outputs)
    x = trainer.dataset.column("train", "x")
    x0, y0, x1, y1 = boundary.extent
    assert x0 < x[:, 0].min() < x[:, 0].max() < x1
    assert y0 < x[:, 1].min() < x[:, 1].max() < y1
    assert len(boundary.points) == len(boundary.targets) == len(x)


def test_a_boundary_has_its_lowest_y_in_row_0() -> None:
    x = np.random.default_rng(0).normal(size=(20, 2))
    project = plan(chain([("linear", {"out_features": 1})], loss="mse"))
    trainer = Trainer(project, data(x, x[:, 1:], meaning="number"))
    trainer.network.state_dict()["linear_1.weight"].copy_(torch.tensor([[0.0, 1.0]]))
    trainer.network.state_dict()["linear_1.bias"].zero_()
    boundary = Probe(trainer).snapshot(Watch(boundary=5)).boundary
    assert boundary
    _, y0, _, y1 = boundary.extent
    np.testing.assert_allclose(boundary.values[:, 2, 0], np.linspace(y0, y1, 5), atol=1e-5)


def test_what_is_impossible_is_left_out() -> None:
    assert Probe(after_steps(digits())).snapshot(Watch(boundary=20)).boundary is None
    project = plan(chain([("linear", {"out_features": 1})], loss="mse"), epochs=2)
    project.data = Data("line")
    snapshot = Probe(after_steps(project, 2)).snapshot(Watch(confusion=True, boundary=20))
    assert snapshot.confusion is None


def test_a_network_of_one_input_has_a_curve() -> None:
    project = plan(chain([("linear", {"out_features": 1})], loss="mse"), epochs=2)
    project.data = Data("line")
    trainer = after_steps(project, 2)
    boundary = Probe(trainer).snapshot(Watch(boundary=20)).boundary
    assert boundary
    assert boundary.values.shape == (1, 20, 1)
    weight, bias = (trainer.network.state_dict()[f"linear_1.{name}"].item() for name in ("weight", "bias"))
    x = np.linspace(boundary.extent[0], boundary.extent[2], 20)
    np.testing.assert_allclose(boundary.values[0, :, 0], weight * x + bias, atol=1e-5)
    np.testing.assert_allclose(boundary.targets, trainer.dataset.column("train", "y")[: len(boundary.targets), 0])


def test_every_port_of_a_node_is_shown() -> None:
    project = chain([("embedding", {"num_embeddings": 5, "embedding_dim": 4})])
    lstm = add(project, "lstm", hidden_size=3)
    wire(project, f"embedding_1 -> {lstm}")
    wire(project, f"{lstm}.hidden -> {add(project, 'linear', out_features=2)}.input")
    add(project, "input", field="y")
    wire(project, f"linear_1 -> {add(project, 'cross_entropy')}")
    wire(project, "input_2.output -> cross_entropy_1.target")
    tokens = np.random.default_rng(0).integers(0, 5, (12, 7))
    trainer = Trainer(plan(project), data(tokens, tokens[:, 0] % 2))
    shown = Probe(trainer).snapshot(Watch(activations=frozenset({lstm}))).activations[lstm]
    assert {port: value.shape for port, value in shown.items()} == {"output": (7, 3), "hidden": (3,), "cell": (3,)}


def test_every_output_over_the_same_plane_has_a_map() -> None:
    project = toy()
    squashed, output = add(project, "sigmoid"), add(project, "output")
    wire(project, f"linear_2 -> {squashed}")
    wire(project, f"{squashed} -> {output}")
    # A third output reads the same field through an input of its own.
    apart, linear, third = add(project, "input"), add(project, "linear", out_features=3), add(project, "output")
    wire(project, f"{apart} -> {linear}")
    wire(project, f"{linear} -> {third}")
    boundary = Probe(after_steps(project)).snapshot(Watch(boundary=6)).boundary
    assert boundary
    assert boundary.names == ("Output (output_1)", "Output (output_2)", "Output (output_3)")
    squeezed, apart_said = boundary.others
    np.testing.assert_allclose(squeezed, 1 / (1 + np.exp(-boundary.values)), rtol=1e-5)
    assert apart_said.shape == (6, 6, 3)
