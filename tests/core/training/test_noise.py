"""Which layers draw random numbers, and that a run owns those that it draws."""

from __future__ import annotations

import pytest
import torch

from core.compiler.build import build
from core.layers.examples import example
from core.model.project import Project
from core.training.noise import draws
from core.training.trainer import Trainer
from tests.core.networks import chain, single
from tests.core.training_data import digits, plan

DRAWING = ["dropout", "drop_path", "gaussian_noise", "reparameterise", "noise_schedule", "rbm", "mask_tokens"]
STILL = [
    "linear",
    "self_organising_map",
    "learned_positions",
    "positional_encoding",
    "capsule_routing",
    "transformer_encoder_layer",
]


def root_of(kind: str) -> torch.nn.Module:
    project, fields = single(kind, example(kind))
    return build(project, fields).root


@pytest.mark.parametrize("kind", DRAWING)
def test_layers_that_draw_are_known(kind: str) -> None:
    assert any(draws(module) for module in root_of(kind).modules())


@pytest.mark.parametrize("kind", STILL)
def test_first_weights_are_no_noise(kind: str) -> None:
    root = root_of(kind)
    for module in root.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if isinstance(getattr(module, "dropout", None), float):
            module.dropout = 0.0
    assert not any(draws(module) for module in root.modules())


def always_noisy() -> Project:
    layers = [("flatten", {}), ("gaussian_noise", {"always": True}), ("linear", {"out_features": 10})]
    project = chain(layers, loss="cross_entropy")
    project.data = digits().data
    return plan(project, epochs=2, batch_size=300)


def test_what_others_draw_changes_no_metric() -> None:
    plain, disturbed = Trainer(always_noisy()), Trainer(always_noisy())
    list(plain)
    for _ in disturbed:
        torch.rand(7)
    kept = [(epoch.train, epoch.validation) for epoch in plain.history.epochs]
    assert [(epoch.train, epoch.validation) for epoch in disturbed.history.epochs] == kept
    assert plain.evaluate("test") == plain.evaluate("test")
