"""Arithmetic, functions of numbers, products and reductions: torch's functions and plain arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional

from tests.core.layers.references.table import POSITIVE, UNIT, Given, Table, on, plain, ref, whole


def _axes(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


def _reduced(function: Callable[[Given, torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """A reduction of the last axis (N, …, K) → (N, …), for any axes: they are moved to the end and joined."""

    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        axes = sorted(axis % x.dim() for axis in _axes(g["dim"]))
        found = function(g, x.movedim(axes, [*range(x.dim() - len(axes), x.dim())]).flatten(x.dim() - len(axes)))
        if g["keepdim"]:
            for axis in axes:
                found = found.unsqueeze(axis)
        return found

    return compute


def _variance(g: Given, x: torch.Tensor) -> torch.Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return (centred**2).sum(-1) / (x.shape[-1] - g["correction"])


def _norm(g: Given, x: torch.Tensor) -> torch.Tensor:
    return (x.abs() ** g["ord"]).sum(-1) ** (1 / g["ord"])


def _cumsum(g: Given, x: torch.Tensor) -> torch.Tensor:
    parts = x.unbind(g["dim"])
    return torch.stack([torch.stack(parts[: end + 1]).sum(0) for end in range(len(parts))], g["dim"])


def _ordered(x: torch.Tensor, dim: int, falling: bool) -> torch.Tensor:
    """The places of the numbers along an axis by their size, row by row."""
    rows = x.detach().movedim(dim, -1)
    ordered = [
        sorted(range(len(row)), key=row.__getitem__, reverse=falling)
        for row in rows.reshape(-1, rows.shape[-1]).tolist()
    ]
    return torch.tensor(ordered).reshape(rows.shape).movedim(-1, dim)


def _sort(g: Given, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    places = _ordered(x, g["dim"], g["descending"])
    return torch.take_along_dim(x, places, g["dim"]), places


def _top_k(g: Given, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    places = _ordered(x, g["dim"], g["largest"]).narrow(g["dim"], 0, g["k"])
    return torch.take_along_dim(x, places, g["dim"]), places


def _folded(function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    def compute(g: Given, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        found = inputs[0]
        for other in inputs[1:]:
            found = function(found, other)
        return found

    return compute


def _divide(g: Given, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a / (b + g["eps"] * torch.where(b.detach() < 0, -1.0, 1.0))


def _einsum(g: Given, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
    """The sum over all indices that are not kept, with every factor spread to all indices."""
    terms, kept = g["equation"].replace(" ", "").split("->")
    letters = kept + "".join(sorted(set(terms) - set(kept) - {","}))
    product = torch.ones((), dtype=torch.float64)
    for term, factor in zip(terms.split(","), inputs, strict=True):
        own = [letter for letter in letters if letter in term]
        spread = factor.permute([term.index(letter) for letter in own])
        product = product * spread[tuple(slice(None) if letter in own else None for letter in letters)]
    return product.flatten(len(kept)).sum(-1) if len(letters) > len(kept) else product


def _dot(g: Given, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    found = torch.einsum("...i,...i->...", a, b)
    return found[..., None] if g["keepdim"] else found


def _pairwise(g: Given, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """‖a − b + ε‖_p, with ε in every number as torch has it."""
    return ((a - b + g["eps"]).abs() ** g["p"]).sum(-1, keepdim=g["keepdim"]) ** (1 / g["p"])


def _cdist(g: Given, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return ((a[:, :, None] - b[:, None]).abs() ** g["p"]).sum(-1) ** (1 / g["p"])


RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "greater": lambda a, b: a > b,
    "greater or equal": lambda a, b: a >= b,
    "less": lambda a, b: a < b,
    "less or equal": lambda a, b: a <= b,
    "equal": lambda a, b: a == b,
    "not equal": lambda a, b: a != b,
}


def _compare(g: Given, x: torch.Tensor, other: torch.Tensor | None) -> torch.Tensor:
    against = torch.full_like(x, g["value"]) if other is None else other.expand_as(x)
    pairs = zip(x.flatten().tolist(), against.flatten().tolist(), strict=True)
    return torch.tensor([float(RELATIONS[g["relation"]](a, b)) for a, b in pairs]).reshape(x.shape)


def _where(g: Given, condition: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    chosen = (condition.detach() != 0).to(a.dtype)
    return chosen * a + (1 - chosen) * b


def _cast(g: Given, x: torch.Tensor) -> torch.Tensor:
    if g["dtype"] == "float":
        return x if x.is_floating_point() else torch.tensor(x.tolist(), dtype=torch.float32)
    return torch.tensor([math.trunc(number) for number in x.flatten().tolist()]).reshape(x.shape)


def _clamp(g: Given, x: torch.Tensor) -> torch.Tensor:
    low = -math.inf if g["min"] is None else g["min"]
    high = math.inf if g["max"] is None else g["max"]
    return torch.where(x < low, low, torch.where(x > high, high, x))


STEPS = on({"dim": 1}, input=(5, 3))
BOTH = on({"dim": (1, 2)}, input=(5, 3))
LAST = {"dim": -1}
PAIR = {"input": (5, 3), "other": (5, 3)}
BATCHES = {"x1": (2, 3), "x2": (4, 3)}

REFERENCES: Table = {
    "add": ref(_folded(lambda a, b: a + b)),
    "multiply": ref(_folded(lambda a, b: a * b)),
    "minimum": ref(_folded(lambda a, b: torch.where(a < b, a, b))),
    "maximum": ref(_folded(lambda a, b: torch.where(a > b, a, b))),
    "subtract": plain(lambda a, b: a - b, on({}, **PAIR)),
    "divide": ref(_divide, {"eps": 0.5}, on({"eps": 0.25}, **PAIR)),
    "matmul": plain(lambda a, b: (a[..., None] * b[:, None]).sum(-2)),
    "einsum": ref(_einsum, ({"equation": "nij, nkj -> nki"}, {"inputs": on({}, a=(5, 3))[1]["a"] * 2})),
    "dot_product": ref(_dot, on({}, **PAIR)),
    "outer_product": plain(lambda a, b: torch.einsum("...i,...j->...ij", a, b), on({}, **PAIR)),
    "cosine_similarity": ref(
        lambda g, a, b: functional.cosine_similarity(a, b, g["dim"], g["eps"]),
        on({"dim": 1, "eps": 1.0}, x1=(5, 3), x2=(5, 3)),
        x2=UNIT,
    ),
    "pairwise_distance": ref(_pairwise, {"p": 3.0}, {"p": 1.0, "eps": 1e-3}),
    "cdist": ref(_cdist, on({"p": 3.0}, **BATCHES), on({"p": 1.0}, **BATCHES)),
    "mean": ref(_reduced(lambda g, x: x.sum(-1) / x.shape[-1]), STEPS, BOTH, LAST),
    "sum_over": ref(_reduced(lambda g, x: sum(x.unbind(-1))), STEPS, BOTH, LAST),
    "max_over": ref(_reduced(lambda g, x: x.max(-1).values), STEPS, BOTH, LAST),
    "min_over": ref(_reduced(lambda g, x: x.min(-1).values), STEPS, BOTH, LAST),
    "variance": ref(_reduced(_variance), STEPS, BOTH, {"dim": -1, "correction": 0}),
    "std": ref(_reduced(lambda g, x: _variance(g, x).sqrt()), STEPS, BOTH, {"dim": -1, "correction": 0}),
    "norm": ref(_reduced(_norm), STEPS, {"dim": (1, 2), "ord": 3.0}, {"ord": 1.0}),
    "logsumexp": ref(_reduced(lambda g, x: x.exp().sum(-1).log()), STEPS, BOTH),
    "cumsum": ref(_cumsum, STEPS),
    "argmax": ref(lambda g, x: _ordered(x, g["dim"], True).select(g["dim"], 0), STEPS),
    "sort": ref(_sort, STEPS),
    "top_k": ref(_top_k, STEPS),
    "scale": ref(lambda g, x: x * g["factor"], {"factor": -3.0}),
    "affine": ref(lambda g, x: g["scale"] * x + g["shift"], {"scale": -2.0, "shift": 0.75}),
    "negate": plain(lambda x: 0 - x),
    "absolute": plain(lambda x: torch.where(x < 0, -x, x)),
    "square": plain(lambda x: x * x),
    "power": ref(lambda g, x: x ** g["exponent"], {"exponent": 3.0}, {"exponent": -0.5}, input=POSITIVE),
    "sqrt": ref(lambda g, x: (x + g["eps"]) ** 0.5, {"eps": 0.25}, input=POSITIVE),
    "reciprocal": plain(lambda x: 1 / x),
    "exp": plain(lambda x: math.e**x),
    "log": ref(lambda g, x: (x + g["eps"]).log2() * math.log(2), {"eps": 0.25}, input=POSITIVE),
    "sin": plain(lambda x: torch.polar(torch.ones_like(x), x).imag),
    "cos": plain(lambda x: torch.polar(torch.ones_like(x), x).real),
    "clamp": ref(_clamp, {"min": -0.5, "max": 0.5}, {"min": None, "max": 0.3}, {"min": -0.3, "max": None}),
    "compare": ref(_compare, on({"value": 1.0}, input=(6,)), input=whole(-1, 2), other=whole(-1, 2)),
    "where": ref(_where, condition=whole(-1, 2)),
    "identity": plain(lambda x: 1 * x),
    "stop_gradient": plain(lambda x: x.detach()),
    # As if the slope were −λ: forwards, what −λx lacks of x is added as a constant.
    "gradient_reversal": ref(lambda g, x: -g["scale"] * x + (x + g["scale"] * x).detach(), {"scale": 0.3}),
    "cast": ref(_cast, on({"dtype": "int"}, input=(3,)), on({}, input=(3,))),
}
