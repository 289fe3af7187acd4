"""Convolutions that torch lacks."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn


class SeparableConv2d(nn.Module):
    """A kernel per channel, then a 1×1 convolution over the channels (Chollet 2017, §1.1).

    (N, C, H, W) → (N, out_channels, H', W'), sizes as `nn.Conv2d` gives them. Nothing stands between the two, and the
    bias belongs to the second: one in front of it would be a part of it.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: str | int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        channel_multiplier: int = 1,
        bias: bool = True,
        padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    ) -> None:
        super().__init__()
        between = in_channels * channel_multiplier
        self.depthwise = nn.Conv2d(
            in_channels,
            between,
            kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=in_channels,
            bias=False,
            padding_mode=padding_mode,
        )
        self.pointwise = nn.Conv2d(between, out_channels, 1, bias=bias)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return self.pointwise(self.depthwise(input))  # type: ignore[no-any-return]


class MaskedConv2d(nn.Conv2d):
    """A convolution that sees no later pixel, row by row (van den Oord et al. 2016, §3.4).

    (N, C, H, W) → (N, out_channels, H, W); kernel sizes are odd. At its own place, a mask of type A sees nothing and
    one of type B everything; where the channels are `colors` parts in order (red, green, blue), a part also sees those
    before it, and of type B itself.
    """

    mask: torch.Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        mask_type: str = "B",
        dilation: int | tuple[int, int] = 1,
        bias: bool = True,
        colors: int = 1,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, padding="same", dilation=dilation, bias=bias)
        row, column = self.kernel_size[0] // 2, self.kernel_size[1] // 2
        own = torch.arange(out_channels)[:, None] * colors // out_channels  # (O, 1): the part of an output channel
        seen = torch.arange(in_channels) * colors // in_channels  # (C,): that of an input channel
        mask = torch.ones(out_channels, in_channels, *self.kernel_size)  # (O, C, U, V)
        mask[:, :, row + 1 :] = 0
        mask[:, :, row, column + 1 :] = 0
        mask[:, :, row, column] = (own > seen if mask_type == "A" else own >= seen).to(mask.dtype)
        self.register_buffer("mask", mask, persistent=False)
        self.mask_type, self.colors = mask_type, colors

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(input, self.weight * self.mask, self.bias)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        shown = super().extra_repr()  # type: ignore[no-untyped-call]
        return f"{shown}, mask_type={self.mask_type}, colors={self.colors}"
