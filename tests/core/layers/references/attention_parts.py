"""Positions, patches and windows of attention, place by place."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn import functional

from tests.core.layers.references.table import Given, Table, even, on, ref


def _sinusoidal(steps: int, features: int) -> torch.Tensor:
    """PE(t, 2i) = sin(t / 10000^(2i/F)), PE(t, 2i + 1) = cos of the same (Vaswani et al. 2017, §3.5)."""
    rows = []
    for t in range(steps):
        angles = [t / 10_000 ** ((feature - feature % 2) / features) for feature in range(features)]
        rows.append([math.cos(a) if feature % 2 else math.sin(a) for feature, a in enumerate(angles)])
    return torch.tensor(rows, dtype=torch.float64)


def _positional(g: Given, x: torch.Tensor) -> torch.Tensor:
    if g["encoding"] == "learned":
        return x + g.weight("table", g["max_length"], x.shape[2])[: x.shape[1]]
    return x + _sinusoidal(*x.shape[1:])


def _learned(g: Given, x: torch.Tensor) -> torch.Tensor:
    rows = torch.stack([g.weight("weight", g["max_length"], x.shape[2])[: x.shape[1]]] * len(x))
    return rows if g["alone"] else x + rows


def _rotary(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Pairs of features as complex numbers times e^{itθ_i}, θ_i = base^(−2i/F) (Su et al. 2021, eq. 13–15)."""
    steps, features = x.shape[-2:]
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], features // 2, 2))
    angles = [[t * g["base"] ** (-2 * i / features) for i in range(features // 2)] for t in range(steps)]
    turns = torch.tensor(angles, dtype=x.dtype)
    turned = pairs * torch.polar(torch.ones_like(turns), turns)
    return torch.view_as_real(turned).flatten(-2)


def _relative_bias(g: Given, scores: torch.Tensor) -> torch.Tensor:
    """T5's buckets (Raffel et al. 2020, §2.1): exact up to half, then logarithmic; later keys in the second half."""
    weight = g.weight("weight", g["num_buckets"], scores.shape[1])
    rows = []
    for t in range(scores.shape[2]):
        row = []
        for s in range(scores.shape[3]):
            count, apart, bucket = len(weight), t - s, 0
            if g["bidirectional"]:
                count //= 2
                bucket, apart = (count if apart < 0 else 0), abs(apart)
            apart, exact = max(apart, 0), count // 2
            if apart < exact:
                bucket += apart
            else:
                share = math.log(apart / exact) / math.log(g["max_distance"] / exact)
                bucket += min(count - 1, exact + math.floor(share * (count - exact) + 1e-9))
            row.append(weight[bucket])
        rows.append(torch.stack(row))
    return scores + torch.stack(rows).movedim(2, 0)


def _patches(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Each patch as one vector times the kernel as one matrix."""
    height, width = g["patch_size"] if isinstance(g["patch_size"], tuple) else (g["patch_size"],) * 2
    weight = g.weight("proj.weight", g["embed_dim"], x.shape[1], height, width)
    bias = g.optional(g["bias"], "proj.bias", g["embed_dim"])
    rows = []
    for i in range(0, x.shape[2] - height + 1, height):
        row = [x[:, :, i : i + height, j : j + width].flatten(1) for j in range(0, x.shape[3] - width + 1, width)]
        rows.append(torch.stack([functional.linear(patch, weight.flatten(1), bias) for patch in row], 1))
    grid = torch.stack(rows, 1)  # (N, H', W', F)
    return grid.flatten(1, 2) if g["flatten"] else grid


def _class_token(g: Given, x: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.cat((g.weight("token", x.shape[2])[None], sample)) for sample in x])


def _merging(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Above left, below left, above right, below right; what lies outside the grid is 0 (Liu et al. 2021)."""
    n, height, width, features = x.shape
    norm = g.weight("norm.weight", 4 * features), g.weight("norm.bias", 4 * features)
    rows = []
    for i in range(0, height, 2):
        row = []
        for j in range(0, width, 2):
            places = ((i, j), (i + 1, j), (i, j + 1), (i + 1, j + 1))
            nothing = torch.zeros(n, features, dtype=x.dtype)
            joined = torch.cat([x[:, a, b] if a < height and b < width else nothing for a, b in places], -1)
            joined = functional.layer_norm(joined, (4 * features,), *norm)
            row.append(g.linear(joined, "reduction", 2 * features, bias=False))
        rows.append(torch.stack(row, 1))
    return torch.stack(rows, 1)


def _windows(shifted: bool) -> Callable[[Given, torch.Tensor], torch.Tensor]:
    """Every place looks at the places of its window, one by one (Liu et al. 2021, §3.2).

    Windows of a shifted grid begin half a window further; those that the border cuts are windows too, and are kept
    together with their opposite, row by row, in one of the `kept` masks of dropout.
    """

    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        size, heads = g["window_size"], g["num_heads"]
        height, width, features = x.shape[1:]
        table = g.weight("relative_position_bias_table", (2 * size - 1) ** 2, heads)
        shift = [size // 2 if shifted and side > size else 0 for side in (height, width)]
        down, across = -(-height // size), -(-width // size)  # windows, the last ones filled up
        q, k, v = g.linear(x, "qkv", 3 * features, g["bias"]).chunk(3, -1)
        kept = torch.ones(len(x), down * across * heads, size**2, size**2, dtype=x.dtype)
        kept = functional.dropout(kept, g["dropout"], g.training)

        def rolled(place: tuple[int, int]) -> tuple[int, int]:
            """The number of the window that a place falls into, and its place there."""
            row, column = (place[0] - shift[0]) % (down * size), (place[1] - shift[1]) % (across * size)
            return row // size * across + column // size, row % size * size + column % size

        output = []
        places = [(a, b) for a in range(height) for b in range(width)]
        for a, b in places:
            mine = [(place - by) // size for place, by in zip((a, b), shift, strict=True)]
            near = [(c, d) for c, d in places if [(c - shift[0]) // size, (d - shift[1]) // size] == mine]
            rows = [((a - c) + size - 1) * (2 * size - 1) + (b - d) + size - 1 for c, d in near]
            keys = torch.stack([k[:, c, d] for c, d in near], 1)  # (N, places, F)
            values = torch.stack([v[:, c, d] for c, d in near], 1)
            window, place = rolled((a, b))
            found = []
            for head in range(heads):
                part = slice(head * features // heads, (head + 1) * features // heads)
                scores = (q[:, a, b, None, part] * keys[..., part]).sum(-1) / math.sqrt(features // heads)
                weights = functional.softmax(scores + table[rows, head], -1)
                weights = weights * kept[:, window * heads + head, place][:, [rolled(each)[1] for each in near]]
                found.append((weights[..., None] * values[..., part]).sum(1))
            output.append(torch.cat(found, -1))
        grid = torch.stack(output, 1).reshape(len(x), height, width, features)
        return g.linear(grid, "proj", features, g["bias"])

    return compute


def _split_heads(g: Given, x: torch.Tensor) -> torch.Tensor:
    return torch.stack(x.chunk(g["num_heads"], -1), 1)


def _merge_heads(g: Given, x: torch.Tensor) -> torch.Tensor:
    return torch.cat(x.unbind(1), -1)


def _causal_mask(g: Given, scores: torch.Tensor) -> torch.Tensor:
    steps = scores.shape[-1]
    later = torch.tensor([[s > t for s in range(steps)] for t in range(steps)])
    return torch.where(later, -math.inf, scores)


REFERENCES: Table = {
    "positional_encoding": ref(
        _positional,
        on({"max_length": 9}, input=(7, 5)),
        on({"encoding": "learned", "max_length": 9}, input=(7, 5)),
        rtol=1e-6,
    ),
    "learned_positions": ref(_learned, {"max_length": 9}),
    "rotary_positions": ref(_rotary, on({"base": 50.0}, input=(6, 8))),
    "relative_position_bias": ref(
        _relative_bias,
        on({"num_buckets": 8, "max_distance": 9}, input=(2, 12, 14)),
        on({"num_buckets": 6, "max_distance": 9, "bidirectional": False}, input=(2, 12, 14)),
    ),
    "patch_embedding": ref(_patches, {"embed_dim": 5, "patch_size": (2, 4)}),
    "class_token": ref(_class_token),
    "window_attention": ref(_windows(False), on({"num_heads": 1, "window_size": 4, "dropout": 0.5}, input=(4, 6, 4))),
    "shifted_window_attention": ref(
        _windows(True),
        on({"num_heads": 1, "window_size": 2, "dropout": 0.5}, input=(4, 5, 4)),
        on({"num_heads": 2, "window_size": 3}, input=(4, 5, 4)),
    ),
    "patch_merging": ref(_merging),
    "split_heads": ref(_split_heads, {"num_heads": 4}),
    "merge_heads": ref(_merge_heads),
    "causal_mask": ref(_causal_mask, on({}, input=(4, 4)), input=even(-3, 3)),
    "padding_mask": ref(lambda g, x: (x - g["padding_idx"]).abs() < 1, {"padding_idx": 2}),
}
