"""The claim of each preset, at a fixed seed, through the engine that the app uses."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

import presets
from core.model import ops
from core.model.graph import Edge
from core.model.project import Project
from core.model.settings import Data, Optimizer
from core.training.trainer import Trainer


def trained(project: Project) -> Trainer:
    trainer = Trainer(project, device="cpu")
    for _ in trainer:
        pass
    assert trainer.failure is None
    return trainer


def outputs(trainer: Trainer, part: str = "train") -> torch.Tensor:
    """The network's output on a part of the data, in evaluation mode."""
    program = trainer.network.inference_program().eval()
    with torch.no_grad():
        value: torch.Tensor = program(torch.from_numpy(trainer.dataset.column(part, "x")))[0]
    return value


def weight(trainer: Trainer, name: str) -> torch.Tensor:
    return trainer.network.state_dict()[name].detach()


# Neurons and rules


def test_perceptron_changes_a_weight_by_exactly_1_6(tmp_path: object) -> None:
    project = presets.load("perceptron")
    ops.SetParams("linear_1", {"bias": False}).apply(project)
    objective = project.training.objectives[0]
    plain = msgspec.structs.replace(objective, optimizer=Optimizer("sgd", {"lr": 1.0}))
    training = msgspec.structs.replace(project.training, objectives=(plain,), epochs=1, batch_size=1)
    ops.SetTraining(training).apply(project)
    path = f"{tmp_path}/one.npz"
    np.savez(path, x=np.array([[0.8]], np.float32), y=np.array([[1.0]], np.float32))
    no_split = msgspec.structs.replace(project.data.split, validation=0.0, test=0.0)
    ops.SetData(Data("numpy", {"path": path}, no_split)).apply(project)
    ops.SetParams("input_2", {"form": "as stored"}).apply(project)
    trainer = Trainer(project, max_steps=1, device="cpu")
    with torch.no_grad():
        trainer.network.root.linear_1.weight.fill_(-1.0)  # ŷ = sign(−0.8) = −1
    before = weight(trainer, "linear_1.weight").clone()
    assert len(list(trainer)) == 1
    assert float(weight(trainer, "linear_1.weight") - before) == pytest.approx(1.6, abs=1e-6)


def test_perceptron_makes_no_errors_on_separable_points() -> None:
    trainer = trained(presets.load("perceptron"))
    truth = torch.from_numpy(trainer.dataset.column("train", "y", "sign"))
    assert torch.equal(outputs(trainer), truth)
    assert trainer.history.losses[-1] == 0


def test_perceptron_errs_on_xor_whatever_it_does() -> None:
    project = presets.load("perceptron")
    ops.SetData(
        Data("xor", {"points": "truth table"}, msgspec.structs.replace(project.data.split, validation=0, test=0))
    ).apply(project)
    trainer = trained(project)
    truth = torch.from_numpy(trainer.dataset.column("train", "y", "sign"))
    assert (outputs(trainer) != truth).float().mean() >= 0.25


# Regression


def test_linreg_has_the_loss_of_the_slides() -> None:
    project = presets.load("linreg-1d")
    trainer = Trainer(project, device="cpu")
    for w, expected in ((1.0, 0.0), (0.5, 3.5 / 6), (0.0, 14 / 6)):
        with torch.no_grad():
            trainer.network.root.linear_1.weight.fill_(w)
        assert trainer.evaluate("train")["loss"] == pytest.approx(expected, abs=1e-6)


def test_linreg_finds_the_slope() -> None:
    trainer = trained(presets.load("linreg-1d"))
    assert float(weight(trainer, "linear_1.weight")) == pytest.approx(1.0, abs=1e-3)


def test_logistic_matches_scikit_learn() -> None:
    trainer = trained(presets.load("logistic-credit"))
    x, y = trainer.dataset.column("train", "x"), trainer.dataset.column("train", "y")
    reference = LogisticRegression(C=np.inf, tol=1e-8).fit(x, y)
    ours = weight(trainer, "linear_1.weight").numpy()
    assert np.allclose(ours, reference.coef_, rtol=0.05, atol=0.05)
    assert np.allclose(weight(trainer, "linear_1.bias").numpy(), reference.intercept_, rtol=0.05, atol=0.05)


# Multilayer networks


def test_xor_is_solved_by_two_hidden_neurons() -> None:
    trainer = trained(presets.load("mlp-xor"))
    truth = torch.from_numpy(trainer.dataset.column("train", "y", "number"))
    assert torch.equal((outputs(trainer) > 0.5).float(), truth)
    assert len(truth) == 4


