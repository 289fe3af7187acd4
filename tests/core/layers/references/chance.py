"""Noise and samples, drawn with the same seed; the constant source.

What is drawn is torch's, in the order of the docstrings; what becomes of it is written out.
"""

from __future__ import annotations

import numpy as np
import torch

from tests.core.layers.references.table import Given, Table, on, ref


def _constant(g: Given) -> torch.Tensor:
    numbers, shape = np.atleast_1d(g["value"]), g["shape"]
    if shape is None:
        return torch.from_numpy(numbers)
    shape = np.atleast_1d(shape)
    return torch.from_numpy(np.full(shape, numbers[0]) if numbers.size == 1 else numbers.reshape(shape))


def _draws(g: Given) -> bool:
    return g.training or g["always"]


def _noise(g: Given, like: torch.Tensor) -> torch.Tensor:
    size = (len(like), *np.atleast_1d(g["shape"]).tolist())
    if g["distribution"] == "normal":
        return torch.randn(size, dtype=torch.float64)
    drawn = torch.rand(size, dtype=torch.float64)
    return drawn if g["distribution"] == "uniform" else torch.where(drawn < g["p"], 1.0, 0.0)


def _gaussian_noise(g: Given, x: torch.Tensor) -> torch.Tensor:
    return x + g["std"] * torch.randn(x.shape, dtype=x.dtype) if _draws(g) else x


def _masking_noise(g: Given, x: torch.Tensor) -> torch.Tensor:
    if not _draws(g):
        return x
    hit = (torch.rand(x.shape, dtype=x.dtype) < g["p"]).to(x.dtype)
    return (1 - hit) * x + hit * g["value"]


def _salt_pepper(g: Given, x: torch.Tensor) -> torch.Tensor:
    if not _draws(g):
        return x
    drawn = torch.rand(x.shape, dtype=x.dtype)
    pepper = (drawn < g["p"] / 2).to(x.dtype)
    salt = (drawn < g["p"]).to(x.dtype) - pepper
    return (1 - pepper - salt) * x + pepper * g["low"] + salt * g["high"]


def _mask_tokens(g: Given, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    if not _draws(g):
        return tokens, tokens
    choice, fate = torch.rand(tokens.shape), torch.rand(tokens.shape)
    other = torch.randint_like(tokens, g["first_token"], g["num_embeddings"])
    seen, target = tokens.clone(), torch.full_like(tokens, -100)
    for place in np.ndindex(*tokens.shape):
        if choice[place] < g["p"] and tokens[place] >= g["first_token"]:
            target[place] = tokens[place]
            if fate[place] < g["masked"]:
                seen[place] = g["mask_token"]
            elif fate[place] < g["masked"] + g["swapped"]:
                seen[place] = other[place]
    return seen, target


def _reparameterise(g: Given, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    if not _draws(g):
        return mean + 0 * log_variance
    return mean + log_variance.exp().sqrt() * torch.randn(mean.shape, dtype=mean.dtype)


def _interpolate(g: Given, one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    weight = torch.rand(len(one), dtype=one.dtype) if _draws(g) else torch.full((len(one),), 0.5, dtype=one.dtype)
    mixed = [float(w) * a + (1 - float(w)) * b for w, a, b in zip(weight, one, other, strict=True)]
    return torch.stack(mixed), weight


IMAGE = on({}, input=(2, 3, 3))
TOKENS = {"num_embeddings": 9, "p": 0.9, "masked": 0.3, "swapped": 0.4, "mask_token": 1, "first_token": 2}

REFERENCES: Table = {
    "constant": ref(_constant, {"value": 0.5, "shape": (2, 3)}, {"value": 2.0, "shape": 4}, {"shape": None}),
    "noise": ref(_noise, {"shape": 5}, {"distribution": "bernoulli", "p": 0.2}),
    "gaussian_noise": ref(_gaussian_noise, {"std": 1.5, "always": True}, IMAGE),
    "masking_noise": ref(_masking_noise, {"p": 0.6, "value": -1.0}, IMAGE),
    "salt_pepper_noise": ref(_salt_pepper, {"p": 0.7, "low": -3.0, "high": 4.0}, IMAGE),
    "mask_tokens": ref(_mask_tokens, TOKENS),
    "reparameterise": ref(_reparameterise),
    "interpolate_between": ref(_interpolate, on({}, input=(2, 3), other=(2, 3))),
}
