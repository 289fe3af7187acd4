"""Pooling computes what torch's does, and what is computed by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.core.layers.nodes import BuiltNode, gradients

torch.manual_seed(0)
INPUT = {
    1: torch.randn(2, 3, 11, dtype=torch.float64),
    2: torch.randn(2, 3, 9, 7, dtype=torch.float64),
    3: torch.randn(2, 3, 5, 6, 5, dtype=torch.float64),
}
SQUARE = torch.tensor([[1.0, 3.0, 2.0, 1.0], [4.0, 6.0, 5.0, 0.0], [1.0, 2.0, 9.0, 8.0], [0.0, 1.0, 7.0, 6.0]])

WINDOWS: list[dict[str, Any]] = [
    {},
    {"kernel_size": 3, "stride": 2},
    {"kernel_size": 3, "stride": 2, "ceil_mode": True},
    {"kernel_size": 3, "padding": 1, "stride": 1},
]


def agrees(kind: str, params: dict[str, Any], plain: Any, input: torch.Tensor) -> None:
    node = BuiltNode(kind, params, input=input)
    leaf = input.clone().requires_grad_()
    found, expected = node(input=leaf), plain(leaf)
    expected = expected if isinstance(expected, tuple) else (expected,)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    torch.testing.assert_close(gradients(found, leaf), gradients(expected, leaf), rtol=0, atol=0)
    for port, output in zip(node.ports, found, strict=True):
        type_ = node.types[port]
        assert type_ is not None
        assert type_.sample == tuple(output.shape[1:])


@pytest.mark.parametrize("extra", [{}, {"dilation": 2}, {"return_indices": True}], ids=str)
@pytest.mark.parametrize("params", WINDOWS, ids=str)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_max_pooling_is_torchs(axes: int, params: dict[str, Any], extra: dict[str, Any]) -> None:
    plain = getattr(nn, f"MaxPool{axes}d")(**{"kernel_size": 2, **params, **extra})
    agrees(f"max_pool{axes}d", {**params, **extra}, plain, INPUT[axes])


@pytest.mark.parametrize("extra", [{}, {"count_include_pad": False}], ids=str)
@pytest.mark.parametrize("params", WINDOWS, ids=str)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_average_pooling_is_torchs(axes: int, params: dict[str, Any], extra: dict[str, Any]) -> None:
    plain = getattr(nn, f"AvgPool{axes}d")(**{"kernel_size": 2, **params, **extra})
    agrees(f"avg_pool{axes}d", {**params, **extra}, plain, INPUT[axes])


@pytest.mark.parametrize("params", WINDOWS[:3], ids=str)
@pytest.mark.parametrize("power", [2.0, 4.0])
@pytest.mark.parametrize("axes", [1, 2])
def test_lp_pooling_is_torchs(axes: int, power: float, params: dict[str, Any]) -> None:
    plain = getattr(nn, f"LPPool{axes}d")(power, **{"kernel_size": 2, **params})
    agrees(f"lp_pool{axes}d", {"norm_type": power, **params}, plain, INPUT[axes])


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("name", ["Avg", "Max"])
@pytest.mark.parametrize("axes", [1, 2])
def test_adaptive_pooling_is_torchs(axes: int, name: str, size: int) -> None:
    plain = getattr(nn, f"Adaptive{name}Pool{axes}d")(size)
    agrees(f"adaptive_{name.lower()}_pool{axes}d", {"output_size": size}, plain, INPUT[axes])


@pytest.mark.parametrize("keepdim", [True, False])
@pytest.mark.parametrize("name", ["avg", "max"])
@pytest.mark.parametrize("axes", [1, 2])
def test_global_pooling_is_adaptive_pooling_to_one_place(axes: int, name: str, keepdim: bool) -> None:
    adaptive = getattr(nn, f"Adaptive{name.capitalize()}Pool{axes}d")(1)
    node = BuiltNode(f"global_{name}_pool{axes}d", {"keepdim": keepdim}, input=INPUT[axes])
    leaf = INPUT[axes].clone().requires_grad_()
    found, expected = node(input=leaf)[0], adaptive(leaf)
    assert found.shape == ((2, 3, *[1] * axes) if keepdim else (2, 3))
    torch.testing.assert_close(found, expected.reshape(found.shape))
    torch.testing.assert_close(gradients((found,), leaf), gradients((expected,), leaf))


@pytest.mark.parametrize("params", [*WINDOWS, {"dilation": 2, "kernel_size": 3}], ids=str)
@pytest.mark.parametrize("axes", [1, 2])
def test_min_pooling_is_written_out(axes: int, params: dict[str, Any]) -> None:
    """The smallest number of every window, in NumPy, with an infinite border; gradients by differences."""
    input = INPUT[axes]
    found = BuiltNode(f"min_pool{axes}d", params, input=input)()[0]
    kernel = params.get("kernel_size", 2)
    stride, padding, gap = params.get("stride", kernel), params.get("padding", 0), params.get("dilation", 1)
    border = [(0, 0), (0, 0)] + [(padding, padding + kernel * gap)] * axes
    padded = np.pad(input.numpy(), border, constant_values=math.inf)
    for place in np.ndindex(*found.shape[2:]):
        window = tuple(slice(i * stride, i * stride + gap * (kernel - 1) + 1, gap) for i in place)
        smallest = padded[(slice(None), slice(None), *window)].reshape(2, 3, -1).min(-1)
        np.testing.assert_array_equal(found.numpy()[(slice(None), slice(None), *place)], smallest)
    node = BuiltNode(f"min_pool{axes}d", params, input=input)
    assert torch.autograd.gradcheck(lambda input: node(input=input)[0], (input.clone().requires_grad_(),))


@pytest.mark.parametrize(
    ("kind", "params", "expected"),
    [
        ("max_pool2d", {}, [[6, 5], [2, 9]]),
        ("min_pool2d", {}, [[1, 0], [0, 6]]),
        ("avg_pool2d", {}, [[3.5, 2], [1, 7.5]]),
        ("lp_pool2d", {"norm_type": 1.0}, [[14, 8], [4, 30]]),
        ("adaptive_max_pool2d", {"output_size": 1}, [[9]]),
        ("global_avg_pool2d", {"keepdim": True}, [[3.5]]),
        ("max_pool2d", {"kernel_size": 3, "stride": 1}, [[9, 9], [9, 9]]),
        ("min_pool2d", {"kernel_size": 3, "stride": 1}, [[1, 0], [0, 0]]),
        ("max_pool2d", {"kernel_size": 3, "stride": 3, "ceil_mode": True}, [[9, 8], [7, 6]]),
        ("avg_pool2d", {"kernel_size": 2, "stride": 4, "padding": 1}, [[0.25, 0.25], [0, 1.5]]),
        ("avg_pool2d", {"kernel_size": 2, "stride": 4, "padding": 1, "count_include_pad": False}, [[1, 1], [0, 6]]),
    ],
    ids=str,
)
def test_pooling_by_hand(kind: str, params: dict[str, Any], expected: list[list[float]]) -> None:
    assert BuiltNode(kind, params, input=SQUARE[None, None])()[0][0, 0].tolist() == expected


def test_the_norm_of_three_and_four_is_five() -> None:
    assert BuiltNode("lp_pool1d", {}, input=torch.tensor([[[3.0, 4.0, 0.0, 0.0]]]))()[0].tolist() == [[[5, 0]]]


def test_an_empty_window_does_not_spoil_the_gradient_of_a_norm() -> None:
    zeros = torch.zeros(1, 1, 4, requires_grad=True)
    node = BuiltNode("lp_pool1d", {}, input=zeros)
    node(input=zeros)[0].sum().backward()
    assert zeros.grad is not None
    assert zeros.grad.tolist() == [[[0, 0, 0, 0]]]


def test_the_stages_of_googlenet_round_up() -> None:
    """112 → 56 → 28 → 14 → 7 with 3×3 windows and stride 2 (Szegedy et al. 2015, table 1)."""
    size = 112
    for expected in (56, 28, 14, 7):
        image = torch.zeros(1, 1, size, size)
        node = BuiltNode("max_pool2d", {"kernel_size": 3, "stride": 2, "ceil_mode": True}, input=image)
        size = node()[0].shape[-1]
        assert size == expected


@pytest.mark.parametrize("kind", ["max_pool2d", "avg_pool2d", "min_pool2d"])
def test_pooled_maps_change_less_when_the_picture_is_shifted(kind: str) -> None:
    """A stroke that moves right, pixel by pixel: on average the pooled maps change less than the pictures do."""
    strokes = torch.eye(16)[:, None, None, :].expand(16, 1, 16, 16)  # one column each
    pictures = 1 - strokes if kind == "min_pool2d" else strokes
    pooled = BuiltNode(kind, {"kernel_size": 4}, input=pictures)()[0]

    def change(maps: torch.Tensor) -> torch.Tensor:
        return ((maps[1:] - maps[:-1]).flatten(1).norm(dim=1) / maps[1:].flatten(1).norm(dim=1)).mean()

    assert change(pooled) < 0.6 * change(pictures)
