"""Normalisation and dropout: torch's functions called directly, and formulas; chance by the same seed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from tests.core.layers.references.table import Given, Table, on, ref

Function = Callable[..., torch.Tensor]


def _statistics(g: Given, x: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
    running = (g.optional(g["track_running_stats"], f"running_{name}", x.shape[1]) for name in ("mean", "var"))
    return *running, *(g.optional(g["affine"], name, x.shape[1]) for name in ("weight", "bias"))


def _batch_norm(g: Given, x: torch.Tensor) -> torch.Tensor:
    mean, variance, weight, bias = _statistics(g, x)
    if g.training and mean is not None:
        g.weight("num_batches_tracked").add_(1)
    batch = g.training or mean is None
    return functional.batch_norm(x, mean, variance, weight, bias, batch, g["momentum"], g["eps"])


def _instance_norm(g: Given, x: torch.Tensor) -> torch.Tensor:
    mean, variance, weight, bias = _statistics(g, x)
    own = g.training or mean is None
    return functional.instance_norm(x, mean, variance, weight, bias, own, g["momentum"], g["eps"])


def _axes(g: Given, x: torch.Tensor) -> tuple[int, ...]:
    count = {"last axis": 1, "last axes": g["axes"], "whole sample": x.dim() - 1}[g["over"]]
    return tuple(range(x.dim() - count, x.dim()))


def _layer_norm(g: Given, x: torch.Tensor) -> torch.Tensor:
    shape = tuple(x.shape[axis] for axis in _axes(g, x))
    weight = g.optional(g["elementwise_affine"], "weight", *shape)
    bias = g.optional(g["elementwise_affine"] and g["bias"], "bias", *shape)
    return functional.layer_norm(x, shape, weight, bias, g["eps"])


def _rms_norm(g: Given, x: torch.Tensor) -> torch.Tensor:
    weight = g.optional(g["elementwise_affine"], "weight", *(x.shape[axis] for axis in _axes(g, x)))
    normed = x / ((x**2).mean(_axes(g, x), keepdim=True) + g["eps"]).sqrt()
    return normed if weight is None else normed * weight


def _group_norm(g: Given, x: torch.Tensor) -> torch.Tensor:
    weight, bias = (g.optional(g["affine"], name, x.shape[1]) for name in ("weight", "bias"))
    return functional.group_norm(x, g["num_groups"], weight, bias, g["eps"])


def _local_response(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Krizhevsky et al. 2012, §3.3, with α over the window's size as torch has it; size // 2 channels come before."""
    size, channels, found = g["size"], x.shape[1], []
    for c in range(channels):
        first = c - size // 2
        near = [x[:, each] ** 2 for each in range(first, first + size) if 0 <= each < channels]
        found.append(x[:, c] / (g["k"] + g["alpha"] / size * sum(near)) ** g["beta"])
    return torch.stack(found, 1)


def _shape(g: Given, x: torch.Tensor) -> tuple[int, ...]:
    """That of the weight of a linear layer or a convolution."""
    if "out_features" in g.params:
        return g["out_features"], x.shape[-1]
    kernel = g["kernel_size"] if isinstance(g["kernel_size"], tuple) else (g["kernel_size"],) * 2
    return g["out_channels"], x.shape[1], *kernel


