"""Transformers for images: patches, class token, attention in windows. Grids of patches are (N, H, W, F)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class PatchEmbedding(nn.Module):
    """Cuts images into patches and turns each into a vector (Dosovitskiy et al. 2021, §3.1).

    (N, C, H, W) → (N, T, embed_dim), row by row, with T = (H / patch) · (W / patch); or, not flattened, the grid
    (N, H / patch, W / patch, embed_dim).
    """

    def __init__(
        self,
        in_channels: int,
        embed_dim: int,
        patch_size: int | tuple[int, int] = 16,
        flatten: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.flatten = flatten
        self.proj = nn.Conv2d(in_channels, embed_dim, patch_size, stride=patch_size, bias=bias)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        patches: torch.Tensor = self.proj(input)  # (N, F, H', W')
        return patches.flatten(2).transpose(1, 2) if self.flatten else patches.permute(0, 2, 3, 1)


class ClassToken(nn.Module):
    """Puts a learned step in front, which gathers what the whole sequence says (Devlin et al. 2019, §3).

    (N, T, F) → (N, T + 1, F).
    """

    def __init__(self, embed_dim: int) -> None:
        super().__init__()
        self.token = nn.Parameter(0.02 * torch.randn(embed_dim))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.cat((self.token.expand(input.shape[0], 1, -1), input), 1)


class PatchMerging(nn.Module):
    """Joins every 2 × 2 patches into one of twice the features (Liu et al. 2021, §3.1).

    (N, H, W, F) → (N, ⌈H/2⌉, ⌈W/2⌉, 2 F); an odd side is filled up with zeros. No bias; layer norm comes first.
    """

    def __init__(self, in_features: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * in_features)
        self.reduction = nn.Linear(4 * in_features, 2 * in_features, bias=False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        height, width = input.shape[1:3]
        x = functional.pad(input, (0, 0, 0, width % 2, 0, height % 2))
        parts = (x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2])
        merged: torch.Tensor = self.reduction(self.norm(torch.cat(parts, -1)))
        return merged


class WindowAttention(nn.Module):
    """Self-attention inside windows, with a learned bias per head and offset (Liu et al. 2021, §3.2).

    (N, H, W, F) → (N, H, W, F). With `shifted`, windows lie half a window further: the grid is rolled round, and parts
    that were not neighbours do not see each other. A side that one window covers is not shifted; one that windows do
    not fill is filled up with patches that nobody sees.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        window_size: int = 7,
        shifted: bool = False,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_heads, self.window_size, self.shifted, self.dropout = num_heads, window_size, shifted, dropout
        self.qkv = nn.Linear(embed_dim, 3 * embed_dim, bias=bias)
        self.proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.relative_position_bias_table = nn.Parameter(torch.empty((2 * window_size - 1) ** 2, num_heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def _windows(self, grid: torch.Tensor) -> torch.Tensor:
        """(N, H, W, F) → (N, windows, window², F); H and W are multiples of the window."""
        size = self.window_size
        cut = torch.unflatten(torch.unflatten(grid, 2, (-1, size)), 1, (-1, size))  # (N, H/s, s, W/s, s, F)
        return cut.transpose(2, 3).flatten(3, 4).flatten(1, 2)

    def _heads(self, x: torch.Tensor) -> torch.Tensor:
        """(N, windows, window², F) → (N, windows, heads, window², F / heads)."""
        return torch.unflatten(x, -1, (self.num_heads, -1)).transpose(2, 3)

    def _bias(self) -> torch.Tensor:
        """The bias of every pair of places in a window, (heads, window², window²)."""
        size, table = self.window_size, self.relative_position_bias_table
        place = torch.arange(size, device=table.device)
        offset = place[:, None] - place + size - 1  # (s, s)
        index = offset[:, None, :, None] * (2 * size - 1) + offset[None, :, None, :]  # (s, s, s, s)
        return table[index.flatten(2).flatten(0, 1)].permute(2, 0, 1)

    def _bands(self, side: int, padded: int, shift: int, device: torch.device) -> torch.Tensor:
        """To which part every place of a rolled side belongs, (padded,): 0 rest, 1 before the cut, 2 rolled round.

        Places that were filled up are −1.
        """
        place = torch.arange(padded, device=device)
        part = (place >= padded - self.window_size).long() + (place >= padded - shift).long() if shift else 0 * place
        return torch.where((place + shift) % padded < side, part, -1)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        size = self.window_size
        height, width = input.shape[1:3]
        grid = functional.pad(input, (0, 0, 0, -width % size, 0, -height % size))
        padded = grid.shape[1:3]
        shifts = [size // 2 if self.shifted and side > size else 0 for side in padded]
        windows = self._windows(grid.roll((-shifts[0], -shifts[1]), (1, 2)))  # (N, windows, s², F)
        q, k, v = (self._heads(part) for part in self.qkv(windows).chunk(3, -1))  # (N, windows, heads, s², d)
        mask = self._bias().to(q.dtype)  # (heads, s², s²)
        if any(shifts) or padded != (height, width):
            rows = self._bands(height, padded[0], shifts[0], input.device)
            columns = self._bands(width, padded[1], shifts[1], input.device)
            parts = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1)[None]  # (1, H, W, 2)
            bands = self._windows(parts)[0]  # (windows, s², 2)
            apart = (bands[:, :, None] != bands[:, None]).any(-1)[:, None]  # (windows, 1, s², s²)
            mask = mask.masked_fill(apart, -torch.inf)
        # Windows and heads are one axis meanwhile: other runtimes know attention of four axes alone.
        count, rate = windows.shape[1], self.dropout if self.training else 0.0
        mask = mask.expand(count, -1, -1, -1).flatten(0, 1)  # (windows · heads, s², s²)
        output = functional.scaled_dot_product_attention(q.flatten(1, 2), k.flatten(1, 2), v.flatten(1, 2), mask, rate)
        output = torch.unflatten(output, 1, (count, -1))  # (N, windows, heads, s², d)
        x: torch.Tensor = self.proj(output.transpose(2, 3).flatten(3))  # (N, windows, s², F)
        across = padded[1] // size
        x = torch.unflatten(torch.unflatten(x, 2, (size, size)), 1, (-1, across))  # (N, H/s, W/s, s, s, F)
        x = x.transpose(2, 3).flatten(3, 4).flatten(1, 2).roll((shifts[0], shifts[1]), (1, 2))
        return x[:, :height, :width]
