"""The claims of lectures on convolutional networks beyond LeNet, at a fixed seed, through the engine of the app."""

from __future__ import annotations

import msgspec
import pytest
import torch

import presets
from core.model import ops
from core.model.graph import Weights
from core.training.trainer import Trainer
from tests.presets.claims import at, trained, with_data

NETS = ("plain_20", "plain_56", "residual_20", "residual_56")


@pytest.mark.slow
def test_a_deep_plain_network_trains_worse_than_a_shallow_one_and_a_residual_one_does_not() -> None:
    trainer = trained(presets.load("resnet-vs-plain"))
    # In evaluation mode, over all training images: errors of training, not of unseen digits.
    seen = trainer.evaluate("train")
    loss = {name: seen[f"loss ({name})"] for name in ("plain-20", "plain-56", "residual-20", "residual-56")}
    assert loss["plain-56"] > loss["plain-20"] + 1
    assert loss["residual-56"] <= loss["residual-20"]
    assert loss["residual-56"] < loss["plain-20"] / 10
    # The plain one is worse at every epoch, so it isn't that it was stopped too late.
    epochs = trainer.history.epochs
    assert all(epoch.train["loss (plain-56)"] > epoch.train["loss (plain-20)"] for epoch in epochs)
    assert seen["accuracy (plain-56)"] < 0.5 < 0.9 < seen["accuracy (plain-20)"]
    assert seen["accuracy"] > 0.99


def test_the_networks_have_as_many_layers_as_they_say_and_short_cuts_have_no_weights() -> None:
    trainer = trained(presets.load("resnet-vs-plain"), max_steps=1)
    counts = {}
    for name in NETS:
        module = trainer.network.root.get_submodule(name)
        layers = [m for m in module.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
        assert len(layers) == int(name.rpartition("_")[2])
        counts[name] = sum(parameter.numel() for parameter in module.parameters())
    assert counts["plain_20"] == counts["residual_20"]
    assert counts["plain_56"] == counts["residual_56"]


@pytest.fixture(scope="module")
def transferred() -> Trainer:
    return trained(presets.load("transfer-learning"))


@pytest.mark.slow
def test_what_was_learnt_from_old_digits_beats_training_from_scratch_on_ten_of_each_new_one(
    transferred: Trainer,
) -> None:
    images, labels = at(transferred, "input_3").flatten(1), at(transferred, "input_4")
    which = {image.numpy().tobytes(): int(label) for image, label in zip(images, labels, strict=True)}
    assert sorted(which.values()) == [label for label in range(5) for _ in range(10)]
    # Both know the fifty images by heart, so nothing more is to be had from them.
    seen, unseen = transferred.evaluate("train"), transferred.test()
    assert seen["accuracy"] == seen["accuracy (from scratch)"] == 1
    assert seen["loss (from scratch)"] < 0.01
    assert unseen["accuracy"] > unseen["accuracy (from scratch)"] + 0.12
    assert unseen["accuracy (pre-training)"] > 0.9


@pytest.mark.slow
def test_the_frozen_backbone_is_to_the_bit_what_the_old_digits_left(transferred: Trainer) -> None:
    state = transferred.network.state_dict()
    names = [name for name in state if name.startswith("backbone_1.")]
    assert any("running_mean" in name for name in names)
    for name in names:
        assert torch.equal(state[name], state[name.replace("backbone_1", "backbone_2")])
        if state[name].is_floating_point():
            assert not torch.equal(state[name], state[name.replace("backbone_1", "backbone_3")])


@pytest.mark.slow
def test_with_many_labels_training_from_scratch_catches_up(transferred: Trainer) -> None:
    few = transferred.test()
    many = trained(with_data(presets.load("transfer-learning"), labelled=100)).test()
    gaps = [found["accuracy"] - found["accuracy (from scratch)"] for found in (few, many)]
    assert gaps[1] < gaps[0] / 2


@pytest.mark.slow
def test_a_frozen_backbone_that_learnt_nothing_is_no_help() -> None:
    project = presets.load("transfer-learning")
    backbone = project.graph.nodes["backbone_2"]
    assert backbone.weights == Weights("start", "backbone_1")
    ops.SetNode(msgspec.structs.replace(backbone, weights=Weights())).apply(project)
    unseen = trained(project).test()
    assert unseen["accuracy"] < unseen["accuracy (from scratch)"]
