"""Noise added, squares blanked, tokens and pixels hidden, each sample by its own draw."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from core.data.registry import Given
from core.data.transforms.drawn import MASK
from core.model.tensor import Field

IGNORED = -100
"""The target of a token that the loss leaves out; torch's own `ignore_index`."""


def noise(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """A normal number for every value, (N, *shape)."""
    drawn = torch.randn(values.shape, device=values.device, dtype=values.dtype, generator=generator)
    return values + given.real("deviation") * drawn


def cutout(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor:
    """Squares of zeros, or of the picture's mean in each channel; (N, C, H, W)."""
    count, _, height, width = values.shape
    size, squares = given.whole("size"), given.whole("count")
    top = torch.randint(0, height, (count, squares, 1), device=values.device, generator=generator) - size // 2
    left = torch.randint(0, width, (count, squares, 1), device=values.device, generator=generator) - size // 2
    rows, columns = torch.arange(height, device=values.device), torch.arange(width, device=values.device)
    tall = (rows >= top) & (rows < top + size)  # (N, squares, H)
    wide = (columns >= left) & (columns < left + size)  # (N, squares, W)
    hidden = (tall[:, :, :, None] & wide[:, :, None, :]).any(1)[:, None]  # (N, 1, H, W)
    if given.word("fill") == "mean":
        return torch.where(hidden, values.mean((2, 3), keepdim=True), values)
    return values.masked_fill(hidden, 0)


def mask(values: Tensor, field: Field, given: Given, generator: Generator) -> Tensor | tuple[Tensor, Tensor]:
    """Tokens: what is read, and the target. Pictures: patches at zero, in all channels. Else: values at zero."""
    if field.meaning == "token":
        return _masked_tokens(values, field, given, generator)
    share, patch = given.real("share"), given.whole("patch")
    if field.meaning != "image":
        drawn = torch.rand(values.shape, device=values.device, generator=generator)
        return values.masked_fill(drawn < share, 0)
    height, width = values.shape[-2:]
    down, across = -(-height // patch), -(-width // patch)
    # As many patches in every picture, as masked autoencoders have it.
    lots = torch.rand((len(values), down * across), device=values.device, generator=generator)
    first = lots.argsort(dim=1, stable=True)[:, : round(share * down * across)]
    hidden = torch.zeros_like(lots, dtype=torch.bool).scatter_(1, first, True).reshape(-1, 1, down, across)
    hidden = hidden.repeat_interleave(patch, 2).repeat_interleave(patch, 3)[:, :, :height, :width]
    return values.masked_fill(hidden, 0)


def _masked_tokens(tokens: Tensor, field: Field, given: Given, generator: Generator) -> tuple[Tensor, Tensor]:
    """(N, T) twice: the tokens with some hidden, and the chosen ones with −100 elsewhere."""
    count = len(field.labels)
    hole = field.labels.index(MASK) if MASK in field.labels else count
    chosen = torch.rand(tokens.shape, device=tokens.device, generator=generator) < given.real("share")
    fate = torch.rand(tokens.shape, device=tokens.device, generator=generator)
    other = torch.randint(0, max(hole, 1), tokens.shape, device=tokens.device, generator=generator)
    masked, changed = given.real("masked"), given.real("random")
    read = torch.where(chosen & (fate < masked), torch.full_like(tokens, hole), tokens)
    read = torch.where(chosen & (fate >= masked) & (fate < masked + changed), other, read)
    return read, torch.where(chosen, tokens, torch.full_like(tokens, IGNORED))
