"""Attention without heads, and attention put together from single steps."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from core.layers.modules import attention_parts as parts
from core.layers.modules import attention_scores as scores
from tests.core.layers.attention_numpy import softmax, tensor
from tests.core.layers.nodes import BuiltNode, gradients

PADDING = torch.tensor([[0, 0, 0, 1], [1, 1, 1, 1]])


@pytest.fixture
def random() -> np.random.Generator:
    torch.manual_seed(0)
    return np.random.default_rng(0)


@settings(max_examples=40, deadline=None)
@given(
    st.booleans(), st.sampled_from([None, 0.3]), st.booleans(), st.booleans(), st.lists(st.integers(1, 3), max_size=2)
)
def test_scaled_dot_products_are_torchs(
    is_causal: bool, scale: float | None, need_weights: bool, masked: bool, heads: list[int]
) -> None:
    chance = torch.Generator().manual_seed(0)
    steps, keys = 4, 4 if is_causal else 5
    q, k, v = (
        torch.randn(2, *heads, *size, generator=chance, dtype=torch.float64, requires_grad=True)
        for size in ((steps, 3), (keys, 3), (keys, 6))
    )
    seen = torch.rand(2, steps, keys, generator=chance) < 0.7
    seen[..., 0] = True
    inputs = {"query": q, "key": k, "value": v, **({"mask": seen} if masked else {})}
    params = {"is_causal": is_causal, "scale": scale, "need_weights": need_weights}
    found = BuiltNode("scaled_dot_product_attention", params, **inputs)()
    looks = seen if masked else torch.ones(2, steps, keys, dtype=torch.bool)
    looks = (looks.tril() if is_causal else looks)[(slice(None), *[None] * len(heads))]
    expected = functional.scaled_dot_product_attention(q, k, v, looks, scale=scale)
    torch.testing.assert_close(found[0], expected)
    torch.testing.assert_close(gradients(found[:1], q, k, v), gradients((expected,), q, k, v))
    if need_weights:
        torch.testing.assert_close(found[1] @ v, expected)
        torch.testing.assert_close(found[1].sum(-1), torch.ones_like(found[1][..., 0]))
        assert found[1].masked_select(~looks).eq(0).all()
    assert len(found) == 1 + need_weights


def test_a_query_that_may_look_nowhere_gathers_nothing() -> None:
    q, k, v = (torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True) for _ in range(3))
    mask = torch.ones(2, 3, 3)
    mask[1] = 0
    for need_weights in (True, False):
        found = scores.scaled_dot_product_attention(q, k, v, mask, need_weights=need_weights)
        output = found[0] if need_weights else found
        assert isinstance(output, torch.Tensor)
        assert output[1].eq(0).all()
        assert all(slope.isfinite().all() for slope in torch.autograd.grad(output.square().sum(), (q, k, v)))


@pytest.mark.parametrize("steps", [0, 3], ids=["one query", "a sequence of queries"])
@pytest.mark.parametrize("padded", [False, True])
def test_additive_attention_is_the_papers(steps: int, padded: bool, random: np.random.Generator) -> None:
    query, key = random.normal(size=(2, steps, 5) if steps else (2, 5)), random.normal(size=(2, 4, 6))
    inputs = {"query": tensor(query), "key": tensor(key), **({"padding_mask": PADDING} if padded else {})}
    node = BuiltNode("additive_attention", {"hidden_size": 7}, **inputs)
    w = {name: value.detach().numpy() for name, value in node.module.state_dict().items()}
    output, weights = (found.detach().numpy() for found in node())
    for n in range(2):
        for t in range(max(steps, 1)):
            at = (n, t) if steps else (n,)
            places = [s for s in range(4) if not (padded and PADDING[n, s])]
            hidden = [
                np.tanh(w["query.weight"] @ query[at] + w["key.weight"] @ key[n, s] + w["key.bias"]) for s in places
            ]
            expected = np.zeros(4)
            if places:
                expected[places] = softmax(np.array(hidden) @ w["score.weight"][0])
            np.testing.assert_allclose(weights[at], expected, atol=1e-12)
            np.testing.assert_allclose(output[at], expected @ key[n], atol=1e-12)


def test_attention_pooling_is_the_papers(random: np.random.Generator) -> None:
    x = random.normal(size=(2, 4, 5))
    node = BuiltNode("attention_pool", {"hidden_size": 7}, input=tensor(x), padding_mask=PADDING)
    w = {name: value.detach().numpy() for name, value in node.module.state_dict().items()}
    output, weights = (found.detach().numpy() for found in node())
    fits = np.tanh(x[0, :3] @ w["hidden.weight"].T + w["hidden.bias"]) @ w["query.weight"][0]
    np.testing.assert_allclose(weights, [[*softmax(fits), 0], [0, 0, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(output, [softmax(fits) @ x[0, :3], np.zeros(5)], atol=1e-12)


def test_gradients_equal_finite_differences(random: np.random.Generator) -> None:
    q, k = tensor(random.normal(size=(2, 3, 3)), grad=True), tensor(random.normal(size=(2, 4, 2)), grad=True)
    additive, pool = scores.AdditiveAttention(3, 2, 4).double(), scores.AttentionPool(2, 4).double()
    assert torch.autograd.gradcheck(lambda q, k: additive(q, k, PADDING), (q, k))
    assert torch.autograd.gradcheck(lambda k: pool(k, PADDING), k)


def test_attention_from_single_steps_is_multi_head_attention(random: np.random.Generator) -> None:
    """Split heads, product, scale, causal mask, softmax, product, merge heads: what one layer does."""
    layer = torch.nn.MultiheadAttention(8, 2, batch_first=True).double()
    x = tensor(random.normal(size=(3, 5, 8)))
    q, k, v = (
        parts.split_heads(functional.linear(x, w, b), 2)
        for w, b in zip(layer.in_proj_weight.chunk(3), layer.in_proj_bias.chunk(3), strict=True)
    )
    weights = parts.causal_mask(q @ k.transpose(2, 3) / math.sqrt(4)).softmax(-1)
    output = layer.out_proj(parts.merge_heads(weights @ v))
    later = torch.ones(5, 5, dtype=torch.bool).triu(1)
    torch.testing.assert_close(output, layer(x, x, x, attn_mask=later)[0])


def test_heads_are_neighbouring_features() -> None:
    x = torch.arange(24.0).reshape(1, 3, 8)
    split = parts.split_heads(x, 2)
    assert split.shape == (1, 2, 3, 4)
    assert split[0, 1, 2].tolist() == [20, 21, 22, 23]
    assert torch.equal(parts.merge_heads(split), x)


def test_masks_by_hand() -> None:
    masked = parts.causal_mask(torch.ones(1, 3, 3))
    assert masked.tolist() == [[[1, -math.inf, -math.inf], [1, 1, -math.inf], [1, 1, 1]]]
    tokens = torch.tensor([[5, 7, 2, 2], [2, 5, 5, 5]])
    assert parts.padding_mask(tokens, 2).long().tolist() == [[0, 0, 1, 1], [1, 0, 0, 0]]
