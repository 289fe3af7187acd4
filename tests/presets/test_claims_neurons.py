"""The claims of the first lecture, neurons and rules, at a fixed seed, through the engine that the app uses."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch

import presets
from core.compiler.build import build
from core.data.dataset import open_dataset
from core.model import ops
from core.model.graph import Edge, Node
from core.training.trainer import Trainer
from tests.presets.claims import at, trained, weight, with_data


def test_threshold_neurons_compute_their_truth_tables() -> None:
    project = presets.load("mcculloch-pitts")
    data = open_dataset(project.data)
    network = build(project, data.fields)
    program = network.inference_program()
    fields = [str(project.graph.nodes[name].params["field"]) for name in network.inputs_of(program)]
    answers = program(*(torch.from_numpy(data.column("train", field)) for field in fields))
    assert data.column("train", "x").tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert [answer.flatten().tolist() for answer in answers] == [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 0, 0]]
    for index, gate in enumerate(("and", "or", "not")):
        assert answers[index].tolist() == data.column("train", f"y_{gate}", "number").tolist()


def test_a_threshold_neuron_fires_at_its_threshold() -> None:
    project = presets.load("mcculloch-pitts")
    network = build(project, open_dataset(project.data).fields)
    fires = network.program([("and_1", "output")])
    both = torch.tensor([[1.0, 1.0]])
    assert float(both @ torch.tensor([1.0, 1.0])) - 2 == 0
    assert fires(both)[0].item() == 1
    assert fires(both - 1e-6)[0].item() == 0


def test_where_nothing_learns_one_pass_over_the_data_shows_that_every_gate_is_right() -> None:
    trainer = Trainer(presets.load("mcculloch-pitts"), device="cpu", epochs=5)
    assert len(list(trainer)) == 1
    assert trainer.ended_by.startswith("Nothing here learns")
    assert trainer.failure is None
    assert trainer.history.epochs[0].train["loss"] == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_neuron_of_oja_turns_to_the_first_principal_component(seed: int) -> None:
    trainer = trained(presets.load("hebb"), seed=seed)
    w = weight(trainer, "parameter_1.value").flatten().numpy()
    x = trainer.dataset.column("train", "x")
    first = np.linalg.svd(x - x.mean(0), full_matrices=False)[2][0]
    assert abs(w @ first) / np.linalg.norm(w) > 0.99
    assert np.linalg.norm(w) == pytest.approx(1, abs=0.01)


def test_without_the_term_of_oja_a_neuron_turns_as_well_but_grows() -> None:
    project = presets.load("hebb")
    ops_of_hebb = [*(edge for edge in project.graph.edges if edge.target == "oja_1")]
    for edge in ops_of_hebb:
        ops.RemoveEdge(edge).apply(project)
    ops.RemoveNode("oja_1").apply(project)
    ops.AddNode(Node("hebb_1", "hebb")).apply(project)
    ops.AddEdge(Edge("matmul_1", "output", "hebb_1", "input")).apply(project)
    trainer = trained(project)
    w = weight(trainer, "parameter_1.value").flatten().numpy()
    first = np.linalg.svd(trainer.dataset.column("train", "x"), full_matrices=False)[2][0]
    assert abs(w @ first) / np.linalg.norm(w) > 0.99
    assert np.linalg.norm(w) > 100


@pytest.mark.parametrize("seed", range(3))
def test_a_perceptron_is_never_below_25_per_cent_error_on_xor(seed: int) -> None:
    project = presets.load("perceptron-xor")
    trainer = Trainer(project, device="cpu", seed=seed)
    truth = torch.from_numpy(trainer.dataset.column("train", "y", "sign"))
    assert truth.flatten().tolist() == [-1, 1, 1, -1]
    errors = [float((at(trainer, "sign_1") != truth).float().mean()) for _ in trainer]
    assert trainer.failure is None
    assert len(errors) == 200
    assert min(errors) >= 0.25


def test_the_same_perceptron_learns_and() -> None:
    project = presets.load("perceptron-xor")
    ops.SetData(msgspec.structs.replace(project.data, source="logic", params={"gate": "AND"})).apply(project)
    trainer = trained(project)
    truth = torch.from_numpy(trainer.dataset.column("train", "y", "sign"))
    assert torch.equal(at(trainer, "sign_1"), truth)
    assert trainer.history.epochs[-1].train["loss"] == 0


@pytest.mark.parametrize("noise", range(4))
def test_a_hopfield_net_recalls_what_it_stores_and_its_energy_never_rises(noise: int) -> None:
    project = with_data(presets.load("hopfield"), seed=noise)
    trainer = trained(project)
    stored, damaged = at(trainer, "flatten_1"), at(trainer, "flatten_2")
    assert (damaged != stored).sum(1).tolist() == [13, 13, 13]  # 20 % of 64 pixels
    assert torch.equal(at(trainer, "hopfield_2"), stored)
    energies = at(trainer, "hopfield_2", "energies")
    assert energies.shape == (3, 6)
    assert bool((energies.diff(dim=1) <= 1e-3).all())
    assert bool((energies[:, -1] < energies[:, 0] - 1).all())


def test_the_weights_of_a_hopfield_net_are_those_of_hebb() -> None:
    trainer = trained(presets.load("hopfield"))
    patterns = at(trainer, "flatten_1")
    # Ten steps of rate 0.1 on the mean of ½ xᵀWx over three patterns.
    expected = 10 * 0.1 * patterns.T @ patterns / (2 * 3)
    learned = weight(trainer, "hopfield_1.weight")
    off = ~torch.eye(64, dtype=torch.bool)
    assert torch.allclose(learned[off], expected[off], atol=1e-5)


def test_energy_never_rises_where_memories_are_too_many() -> None:
    trainer = trained(with_data(presets.load("hopfield"), digits=tuple(range(10))))
    assert bool((at(trainer, "hopfield_2", "energies").diff(dim=1) <= 1e-2).all())
    wrong = (at(trainer, "hopfield_2") != at(trainer, "flatten_1")).any(1)
    assert bool(wrong.all())


def test_a_self_organising_map_fits_and_neighbours_end_up_close() -> None:
    project = presets.load("som")
    trainer = Trainer(project, device="cpu")

    def error() -> float:
        with trainer.looking():
            return float(at(trainer, "min_over_1", part="validation").sqrt().mean())

    errors = [error()]
    errors += [error() for step in trainer if step.ended]
    assert trainer.failure is None
    assert errors[-1] < 0.2 * errors[0]
    # It falls epoch by epoch, up to what the last samples of an epoch did.
    assert max(np.diff(errors)) < 0.005
    prototypes = weight(trainer, "som_1.prototypes").reshape(10, 10, 3)
    down, across = (prototypes[1:] - prototypes[:-1]).norm(dim=2), (prototypes[:, 1:] - prototypes[:, :-1]).norm(dim=2)
    beside = torch.cat([down.flatten(), across.flatten()]).mean()
    anywhere = torch.pdist(prototypes.reshape(-1, 3)).mean()
    assert beside < 0.33 * anywhere
