"""How pictures and the weights of convolutions lie in memory: with the channels last, where that is faster."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

FEW_INPUTS, FEW_OUTPUTS, LARGE_KERNEL = 16, 20, 5
"""Convolutions of fewer input channels, at most so many output channels and at least such a kernel are `small`."""


def arrange(root: nn.Module, device: torch.device, layout: str) -> None:
    """Lays the weights of convolutions out in memory as the setting says; `auto` puts the channels last on the CPU.

    There convolutions are then 1.05 to 1.4 times as fast.
    """
    is_last = layout == "channels last" or (layout == "auto" and device.type == "cpu")
    if not is_last or not any(isinstance(module, nn.Conv2d) for module in root.modules()):
        return
    root.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for module in root.modules():
        if isinstance(module, nn.Flatten):
            module.register_forward_pre_hook(_keep_layout)
        elif device.type == "cpu" and is_small(module):
            # Its weights, names and settings stay; only how it is computed changes.
            module.__class__ = SmallConv2d


def is_small(module: nn.Module) -> bool:
    """Whether the gradient of a convolution's input is computed faster with the channels first.

    On one thread it then takes 0.55 to 0.9 of the time: LeNet-5's second convolution is one of these.
    """
    return (
        type(module) is nn.Conv2d
        and module.in_channels < FEW_INPUTS
        and module.out_channels <= FEW_OUTPUTS
        and min(module.kernel_size) >= LARGE_KERNEL
        and module.stride == module.dilation == (1, 1)
        and module.groups == 1
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
    )


class SmallConv2d(nn.Conv2d):
    """A small convolution (N, C, H, W) → (N, C', H', W') with the channels last, except for its input's gradient."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        is_learning = torch.is_grad_enabled() and input.requires_grad
        if is_learning and torch.get_num_threads() == 1 and not torch.is_autocast_enabled("cpu"):
            found: Tensor = _MixedLayout.apply(input, weight, bias, self.padding)  # type: ignore[no-untyped-call]
            return found
        return super()._conv_forward(input, weight, bias)  # type: ignore[no-any-return]


class _MixedLayout(torch.autograd.Function):
    """A convolution whose two gradients are computed in two layouts, each in the one that is faster for it."""

    generate_vmap_rule = True

    @staticmethod
    def forward(input: Tensor, weight: Tensor, bias: Tensor | None, padding: tuple[int, int]) -> Tensor:
        return nn.functional.conv2d(input, weight, bias, padding=padding)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        input, weight, _, ctx.padding = inputs
        ctx.save_for_backward(input, weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None, None]:
        input, weight = ctx.saved_tensors
        _, of_weight, of_bias, _ = ctx.needs_input_grad
        # Only the shape of the input counts for its gradient.
        first = torch.empty(input.shape, dtype=input.dtype, device=input.device)
        wanted = _gradients(gradient.contiguous(), first, weight.contiguous(), ctx.padding, (True, False, False))
        others = _gradients(gradient, input, weight, ctx.padding, (False, of_weight, of_bias))
        return wanted[0].contiguous(memory_format=torch.channels_last), others[1], others[2], None


def _gradients(
    gradient: Tensor, input: Tensor, weight: Tensor, padding: tuple[int, int], wanted: tuple[bool, bool, bool]
) -> tuple[Any, Any, Any]:
    """Those of input, weight and bias that are wanted, None for the others."""
    found: tuple[Any, Any, Any] = torch.ops.aten.convolution_backward(
        gradient, input, weight, [weight.shape[0]], [1, 1], padding, [1, 1], False, [0, 0], 1, wanted
    )
    return found


def _keep_layout(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    """Lays the gradient of pictures out as they are: out of a flatten it comes with the channels first.

    Left so, the backward pass of average pooling copies it three times.
    """
    pictures = inputs[0]
    if pictures.requires_grad and pictures.dim() == 4 and pictures.is_contiguous(memory_format=torch.channels_last):
        pictures.register_hook(_channels_last)  # type: ignore[no-untyped-call]


def _channels_last(gradient: Tensor) -> Tensor:
    return gradient.contiguous(memory_format=torch.channels_last)
