"""Losses of classes, numbers, binary answers and distributions: torch's functions, or the formula of the paper."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from core.model.spec import Example
from core.model.tensor import TensorType
from core.model.values import Value
from tests.core.layers.references.table import (
    POSITIVE,
    UNIT,
    WIDE,
    Given,
    Table,
    bits,
    on,
    ref,
    shares,
    signs,
    whole,
)  # fmt: skip

Function = Callable[..., torch.Tensor]
COLUMN = on({}, input=(3, 2), target=(3, 2))


def _collected(losses: torch.Tensor, g: Given) -> torch.Tensor:
    """Summed, or the mean over what is there."""
    return losses.sum() if g["reduction"] == "sum" else losses.sum() / losses.numel()


def _each(losses: Callable[..., torch.Tensor]) -> Function:
    """A loss of each number, or of each sample, from the params and the inputs."""
    return lambda g, *inputs: _collected(losses(g, *inputs), g)


def _torch(function: Function, *names: str) -> Function:
    """torch's own function with its reduction and the params named."""
    return lambda g, *inputs: function(*inputs, reduction=g["reduction"], **{name: g[name] for name in names})


def _classes_second(x: torch.Tensor) -> torch.Tensor:
    """Sequences hold their classes last, torch's losses want them second."""
    return x.transpose(1, 2) if x.dim() == 3 else x


def _class_weights(g: Given) -> torch.Tensor | None:
    return None if g["weight"] is None else torch.tensor(g["weight"], dtype=torch.float64)


