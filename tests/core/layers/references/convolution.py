"""Convolutions, padding and resizing: torch's functions called with the params written out, never torch's modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from tests.core.layers.references.table import Given, Table, on, ref

Function = Callable[..., torch.Tensor]
WRAPPED = {"circular", "reflect", "replicate"}


def _sides(g: Given, axes: int) -> list[int]:
    """How much is put before and behind each axis, the last axis first, as torch's `pad` wants it."""
    kernel, dilation, padding = (_each(g[name], axes) for name in ("kernel_size", "dilation", "padding"))
    sides: list[int] = []
    for k, d, p in reversed(list(zip(kernel, dilation, padding, strict=True))):
        total = d * (k - 1)
        before = {"same": total // 2, "valid": 0}.get(p, p)
        sides += [before, total - before if p == "same" else before]
    return sides


def _each(value: Any, axes: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * axes


def _padded(g: Given, x: torch.Tensor, axes: int) -> torch.Tensor:
    mode = g["padding_mode"] if g["padding_mode"] in WRAPPED else "constant"
    sides = _sides(g, axes)
    return functional.pad(x, sides, mode) if any(sides) else x


def _conv(function: Function, axes: int, depthwise: bool = False) -> Callable[..., torch.Tensor]:
    """The padding first, then a convolution without any; depthwise, each channel is a group."""

    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        channels = x.shape[1]
        groups = channels if depthwise else g["groups"]
        outputs = channels * g["channel_multiplier"] if depthwise else g["out_channels"]
        weight = g.weight("weight", outputs, channels // groups, *_each(g["kernel_size"], axes))
        bias = g.optional(g["bias"], "bias", outputs)
        return function(_padded(g, x, axes), weight, bias, g["stride"], 0, g["dilation"], groups)

    return compute


def _transposed(function: Function, axes: int) -> Callable[..., torch.Tensor]:
    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        kernel = _each(g["kernel_size"], axes)
        weight = g.weight("weight", x.shape[1], g["out_channels"] // g["groups"], *kernel)
        bias = g.optional(g["bias"], "bias", g["out_channels"])
        return function(x, weight, bias, g["stride"], g["padding"], g["output_padding"], g["groups"], g["dilation"])

    return compute


def _separable(g: Given, x: torch.Tensor) -> torch.Tensor:
    between, outputs = x.shape[1] * g["channel_multiplier"], g["out_channels"]
    depth = g.weight("depthwise.weight", between, 1, *_each(g["kernel_size"], 2))
    point, bias = g.weight("pointwise.weight", outputs, between, 1, 1), g.optional(g["bias"], "pointwise.bias", outputs)
    found = functional.conv2d(_padded(g, x, 2), depth, None, g["stride"], 0, g["dilation"], x.shape[1])
    output = torch.einsum("oc,nchw->nohw", point[:, :, 0, 0], found)
    return output if bias is None else output + bias[:, None, None]


def _masked(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Tap by tap: a tap counts where it lies before the centre, or at it and its colour's part comes before."""
    out, channels = g["out_channels"], x.shape[1]
    height, width = _each(g["kernel_size"], 2)
    weight, bias = g.weight("weight", out, channels, height, width), g.optional(g["bias"], "bias", out)
    rows, columns = _each(g["dilation"], 2)
    parts = g["colors"]
    output = torch.zeros(x.shape[0], out, *x.shape[2:], dtype=x.dtype)
    for u in range(height):
        for v in range(width):
            down, right = (u - height // 2) * rows, (v - width // 2) * columns
            if (down, right) > (0, 0):
                continue
            seen = torch.ones(out, channels, dtype=x.dtype)
            if (down, right) == (0, 0):
                for o in range(out):
                    for c in range(channels):
                        own, other = o * parts // out, c * parts // channels
                        seen[o, c] = own > other if g["mask_type"] == "A" else own >= other
            moved = functional.pad(x, (-right, right, -down, down))
            output = output + torch.einsum("oc,nchw->nohw", weight[:, :, u, v] * seen, moved)
    return output if bias is None else output + bias[:, None, None]


def _upsample(g: Given, x: torch.Tensor) -> torch.Tensor:
    corners = None if g["mode"] == "nearest" else g["align_corners"]
    factor = g["scale_factor"] if g["size"] is None else None
    return functional.interpolate(x, g["size"], factor, g["mode"], corners)


def _pad(axes: int) -> Callable[..., torch.Tensor]:
    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        sides = _each(g["padding"], 2 * axes)
        if g["mode"] in WRAPPED:
            return functional.pad(x, sides, g["mode"])
        return functional.pad(x, sides, "constant", g["value"] if g["mode"] == "constant" else 0.0)

    return compute


def _pixel_shuffle(g: Given, x: torch.Tensor) -> torch.Tensor:
    r = g["upscale_factor"]
    n, channels, height, width = x.shape
    return torch.einsum("ncijhw->nchiwj", x.reshape(n, channels // r**2, r, r, height, width)).reshape(
        n, channels // r**2, height * r, width * r
    )


def _pixel_unshuffle(g: Given, x: torch.Tensor) -> torch.Tensor:
    r = g["downscale_factor"]
    parts = [x[:, :, i::r, j::r] for i in range(r) for j in range(r)]
    return torch.stack(parts, 2).flatten(1, 2)


STRIDED = {"stride": 2, "padding": 1, "kernel_size": 4}
SPREAD = {"dilation": 2, "padding": "same", "groups": 3, "out_channels": 6}
TRANSPOSED = {"kernel_size": 3, "stride": 3, "padding": 1, "output_padding": 2, "groups": 3, "out_channels": 6}
DILATED = {"kernel_size": 3, "dilation": 2, "stride": 1}


def _modes(**params: Any) -> tuple[dict[str, Any], ...]:
    return tuple({"padding_mode": mode, **params} for mode in sorted(WRAPPED))


REFERENCES: Table = {
    "conv2d": ref(
        _conv(functional.conv2d, 2), STRIDED, SPREAD, {"kernel_size": (2, 5), "stride": (1, 3)},
        {"kernel_size": (2, 3), "padding": (0, 1), "padding_mode": "reflect"}, *_modes(padding=(2, 1)),
    ),
    "conv1d": ref(_conv(functional.conv1d, 1), STRIDED, SPREAD, *_modes(padding=2), *_modes(padding="same")),
    "conv3d": ref(_conv(functional.conv3d, 3), STRIDED, {**SPREAD, "kernel_size": 2}, *_modes(padding=1)),
    "conv_transpose2d": ref(_transposed(functional.conv_transpose2d, 2), TRANSPOSED, DILATED, {"kernel_size": (1, 3)}),
    "conv_transpose1d": ref(_transposed(functional.conv_transpose1d, 1), TRANSPOSED, DILATED),
    "conv_transpose3d": ref(_transposed(functional.conv_transpose3d, 3), TRANSPOSED, DILATED),
    "depthwise_conv2d": ref(
        _conv(functional.conv2d, 2, depthwise=True), STRIDED, *_modes(padding=1),
        {"channel_multiplier": 1, "dilation": 2, "padding": "same"},
    ),
    "depthwise_conv1d": ref(
        _conv(functional.conv1d, 1, depthwise=True), STRIDED, *_modes(padding=1),
        {"channel_multiplier": 3, "dilation": 3},
    ),
    "separable_conv2d": ref(
        _separable, STRIDED, {"channel_multiplier": 2, "dilation": 2, "out_channels": 5}, *_modes(),
    ),
    "masked_conv2d": ref(
        _masked, {"kernel_size": (5, 3), "dilation": (1, 2)},
        *({"colors": 3, "out_channels": 6, "mask_type": kind} for kind in "AB"),
    ),
    "upsample": ref(
        _upsample, {"size": (5, 7)}, {"mode": "bicubic", "scale_factor": 1.5}, {"align_corners": True},
        on({"mode": "linear", "scale_factor": 3.0}, input=(2, 5)), on({"mode": "trilinear"}, input=(2, 3, 3, 3)),
    ),
    "pixel_shuffle": ref(_pixel_shuffle, on({"upscale_factor": 3}, input=(18, 2, 3))),
    "pixel_unshuffle": ref(_pixel_unshuffle, on({"downscale_factor": 3}, input=(2, 6, 3))),
    "pad2d": ref(_pad(2), {"mode": "constant", "value": 2.5, "padding": (0, 1, 2, 3)}, {"padding": (1, 2, 0, 3)}),
    "pad1d": ref(_pad(1), {"mode": "constant", "value": 2.5, "padding": (0, 3)}, {"padding": (2, 1)}),
    "unfold": ref(
        lambda g, x: functional.unfold(x, g["kernel_size"], g["dilation"], g["padding"], g["stride"]),
        {"kernel_size": (2, 3), "stride": (2, 1), "padding": 1, "dilation": 2},
    ),
    "fold": ref(
        lambda g, x: functional.fold(x, g["output_size"], g["kernel_size"], g["dilation"], g["padding"], g["stride"]),
        on({"output_size": (5, 6), "kernel_size": 3, "padding": 1, "stride": 2}, input=(18, 9)),
        on({"output_size": 8, "kernel_size": 2, "dilation": 2, "stride": 1}, input=(12, 36)),
    ),
}  # fmt: skip
