"""A run owns the random numbers that its layers draw."""

from __future__ import annotations

import torch

from core.model.project import Project
from core.training.trainer import Trainer
from tests.core.networks import chain
from tests.core.training_data import digits, plan


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
