"""Pooling: torch's functions called with the params written out; the smallest number and the way back by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch.nn import functional

from core.model.spec import Example
from core.model.tensor import TensorType
from core.model.values import Value
from tests.core.layers.references.table import POSITIVE, Given, Table, ref

Function = Callable[..., torch.Tensor]


def _max(function: Callable[..., tuple[torch.Tensor, torch.Tensor]]) -> Callable[..., Sequence[torch.Tensor]]:
    def compute(g: Given, x: torch.Tensor) -> Sequence[torch.Tensor]:
        found = function(x, g["kernel_size"], g["stride"], g["padding"], g["dilation"], g["ceil_mode"])
        return found if g["return_indices"] else found[:1]

    return compute


def _average(function: Function) -> Callable[..., torch.Tensor]:
    return lambda g, x: function(x, g["kernel_size"], g["stride"], g["padding"], g["ceil_mode"], g["count_include_pad"])


def _pair(value: int | tuple[int, int] | None, otherwise: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    return otherwise if value is None else value if isinstance(value, tuple) else (value, value)


def _min2d(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Window by window; torch's maximum says alone how many windows there are."""
    kernel, pad, apart = _pair(g["kernel_size"]), _pair(g["padding"]), _pair(g["dilation"])
    stride = _pair(g["stride"], kernel)
    shape = functional.max_pool2d(x, kernel, stride, pad, apart, g["ceil_mode"]).shape[2:]
    rows = []
    for i in range(shape[0]):
        row = []
        for j in range(shape[1]):
            down = [i * stride[0] - pad[0] + u * apart[0] for u in range(kernel[0])]
            right = [j * stride[1] - pad[1] + v * apart[1] for v in range(kernel[1])]
            down = [place for place in down if 0 <= place < x.shape[2]]
            right = [place for place in right if 0 <= place < x.shape[3]]
            row.append(x[:, :, down][:, :, :, right].flatten(2).min(2).values)
        rows.append(torch.stack(row, -1))
    return torch.stack(rows, -2)


def _min1d(g: Given, x: torch.Tensor) -> torch.Tensor:
    """A row of an image one pixel high."""
    ones = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1}
    params = {name: (value, g[name] or g["kernel_size"]) for name, value in ones.items() if name == "stride"}
    params |= {name: (value, g[name]) for name, value in ones.items() if name != "stride"}
    return _min2d(Given({**g.params, **params}, {}, g.training), x[:, :, None])[:, :, 0]


def _lp(function: Function) -> Callable[..., torch.Tensor]:
    return lambda g, x: function(x, g["norm_type"], g["kernel_size"], g["stride"], g["ceil_mode"])


def _over_places(function: Function, axes: tuple[int, ...]) -> Callable[..., torch.Tensor]:
    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        found = function(x.flatten(2))  # (N, C)
        return found.reshape(*found.shape, *[1] * len(axes)) if g["keepdim"] else found

    return compute


def _mean(x: torch.Tensor) -> torch.Tensor:
    return x.sum(2) / x.shape[2]


def _largest(x: torch.Tensor) -> torch.Tensor:
    return x.max(2).values


def _unpool(axes: int) -> Callable[..., torch.Tensor]:
    """Number by number to its place in zeros; without a size, as large as windows side by side have been."""

    def compute(g: Given, x: torch.Tensor, indices: torch.Tensor, like: torch.Tensor | None) -> torch.Tensor:
        kernel, pad = np.broadcast_to(g["kernel_size"], axes), np.broadcast_to(g["padding"], axes)
        stride = kernel if g["stride"] is None else np.broadcast_to(g["stride"], axes)
        size = tuple(int(n) for n in (np.array(x.shape[2:]) - 1) * stride - 2 * pad + kernel)
        if like is not None:
            size = tuple(like.shape[2:])
        elif g["output_size"] is not None:
            size = tuple(int(n) for n in np.broadcast_to(g["output_size"], axes))
        flat = torch.zeros(*x.shape[:2], int(np.prod(size)), dtype=x.dtype)
        return flat.scatter(2, indices.flatten(2), x.flatten(2)).reshape(*x.shape[:2], *size)

    return compute


