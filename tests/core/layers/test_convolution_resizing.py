"""Upsampling, padding, patches and pixel shuffles: torch's numbers, and those of small examples."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from core.compiler.source import source
from tests.core.layers.nodes import BuiltNode, gradients, type_of
from tests.core.networks import single

torch.manual_seed(0)
SERIES = torch.randn(2, 3, 7, dtype=torch.float64)
IMAGES = torch.randn(2, 3, 5, 6, dtype=torch.float64)
VOLUMES = torch.randn(2, 3, 3, 4, 5, dtype=torch.float64)


def agrees(kind: str, params: dict[str, Any], input: torch.Tensor, expected: Any) -> None:
    node = BuiltNode(kind, params, input=input)
    leaf = input.clone().requires_grad_()
    found, plain = node(input=leaf), (expected(leaf),)
    torch.testing.assert_close(found, plain, rtol=0, atol=0)
    torch.testing.assert_close(gradients(found, leaf), gradients(plain, leaf), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("input", "params"),
    [
        (IMAGES, {}),
        (IMAGES, {"mode": "bilinear", "scale_factor": 3.0}),
        (IMAGES, {"mode": "bilinear", "align_corners": True}),
        (IMAGES, {"mode": "bicubic", "scale_factor": 1.5}),
        (IMAGES, {"mode": "bicubic", "size": (9, 4), "align_corners": True}),
        (IMAGES, {"size": 8}),
        (IMAGES, {"scale_factor": 0.5}),
        (SERIES, {"mode": "linear"}),
        (SERIES, {"size": 20}),
        (VOLUMES, {"mode": "trilinear"}),
        (VOLUMES, {"size": (2, 8, 5)}),
    ],
    ids=str,
)
def test_upsampling_is_interpolation(input: torch.Tensor, params: dict[str, Any]) -> None:
    given: dict[str, Any] = {"scale_factor": 2.0, **params}
    if "size" in params:
        del given["scale_factor"]
    agrees("upsample", params, input, lambda x: functional.interpolate(x, **given))


def test_corners_are_an_affair_of_interpolation_alone() -> None:
    agrees("upsample", {"align_corners": True}, IMAGES, lambda x: functional.interpolate(x, scale_factor=2.0))


def test_nearest_and_linear_by_hand() -> None:
    ramp = torch.tensor([[[0.0, 4.0]]])
    assert BuiltNode("upsample", {}, input=ramp)()[0].tolist() == [[[0, 0, 4, 4]]]
    assert BuiltNode("upsample", {"mode": "linear"}, input=ramp)()[0].tolist() == [[[0, 1, 3, 4]]]
    corners = BuiltNode("upsample", {"mode": "linear", "align_corners": True, "size": 5}, input=ramp)
    assert corners()[0].tolist() == [[[0, 1, 2, 3, 4]]]


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular", "constant"])
@pytest.mark.parametrize(("kind", "input", "padding"), [("pad1d", SERIES, (3, 1)), ("pad2d", IMAGES, (1, 2, 3, 0))])
def test_padding_is_torchs(kind: str, input: torch.Tensor, padding: tuple[int, ...], mode: str) -> None:
    value = 7.0 if mode == "constant" else 0.0
    plain = "constant" if mode == "zeros" else mode
    agrees(
        kind,
        {"padding": padding, "mode": mode, "value": 7.0},
        input,
        lambda x: functional.pad(x, padding, plain, value if plain == "constant" else None),
    )


def test_padding_by_hand() -> None:
    series = torch.tensor([[[1.0, 2.0, 3.0]]])
    for mode, expected in {
        "zeros": [0, 0, 1, 2, 3, 0],
        "reflect": [3, 2, 1, 2, 3, 2],
        "replicate": [1, 1, 1, 2, 3, 3],
        "circular": [2, 3, 1, 2, 3, 1],
        "constant": [9, 9, 1, 2, 3, 9],
    }.items():
        node = BuiltNode("pad1d", {"padding": (2, 1), "mode": mode, "value": 9.0}, input=series)
        assert node()[0].tolist() == [[expected]], mode


def test_negative_padding_cuts() -> None:
    """The 392×392 that a U-Net cuts out of 568×568 (Ronneberger, Fischer & Brox 2015, figure 1), in small."""
    node = BuiltNode("pad2d", {"padding": -2}, input=IMAGES)
    torch.testing.assert_close(node()[0], IMAGES[:, :, 2:-2, 2:-2])


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ({}, "nn.ZeroPad2d(1)"),
        ({"mode": "reflect", "padding": (1, 2, 3, 4), "value": 2.0}, "nn.ReflectionPad2d((1, 2, 3, 4))"),
        ({"mode": "constant", "value": 2.0}, "nn.ConstantPad2d(1, 2.0)"),
    ],
)
def test_padding_is_written_as_torchs_own_layer(params: dict[str, Any], line: str) -> None:
    assert line in source(*single("pad2d", (params, {"input": (type_of(IMAGES),)})))


@pytest.mark.parametrize(
    "params", [{}, {"kernel_size": (2, 3), "stride": (2, 1)}, {"kernel_size": 3, "padding": 1, "dilation": 2}], ids=str
)
def test_unfold_and_fold_are_torchs(params: dict[str, Any]) -> None:
    given = {"kernel_size": 2, **params}
    agrees("unfold", params, IMAGES, lambda x: functional.unfold(x, **given))
    columns = functional.unfold(IMAGES, **given)
    agrees("fold", {"output_size": (5, 6), **params}, columns, lambda x: functional.fold(x, (5, 6), **given))


def test_unfolding_is_what_a_convolution_multiplies() -> None:
    """im2col: the columns times the kernels are the convolution (Chellapilla et al. 2006)."""
    weight = torch.randn(4, 3, 3, 3, dtype=torch.float64)
    columns = BuiltNode("unfold", {"kernel_size": 3, "padding": 1}, input=IMAGES)()[0]  # (N, C·9, L)
    maps = (weight.flatten(1) @ columns).reshape(2, 4, 5, 6)
    torch.testing.assert_close(maps, functional.conv2d(IMAGES, weight, padding=1))


def test_fold_adds_up_what_overlaps() -> None:
    """Every pixel of a 3×3 image of ones comes back as often as 2×2 windows hold it."""
    columns = functional.unfold(torch.ones(1, 1, 3, 3), 2)
    node = BuiltNode("fold", {"output_size": 3}, input=columns)
    assert node()[0][0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_pixels_are_shuffled_and_back() -> None:
    channels = torch.arange(4.0).reshape(1, 4, 1, 1)
    assert BuiltNode("pixel_shuffle", {}, input=channels)()[0].tolist() == [[[[0, 1], [2, 3]]]]
    maps = torch.randn(2, 18, 2, 5, dtype=torch.float64)
    agrees("pixel_shuffle", {"upscale_factor": 3}, maps, lambda x: functional.pixel_shuffle(x, 3))
    large = functional.pixel_shuffle(maps, 3)
    agrees("pixel_unshuffle", {"downscale_factor": 3}, large, lambda x: functional.pixel_unshuffle(x, 3))
    torch.testing.assert_close(BuiltNode("pixel_unshuffle", {"downscale_factor": 3}, input=large)()[0], maps)
