"""Positions: sines of the paper, learned tables, rotations that keep distances, buckets of T5, Shaw's distances."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from core.layers.modules import attention_positions as positions
from tests.core.layers.attention_numpy import linear, softmax, tensor


@pytest.fixture
def random() -> np.random.Generator:
    torch.manual_seed(0)
    return np.random.default_rng(0)


@pytest.mark.parametrize("features", [8, 7, 1])
def test_sinusoids_are_the_papers(features: int) -> None:
    encoding = positions.PositionalEncoding(features, max_length=20)
    expected = np.zeros((20, features))
    for position in range(20):
        for place in range(features):
            angle = position / 10_000 ** ((place - place % 2) / features)
            expected[position, place] = math.cos(angle) if place % 2 else math.sin(angle)
    given = encoding(torch.zeros(3, 20, features)).numpy()
    np.testing.assert_allclose(given, np.broadcast_to(expected, given.shape), atol=1e-6)
    assert encoding(torch.ones(1, 4, features)).shape == (1, 4, features)
    assert not encoding.state_dict()


@pytest.mark.parametrize(
    ("encoding", "name"),
    [(positions.PositionalEncoding(8, "learned", 20), "table"), (positions.LearnedPositions(8, 20), "weight")],
    ids=["positional encoding", "learned positions"],
)
def test_learned_positions_are_parameters(encoding: torch.nn.Module, name: str) -> None:
    encoding.double()
    table = encoding.state_dict()[name]
    assert table.shape == (20, 8)
    x = tensor(np.ones((2, 5, 8)), grad=True)
    torch.testing.assert_close(encoding(x), x + table[:5])
    assert torch.autograd.gradcheck(encoding, x)
    encoding(x).sum().backward()
    slope = encoding.get_parameter(name).grad
    assert slope is not None
    assert slope[:5].eq(2).all()
    assert slope[5:].eq(0).all()


def test_positions_alone_do_not_depend_on_what_arrives() -> None:
    rows = positions.LearnedPositions(8, 20, alone=True)
    x = torch.randn(3, 5, 8)
    assert torch.equal(rows(x), rows.weight[:5].expand(3, 5, 8))


def test_rotation_is_the_papers(random: np.random.Generator) -> None:
    x = random.normal(size=(2, 3, 6, 8))
    expected = np.zeros_like(x)
    for t in range(6):
        for i in range(4):
            angle = t * 10_000 ** (-2 * i / 8)
            turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
            expected[:, :, t, 2 * i : 2 * i + 2] = x[:, :, t, 2 * i : 2 * i + 2] @ turn.T
    rotary = positions.RotaryPositions()
    np.testing.assert_allclose(rotary(tensor(x)).numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(rotary(tensor(x[:, 0])).numpy(), expected[:, 0], atol=1e-12)
    assert torch.autograd.gradcheck(rotary, tensor(x[:, 0], grad=True))


def test_scores_of_rotated_vectors_depend_on_their_distance(random: np.random.Generator) -> None:
    """⟨R_m q, R_n k⟩ is the same for all m and n with the same m − n (Su et al. 2021, eq. 16)."""
    q, k = (np.broadcast_to(random.normal(size=8), (1, 12, 8)) for _ in range(2))
    rotary = positions.RotaryPositions()
    scores = (rotary(tensor(q)) @ rotary(tensor(k)).transpose(1, 2))[0].numpy()
    for distance in range(-11, 12):
        diagonal = np.diagonal(scores, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], atol=1e-12)
    assert abs(scores[0, 0] - scores[0, 5]) > 1e-3
    np.testing.assert_allclose(rotary(tensor(q)).norm(dim=-1).numpy(), np.linalg.norm(q, axis=-1))


def test_rotation_in_half_precision_tells_far_positions_apart() -> None:
    x = torch.ones(1, 4_000, 2, dtype=torch.bfloat16)
    turned = positions.RotaryPositions()(x).float()[0]
    expected = positions.RotaryPositions()(x.double())[0].float()
    assert (turned - expected).abs().max() < 0.01


def bucket(distance: int, count: int, farthest: int, bidirectional: bool) -> int:
    """T5's bucket of query − key, with whole numbers alone."""
    first = 0
    if bidirectional:
        count //= 2
        first, distance = (count, -distance) if distance < 0 else (0, distance)
    distance = max(distance, 0)
    exact = count // 2
    if distance < exact:
        return first + distance
    # The largest b with exact · (farthest / exact)^((b − exact) / (count − exact)) ≤ distance.
    b = exact
    while b + 1 < count and exact * (farthest / exact) ** ((b + 1 - exact) / (count - exact)) <= distance * (1 + 1e-9):
        b += 1
    return first + b


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("count", "farthest"), [(32, 128), (8, 12), (4, 3), (9, 60)])
def test_buckets_are_those_of_t5(count: int, farthest: int, bidirectional: bool) -> None:
    module = positions.RelativePositionBias(2, count, farthest, bidirectional)
    found = module.buckets(150, 140)
    expected = [[bucket(t - s, count, farthest, bidirectional) for s in range(140)] for t in range(150)]
    assert found.tolist() == expected
    assert found.max() < count


def test_the_bias_is_added_per_head(random: np.random.Generator) -> None:
    module = positions.RelativePositionBias(3, 8, 12).double()
    scores = tensor(random.normal(size=(2, 3, 4, 5)), grad=True)
    table = module.weight.detach()
    added = (module(scores) - scores).detach()
    for t in range(4):
        for s in range(5):
            row = table[bucket(t - s, 8, 12, True)]
            torch.testing.assert_close(added[:, :, t, s], row.expand(2, 3))
    assert torch.autograd.gradcheck(module, scores)


@pytest.mark.parametrize("causal", [False, True])
def test_relative_attention_is_the_papers(causal: bool, random: np.random.Generator) -> None:
    module = positions.RelativeSelfAttention(8, 2, max_distance=2, causal=causal).double()
    x = random.normal(size=(2, 6, 8))
    q, k, v = np.split(linear(x, module.in_proj), 3, axis=-1)
    key, value = module.relative_key.detach().numpy(), module.relative_value.detach().numpy()
    output, maps = np.zeros_like(x), np.zeros((2, 2, 6, 6))
    for n in range(2):
        for head in range(2):
            part = slice(head * 4, head * 4 + 4)
            for t in range(6):
                places = range(t + 1) if causal else range(6)
                apart = [min(max(s - t, -2), 2) + 2 for s in places]
                scores = [q[n, t, part] @ (k[n, s, part] + key[a]) / 2 for s, a in zip(places, apart, strict=True)]
                weights = softmax(np.array(scores))
                maps[n, head, t, : len(weights)] = weights
                parts = [v[n, s, part] + value[a] for s, a in zip(places, apart, strict=True)]
                output[n, t, part] = weights @ np.array(parts)
    found, weights = module(tensor(x))
    np.testing.assert_allclose(weights.detach().numpy(), maps, atol=1e-12)
    np.testing.assert_allclose(found.detach().numpy(), linear(output, module.out_proj), atol=1e-12)
    assert torch.autograd.gradcheck(module, tensor(x[:1, :3], grad=True))
