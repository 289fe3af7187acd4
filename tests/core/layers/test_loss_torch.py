"""Losses that torch has: output and gradients of a built node equal the plain call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from tests.core.layers.nodes import BuiltNode

SEED = torch.Generator().manual_seed(0)
Inputs = dict[str, torch.Tensor]


def numbers(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=SEED, dtype=torch.float64)


def shares(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=SEED, dtype=torch.float64) * 0.9 + 0.05


def classes(*shape: int, of: int = 6) -> torch.Tensor:
    return torch.randint(of, shape, generator=SEED)


def signs(*shape: int) -> torch.Tensor:
    return 2.0 * torch.randint(2, shape, generator=SEED).double() - 1


VECTORS: Inputs = {"input": numbers(4, 6), "target": classes(4)}
PIXELS: Inputs = {"input": numbers(2, 6, 3, 4), "target": classes(2, 3, 4)}
PAIR: Inputs = {"input": numbers(4, 3), "target": numbers(4, 3)}
MASKED: Inputs = {"input": numbers(6, 6), "target": torch.tensor([0, 4, -100, 2, -100, 1])}
WEIGHTS = (0.5, 1.0, 2.0, 0.25, 4.0, 1.5)
HEAVY = torch.tensor(WEIGHTS, dtype=torch.float64)

CASES: list[tuple[str, dict[str, Any], Inputs, Callable[..., torch.Tensor]]] = [
    ("cross_entropy", {}, VECTORS, nn.CrossEntropyLoss()),
    ("cross_entropy", {"label_smoothing": 0.1}, PIXELS, nn.CrossEntropyLoss(label_smoothing=0.1)),
    ("cross_entropy", {}, MASKED, nn.CrossEntropyLoss()),
    ("cross_entropy", {"ignore_index": 2}, VECTORS, nn.CrossEntropyLoss(ignore_index=2)),
    ("cross_entropy", {"weight": WEIGHTS}, VECTORS, nn.CrossEntropyLoss(HEAVY)),
    (
        "cross_entropy",
        {"weight": WEIGHTS, "label_smoothing": 0.2},
        PIXELS,
        nn.CrossEntropyLoss(HEAVY, label_smoothing=0.2),
    ),
    ("cross_entropy", {}, {"input": numbers(4, 6), "target": shares(4, 6)}, nn.CrossEntropyLoss()),
    ("nll", {}, VECTORS, nn.NLLLoss()),
    ("nll", {"weight": WEIGHTS, "ignore_index": 1}, PIXELS, nn.NLLLoss(HEAVY, ignore_index=1)),
    ("multi_margin", {"margin": 0.7, "p": 2}, VECTORS, nn.MultiMarginLoss(p=2, margin=0.7)),
    ("mse", {}, PAIR, nn.MSELoss()),
    ("l1", {}, PAIR, nn.L1Loss()),
    ("smooth_l1", {"beta": 0.5}, PAIR, nn.SmoothL1Loss(beta=0.5)),
    ("huber", {"delta": 0.5}, PAIR, nn.HuberLoss(delta=0.5)),
    ("lq", {"q": 2.0}, PAIR, nn.MSELoss()),
    ("lq", {"q": 1.0}, PAIR, nn.L1Loss()),
    (
        "poisson_nll",
        {"full": True},
        {"input": numbers(4, 3), "target": classes(4, 3).double()},
        nn.PoissonNLLLoss(full=True),
    ),
    (
        "poisson_nll",
        {"log_input": False},
        {"input": shares(4, 3), "target": shares(4, 3)},
        nn.PoissonNLLLoss(log_input=False),
    ),
    ("bce", {}, {"input": shares(4, 3), "target": shares(4, 3)}, nn.BCELoss()),
    ("bce_with_logits", {}, {"input": numbers(4, 3), "target": shares(4, 3)}, nn.BCEWithLogitsLoss()),
    (
        "bce_with_logits",
        {"pos_weight": 3.0},
        {"input": numbers(4, 3), "target": shares(4, 3)},
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0)),
    ),
    (
        "bce_with_logits",
        {"pos_weight": (3.0,)},
        {"input": numbers(4, 3), "target": shares(4, 3)},
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0])),
    ),
    (
        "bce_with_logits",
        {"pos_weight": WEIGHTS},
        {"input": numbers(4, 6), "target": shares(4, 6)},
        nn.BCEWithLogitsLoss(pos_weight=HEAVY),
    ),
    ("soft_margin", {}, {"input": numbers(4, 1), "target": signs(4, 1)}, nn.SoftMarginLoss()),
    (
        "cosine_embedding",
        {"margin": 0.2},
        {"input1": numbers(4, 6), "input2": numbers(4, 6), "target": signs(4)},
        nn.CosineEmbeddingLoss(0.2),
    ),
    (
        "triplet",
        {"margin": 0.4},
        {"anchor": numbers(4, 6), "positive": numbers(4, 6), "negative": numbers(4, 6)},
        nn.TripletMarginLoss(0.4),
    ),
]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(("kind", "params", "inputs", "plain"), CASES, ids=[f"{k}-{p}" for k, p, *_ in CASES])
def test_a_loss_is_torchs(kind: str, params: dict[str, Any], inputs: Inputs, plain: Any, reduction: str) -> None:
    plain.reduction = reduction
    leaves = {
        name: value.clone().requires_grad_(value.is_floating_point() and name != "target")
        for name, value in inputs.items()
    }
    (found,) = BuiltNode(kind, {**params, "reduction": reduction}, **inputs)(**leaves)
    expected = plain(*leaves.values())
    wanted = [leaf for leaf in leaves.values() if leaf.requires_grad]
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(torch.autograd.grad(found, wanted), torch.autograd.grad(expected, wanted))


@pytest.mark.parametrize("kind", ["cross_entropy", "nll"])
@pytest.mark.parametrize("params", [{}, {"weight": WEIGHTS}], ids=str)
def test_sequences_have_their_classes_last(kind: str, params: dict[str, Any]) -> None:
    scores, target = numbers(4, 3, 6).requires_grad_(), classes(4, 3)
    target[0, 1] = -100
    (found,) = BuiltNode(kind, params, input=scores.detach(), target=target)(input=scores, target=target)
    plain = (nn.CrossEntropyLoss if kind == "cross_entropy" else nn.NLLLoss)(HEAVY if params else None)
    expected = plain(scores.transpose(1, 2), target)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found, scores), torch.autograd.grad(expected, scores))


@pytest.mark.parametrize(
    ("inputs", "params", "plain"),
    [
        (VECTORS, {}, nn.CrossEntropyLoss),
        (PIXELS, {}, nn.CrossEntropyLoss),
        ({"input": numbers(2, 3, 6), "target": classes(2, 3)}, {}, None),
        (VECTORS, {"weight": WEIGHTS}, None),
    ],
    ids=["N×C", "N×C×H×W", "N×T×C", "weights"],
)
def test_cross_entropy_is_torchs_own_class_where_it_can_be(
    inputs: Inputs, params: dict[str, Any], plain: type | None
) -> None:
    module = BuiltNode("cross_entropy", params, **inputs).module
    assert (type(module) is plain) if plain else type(module).__module__ == "core.layers.modules.loss"
    assert not module.state_dict(), "class weights are settings, not weights that were learned"


def test_a_pair_may_have_its_sign_in_a_column() -> None:
    one, other, sign = numbers(4, 6), numbers(4, 6), signs(4, 1)
    (found,) = BuiltNode("cosine_embedding", {}, input1=one, input2=other, target=sign)()
    torch.testing.assert_close(found, nn.CosineEmbeddingLoss()(one, other, sign[:, 0]))


def test_kl_divergence_takes_scores_and_log_probabilities() -> None:
    scores, target = numbers(4, 3, 6), shares(4, 3, 6).softmax(2)
    expected = nn.KLDivLoss(reduction="batchmean")(scores.log_softmax(2), target)
    (of_scores,) = BuiltNode("kl_divergence", {}, input=scores, target=target)()
    node = BuiltNode("kl_divergence", {"form": "log-probabilities"}, input=scores.log_softmax(2), target=target)
    torch.testing.assert_close(of_scores, expected)
    torch.testing.assert_close(node()[0], expected)
    assert type(node.module) is nn.KLDivLoss
    images, shown = numbers(2, 5, 3, 3), shares(2, 5, 3, 3).softmax(1)
    (found,) = BuiltNode("kl_divergence", {"reduction": "sum"}, input=images, target=shown)()
    torch.testing.assert_close(found, nn.KLDivLoss(reduction="sum")(images.log_softmax(1), shown))


def test_gaussian_likelihood_is_torchs_with_the_variance_in_the_open() -> None:
    mean, target, spread = numbers(4, 3).requires_grad_(), numbers(4, 3), numbers(4, 3).requires_grad_()
    node = BuiltNode("gaussian_nll", {}, input=mean.detach(), target=target, log_variance=spread.detach())
    (found,) = node(input=mean, target=target, log_variance=spread)
    expected = nn.GaussianNLLLoss()(mean, target, spread.exp())
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad(found, (mean, spread)), torch.autograd.grad(expected, (mean, spread))
    )


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_ctc_is_torchs_batch_first(reduction: str) -> None:
    scores = numbers(3, 8, 6).requires_grad_()
    target = torch.tensor([[1, 2, 2], [4, 0, 0], [3, 1, 0]])
    (found,) = BuiltNode("ctc", {"reduction": reduction}, input=scores.detach(), target=target)(
        input=scores, target=target
    )
    steps, labels = torch.tensor([8, 8, 8]), torch.tensor([3, 1, 2])
    plain = nn.CTCLoss(reduction=reduction)
    expected = plain(scores.log_softmax(2).transpose(0, 1), target, steps, labels)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found, scores), torch.autograd.grad(expected, scores))
    given = {
        "input": scores.detach(),
        "target": target,
        "input_lengths": torch.tensor([8, 4, 6]),
        "target_lengths": torch.tensor([2, 1, 1]),
    }
    (shorter,) = BuiltNode("ctc", {"reduction": reduction}, **given)()
    expected = plain(scores.log_softmax(2).transpose(0, 1), target, given["input_lengths"], given["target_lengths"])
    torch.testing.assert_close(shorter, expected.detach())


def test_ctc_by_hand() -> None:
    """Two steps and one label: “a a”, “a –” and “– a” all read “a”."""
    p = torch.full((1, 2, 6), 1e-300, dtype=torch.float64)
    p[0, :, :2] = torch.tensor([[0.6, 0.4], [0.3, 0.7]])  # blank and a, for each step
    (found,) = BuiltNode("ctc", {"reduction": "sum"}, input=p.log(), target=torch.tensor([[1]]))()
    assert found.exp().item() == pytest.approx(1 / (0.4 * 0.7 + 0.4 * 0.3 + 0.6 * 0.7))


def test_a_target_too_long_for_its_steps_counts_nothing() -> None:
    scores, target = numbers(1, 2, 6), torch.tensor([[1, 1, 2]])
    (found,) = BuiltNode("ctc", {}, input=scores, target=target)()
    assert found.item() == 0