def _weight_norm(apply: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """w = g · v / ‖v‖ for each output (Salimans & Kingma 2016, eq. 2)."""

    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        shape, name = _shape(g, x), "parametrizations.weight.original"
        length, v = g.weight(f"{name}0", shape[0], *[1] * (len(shape) - 1)), g.weight(f"{name}1", *shape)
        rows = v.flatten(1)
        weight = (length.flatten() / (rows**2).sum(1).sqrt())[:, None] * rows
        return apply(g, x, weight.reshape(v.shape))

    return compute


def _spectral_norm(apply: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Steps of the power method while training, then W / uᵀWv with u and v held constant (Miyato 2018, algorithm 1)."""

    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        shape, name = _shape(g, x), "parametrizations.weight"
        w = g.weight(f"{name}.original", *shape)
        u, v = g.weight(f"{name}.0._u", shape[0]), g.weight(f"{name}.0._v", math.prod(shape[1:]))
        rows = w.flatten(1)
        if g.training:
            with torch.no_grad():
                for _ in range(g["n_power_iterations"]):
                    u.copy_(_unit(rows @ v, g["eps"]))
                    v.copy_(_unit(rows.T @ u, g["eps"]))
        return apply(g, x, w / (u @ rows @ v))

    return compute


def _unit(x: torch.Tensor, eps: float) -> torch.Tensor:
    return x / max(float((x**2).sum().sqrt()), eps)


def _linear(g: Given, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return functional.linear(x, weight, g.optional(g["bias"], "bias", len(weight)))


def _conv(g: Given, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    bias = g.optional(g["bias"], "bias", len(weight))
    return functional.conv2d(x, weight, bias, g["stride"], g["padding"])


def _dropping(function: Function) -> Callable[..., torch.Tensor]:
    return lambda g, x: function(x, g["p"], g.training)


def _drop_path(g: Given, x: torch.Tensor) -> torch.Tensor:
    if not g.training or not g["p"]:
        return x
    kept = torch.empty(len(x), dtype=x.dtype).bernoulli_(1 - g["p"])
    return torch.stack([sample / (1 - g["p"]) if keep else 0 * sample for keep, sample in zip(kept, x, strict=True)])


def _drop_block(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Ghiasi et al. 2018: γ = p/size² · HW/((H − size + 1)(W − size + 1)); a square falls from each corner drawn."""
    if not g.training or not g["p"]:
        return x
    n, channels, height, width = x.shape
    size = g["block_size"]
    down, right = height - size + 1, width - size + 1
    gamma = g["p"] / size**2 * (height * width) / (down * right)
    corners = torch.empty(n, channels, down, right, dtype=x.dtype).bernoulli_(gamma)
    kept = torch.ones_like(x)
    for i, c, row, column in corners.nonzero().tolist():
        kept[i, c, row : row + size, column : column + size] = 0
    return x * kept * kept.numel() / max(float(kept.sum()), 1.0)


def _gaussian_dropout(g: Given, x: torch.Tensor) -> torch.Tensor:
    if not g.training or not g["p"]:
        return x
    return x * torch.normal(torch.ones_like(x), math.sqrt(g["p"] / (1 - g["p"])))


IMAGE, STEPS = on({}, input=(3, 4, 5)), on({}, input=(5, 8))
BATCH: tuple[dict[str, Any], ...] = ({"momentum": 0.4, "eps": 1e-2},)
INSTANCE: tuple[dict[str, Any], ...] = (*BATCH, {"track_running_stats": True, "affine": False, "momentum": 0.4})
AXES = tuple(on({"over": over, "axes": 2, "eps": 1e-2}, input=(3, 4, 5)) for over in ("last axes", "whole sample"))
STRIDED = {"out_channels": 5, "kernel_size": (2, 3), "stride": 2, "padding": 1}

SMALL = on({"eps": 1.0}, input=(5, 2))

REFERENCES: Table = {
    "batch_norm1d": ref(_batch_norm, *BATCH, STEPS),
    "batch_norm2d": ref(_batch_norm, *BATCH),
    "batch_norm3d": ref(_batch_norm, *BATCH),
    "instance_norm1d": ref(_instance_norm, *INSTANCE),
    "instance_norm2d": ref(_instance_norm, *INSTANCE),
    "instance_norm3d": ref(_instance_norm, *INSTANCE),
    "layer_norm": ref(_layer_norm, *AXES),
    "rms_norm": ref(_rms_norm, *AXES),
    "group_norm": ref(_group_norm, {"num_groups": 2, "eps": 0.1}),
    "local_response_norm": ref(_local_response, {"size": 3, "alpha": 0.5, "beta": 0.6, "k": 2.0}, {"size": 4}),
    "l2_normalise": ref(lambda g, x: x / (x**2).sum(-1, keepdim=True).sqrt().clamp(min=g["eps"]), SMALL),
    "weight_norm_linear": ref(_weight_norm(_linear), STEPS),
    "weight_norm_conv2d": ref(_weight_norm(_conv), STRIDED),
    "spectral_norm_linear": ref(_spectral_norm(_linear), {"n_power_iterations": 3, "eps": 1.0}, STEPS),
    "spectral_norm_conv2d": ref(_spectral_norm(_conv), {"n_power_iterations": 2, "eps": 1.0, **STRIDED}),
    "dropout": ref(_dropping(functional.dropout), {"p": 0.0}, {"p": 0.8}, IMAGE),
    "dropout1d": ref(_dropping(functional.dropout1d), {"p": 0.8}),
    "dropout2d": ref(_dropping(functional.dropout2d), {"p": 0.8}),
    "dropout3d": ref(_dropping(functional.dropout3d), {"p": 0.8}),
    "alpha_dropout": ref(_dropping(functional.alpha_dropout), {"p": 0.6}),
    "feature_alpha_dropout": ref(_dropping(functional.feature_alpha_dropout), {"p": 0.6}),
    "drop_path": ref(_drop_path, {"p": 0.6}),
    "drop_block2d": ref(_drop_block, {"p": 0.4, "block_size": 2}),
    "gaussian_dropout": ref(_gaussian_dropout, {"p": 0.2}),
}
