"""The parameters of convolutions, and how a header tells them."""

from __future__ import annotations

from collections.abc import Callable

from core.layers.parameters import BIAS, choice, size, window
from core.layers.reading import along, times, whole
from core.model.spec import Param
from core.model.values import Params

OUT_CHANNELS = size("out_channels", "Output channels", 8, "How many feature maps come out: one for each kernel.")
GROUPS = size("groups", "Groups", 1, "Into how many parts the channels are split that do not see each other.")
MULTIPLIER = size("channel_multiplier", "Channel multiplier", 1, "How many kernels each channel has of its own.", 1_024)
PADDING_MODE = choice(
    "padding_mode", "Padding mode", ("zeros", "reflect", "replicate", "circular"), "What the added border holds."
)


def kernel(axes: int, default: int = 3) -> Param:
    return window("kernel_size", "Kernel", default, "The size of the window that slides over the input.", axes)


def stride(axes: int) -> Param:
    return window("stride", "Stride", 1, "How far the window moves at each step.", axes)


def dilation(axes: int) -> Param:
    doc = "How far apart the kernel's cells look (à trous); 1 is next to each other."
    return window("dilation", "Dilation", 1, doc, axes)


def padding(axes: int) -> Param:
    """A number per axis, or torch's words."""
    numbers = window("padding", "Padding", 0, "", axes, low=0)
    return Param(
        "padding",
        "Padding",
        numbers.type,
        0,
        "What is added on each side; “same” keeps the size, “valid” adds nothing.",
        low=numbers.low,
        high=numbers.high,
        words=("same", "valid"),
        lengths=numbers.lengths,
    )


def sliding(axes: int) -> tuple[Param, ...]:
    """What every convolution has: the kernel and how it moves."""
    return kernel(axes), stride(axes), padding(axes), dilation(axes)


def convolution(axes: int) -> tuple[Param, ...]:
    return OUT_CHANNELS, *sliding(axes), GROUPS, BIAS, PADDING_MODE


def maps_and_kernel(axes: int) -> Callable[[Params], str]:
    """`6 · 5×5`."""
    return lambda params: f"{whole(params, 'out_channels'):,} · {times(along(params, 'kernel_size', axes))}"
