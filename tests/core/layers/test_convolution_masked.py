"""The masked convolution sees no later pixel, and is what its paper says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.core.layers.nodes import BuiltNode

torch.manual_seed(0)
IMAGES = torch.randn(2, 6, 5, 6, dtype=torch.float64)


def seen_by(node: BuiltNode, channel: int, row: int, column: int, images: torch.Tensor = IMAGES) -> torch.Tensor:
    """Which numbers of the first image have a part in one number of its output: (C, H, W)."""
    images = images.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(node(input=images)[0][0, channel, row, column], images)
    assert not gradient[1:].any(), "samples stay apart"
    return gradient[0] != 0


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("mask_type", ["A", "B"])
def test_later_pixels_are_never_seen(mask_type: str, dilation: int) -> None:
    node = BuiltNode(
        "masked_conv2d",
        {"out_channels": 3, "kernel_size": 5, "mask_type": mask_type, "dilation": dilation},
        input=IMAGES,
    )
    order = torch.arange(30).reshape(5, 6)  # (H, W): row by row
    for row in range(5):
        for column in range(6):
            seen = seen_by(node, 1, row, column)  # (C, H, W)
            here = 6 * row + column
            assert not seen[:, order > here].any()
            assert seen[:, row, column].all() == (mask_type == "B")
            assert seen[:, row, column].any() == (mask_type == "B")
            if column >= dilation:
                assert seen[:, row, column - dilation].all()
            if row >= dilation and column + dilation < 6:
                assert seen[:, row - dilation, column + dilation].all(), "above, to the right too"


def test_a_stack_of_them_sees_the_past_alone() -> None:
    """Type A and then B, as a PixelCNN has them: no path leads from a pixel to itself or to a later one."""
    first = BuiltNode("masked_conv2d", {"out_channels": 4, "kernel_size": 3, "mask_type": "A"}, input=IMAGES)
    middle = first()[0]
    second = BuiltNode("masked_conv2d", {"out_channels": 2, "kernel_size": 3}, input=middle)
    images = IMAGES.clone().requires_grad_()
    output = second(input=first(input=images)[0])[0]
    (gradient,) = torch.autograd.grad(output[0, :, 2, 3].sum(), images)
    seen = gradient[0].ne(0).any(0).flatten()  # (H·W)
    assert not seen[2 * 6 + 3 :].any()
    assert seen[: 2 * 6 + 3].any()


def test_colours_see_those_before_them_in_the_same_pixel() -> None:
    """Channels are R R G G B B: of type A, green sees red; of type B, red and green (van den Oord 2016, figure 2)."""
    for mask_type, expected in (("A", {0: [], 1: [0, 1], 2: [0, 1, 2, 3]}), ("B", {0: [0, 1], 1: [0, 1, 2, 3]})):
        params = {"out_channels": 3, "kernel_size": 3, "mask_type": mask_type, "colors": 3}
        node = BuiltNode("masked_conv2d", params, input=IMAGES)
        for color, channels in expected.items():
            seen = seen_by(node, color, 2, 2)
            assert seen[:, 2, 2].nonzero().flatten().tolist() == channels
            assert seen[:, 2, 1].all()
            assert not seen[:, 2, 3].any()


def test_numbers_are_those_written_out() -> None:
    """Against loops in NumPy: every cell of the window that is before the middle, and the middle for type B."""
    images = IMAGES[:1, :2]
    for mask_type in "AB":
        node = BuiltNode("masked_conv2d", {"out_channels": 2, "kernel_size": 3, "mask_type": mask_type}, input=images)
        weight = node.module.get_parameter("weight").detach().numpy()
        bias = node.module.get_parameter("bias").detach().numpy()
        padded = np.pad(images[0].numpy(), ((0, 0), (1, 1), (1, 1)))
        expected = np.zeros((2, 5, 6))
        cells = [(0, 0), (0, 1), (0, 2), (1, 0)] + ([(1, 1)] if mask_type == "B" else [])
        for o, i, j in np.ndindex(2, 5, 6):
            expected[o, i, j] = bias[o] + sum(
                weight[o, c, u, v] * padded[c, i + u, j + v] for c in range(2) for u, v in cells
            )
        np.testing.assert_allclose(node()[0][0].detach().numpy(), expected, rtol=1e-12)


def test_gradients_are_those_of_differences() -> None:
    node = BuiltNode("masked_conv2d", {"out_channels": 3, "kernel_size": (3, 5), "colors": 3}, input=IMAGES)
    images = IMAGES.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda input: node(input=input)[0], (images,), fast_mode=True)
    weight = node.module.get_parameter("weight")

    def of_weight(weight: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(node.module, {"weight": weight}, (IMAGES,))

    assert torch.autograd.gradcheck(of_weight, (weight.detach().requires_grad_(),), fast_mode=True)


def test_it_costs_what_a_whole_convolution_costs() -> None:
    """A mask spares no multiplication: 6 → 4 channels, 5×5, on 5×6 places."""
    node = BuiltNode("masked_conv2d", {"out_channels": 4, "kernel_size": 5}, input=IMAGES)
    report = node.network.inference.nodes["masked_conv2d_1"]
    assert (report.parameters, report.macs) == (4 * 6 * 25 + 4, 4 * 30 * 6 * 25)


def test_hidden_weights_get_no_gradient_and_the_mask_is_no_state() -> None:
    node = BuiltNode("masked_conv2d", {"out_channels": 3, "kernel_size": 3, "mask_type": "A"}, input=IMAGES)
    weight = node.module.get_parameter("weight")
    node()[0].square().sum().backward()
    assert weight.grad is not None
    assert not weight.grad[:, :, 1, 1:].any()
    assert not weight.grad[:, :, 2].any()
    assert weight.grad[:, :, 0].all()
    assert set(node.module.state_dict()) == {"weight", "bias"}
