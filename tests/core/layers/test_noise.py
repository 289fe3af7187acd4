"""Chance: what is drawn has the moments that it should, a seed fixes it, and evaluation does what is said."""

from __future__ import annotations

import math

import pytest
import torch

from core.layers.modules import noise
from tests.core.layers.operation_calls import called, reals

MANY = 20_000
"""Samples of a trial; means of them are within 5 standard errors of what is expected."""


def near(found: float, expected: float, deviation: float, count: int = MANY) -> bool:
    """Whether a mean of `count` numbers of this deviation is within 5 standard errors."""
    return abs(found - expected) < 5 * deviation / math.sqrt(count)


def flat(value: float, *shape: int) -> torch.Tensor:
    return torch.full(shape, value, dtype=torch.float64)


@pytest.mark.parametrize(
    ("params", "mean", "variance"),
    [
        ({"distribution": "normal"}, 0.0, 1.0),
        ({"distribution": "uniform"}, 0.5, 1 / 12),
        ({"distribution": "bernoulli", "p": 0.2}, 0.2, 0.16),
    ],
    ids=lambda value: value["distribution"] if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("train", [True, False])
def test_noise_has_the_moments_of_its_distribution(
    params: dict[str, float | str], mean: float, variance: float, train: bool
) -> None:
    like = flat(7.0, MANY // 4, 3)
    found = called("noise", {"shape": (2, 2), **params}, like=like, train=train)["output"]
    assert found.shape == (MANY // 4, 2, 2)
    assert found.dtype == torch.float64
    assert near(found.mean().item(), mean, math.sqrt(variance))
    squares = (found - mean) ** 2
    assert near(squares.mean().item(), variance, squares.std().item() + 1e-9)
    if params["distribution"] == "bernoulli":
        assert set(found.flatten().tolist()) == {0.0, 1.0}
    if params["distribution"] == "uniform":
        assert 0 <= found.min() < 0.01 < 0.99 < found.max() < 1


@pytest.mark.parametrize("kind", ["noise", "gaussian_noise", "masking_noise", "salt_pepper_noise"])
def test_a_seed_fixes_what_is_drawn(kind: str) -> None:
    port = "like" if kind == "noise" else "input"
    first, again, other = (
        called(kind, {}, train=True, seed=seed, **{port: flat(0.3, 8, 40)})["output"] for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("kind", ["gaussian_noise", "masking_noise", "salt_pepper_noise"])
def test_noise_on_what_passes_stops_in_evaluation_unless_it_is_always_there(kind: str) -> None:
    values = reals(50, 4, low=0.1, high=0.9)
    assert torch.equal(called(kind, {}, input=values)["output"], values)
    assert not torch.equal(called(kind, {"always": True}, input=values)["output"], values)
    assert not torch.equal(called(kind, {}, input=values, train=True)["output"], values)


def test_gaussian_noise_adds_its_deviation() -> None:
    found = called("gaussian_noise", {"std": 0.25}, input=flat(3.0, MANY, 1), train=True)["output"]
    assert near(found.mean().item(), 3.0, 0.25)
    assert near(((found - 3) ** 2).mean().item(), 0.0625, 0.0625 * math.sqrt(2))


def test_masking_hides_its_share_and_leaves_the_rest() -> None:
    values = reals(MANY // 4, 4, low=1.0, high=2.0)
    found = called("masking_noise", {"p": 0.3, "value": -1.0}, input=values, train=True)["output"]
    hidden = found == -1
    assert near(hidden.double().mean().item(), 0.3, math.sqrt(0.21))
    assert torch.equal(found[~hidden], values[~hidden])
    (slope,) = torch.autograd.grad(found.sum(), values)
    assert torch.equal(slope, (~hidden).double())


def test_salt_and_pepper_come_as_often() -> None:
    values = reals(MANY // 4, 4, low=0.1, high=0.9)
    found = called("salt_pepper_noise", {"p": 0.4}, input=values, train=True)["output"]
    pepper, salt = found == 0, found == 1
    for kind in (pepper, salt):
        assert near(kind.double().mean().item(), 0.2, 0.4)
    assert torch.equal(found[~(pepper | salt)], values[~(pepper | salt)])


def test_tokens_are_hidden_as_in_bert() -> None:
    """15 % are chosen; 80 % of them masked, 10 % random, 10 % as they were (Devlin et al. 2019, §3.1)."""
    tokens = torch.randint(5, 30, (MANY // 10, 10), generator=torch.Generator().manual_seed(0))
    module = noise.MaskTokens(num_embeddings=1_000, mask_token=3, first_token=5)
    torch.manual_seed(0)
    seen, target = module(tokens)
    chosen = target != -100
    count = int(chosen.sum())
    assert near(chosen.double().mean().item(), 0.15, math.sqrt(0.15 * 0.85))
    assert torch.equal(target[chosen], tokens[chosen])
    assert torch.equal(seen[~chosen], tokens[~chosen])
    masked, same = seen[chosen] == 3, seen[chosen] == tokens[chosen]
    drawn = seen[chosen][~masked & ~same]
    assert near(masked.double().mean().item(), 0.8, 0.4, count)
    assert near(same.double().mean().item(), 0.1, 0.3, count)
    assert near(len(drawn) / count, 0.1, 0.3, count)
    assert drawn.min() >= 5
    assert drawn.max() > 900


def test_special_tokens_are_never_chosen() -> None:
    tokens = torch.arange(8).repeat(500, 1)
    seen, target = noise.MaskTokens(num_embeddings=8, mask_token=1, first_token=4, p=1.0)(tokens)
    assert torch.equal(seen[:, :4], tokens[:, :4])
    assert (target[:, :4] == -100).all()
    assert torch.equal(target[:, 4:], tokens[:, 4:])
    assert set(seen[:, 4:].flatten().tolist()) == {1, 4, 5, 6, 7}


def test_tokens_are_all_seen_in_evaluation_where_asked() -> None:
    tokens = torch.arange(6).repeat(4, 1)
    module = noise.MaskTokens(num_embeddings=6, p=1.0, always=False).eval()
    assert all(torch.equal(each, tokens) for each in module(tokens))


def test_a_code_is_drawn_with_its_mean_and_deviation() -> None:
    """z = μ + σε with μ = 2 and σ = e^(ln 9 / 2) = 3."""
    mean, log_variance = flat(2.0, MANY, 1), flat(math.log(9), MANY, 1)
    found = called("reparameterise", {}, mean=mean, log_variance=log_variance, train=True)["output"]
    assert near(found.mean().item(), 2.0, 3.0)
    assert near(((found - 2) ** 2).mean().item(), 9.0, 9 * math.sqrt(2))
    assert torch.equal(called("reparameterise", {}, mean=mean, log_variance=log_variance)["output"], mean)
    always = called("reparameterise", {"always": True}, mean=mean, log_variance=log_variance)["output"]
    assert not torch.equal(always, mean)


def test_gradients_reach_mean_and_log_variance_of_a_code() -> None:
    """dz/dμ = 1 and dz/d ln σ² = ½ σ ε = ½ (z − μ)."""
    mean, log_variance = reals(6, 3), reals(6, 3, seed=1)
    found = called("reparameterise", {}, mean=mean, log_variance=log_variance, train=True)["output"]
    slopes = torch.autograd.grad(found.sum(), (mean, log_variance))
    torch.testing.assert_close(slopes[0], torch.ones_like(mean))
    torch.testing.assert_close(slopes[1], 0.5 * (found - mean))


def test_a_mixture_has_one_weight_a_sample() -> None:
    one, other = reals(MANY // 10, 2, 3), reals(MANY // 10, 2, 3, seed=1)
    found = called("interpolate_between", {}, input=one, other=other, train=True)
    weight = found["weight"]
    assert weight.shape == (MANY // 10,)
    assert near(weight.mean().item(), 0.5, math.sqrt(1 / 12), MANY // 10)
    spread = weight[:, None, None]
    torch.testing.assert_close(found["output"], spread * one + (1 - spread) * other)
    middle = called("interpolate_between", {}, input=one, other=other)
    torch.testing.assert_close(middle["output"], (one + other) / 2)
    assert set(middle["weight"].tolist()) == {0.5}
