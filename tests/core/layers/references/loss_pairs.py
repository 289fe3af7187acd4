"""Losses of pairs, views and adversaries, each pair by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch.nn import functional

from tests.core.layers.references.table import UNIT, Given, Table, bits, on, ref, signs, whole

Numbers = Sequence[torch.Tensor]


def _collected(losses: Numbers, g: Given) -> torch.Tensor:
    total = torch.stack(list(losses)).sum()
    return total if g["reduction"] == "sum" else total / len(losses)


def _cosine(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a * b).sum() / ((a * a).sum() * (b * b).sum()).sqrt()


def _plus(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x > 0, x, 0.0)


def _triplet(g: Given, anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    if g["distance"] == "euclidean":
        options = {"margin": g["margin"], "reduction": g["reduction"]}
        return functional.triplet_margin_loss(anchor, positive, negative, **options)
    triples = zip(anchor, positive, negative, strict=True)
    return _collected([_plus(_cosine(a, n) - _cosine(a, p) + g["margin"]) for a, p, n in triples], g)


def _contrastive(g: Given, one: torch.Tensor, two: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    losses = []
    for a, b, s in zip(one, two, same.flatten(), strict=True):
        d = ((a - b) ** 2).sum().sqrt()
        losses.append(s * d**2 / 2 + (1 - s) * _plus(g["margin"] - d) ** 2 / 2)
    return _collected(losses, g)


def _cosine_embedding(g: Given, one: torch.Tensor, two: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    options = {"margin": g["margin"], "reduction": g["reduction"]}
    return functional.cosine_embedding_loss(one, two, target.flatten(), **options)


def _binomial(g: Given, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    near, far = [], []
    for i in range(len(x)):
        for j in range(len(x)):
            ahead = g["alpha"] * (_cosine(x[i], x[j]) - g["beta"])
            if labels[i] != labels[j]:
                far.append(torch.log(1 + torch.exp(g["cost"] * ahead)))
            elif i != j:
                near.append(torch.log(1 + torch.exp(-ahead)))
    parts = [torch.stack(part).mean() for part in (near, far) if part]
    return torch.stack(parts).sum()


def _multi_similarity(g: Given, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Wang et al. 2019, eq. 11–13: mining first, then both soft weights."""
    losses = []
    for i in range(len(x)):
        alike = [_cosine(x[i], x[j]) for j in range(len(x)) if j != i and labels[j] == labels[i]]
        other = [_cosine(x[i], x[j]) for j in range(len(x)) if labels[j] != labels[i]]
        pull = [s for s in alike if other and s < max(other) + g["epsilon"]]
        push = [s for s in other if alike and s > min(alike) - g["epsilon"]]
        pulled = sum((torch.exp(-g["alpha"] * (s - g["base"])) for s in pull), 0 * x.sum())
        pushed = sum((torch.exp(g["beta"] * (s - g["base"])) for s in push), 0 * x.sum())
        losses.append(torch.log(1 + pulled) / g["alpha"] + torch.log(1 + pushed) / g["beta"])
    return _collected(losses, g)


