"""Patches, class token and windows: cut and written out patch by patch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.layers.modules import attention_images as images
from tests.core.layers.attention_numpy import Array, linear, softmax, tensor
from tests.core.layers.nodes import BuiltNode


@pytest.fixture
def random() -> np.random.Generator:
    torch.manual_seed(0)
    return np.random.default_rng(0)


@pytest.mark.parametrize("patch", [2, (2, 3)])
@pytest.mark.parametrize("flatten", [True, False])
def test_patches_go_row_by_row(patch: int | tuple[int, int], flatten: bool, random: np.random.Generator) -> None:
    x = random.normal(size=(2, 3, 4, 6))
    node = BuiltNode("patch_embedding", {"embed_dim": 5, "patch_size": patch, "flatten": flatten}, input=tensor(x))
    [output] = node()
    height, width = (patch, patch) if isinstance(patch, int) else patch
    weight, bias = (p.detach().numpy() for p in node.module.parameters())
    rows = []
    for top in range(0, 4, height):
        for left in range(0, 6, width):
            cut = x[:, :, top : top + height, left : left + width].reshape(2, -1)
            rows.append(cut @ weight.reshape(5, -1).T + bias)
    expected = np.stack(rows, 1)
    expected = expected if flatten else expected.reshape(2, 4 // height, 6 // width, 5)
    np.testing.assert_allclose(output.detach().numpy(), expected, atol=1e-12)


def test_the_stem_of_vit_base() -> None:
    """Dosovitskiy et al. 2021: 16 × 16 patches of 224 × 224 images are 196 steps of 768; 590,592 parameters."""
    with torch.device("meta"):
        stem = nn.Sequential(images.PatchEmbedding(3, 768, 16), images.ClassToken(768))
        assert stem(torch.empty(2, 3, 224, 224)).shape == (2, 197, 768)
    assert sum(p.numel() for p in stem.parameters()) == 590_592 + 768


def test_the_class_token_stands_in_front() -> None:
    token = images.ClassToken(4).double()
    x = torch.randn(3, 2, 4, dtype=torch.float64, requires_grad=True)
    output = token(x)
    assert torch.equal(output[:, 1:], x)
    assert torch.equal(output[:, 0], token.token.expand(3, 4))
    assert torch.autograd.gradcheck(token, x)


@pytest.mark.parametrize("sides", [(4, 6), (3, 5), (1, 1)])
def test_merging_joins_two_by_two(sides: tuple[int, int], random: np.random.Generator) -> None:
    module = images.PatchMerging(2).double()
    x = random.normal(size=(2, *sides, 2))
    even = np.zeros((2, sides[0] + sides[0] % 2, sides[1] + sides[1] % 2, 2))
    even[:, : sides[0], : sides[1]] = x
    expected = np.zeros((2, even.shape[1] // 2, even.shape[2] // 2, 4))
    for i in range(expected.shape[1]):
        for j in range(expected.shape[2]):
            joined = np.concatenate([even[:, 2 * i + a, 2 * j + b] for b in (0, 1) for a in (0, 1)], -1)
            mean, variance = joined.mean(-1, keepdims=True), joined.var(-1, keepdims=True)
            expected[:, i, j] = linear((joined - mean) / np.sqrt(variance + 1e-5), module.reduction)
    np.testing.assert_allclose(module(tensor(x)).detach().numpy(), expected, atol=1e-10)
    assert torch.autograd.gradcheck(module, tensor(x[:1], grad=True))


def window_of(place: int, side: int, size: int, shifted: bool) -> int:
    """The number of the window in which a place of a side lies; windows that are shifted begin half a window late."""
    padded = -(-side // size) * size
    shift = size // 2 if shifted and padded > size else 0
    return (place - shift) // size  # −1 is the part before the first whole window


def written_out(module: images.WindowAttention, x: Array) -> Array:
    """Every patch looks at the patches in its own window: found by comparing window numbers, without rolling."""
    heads, size = module.num_heads, module.window_size
    table = module.relative_position_bias_table.detach().numpy()
    height, width, features = x.shape[1:]
    q, k, v = np.split(linear(x, module.qkv), 3, axis=-1)
    places = [(r, c) for r in range(height) for c in range(width)]
    window = {
        (r, c): (window_of(r, height, size, module.shifted), window_of(c, width, size, module.shifted))
        for r, c in places
    }
    output, d = np.zeros_like(x), features // heads
    for n in range(len(x)):
        for head in range(heads):
            part = slice(head * d, (head + 1) * d)
            for r, c in places:
                near = [p for p in places if window[p] == window[r, c]]
                scores = []
                for other in near:
                    offset = (r - other[0] + size - 1) * (2 * size - 1) + c - other[1] + size - 1
                    scores.append(q[n, r, c, part] @ k[n, *other, part] / math.sqrt(d) + table[offset, head])
                output[n, r, c, part] = softmax(np.array(scores)) @ np.array([v[n, *p, part] for p in near])
    return linear(output, module.proj)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.booleans())
def test_windows_see_only_themselves(height: int, width: int, size: int, shifted: bool) -> None:
    torch.manual_seed(0)
    module = images.WindowAttention(4, 2, size, shifted).double()
    x = np.random.default_rng(0).normal(size=(2, height, width, 4))
    np.testing.assert_allclose(module(tensor(x)).detach().numpy(), written_out(module, x), atol=1e-10)


@pytest.mark.parametrize("shifted", [False, True])
def test_gradients_of_windows_equal_finite_differences(shifted: bool, random: np.random.Generator) -> None:
    kind = "shifted_window_attention" if shifted else "window_attention"
    x = tensor(random.normal(size=(1, 3, 4, 2)), grad=True)
    node = BuiltNode(kind, {"num_heads": 1, "window_size": 2}, input=x)
    assert torch.autograd.gradcheck(lambda x: node(input=x), x)
    assert isinstance(node.module, images.WindowAttention)
    assert node.module.shifted == shifted


def test_the_first_stage_of_swin_tiny() -> None:
    """Liu et al. 2021: 96 features, 3 heads, windows of 7: (2·7 − 1)² · 3 biases beside 4 · 96² + 4 · 96 weights."""
    with torch.device("meta"):
        module = images.WindowAttention(96, 3, 7, True)
        merging = images.PatchMerging(96)
        assert merging(module(torch.empty(2, 56, 56, 96))).shape == (2, 28, 28, 192)
    assert sum(p.numel() for p in module.parameters()) == 169 * 3 + 4 * 96**2 + 4 * 96
    assert sum(p.numel() for p in merging.parameters()) == 2 * 384 + 384 * 192
