"""Convolutions compute what torch's do, and what is computed by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from core.compiler.trial import Plan, attempt
from core.model.spec import registry
from core.model.tensor import TensorType
from tests.core.layers.nodes import BuiltNode, gradients

torch.manual_seed(0)
SERIES = torch.randn(2, 4, 11, dtype=torch.float64)
IMAGES = torch.randn(2, 4, 9, 7, dtype=torch.float64)
VOLUMES = torch.randn(2, 4, 5, 6, 4, dtype=torch.float64)
INPUT = {1: SERIES, 2: IMAGES, 3: VOLUMES}

SETTINGS: list[dict[str, Any]] = [
    {},
    {"stride": 2, "padding": 1},
    {"padding": "same", "kernel_size": 4},
    {"padding": "same", "dilation": 2, "padding_mode": "replicate"},
    {"padding": "valid", "kernel_size": 2, "dilation": 2},
    {"groups": 2, "bias": False},
    {"groups": 4, "padding": 2, "padding_mode": "circular"},
    {"padding": 1, "padding_mode": "reflect", "stride": 3},
]
TRANSPOSED: list[dict[str, Any]] = [
    {},
    {"kernel_size": 4, "stride": 2, "padding": 1},
    {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
    {"kernel_size": 2, "stride": 1, "dilation": 2, "output_padding": 1},
    {"groups": 2, "bias": False, "stride": 3},
]


def agrees(node: BuiltNode, plain: nn.Module, input: torch.Tensor) -> None:
    """Same output, same gradients of the input and of all parameters, for the same weights."""
    plain.double().load_state_dict(node.module.state_dict())
    input = input.clone().requires_grad_()
    found, expected = node(input=input), (plain(input),)
    torch.testing.assert_close(found[0], expected[0], rtol=0, atol=0)
    ours = gradients(found, input, *node.module.parameters())
    theirs = gradients(expected, input, *plain.parameters())
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


@pytest.mark.parametrize("params", SETTINGS, ids=str)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_convolution_is_torchs(axes: int, params: dict[str, Any]) -> None:
    node = BuiltNode(f"conv{axes}d", {"out_channels": 8, **params}, input=INPUT[axes])
    plain = getattr(nn, f"Conv{axes}d")(4, 8, **{"kernel_size": 3, **params})
    agrees(node, plain, INPUT[axes])


@pytest.mark.parametrize("params", TRANSPOSED, ids=str)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_transposed_convolution_is_torchs(axes: int, params: dict[str, Any]) -> None:
    node = BuiltNode(f"conv_transpose{axes}d", {"out_channels": 6, **params}, input=INPUT[axes])
    plain = getattr(nn, f"ConvTranspose{axes}d")(4, 6, **{"kernel_size": 2, "stride": 2, **params})
    agrees(node, plain, INPUT[axes])


@pytest.mark.parametrize("params", [{}, {"channel_multiplier": 3, "stride": 2}, {"padding": "same", "bias": False}])
@pytest.mark.parametrize("axes", [1, 2])
def test_a_depthwise_convolution_has_as_many_groups_as_channels(axes: int, params: dict[str, Any]) -> None:
    node = BuiltNode(f"depthwise_conv{axes}d", params, input=INPUT[axes])
    rest = dict(params)
    outputs = 4 * rest.pop("channel_multiplier", 1)
    agrees(node, getattr(nn, f"Conv{axes}d")(4, outputs, 3, groups=4, **rest), INPUT[axes])


@pytest.mark.parametrize(
    "params",
    [{}, {"stride": 2, "padding": 1, "channel_multiplier": 2}, {"padding": "same", "dilation": 2, "bias": False}],
)
def test_a_separable_convolution_is_a_depthwise_and_a_pointwise_one(params: dict[str, Any]) -> None:
    node = BuiltNode("separable_conv2d", {"out_channels": 5, **params}, input=IMAGES)
    rest = dict(params)
    between, bias = 4 * rest.pop("channel_multiplier", 1), rest.pop("bias", True)
    spatial = nn.Conv2d(4, between, 3, groups=4, bias=False, **rest).double()
    mixing = nn.Conv2d(between, 5, 1, bias=bias).double()
    spatial.load_state_dict(node.module.get_submodule("depthwise").state_dict())
    mixing.load_state_dict(node.module.get_submodule("pointwise").state_dict())
    input = IMAGES.clone().requires_grad_()
    found, expected = node(input=input), (mixing(spatial(input)),)
    torch.testing.assert_close(found, expected)
    plain = [*spatial.parameters(), *mixing.parameters()]
    torch.testing.assert_close(gradients(found, input, *node.module.parameters()), gradients(expected, input, *plain))
    assert torch.autograd.gradcheck(lambda input: node(input=input)[0], (input,), fast_mode=True)


def test_a_separable_convolution_has_fewer_weights() -> None:
    """3×3 from 64 to 128 channels: 64·9 + 64·128 + 128 in place of 64·9·128 + 128 (Chollet 2017, §1.1)."""
    images = {"input": (TensorType(("N", 64, 8, 8)),)}
    counted = {}
    for kind in ("separable_conv2d", "conv2d"):
        plan = attempt(registry[kind], {"out_channels": 128, "padding": 1}, images)
        assert isinstance(plan, Plan)
        counted[kind] = (plan.report.parameters, plan.report.macs)
    assert counted["separable_conv2d"] == (576 + 8_192 + 128, 64 * (576 + 8_192))
    assert counted["conv2d"] == (73_728 + 128, 64 * 73_728)


def test_the_convolution_of_the_lecture() -> None:
    """A 5×5 image of zeros and ones under the kernel 101/010/101 gives 434/243/234."""
    image = torch.tensor([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])
    input = image.double().reshape(1, 1, 5, 5)
    node = BuiltNode("conv2d", {"out_channels": 1, "bias": False}, input=input)
    with torch.no_grad():
        node.module.weight.copy_(torch.tensor([[1, 0, 1], [0, 1, 0], [1, 0, 1]]))
    assert node()[0][0, 0].tolist() == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]


def test_a_transposed_convolution_lays_down_its_kernel() -> None:
    """[1, 2] with the kernel [1, 10, 100] and stride 2: 1, 10, 100 + 2·1, 2·10, 2·100."""
    node = BuiltNode(
        "conv_transpose1d",
        {"out_channels": 1, "kernel_size": 3, "stride": 2, "bias": False},
        input=torch.tensor([[[1.0, 2.0]]]),
    )
    with torch.no_grad():
        node.module.weight.copy_(torch.tensor([[[1.0, 10.0, 100.0]]]))
    assert node()[0].tolist() == [[[1, 10, 102, 20, 200]]]


@pytest.mark.parametrize("params", [{"stride": 2, "padding": 1}, {"dilation": 2}, {"groups": 2, "stride": 3}])
def test_a_transposed_convolution_is_the_gradient_of_a_convolution(params: dict[str, Any]) -> None:
    """⟨conv(x), y⟩ = ⟨x, transposed(y)⟩ for the same weights, where the sizes match."""
    weight = torch.randn(6, 4 // params.get("groups", 1), 3, 3, dtype=torch.float64)
    x = torch.randn(2, 4, 9, 9, dtype=torch.float64)
    y = functional.conv2d(x, weight, **params)
    other = torch.randn_like(y)
    settings: dict[str, Any] = {"out_channels": 4, "kernel_size": 3, "stride": 1, "bias": False, **params}
    node = BuiltNode("conv_transpose2d", settings, input=other)
    with torch.no_grad():
        node.module.weight.copy_(weight)
    back = node()[0]
    assert back.shape == x.shape
    torch.testing.assert_close((y * other).sum(), (x * back).sum())


@pytest.mark.parametrize("word", ["dilated", "atrous", "grouped", "deconvolution", "depth-wise", "pixelcnn", "im2col"])
def test_students_find_a_convolution_by_what_it_is_called(word: str) -> None:
    assert any(word in spec.keywords for spec in registry if spec.family == "convolution")
