"""Attention in heads and the layers of the Transformer: NumPy, torch's own, padding, causality, parameter counts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.layers.modules import attention
from tests.core.layers.attention_numpy import Array, heads_attention, linear, seen, tensor

PADDING = np.array([[0, 0, 0, 0, 0], [0, 0, 0, 1, 1], [1, 1, 1, 1, 1]], float)
"""Of three samples, one is whole, one is shorter, and one is nothing but padding."""


@pytest.fixture
def random() -> np.random.Generator:
    torch.manual_seed(0)
    return np.random.default_rng(0)


def written_out(module: attention.MultiHeadAttention, query: Array, memory: Array, looks: Array) -> tuple[Array, Array]:
    inner = module.attention
    weight, bias = inner.in_proj_weight.detach().numpy(), inner.in_proj_bias.detach().numpy()
    q, k, v = (
        x @ w.T + b for x, w, b in zip((query, memory, memory), np.split(weight, 3), np.split(bias, 3), strict=True)
    )
    output, maps = heads_attention(q, k, v, inner.num_heads, looks)
    return linear(output, inner.out_proj), maps


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
def test_attention_is_the_papers(causal: bool, padded: bool, need_weights: bool, random: np.random.Generator) -> None:
    module = attention.MultiHeadAttention(8, 2, causal=causal, need_weights=need_weights, average_weights=False)
    module.double().attention.in_proj_bias.data.uniform_(-1, 1)
    query, memory = random.normal(size=(3, 5, 8)), random.normal(size=(3, 5, 8))
    padding = PADDING if padded else None
    expected, maps = written_out(module, query, memory, seen(3, 5, 5, causal, padding))
    mask = None if padding is None else torch.tensor(padding)
    with torch.no_grad():
        found = module(tensor(query), tensor(memory), padding_mask=mask)
        if need_weights:
            found, weights = found
            np.testing.assert_allclose(weights.numpy(), maps, atol=1e-12)
            module.average_weights = True
            averaged = module(tensor(query), tensor(memory), padding_mask=mask)[1]
            np.testing.assert_allclose(averaged.numpy(), maps.mean(1), atol=1e-12)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("kdim", [8, 6])
def test_attention_is_torchs_own(kdim: int, random: np.random.Generator) -> None:
    module = attention.MultiHeadAttention(8, 2, kdim=kdim, vdim=kdim).double()
    query, memory = tensor(random.normal(size=(3, 4, 8)), grad=True), tensor(random.normal(size=(3, 5, kdim)))
    hidden = torch.tensor(PADDING[[0, 1, 1]] > 0)
    expected, weights = module.attention(query, memory, memory, key_padding_mask=hidden)
    output, found = module(query, memory, memory, hidden)
    torch.testing.assert_close(found, weights)
    torch.testing.assert_close(output, expected)
    [slope], [its_slope] = (torch.autograd.grad(y.square().sum(), query) for y in (output, expected))
    torch.testing.assert_close(slope, its_slope)


def test_masks_may_be_numbers_or_truth_values(random: np.random.Generator) -> None:
    module = attention.MultiHeadAttention(8, 2).double()
    query = tensor(random.normal(size=(3, 5, 8)))
    one, other, third = (
        module(query, padding_mask=torch.tensor(PADDING).to(kind))[0]
        for kind in (torch.bool, torch.int64, torch.float32)
    )
    assert torch.equal(one, other)
    assert torch.equal(one, third)


def test_attention_without_a_key_looks_at_itself(random: np.random.Generator) -> None:
    module = attention.MultiHeadAttention(8, 4).double()
    query = tensor(random.normal(size=(2, 5, 8)))
    torch.testing.assert_close(module(query)[0], module(query, query.clone())[0])


def test_gradients_of_attention_equal_finite_differences(random: np.random.Generator) -> None:
    mask = torch.tensor(PADDING[:, :4])
    wide = attention.MultiHeadAttention(8, 2, kdim=6, vdim=3).double()
    parts = [tensor(random.normal(size=(3, 4, width)), grad=True) for width in (8, 6, 3)]
    assert torch.autograd.gradcheck(lambda q, k, v: wide(q, k, v, mask), parts)
    x = tensor(random.normal(size=(2, 4, 4)), grad=True)
    for need_weights in (False, True):
        assert torch.autograd.gradcheck(attention.CausalSelfAttention(4, 2, need_weights=need_weights).double(), x)


@pytest.mark.parametrize("need_weights", [False, True])
def test_causal_self_attention_is_the_papers(need_weights: bool, random: np.random.Generator) -> None:
    module = attention.CausalSelfAttention(8, 2, need_weights=need_weights).double()
    x = random.normal(size=(3, 5, 8))
    q, k, v = np.split(linear(x, module.c_attn), 3, axis=-1)
    output, maps = heads_attention(q, k, v, 2, seen(3, 5, 5, True))
    found = module(tensor(x))
    if need_weights:
        found, weights = found
        np.testing.assert_allclose(weights.detach().numpy(), maps, atol=1e-12)
    np.testing.assert_allclose(found.detach().numpy(), linear(output, module.c_proj), atol=1e-12)


def test_gpt_2_spends_four_squares_on_attention() -> None:
    """Radford et al. 2019: 768 features in the smallest model."""
    with torch.device("meta"):
        module = attention.CausalSelfAttention(768, 12)
    assert sum(p.numel() for p in module.parameters()) == 4 * 768**2 + 4 * 768 == 2_362_368
    assert list(module.state_dict()) == ["c_attn.weight", "c_attn.bias", "c_proj.weight", "c_proj.bias"]


@pytest.mark.parametrize("module", ["causal", "multi-head"])
def test_dropout_thins_the_weights_in_training_alone(module: str, random: np.random.Generator) -> None:
    made = {
        "causal": attention.CausalSelfAttention(8, 2, dropout=0.5, need_weights=True),
        "multi-head": attention.MultiHeadAttention(8, 2, dropout=0.5),
    }[module].double()
    x = tensor(random.normal(size=(2, 5, 8)))
    one, other = made(x), made(x)
    assert not torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1]), "the weights that are shown are whole"
    made.eval()
    assert torch.equal(made(x)[0], made(x)[0])


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("causal", [False, True])
def test_the_encoder_layer_is_torchs_own(
    norm_first: bool, activation: str, causal: bool, random: np.random.Generator
) -> None:
    layer = attention.TransformerEncoderLayer(8, 2, 16, 0.0, activation, norm_first, causal=causal).double()
    plain = nn.TransformerEncoderLayer(8, 2, 16, 0.0, activation, batch_first=True, norm_first=norm_first).double()
    plain.load_state_dict(layer.state_dict())
    x, hidden = tensor(random.normal(size=(2, 5, 8)), grad=True), torch.tensor(PADDING[:2] > 0)
    mask = torch.ones(5, 5, dtype=torch.bool).triu(1) if causal else None
    expected = plain(x, mask, hidden)
    for training in (True, False):
        torch.testing.assert_close(layer.train(training)(x, hidden), expected)
    slopes = torch.autograd.grad(layer(x, hidden).square().sum(), (x, *layer.parameters()))
    its_slopes = torch.autograd.grad(expected.square().sum(), (x, *plain.parameters()))
    for one, other in zip(slopes, its_slopes, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_the_decoder_layer_is_torchs_own(norm_first: bool, causal: bool, random: np.random.Generator) -> None:
    layer = attention.TransformerDecoderLayer(8, 2, 16, 0.0, "gelu", norm_first, causal=causal).double()
    plain = nn.TransformerDecoderLayer(8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=norm_first).double()
    plain.load_state_dict(layer.state_dict())
    x, memory = (tensor(random.normal(size=(2, steps, 8)), grad=True) for steps in (4, 5))
    hidden, unread = torch.tensor(PADDING[:2, 1:] > 0), torch.tensor(PADDING[:2] > 0)
    mask = torch.ones(4, 4, dtype=torch.bool).triu(1) if causal else None
    expected = plain(x, memory, mask, None, hidden, unread)
    found = layer(x, memory, hidden, unread)
    torch.testing.assert_close(found, expected)
    for one, other in zip(
        torch.autograd.grad(found.square().sum(), (x, memory, *layer.parameters())),
        torch.autograd.grad(expected.square().sum(), (x, memory, *plain.parameters())),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_who_sees_nothing_stays_finite(random: np.random.Generator) -> None:
    layer = attention.TransformerEncoderLayer(8, 2, 16, 0.0)
    x = torch.tensor(random.normal(size=(3, 5, 8)), dtype=torch.float32, requires_grad=True)
    output = layer(x, torch.tensor(PADDING))
    output.square().sum().backward()
    assert output.isfinite().all()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in layer.parameters())
    assert x.grad is not None
    assert x.grad.isfinite().all()


def test_the_layers_gradients_equal_finite_differences(random: np.random.Generator) -> None:
    x, memory = (tensor(random.normal(size=(1, steps, 4)), grad=True) for steps in (3, 2))
    encoder = attention.TransformerEncoderLayer(4, 2, 5, 0.0, "gelu", causal=True).double()
    decoder = attention.TransformerDecoderLayer(4, 2, 5, 0.0, "gelu", norm_first=True).double()
    assert torch.autograd.gradcheck(encoder, x)
    assert torch.autograd.gradcheck(decoder, (x, memory))
