"""How pictures lie in memory while they are learned from."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.training.layout import SmallConv2d, arrange, is_small
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


def test_a_small_convolution_has_the_gradients_of_a_plain_one() -> None:
    torch.manual_seed(1)
    plain = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.Conv2d(6, 16, 5), nn.Tanh())
    arranged = copy.deepcopy(plain)
    arrange(arranged, torch.device("cpu"), "channels last")
    assert [type(each) is SmallConv2d for each in arranged] == [True, False, True, False]
    assert list(arranged.state_dict()) == list(plain.state_dict())
    pictures = torch.randn(5, 1, 12, 12)
    found = {}
    for name, net in (("plain", plain), ("arranged", arranged), ("copied", copy.deepcopy(arranged))):
        images = pictures.clone().requires_grad_()
        outputs = net(images)
        first = torch.autograd.grad(outputs.square().sum(), [images, *net.parameters()], create_graph=True)
        # A penalty on the gradient, as that of Wasserstein networks, goes through it once more.
        second = torch.autograd.grad(first[0].square().sum(), [net[0].weight, net[2].weight])
        found[name] = [outputs, *first, *second]
    for name in ("arranged", "copied"):
        for expected, got in zip(found["plain"], found[name], strict=True):
            torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "settings",
    [{"in_channels": 16}, {"out_channels": 24}, {"kernel_size": 3}, {"stride": 2}, {"dilation": 2}, {"groups": 2},
     {"padding": "same"}, {"padding_mode": "reflect"}],
    ids=str,
)  # fmt: skip
def test_other_convolutions_are_left_alone(settings: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"in_channels": 4, "out_channels": 8, "kernel_size": 5, "padding": 2}
    assert is_small(nn.Conv2d(**usual))
    assert not is_small(nn.Conv2d(**usual | settings))


def test_a_small_convolution_takes_numbers_of_half_precision() -> None:
    convolution: tuple[str, dict[str, Any]] = ("conv2d", {"out_channels": 4, "kernel_size": 5, "padding": 2})
    layers = [convolution, ("tanh", {}), convolution, ("flatten", {}), ("linear", {"out_features": 10})]
    trainer = Trainer(digits(layers, epochs=1, precision="bf16"))
    list(trainer)
    assert trainer.failure is None
    assert np.isfinite(trainer.history.losses).all()


def test_a_small_convolution_that_is_frozen_hands_its_gradient_on() -> None:
    torch.manual_seed(2)
    plain = nn.Sequential(nn.Conv2d(1, 4, 5), nn.Conv2d(4, 4, 5, bias=False))
    plain[1].requires_grad_(False)
    arranged = copy.deepcopy(plain)
    arrange(arranged, torch.device("cpu"), "channels last")
    pictures = torch.randn(3, 1, 11, 11)
    for net in (plain, arranged):
        net(pictures).square().sum().backward()
    assert arranged[1].weight.grad is None
    torch.testing.assert_close(arranged[0].weight.grad, plain[0].weight.grad, rtol=1e-4, atol=1e-4)
