"""How pictures lie in memory while they are learned from."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import nn

from core.training.devices import arrange
from core.training.trainer import Trainer
from tests.core.training_data import digits


def test_the_layout_of_pictures_is_a_setting_and_changes_no_result() -> None:
    convolution: tuple[str, dict[str, Any]] = ("conv2d", {"out_channels": 4, "kernel_size": 3})
    layers = [convolution, ("relu", {}), convolution, ("flatten", {}), ("linear", {"out_features": 10})]
    found = {}
    for layout in ("auto", "channels first", "channels last"):
        trainer = Trainer(digits(layers, epochs=1, layout=layout))
        weight = trainer.network.state_dict()["conv2d_2.weight"]
        assert weight.is_contiguous(memory_format=torch.channels_last) == (layout != "channels first")
        list(trainer)
        found[layout] = list(trainer.history.losses)
    assert found["auto"] == found["channels last"]
    np.testing.assert_allclose(found["channels first"], found["auto"], rtol=1e-3, atol=1e-4)


def test_gradients_of_pictures_keep_the_layout_that_pooling_wants() -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(1, 4, 3), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(36, 2))
    arranged = copy.deepcopy(plain)
    arrange(arranged, torch.device("cpu"), "auto")
    layouts = []
    arranged[1].register_full_backward_hook(
        lambda _, __, got: layouts.append(got[0].is_contiguous(memory_format=torch.channels_last))
    )
    pictures = torch.randn(5, 1, 8, 8)
    for net in (plain, arranged):
        net(pictures).square().sum().backward()
    assert layouts == [True]
    for expected, found in zip(plain.parameters(), arranged.parameters(), strict=True):
        torch.testing.assert_close(found.grad, expected.grad)
    with torch.no_grad():
        torch.testing.assert_close(arranged(pictures), plain(pictures))
