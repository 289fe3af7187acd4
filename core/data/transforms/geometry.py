"""Pictures moved, mirrored, turned and cut, each sample by its own draw: (N, C, H, W) → (N, C, H', W')."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional

from core.data.registry import Given
from core.model.tensor import Field


def uniform(shape: tuple[int, ...], low: float, high: float, like: Tensor, generator: Generator) -> Tensor:
    """Even random numbers on the device of `like`."""
    return torch.rand(shape, device=like.device, generator=generator) * (high - low) + low


def happens(values: Tensor, chance: float, generator: Generator) -> Tensor:
    """Which samples a change happens to, (N, 1, …, 1) of bool."""
    shape = (len(values), *(1,) * (values.dim() - 1))
    return torch.rand(shape, device=values.device, generator=generator) < chance


def shift(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """Whole pixels down and right, even over −pixels … pixels."""
    count, channels, height, width = values.shape
    most = given.whole("pixels")
    moved = torch.randint(-most, most + 1, (2, count, 1), device=values.device, generator=generator)
    rows = torch.arange(height, device=values.device) - moved[0]  # (N, H): the row that comes here
    columns = torch.arange(width, device=values.device) - moved[1]  # (N, W)
    taken = values.gather(2, rows.clamp(0, height - 1)[:, None, :, None].expand(-1, channels, -1, width))
    taken = taken.gather(3, columns.clamp(0, width - 1)[:, None, None, :].expand(-1, channels, height, -1))
    if given.word("fill") == "edge":
        return taken
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]  # (N, H, W)
    return torch.where(inside[:, None], taken, torch.zeros((), device=values.device))


def flip(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """Mirrored at the vertical axis, the horizontal one, or each for itself."""
    direction, chance = given.word("direction"), given.real("chance")
    if direction != "vertical":
        values = torch.where(happens(values, chance, generator), values.flip(3), values)
    if direction != "horizontal":
        values = torch.where(happens(values, chance, generator), values.flip(2), values)
    return values


def rotate(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """Turned about the middle, in pixels, so that nothing is stretched; bilinear."""
    count, _, height, width = values.shape
    most = math.radians(given.real("degrees"))
    angle = uniform((count,), -most, most, values, generator)
    cos, sin, none = angle.cos(), angle.sin(), torch.zeros_like(angle)
    # Coordinates of grid_sample go from −1 to 1 along each side, whatever its length.
    theta = torch.stack(
        [torch.stack([cos, -sin * (height / width), none], 1), torch.stack([sin * (width / height), cos, none], 1)], 1
    )  # (N, 2, 3)
    return _sampled(values, theta, (height, width), "border" if given.word("fill") == "edge" else "zeros")


def crop(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """A rectangle of random area and ratio at a random place, brought to the goal's size; bilinear."""
    count, _, height, width = values.shape
    area = uniform((count,), given.real("least"), 1.0, values, generator)
    most = math.log(given.real("stretch"))
    ratio = uniform((count,), -most, most, values, generator).exp()
    tall, wide = (area / ratio).sqrt().clamp(max=1.0), (area * ratio).sqrt().clamp(max=1.0)  # shares of the sides
    place = uniform((2, count), -1.0, 1.0, values, generator)
    none = torch.zeros_like(tall)
    theta = torch.stack(
        [torch.stack([wide, none, place[0] * (1 - wide)], 1), torch.stack([none, tall, place[1] * (1 - tall)], 1)], 1
    )
    size = given.whole("size")
    return _sampled(values, theta, (size, size) if size else (height, width), "border")


def middle(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """The largest square in the middle, brought to the goal's size; the picture itself where its size is kept."""
    size = given.whole("size")
    if not size:
        return values
    height, width = values.shape[2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = values[:, :, top : top + side, left : left + side]
    return functional.interpolate(square, (size, size), mode="bilinear", align_corners=False, antialias=side > size)


def _sampled(values: Tensor, theta: Tensor, size: tuple[int, int], outside: str) -> Tensor:
    grid = functional.affine_grid(theta.to(values.dtype), [len(values), 1, *size], align_corners=False)
    return functional.grid_sample(values, grid, mode="bilinear", padding_mode=outside, align_corners=False)
