"""Gradients of the own losses against finite differences; what a rule holds constant gets none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from core.layers.examples import example, example_arrays
from core.model.spec import registry
from tests.core.layers.nodes import BuiltNode

HELD: dict[str, tuple[str, ...]] = {
    "oja": ("input", "output"),
    "distillation": ("teacher",),
    "negative_cosine": ("projection",),
    "td_error": ("next_values", "reward", "done", "chooser"),
    "policy_gradient": ("returns",),
}
"""Ports that a loss holds constant, so that finite differences do not see what descent shall do."""

CASES: list[tuple[str, dict[str, Any]]] = [
    *((spec.kind, {}) for spec in registry if spec.family == "loss"),
    ("cross_entropy", {"weight": (1.0, 2.0, 0.5, 1.0, 3.0, 1.0), "label_smoothing": 0.1}),
    ("focal", {"gamma": 0.5, "weight": (1.0, 2.0, 0.5, 1.0, 3.0, 1.0)}),
    ("bce_with_logits", {"pos_weight": 3.0}),
    ("binary_focal", {"gamma": 0.5, "alpha": None}),
    ("lq", {"q": 0.5}),
    ("lq", {"q": 4.0}),
    ("kl_divergence", {"form": "log-probabilities"}),
    ("triplet", {"distance": "cosine"}),
    ("info_nce", {"similarity": "dot product", "symmetric": True, "temperature": 1.0}),
    ("multi_similarity", {"epsilon": 4.0}),
    ("negative_cosine", {"stop_gradient": False}),
    ("oja", {"rule": "subspace"}),
    ("total_variation", {"of": "squared"}),
    ("td_error", {"error": "squared"}),
    ("policy_gradient", {"entropy": 0.5}),
    *(("box_iou", {"mode": mode, "form": "centre and size"}) for mode in ("iou", "giou", "diou")),
    *(("discriminator_loss", {"mode": mode}) for mode in ("minimax", "least squares", "Wasserstein", "hinge")),
    *(("generator_loss", {"mode": mode}) for mode in ("minimax", "least squares", "Wasserstein", "hinge")),
]


def inputs_of(kind: str) -> dict[str, torch.Tensor]:
    """Numbers of the kind's example, in double precision; class 0 appears, and so do some that are alike."""
    arrays = example_arrays(kind, batch=4, seed=2)
    tensors = {port: torch.from_numpy(found[0]) for port, found in arrays.items()}
    small = {port: each[:2, :3, :3, :3] if each.dim() == 4 else each for port, each in tensors.items()}
    return {port: each.double() if each.is_floating_point() else each for port, each in small.items()}


CASES = [
    (kind, {**params, "reduction": reduction} if reduction else params)
    for kind, params in CASES
    for reduction in (("mean", "sum") if any(p.name == "reduction" for p in registry[kind].params) else ("",))
]


@pytest.mark.parametrize(("kind", "params"), CASES, ids=[f"{kind}-{params}" for kind, params in CASES])
def test_gradients_equal_finite_differences(kind: str, params: dict[str, Any]) -> None:
    tensors = inputs_of(kind)
    node = BuiltNode(kind, {**example(kind)[0], **params}, **tensors)
    held = () if params.get("stop_gradient") is False else HELD.get(kind, ())
    free = [port for port, each in tensors.items() if each.is_floating_point() and port not in held]
    if kind not in ("mse", "l1", "distillation", "triplet") and "target" in free:
        free.remove("target")  # a target comes from the data

    def loss(*values: torch.Tensor) -> torch.Tensor:
        return node(**{**tensors, **dict(zip(free, values, strict=True))})[0]

    assert free
    assert torch.autograd.gradcheck(loss, [tensors[port].clone().requires_grad_() for port in free])


@pytest.mark.parametrize(("kind", "port"), [(kind, port) for kind, ports in HELD.items() for port in ports])
def test_what_is_held_constant_gets_no_gradient(kind: str, port: str) -> None:
    tensors = {
        name: each.requires_grad_() if each.is_floating_point() else each for name, each in inputs_of(kind).items()
    }
    (found,) = BuiltNode(kind, example(kind)[0], **tensors)(**tensors)
    found.backward()
    assert tensors[port].grad is None
    assert any(each.grad is not None and each.grad.abs().sum() > 0 for each in tensors.values())


def leaf(*numbers: float) -> torch.Tensor:
    return torch.tensor([[number] for number in numbers], dtype=torch.float64, requires_grad=True)


EQUAL: dict[str, Callable[[torch.Tensor], dict[str, torch.Tensor]]] = {
    "lq": lambda x: {"input": x, "target": x.detach()},
    "contrastive_pair": lambda x: {"input1": x, "input2": x.detach(), "same": torch.zeros(3, 1)},
    "triplet": lambda x: {"anchor": x, "positive": x.detach(), "negative": x.detach()},
    "box_iou": lambda x: {"input": x.expand(3, 4), "target": x.detach().expand(3, 4)},
    "vicreg": lambda x: {"view_1": x, "view_2": x.detach()},
    "barlow_twins": lambda x: {"view_1": 0 * x, "view_2": 0 * x.detach()},
    "nt_xent": lambda x: {"view_1": 0 * x, "view_2": x.detach()},
}


@pytest.mark.parametrize("kind", EQUAL)
def test_where_things_are_equal_or_zero_the_slope_is_finite(kind: str) -> None:
    x = leaf(1.0, -2.0, 0.5)
    tensors = {name: each.to(torch.float64) for name, each in EQUAL[kind](x).items()}
    params = {"q": 0.5} if kind == "lq" else {}
    BuiltNode(kind, params, **tensors)(**tensors)[0].backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("kind", ["bce_with_logits", "binary_focal", "soft_margin", "generator_loss"])
def test_scores_of_any_size_are_safe(kind: str) -> None:
    scores = leaf(-1000.0, 0.0, 1000.0)
    port = registry[kind].inputs[0].name
    tensors = {port: scores} if kind == "generator_loss" else {port: scores, "target": torch.ones(3, 1).double()}
    (found,) = BuiltNode(kind, {}, **tensors)(**tensors)
    found.backward()
    assert found.isfinite()
    assert scores.grad is not None
    assert scores.grad.isfinite().all()