def _cross_entropy(g: Given, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    target = _classes_second(target) if target.is_floating_point() else target
    options = {name: g[name] for name in ("ignore_index", "reduction", "label_smoothing")}
    return functional.cross_entropy(_classes_second(x), target, _class_weights(g), **options)


def _nll(g: Given, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    options = {name: g[name] for name in ("ignore_index", "reduction")}
    return functional.nll_loss(_classes_second(x), target, _class_weights(g), **options)


def _focal(g: Given, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """−w (1 − p)^γ ln p at every place whose class is not the one to ignore (Lin et al. 2017, eq. 4)."""
    p = functional.softmax(_classes_second(x), 1).movedim(1, -1)  # (N, …, C)
    weights, losses = _class_weights(g), []
    for place in np.ndindex(*target.shape):
        right = int(target[place])
        if right != g["ignore_index"]:
            weight = 1.0 if weights is None else weights[right]
            losses.append(-weight * (1 - p[place][right]) ** g["gamma"] * torch.log(p[place][right]))
    return _collected(torch.stack(losses), g)


def _wrong(x: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The score of the right class (N, 1), and those of all others (N, C − 1)."""
    classes = range(x.shape[1])
    others = [torch.stack([row[c] for c in classes if c != t]) for row, t in zip(x, target.tolist(), strict=True)]
    return torch.stack([row[t] for row, t in zip(x, target.tolist(), strict=True)])[:, None], torch.stack(others)


def _hinge(g: Given, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    right, others = _wrong(x, target)
    return torch.clamp(others - right + g["margin"], min=0).sum(1)


def _capsule(g: Given, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    right, others = _wrong(x, target)
    long = torch.clamp(others - g["absent"], min=0) ** 2
    return torch.clamp(g["present"] - right, min=0).square().sum(1) + g["down"] * long.sum(1)


def _distillation(g: Given, student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    axis, t = (2 if student.dim() == 3 else 1), g["temperature"]
    soft = torch.exp(teacher.detach() / t)
    soft = soft / soft.sum(axis, keepdim=True)
    return -(t**2) * (soft * functional.softmax(student / t, axis).log()).sum(axis)


def _binary_focal(g: Given, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    p = 1 / (1 + torch.exp(-x))
    alpha = (1.0, 1.0) if g["alpha"] is None else (g["alpha"], 1 - g["alpha"])
    yes, no = alpha[0] * (1 - p) ** g["gamma"] * torch.log(p), alpha[1] * p ** g["gamma"] * torch.log(1 - p)
    return -(y * yes + (1 - y) * no)


def _with_logits(g: Given, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    weight = None if g["pos_weight"] is None else torch.tensor(g["pos_weight"], dtype=x.dtype)
    return functional.binary_cross_entropy_with_logits(x, y, pos_weight=weight, reduction=g["reduction"])


def _perceptron(g: Given, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Rosenblatt's rule: z moves against (ŷ − y), which is a number and no function of z."""
    low = -1.0 if g["activation"] == "sign" else 0.0
    decision = torch.tensor([1.0 if z >= 0 else low for z in x.flatten().tolist()]).reshape(x.shape)
    return _over_samples(((decision - y) * x).sum(), g, x)


def _over_samples(total: torch.Tensor, g: Given, x: torch.Tensor) -> torch.Tensor:
    return total if g["reduction"] == "sum" else total / len(x)


def _hebb(g: Given, y: torch.Tensor) -> torch.Tensor:
    return _over_samples(-(y * y).sum() / 2, g, y)


def _oja(g: Given, x: torch.Tensor, y: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """½‖x − Σ y w‖² neuron by neuron, w standing still wherever a rule takes it as given."""
    x, y, total = x.detach(), y.detach(), torch.zeros((), dtype=torch.float64)
    for n in range(len(x)):
        columns = (w if w.dim() == 2 else w[n]).unbind(1)
        told = [y[n, i] * column for i, column in enumerate(columns)]
        for i, mine in enumerate(told):
            before = sum((each.detach() for each in told[:i]), torch.zeros_like(mine))
            rest = x[n] - {"oja": mine, "sanger": before + mine, "subspace": sum(told)}[g["rule"]]
            total = total + (rest**2).sum() / 2
            if g["rule"] == "subspace":
                break  # one rest for all neurons
    return _over_samples(total, g, x)


def _kl(g: Given, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    p = x.exp()
    if g["form"] == "scores":
        p = functional.softmax(x, 2 if x.dim() == 3 else 1)
    return _over_samples((target * torch.log(target / p)).sum(), g, x)


def _gaussian_kl(g: Given, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    return _over_samples((mean**2 + log_variance.exp() - 1 - log_variance).sum() / 2, g, mean)


def _flow(g: Given, z: torch.Tensor, log_det: torch.Tensor | None) -> torch.Tensor:
    """−ln Π_j φ(z_j) − ln |det|, φ the density of the standard normal."""
    density = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    losses = -density.log().flatten(1).sum(1)
    return _collected(losses if log_det is None else losses - log_det.flatten(), g)


def classes(params: dict[str, Value], *shape: int, target: tuple[int, ...] = ()) -> Example:
    """Scores, and classes as whole numbers."""
    return params, {"input": (TensorType(("N", *shape)),), "target": (TensorType(("N", *target), "int64"),)}


def answers(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Classes; or shares of them where there is an axis of classes."""
    return shares(random, shape) if len(shape) > 1 and shape[-1] == 6 else random.integers(0, 6, shape)


WEIGHTS = (0.5, 2.0, 1.0, 0.25, 1.5, 0.75)
SEQUENCE: Any = classes({"weight": WEIGHTS}, 5, 6, target=(5,))
PIXELS: Any = classes({"ignore_index": 3}, 6, 2, 3, target=(2, 3))
PROBABILITIES = (on({}, input=(6,), target=(6,)), on({"label_smoothing": 0.2}, input=(3, 6), target=(3, 6)))

REFERENCES: Table = {
    "cross_entropy": ref(
        _cross_entropy, SEQUENCE, PIXELS, {"weight": WEIGHTS, "label_smoothing": 0.25}, *PROBABILITIES, target=answers
    ),
    "nll": ref(_nll, SEQUENCE, PIXELS),
    "hinge": ref(_each(_hinge), {"margin": 0.4}),
    "multi_margin": ref(_torch(functional.multi_margin_loss, "margin", "p"), {"margin": 0.4, "p": 2}),
    "focal": ref(_focal, SEQUENCE, PIXELS, {"gamma": 0.5, "weight": WEIGHTS}),
    "capsule_margin": ref(_each(_capsule), {"present": 0.7, "absent": 0.3, "down": 0.2}, input=UNIT),
    "distillation": ref(_each(_distillation), on({"temperature": 1.5}, student=(3, 6), teacher=(3, 6))),
    "mse": ref(_torch(functional.mse_loss), COLUMN),
    "half_mse": ref(_each(lambda g, x, y: (x - y) ** 2 / 2), COLUMN),
    "l1": ref(_torch(functional.l1_loss), COLUMN),
    "smooth_l1": ref(_torch(functional.smooth_l1_loss, "beta"), {"beta": 0.3}, COLUMN),
    "huber": ref(_torch(functional.huber_loss, "delta"), {"delta": 0.3}, COLUMN),
    "lq": ref(_each(lambda g, x, y: torch.where(x > y, x - y, y - x) ** g["q"]), {"q": 0.5}, {"q": 3.0}, COLUMN),
    "gaussian_nll": ref(_each(lambda g, x, y, s: (s + (x - y) ** 2 / s.exp()) / 2)),
    "poisson_nll": ref(_torch(functional.poisson_nll_loss, "log_input", "full"), input=POSITIVE, target=whole(1, 5)),
    "bce": ref(_torch(functional.binary_cross_entropy), input=UNIT, target=UNIT),
    "bce_with_logits": ref(_with_logits, {"pos_weight": 3.0}, {"pos_weight": (3.0,)}, target=UNIT),
    "binary_focal": ref(_each(_binary_focal), {"gamma": 0.5, "alpha": None}, target=bits),
    "binary_hinge": ref(_each(lambda g, x, y: torch.clamp(g["margin"] - y * x, min=0)), {"margin": 0.4}, target=signs),
    "squared_hinge": ref(
        _each(lambda g, x, y: torch.clamp(g["margin"] - y * x, min=0) ** 2), {"margin": 0.4}, target=signs
    ),
    "soft_margin": ref(_each(lambda g, x, y: torch.log(1 + torch.exp(-x * y))), input=WIDE, target=signs),
    "perceptron": ref(_perceptron, COLUMN, target=signs),
    "hebb": ref(_hebb, on({}, input=(2, 3))),
    "oja": ref(
        _oja, *(on({"rule": rule}, input=(5,), output=(3,), weight=(5, 3)) for rule in ("oja", "sanger", "subspace"))
    ),
    "kl_divergence": ref(_kl, on({}, input=(3, 6), target=(3, 6)), target=shares),
    "gaussian_kl": ref(_gaussian_kl, on({}, mean=(2, 3), log_variance=(2, 3))),
    "gaussian_log_likelihood": ref(_flow),
    "mean_loss": ref(
        lambda g, plus, minus: _collected(plus, g) - (0.0 if minus is None else _collected(minus, g)),
        on({}, plus=(3,), minus=(2, 2)),
    ),
    "l1_penalty": ref(_each(lambda g, x: torch.where(x < 0, -x, x))),
    "l2_penalty": ref(_each(lambda g, x: x * x)),
}