def test_xor_is_not_solved_by_a_linear_net() -> None:
    project = presets.load("mlp-xor")
    wires = [e for e in project.graph.edges if e.source == "sigmoid_1" or e.target == "sigmoid_1"]
    for wire in wires:
        ops.RemoveEdge(wire).apply(project)
    ops.AddEdge(Edge("linear_1", "output", "linear_2", "input")).apply(project)
    ops.RemoveNode("sigmoid_1").apply(project)
    trainer = trained(project)
    truth = torch.from_numpy(trainer.dataset.column("train", "y", "number"))
    assert not torch.equal((outputs(trainer) > 0.5).float(), truth)
    assert trainer.evaluate("train")["loss"] > 0.2


@pytest.mark.parametrize("data", ["circles", "xor", "gaussians", "moons"])
def test_playground_solves_its_data(data: str) -> None:
    project = presets.load("mlp-playground")
    params = {"points": "cloud"} if data == "xor" else {}
    ops.SetData(msgspec.structs.replace(project.data, source=data, params=params)).apply(project)
    assert trained(project).test()["accuracy"] >= 0.95


def test_playground_needs_more_units_for_the_spiral() -> None:
    project = presets.load("mlp-playground")
    spiral = msgspec.structs.replace(project.data, source="spiral", params={"samples": 1000})
    ops.SetData(spiral).apply(project)
    ops.SetTraining(msgspec.structs.replace(project.training, epochs=100)).apply(project)
    small = trained(project).test()["accuracy"]
    ops.SetParams("linear_1", {"out_features": 16}).apply(project)
    ops.SetParams("linear_2", {"out_features": 16}).apply(project)
    large = trained(project).test()["accuracy"]
    assert large >= 0.95
    assert small < 0.9


# Convolutional networks


def test_lenet_has_its_published_size() -> None:
    trainer = Trainer(presets.load("lenet-5"), max_steps=1)
    assert sum(p.numel() for p in trainer.network.root.parameters()) == 61_706


@pytest.mark.slow
def test_lenet_reads_98_of_100_digits() -> None:
    assert trained(presets.load("lenet-5")).test()["accuracy"] >= 0.98


@pytest.mark.slow
def test_lenet_does_so_whichever_digits_are_held_out() -> None:
    accuracies = []
    for seed in range(4):
        project = presets.load("lenet-5")
        split = msgspec.structs.replace(project.data.split, seed=seed)
        ops.SetData(msgspec.structs.replace(project.data, split=split)).apply(project)
        accuracies.append(trained(project).test()["accuracy"])
    assert np.mean(accuracies) >= 0.98


FASHION = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package dataset-fashion-mnist puts the full set (Xiao, Rasul, Vollgraf 2017)."""


@pytest.mark.slow
@pytest.mark.skipif(not FASHION.is_dir(), reason="Fashion-MNIST is not on this machine")
def test_lenet_tells_89_of_100_clothes_apart() -> None:
    project = presets.load("lenet-5")
    paths = {f"{what}_path": str(next(FASHION.glob(f"train-{what}*"))) for what in ("images", "labels")}
    ops.SetData(msgspec.structs.replace(project.data, source="idx", params=paths)).apply(project)
    ops.SetTraining(msgspec.structs.replace(project.training, epochs=7, batch_size=64)).apply(project)
    assert trained(project).test()["accuracy"] >= 0.89


# Sequences


@pytest.mark.slow
def test_char_rnn_needs_far_fewer_bits_than_letter_frequencies() -> None:
    trainer = trained(presets.load("char-rnn"))
    characters = np.bincount(trainer.dataset.column("train", "y").ravel())
    share = characters[characters > 0] / characters.sum()
    unigram = float(-(share * np.log2(share)).sum())
    test = trainer.test()
    assert test["bits"] <= 0.75 * unigram
    assert test["bits"] == pytest.approx(test["loss"] / np.log(2), rel=1e-3)


# Attention


@pytest.mark.slow
def test_encoder_fills_gaps_better_than_frequencies() -> None:
    trainer = trained(presets.load("transformer-encoder"))
    truth = trainer.dataset.column("train", "y")
    counts = np.bincount(truth[truth >= 0])
    guess = counts.max() / counts.sum()
    assert trainer.test()["accuracy"] >= guess + 0.1
