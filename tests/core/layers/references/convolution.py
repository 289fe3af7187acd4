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


def _conv(function: Function, axes: int, groups: Callable[[Given, torch.Tensor], int]) -> Callable[..., torch.Tensor]:
    """The padding first, then a convolution without any."""

    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        weight, bias = g.state["weight"], g.weight("bias")
        return function(_padded(g, x, axes), weight, bias, g["stride"], 0, g["dilation"], groups(g, x))

    return compute


def _grouped(g: Given, x: torch.Tensor) -> int:
    return int(g["groups"])


def _by_channel(g: Given, x: torch.Tensor) -> int:
    return x.shape[1]


def _transposed(function: Function) -> Callable[..., torch.Tensor]:
    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        weight, bias = g.state["weight"], g.weight("bias")
        return function(x, weight, bias, g["stride"], g["padding"], g["output_padding"], g["groups"], g["dilation"])

    return compute


def _separable(g: Given, x: torch.Tensor) -> torch.Tensor:
    depth, point = g.weights("depthwise.weight", "pointwise.weight")
    between = functional.conv2d(_padded(g, x, 2), depth, None, g["stride"], 0, g["dilation"], x.shape[1])
    output = torch.einsum("oc,nchw->nohw", point[:, :, 0, 0], between)
    return output + g.state["pointwise.bias"][:, None, None] if g["bias"] else output


def _masked(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Tap by tap: a tap counts where it lies before the centre, or at it and its colour's part comes before."""
    weight = g.state["weight"]
    out, channels, height, width = weight.shape
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
    return output + g.state["bias"][:, None, None] if g["bias"] else output


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
        _conv(functional.conv2d, 2, _grouped), STRIDED, SPREAD, {"kernel_size": (2, 5), "stride": (1, 3)},
        {"kernel_size": (2, 3), "padding": (0, 1), "padding_mode": "reflect"}, *_modes(padding=(2, 1)),
    ),
    "conv1d": ref(_conv(functional.conv1d, 1, _grouped), STRIDED, SPREAD, *_modes(padding=2), *_modes(padding="same")),
    "conv3d": ref(_conv(functional.conv3d, 3, _grouped), STRIDED, {**SPREAD, "kernel_size": 2}, *_modes(padding=1)),
    "conv_transpose2d": ref(_transposed(functional.conv_transpose2d), TRANSPOSED, DILATED, {"kernel_size": (1, 3)}),
    "conv_transpose1d": ref(_transposed(functional.conv_transpose1d), TRANSPOSED, DILATED),
    "conv_transpose3d": ref(_transposed(functional.conv_transpose3d), TRANSPOSED, DILATED),
    "depthwise_conv2d": ref(
        _conv(functional.conv2d, 2, _by_channel), STRIDED, {"channel_multiplier": 1, "dilation": 2, "padding": "same"},
        *_modes(padding=1),
    ),
    "depthwise_conv1d": ref(
        _conv(functional.conv1d, 1, _by_channel), STRIDED, {"channel_multiplier": 3, "dilation": 3}, *_modes(padding=1),
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
