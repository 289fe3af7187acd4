"""Rules of neurons as training: the engine stores patterns, unfolds maps and learns what is seen, by losses alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.layers.modules.neurons import Hopfield
from core.model.project import Project
from core.model.values import Value
from core.training.trainer import Trainer
from tests.core.layers.nodes import BuiltNode
from tests.core.networks import add, wire
from tests.core.training_data import Array, data, plan


def trained(kind: str, params: dict[str, Value], wires: dict[str, str], x: Array, **settings: Value) -> Trainer:
    """x → a node of the kind → the ports of a mean loss, trained by plain descent."""
    project = Project(kind)
    add(project, "input")
    node = add(project, kind, **params)
    loss = add(project, "mean_loss")
    wire(project, f"input_1 -> {node}")
    for output, port in wires.items():
        wire(project, f"{node}.{output} -> {loss}.{port}")
    wire(project, f"{node} -> {add(project, 'output')}")
    dataset = data(x.astype(np.float32), np.zeros(len(x), np.int64), classes=2)
    trainer = Trainer(plan(project, "sgd", **settings), dataset)
    for _ in trainer:
        pass
    assert trainer.failure is None, trainer.failure
    return trainer


def test_a_hopfield_net_stores_what_it_trains_on() -> None:
    random = np.random.default_rng(0)
    stored = random.choice([0.0, 1.0], (4, 64))
    trainer = trained("hopfield", {"threshold": 0.5}, {"energy": "plus"}, stored, epochs=3, batch_size=4, lr=0.1)
    noisy = stored.copy()
    for row in noisy:
        flipped = random.choice(64, 13, replace=False)  # 20 %
        row[flipped] = 1 - row[flipped]
    net = trainer.network.root.get_submodule("hopfield_1")
    assert isinstance(net, Hopfield)
    recalled, _, energies = net(torch.tensor(noisy, dtype=torch.float32))
    np.testing.assert_array_equal(recalled.numpy(), 2 * stored - 1)
    assert energies.diff(dim=1).max() <= 1e-5
    hebbian = (2 * stored - 1).T @ (2 * stored - 1)
    np.fill_diagonal(hebbian, 0)
    # Three epochs of one batch each, η/2 · mean(xxᵀ) a step.
    np.testing.assert_allclose(net.couplings().detach().numpy(), 3 * 0.05 * hebbian / 4, atol=1e-6)


def test_a_map_organises_colours() -> None:
    colours = np.random.default_rng(1).random((200, 3))
    params: dict[str, Value] = {"grid": (4, 4), "radius": 1.5, "final_radius": 0.4, "shrink_steps": 200}
    trainer = trained("self_organising_map", params, {"energy": "plus"}, colours, epochs=15, batch_size=10, lr=0.5)
    som = trainer.network.root.get_submodule("self_organising_map_1").eval()
    distances = som(torch.tensor(colours, dtype=torch.float32))[0]
    alone = ((colours - colours.mean(0)) ** 2).sum(1).mean()  # one prototype in the middle of them all
    assert distances.min(1).values.mean() < 0.35 * alone
    assert som.get_buffer("batches").item() == 15 * 20


def test_contrastive_divergence_explains_stripes() -> None:
    stripes = np.repeat(np.kron(np.eye(4), np.ones((1, 4))), 15, 0)  # one of four groups of pixels is on
    wires = {"free_energy": "plus", "sample_free_energy": "minus"}
    trainer = trained("rbm", {"hidden": 8, "k": 1}, wires, stripes, epochs=150, batch_size=20, lr=0.5)
    rbm = trainer.network.root.get_submodule("rbm_1")
    x = torch.tensor(stripes, dtype=torch.float32)
    with torch.no_grad():
        back = rbm(x)[4]
    assert (back - x).abs().mean() < 0.1


@pytest.mark.parametrize("kind", ["hopfield", "self_organising_map"])
def test_what_is_held_constant_stays_so(kind: str) -> None:
    """The input gets no gradient from what is a constant to the rule."""
    x = torch.randn(3, 5, requires_grad=True)
    node = BuiltNode(kind, {}, input=x)
    constant = {"hopfield": (0, 2), "self_organising_map": (1, 2)}[kind]
    assert not any(node()[port].requires_grad for port in constant)
