"""Activations: torch's functions called directly, and the formulas of those that torch lacks."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch.nn import functional

from tests.core.layers.references.table import WIDE, Given, Table, on, plain, ref, whole


def _prelu(g: Given, x: torch.Tensor) -> torch.Tensor:
    slope = g.weight("weight", x.shape[1] if g["per_channel"] else 1)
    if g["per_channel"]:  # the channels are the second axis
        slope = slope.reshape(-1, *[1] * (x.dim() - 2))
    return torch.where(x >= 0, x, slope * x)


def _rrelu(g: Given, x: torch.Tensor) -> torch.Tensor:
    return functional.rrelu(x, g["lower"], g["upper"], g.training)


def _halves(g: Given, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The two halves of the axis that a gate is made of."""
    size = x.shape[g["dim"]] // 2
    return x.narrow(g["dim"], 0, size), x.narrow(g["dim"], size, size)


def _swiglu(g: Given, x: torch.Tensor) -> torch.Tensor:
    gate, value = _halves(g, x)
    return gate / (1 + torch.exp(-gate)) * value


def _maxout(g: Given, x: torch.Tensor) -> torch.Tensor:
    """The j-th number of every group is every k-th number from j on: the largest over j."""
    x = x.movedim(g["dim"], -1)
    largest = x[..., 0 :: g["pieces"]]
    for j in range(1, g["pieces"]):
        largest = torch.maximum(largest, x[..., j :: g["pieces"]])
    return largest.movedim(-1, g["dim"])


def _adaptive(g: Given, x: torch.Tensor) -> torch.Tensor:
    """p(y|x) = p(y) in the head, or p(cluster|x) · p(y|cluster, x) (Grave et al. 2017, §4)."""
    cuts = (*g["cutoffs"], g["n_classes"])
    shortlist, features = cuts[0], x.shape[-1]
    head = g.linear(x, "head", shortlist + len(cuts) - 1, g["head_bias"]).exp()
    head = head / head.sum(-1, keepdim=True)
    parts = [head[..., :shortlist]]
    for number, (begin, end) in enumerate(itertools.pairwise(cuts)):
        hidden = g.linear(x, f"tail.{number}.0", int(features / g["div_value"] ** (number + 1)), bias=False)
        cluster = g.linear(hidden, f"tail.{number}.1", end - begin, bias=False).exp()
        parts.append(head[..., shortlist + number, None] * cluster / cluster.sum(-1, keepdim=True))
    return torch.cat(parts, -1).log()


def _at_zero(elsewhere: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Given, torch.Tensor], torch.Tensor]:
    return lambda g, x: torch.where(x == 0, g["at_zero"], elsewhere(x))


def _threshold(g: Given, x: torch.Tensor) -> torch.Tensor:
    return functional.threshold(x, g["threshold"], g["value"])


IMAGE = on({}, input=(4, 3, 3))
MIDDLE = on({"dim": 1}, input=(4, 3))

REFERENCES: Table = {
    "relu": plain(functional.relu, IMAGE),
    "sigmoid": plain(torch.sigmoid, IMAGE),
    "tanh": plain(torch.tanh, IMAGE),
    "softmax": ref(lambda g, x: functional.softmax(x, g["dim"]), MIDDLE),
    "log_softmax": ref(lambda g, x: functional.log_softmax(x, g["dim"]), MIDDLE),
    "leaky_relu": ref(lambda g, x: functional.leaky_relu(x, g["negative_slope"]), {"negative_slope": 0.3}),
    "prelu": ref(_prelu, on({"per_channel": True, "init": 0.4}, input=(4, 3, 3))),
    "rrelu": ref(_rrelu, {"lower": 0.2, "upper": 0.9}),
    "relu6": plain(functional.relu6, input=WIDE),
    "elu": ref(lambda g, x: functional.elu(x, g["alpha"]), {"alpha": 0.7}),
    "selu": plain(functional.selu),
    "celu": ref(lambda g, x: functional.celu(x, g["alpha"]), {"alpha": 0.7}),
    "gelu": ref(lambda g, x: functional.gelu(x, approximate=g["approximate"])),
    "silu": plain(functional.silu),
    "mish": plain(functional.mish),
    "hardswish": plain(functional.hardswish, input=WIDE),
    "softplus": ref(lambda g, x: functional.softplus(x, g["beta"]), {"beta": 3.0}, input=WIDE),
    "log_sigmoid": plain(functional.logsigmoid),
    "hardsigmoid": plain(functional.hardsigmoid, input=WIDE),
    "hardtanh": ref(lambda g, x: functional.hardtanh(x, g["min_val"], g["max_val"]), {"min_val": -0.5, "max_val": 1.5}),
    "softsign": plain(functional.softsign),
    "softmin": ref(lambda g, x: functional.softmin(x, g["dim"]), MIDDLE),
    "softmax2d": plain(lambda x: functional.softmax(x, 1)),
    "glu": ref(lambda g, x: functional.glu(x, g["dim"]), MIDDLE),
    "swiglu": ref(_swiglu, MIDDLE),
    "maxout": ref(_maxout, {"pieces": 3}, on({"dim": 1, "pieces": 2}, input=(4, 3))),
    # Flat everywhere; whole numbers arrive, so that some are 0.
    "sign": ref(_at_zero(lambda x: torch.sign(x)), {"at_zero": 0.0}, {"at_zero": -1.0}, input=whole(-2, 3)),
    "step": ref(_at_zero(lambda x: torch.sign(x) / 2 + 0.5), {"at_zero": 0.0}, {"at_zero": 0.5}, input=whole(-2, 3)),
    "adaptive_log_softmax": ref(_adaptive, on({"n_classes": 9, "cutoffs": (3,), "div_value": 4.0}, input=(2, 8))),
    "softshrink": ref(lambda g, x: functional.softshrink(x, g["lambd"]), {"lambd": 1.2}),
    "hardshrink": ref(lambda g, x: functional.hardshrink(x, g["lambd"]), {"lambd": 1.2}),
    "tanhshrink": plain(functional.tanhshrink),
    "threshold": ref(_threshold, {"threshold": 0.4, "value": -3.0}),
}