def _nt_xent(g: Given, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    """Chen et al. 2020, eq. 1, for every one of the 2N views."""
    views, losses = [*one, *two], []
    for i, view in enumerate(views):
        scores = {j: torch.exp(_cosine(view, other) / g["temperature"]) for j, other in enumerate(views) if j != i}
        partner = i + len(one) if i < len(one) else i - len(one)
        losses.append(-torch.log(scores[partner] / torch.stack(list(scores.values())).sum()))
    return _collected(losses, g)


def _info_nce(g: Given, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    def fit(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (_cosine(a, b) if g["similarity"] == "cosine" else (a * b).sum()) / g["temperature"]

    def looking(those: torch.Tensor, among: torch.Tensor) -> torch.Tensor:
        losses = []
        for i, each in enumerate(those):
            losses.append(torch.logsumexp(torch.stack([fit(each, b) for b in among]), 0) - fit(each, among[i]))
        return _collected(losses, g)

    found = looking(queries, keys)
    return (found + looking(keys, queries)) / 2 if g["symmetric"] else found


def _covariance(a: torch.Tensor, b: torch.Tensor, freedom: int) -> torch.Tensor:
    return ((a - a.mean()) * (b - b.mean())).sum() / freedom


def _vicreg(g: Given, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    """Bardes et al. 2022, algorithm 1, number by number."""
    n, d = one.shape
    loss = g["invariance"] * ((one - two) ** 2).sum() / (n * d)
    for view in (one, two):
        columns = view.unbind(1)
        for i in range(d):
            deviation = (_covariance(columns[i], columns[i], n - 1) + 1e-4).sqrt()
            loss = loss + g["variance"] * _plus(1 - deviation) / d
            for j in range(d):
                if i != j:
                    loss = loss + g["covariance"] * _covariance(columns[i], columns[j], n - 1) ** 2 / d
    return loss


def _barlow(g: Given, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    n, loss = len(one), torch.zeros((), dtype=one.dtype)
    for i, a in enumerate(one.unbind(1)):
        for j, b in enumerate(two.unbind(1)):
            sizes = (_covariance(a, a, n) + 1e-5).sqrt() * (_covariance(b, b, n) + 1e-5).sqrt()
            c = _covariance(a, b, n) / sizes
            loss = loss + ((1 - c) ** 2 if i == j else g["redundancy"] * c**2)
    return loss


def _negative_cosine(g: Given, prediction: torch.Tensor, projection: torch.Tensor) -> torch.Tensor:
    held = projection.detach() if g["stop_gradient"] else projection
    return _collected([-_cosine(p, z) for p, z in zip(prediction, held, strict=True)], g)


def _log_sigmoid(x: torch.Tensor) -> torch.Tensor:
    return torch.log(1 / (1 + torch.exp(-x)))


HIGH: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "minimax": lambda r: -_log_sigmoid(r),
    "non-saturating": lambda r: -_log_sigmoid(r),
    "least squares": lambda r: (r - 1) ** 2 / 2,
    "Wasserstein": lambda r: -r,
    "hinge": lambda r: _plus(1 - r),
}
"""What makes scores high, by mode; a generator's differs where the game is not symmetric."""
LOW: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    **dict.fromkeys(("minimax", "non-saturating"), lambda f: -torch.log(1 - 1 / (1 + torch.exp(-f)))),
    "least squares": lambda f: f**2 / 2,
    "Wasserstein": lambda f: f,
    "hinge": lambda f: _plus(1 + f),
}
GENERATOR = {**HIGH, "minimax": lambda f: torch.log(1 - 1 / (1 + torch.exp(-f))), "hinge": lambda f: -f}


def _discriminator(g: Given, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    return _collected(HIGH[g["mode"]](real).flatten(), g) + _collected(LOW[g["mode"]](fake).flatten(), g)


REFERENCES: Table = {
    "triplet": ref(_triplet, {"margin": 0.3, "distance": "cosine"}, {"margin": 3.0}),
    "contrastive_pair": ref(_contrastive, {"margin": 4.0}, same=bits),
    "cosine_embedding": ref(_cosine_embedding, {"margin": 0.2}, target=signs),
    "binomial_deviance": ref(_binomial, {"alpha": 1.5, "beta": 0.1, "cost": 3.0}, labels=whole(0, 2)),
    "multi_similarity": ref(
        _multi_similarity, {"alpha": 3.0, "beta": 5.0, "epsilon": 1.5, "base": 0.2}, labels=whole(0, 2)
    ),
    "nt_xent": ref(_nt_xent, {"temperature": 0.2}),
    "info_nce": ref(_info_nce, {"temperature": 0.5, "similarity": "dot product", "symmetric": True}),
    "vicreg": ref(_vicreg, {"invariance": 2.0, "variance": 3.0, "covariance": 0.5}, view_1=UNIT),
    "barlow_twins": ref(_barlow, {"redundancy": 0.4}),
    "negative_cosine": ref(_negative_cosine),
    "discriminator_loss": ref(_discriminator, on({}, real=(2, 3), fake=(4,))),
    "generator_loss": ref(lambda g, fake: _collected(GENERATOR[g["mode"]](fake).flatten(), g), on({}, fake=(2, 3))),
}