def _apart(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A place of its own for every maximum of a channel, inside the output."""
    places = int(np.prod(shape[2:]))
    rows = [random.permutation(places) for _ in range(int(np.prod(shape[:2])))]
    return np.stack(rows).reshape(shape)


def _pooled(params: Mapping[str, Value], *places: int) -> Example:
    shape = ("N", 3, *places)
    return {"kernel_size": 2, **params}, {"input": (TensorType(shape),), "indices": (TensorType(shape, "int64"),)}


WINDOW = {"kernel_size": 3, "stride": 2, "padding": 1}
CEIL = {"kernel_size": 3, "stride": 2, "ceil_mode": True}
DILATED = {"kernel_size": 2, "stride": 1, "dilation": 2, "padding": 1, "return_indices": True}
FLAT = {"kernel_size": (1, 3), "stride": (2, 1), "padding": (0, 1)}
OVERLAPPING = {"kernel_size": 3, "stride": 2, "padding": 1}
COUNTED = {**WINDOW, "count_include_pad": False}
SPREAD_MIN = {"kernel_size": 2, "stride": 1, "dilation": 2, "padding": 1}

REFERENCES: Table = {
    "max_pool2d": ref(_max(functional.max_pool2d_with_indices), WINDOW, CEIL, DILATED, FLAT),
    "max_pool1d": ref(_max(functional.max_pool1d_with_indices), WINDOW, CEIL, DILATED),
    "max_pool3d": ref(_max(functional.max_pool3d_with_indices), WINDOW, CEIL, DILATED),
    "avg_pool2d": ref(_average(functional.avg_pool2d), WINDOW, COUNTED, CEIL, FLAT),
    "avg_pool1d": ref(_average(functional.avg_pool1d), WINDOW, COUNTED, CEIL),
    "avg_pool3d": ref(_average(functional.avg_pool3d), CEIL, COUNTED, {"kernel_size": (1, 2, 3), "stride": 2}),
    "min_pool2d": ref(_min2d, WINDOW, CEIL, SPREAD_MIN, FLAT),
    "min_pool1d": ref(_min1d, WINDOW, CEIL, SPREAD_MIN),
    "lp_pool2d": ref(_lp(functional.lp_pool2d), CEIL, {"norm_type": 3.0}, input=POSITIVE),
    "lp_pool1d": ref(_lp(functional.lp_pool1d), CEIL, {"norm_type": 3.0}, input=POSITIVE),
    "adaptive_avg_pool2d": ref(
        lambda g, x: functional.adaptive_avg_pool2d(x, g["output_size"]), {"output_size": (3, 5)}
    ),
    "adaptive_avg_pool1d": ref(lambda g, x: functional.adaptive_avg_pool1d(x, g["output_size"]), {"output_size": 5}),
    "adaptive_max_pool2d": ref(
        lambda g, x: functional.adaptive_max_pool2d(x, g["output_size"]), {"output_size": (3, 5)}
    ),
    "adaptive_max_pool1d": ref(lambda g, x: functional.adaptive_max_pool1d(x, g["output_size"]), {"output_size": 5}),
    "global_avg_pool2d": ref(_over_places(_mean, (2, 3))),
    "global_avg_pool1d": ref(_over_places(_mean, (2,))),
    "global_max_pool2d": ref(_over_places(_largest, (2, 3))),
    "global_max_pool1d": ref(_over_places(_largest, (2,))),
    "max_unpool2d": ref(_unpool(2), _pooled({"output_size": (9, 8)}, 4, 4), _pooled(OVERLAPPING, 3, 4), indices=_apart),
    "max_unpool1d": ref(
        _unpool(1), _pooled({"kernel_size": 3, "output_size": 19}, 6), _pooled(OVERLAPPING, 5), indices=_apart
    ),
}
