"""Pictures in other colours, or softer, each sample by its own draw: (N, C, H, W) → (N, C, H, W)."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional

from core.data.registry import Given
from core.data.transforms.geometry import happens, uniform
from core.model.tensor import Field

GREY = (0.299, 0.587, 0.114)
"""How bright red, green and blue are to the eye. ITU-R BT.601."""


def grey(values: Tensor) -> Tensor:
    """The brightness of each pixel, (N, 1, H, W): weighed for three channels, else the mean."""
    if values.shape[1] != 3:
        return values.mean(1, keepdim=True)
    weights = torch.tensor(GREY, dtype=values.dtype, device=values.device).reshape(1, 3, 1, 1)
    return (values * weights).sum(1, keepdim=True)


def jitter(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """Brightness and contrast, and where there are three channels saturation and hue."""
    shape = (len(values), 1, 1, 1)
    factors = [
        1 + uniform(shape, -given.real(name), given.real(name), values, generator)
        for name in ("brightness", "contrast", "saturation")
    ]
    turn = uniform(shape, -given.real("hue"), given.real("hue"), values, generator) * (2 * math.pi)
    changed = values * factors[0]
    mean = grey(changed).mean((2, 3), keepdim=True)
    changed = mean + (changed - mean) * factors[1]
    if values.shape[1] == 3:
        pale = grey(changed)
        changed = pale + (changed - pale) * factors[2]
        changed = _turned(changed, turn)
    # Pictures in 0…1 stay there; those on another scale are left as wide as they become.
    low, high = values.amin((1, 2, 3), keepdim=True), values.amax((1, 2, 3), keepdim=True)
    bounded = (low >= 0) & (high <= 1)
    changed = torch.where(bounded, changed.clamp(0, 1), changed)
    return torch.where(happens(values, given.real("chance"), generator), changed, values)


def _turned(values: Tensor, angle: Tensor) -> Tensor:
    """Turns the two colour axes of YIQ, (N, 3, H, W) by (N, 1, 1, 1) radians; brightness stays."""
    red, green, blue = values.unbind(1)
    bright = GREY[0] * red + GREY[1] * green + GREY[2] * blue
    first = 0.595716 * red - 0.274453 * green - 0.321263 * blue
    second = 0.211456 * red - 0.522591 * green + 0.311135 * blue
    cos, sin = angle[:, 0].cos(), angle[:, 0].sin()  # (N, 1, 1)
    first, second = cos * first - sin * second, sin * first + cos * second
    return torch.stack(
        [
            bright + 0.9563 * first + 0.6210 * second,
            bright - 0.2721 * first - 0.6474 * second,
            bright - 1.1070 * first + 1.7046 * second,
        ],
        1,
    )


def grayscale(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """All three channels as bright as the pixel."""
    return torch.where(happens(values, given.real("chance"), generator), grey(values).expand_as(values), values)


def blur(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """A Gaussian bell of a width between least and greatest, cut at three deviations; edges go on outside."""
    low, high = sorted((given.real("least"), given.real("most")))
    sigma = uniform((len(values), 1), low, high, values, generator)
    chosen = happens(values, given.real("chance"), generator)
    reach = max(1, math.ceil(3 * high))
    taps = torch.arange(-reach, reach + 1, device=values.device)
    weights = torch.exp(-0.5 * (taps / sigma) ** 2)  # (N, taps)
    weights = weights / weights.sum(1, keepdim=True)
    soft = values
    for axis, sides in ((3, (reach, reach, 0, 0)), (2, (0, 0, reach, reach))):
        wide = functional.pad(soft, sides, mode="replicate")
        size = values.shape[axis]
        soft = torch.zeros_like(values)
        for tap in range(2 * reach + 1):
            soft = soft + weights[:, tap].reshape(-1, 1, 1, 1) * wide.narrow(axis, tap, size)
    return torch.where(chosen, soft, values)
