"""Capsules against the paper's equations, written out with NumPy, and its numbers of parameters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as functional

from core.layers.modules import capsules
from tests.core.layers.nodes import BuiltNode

Array = npt.NDArray[np.float64]


@pytest.fixture
def random() -> np.random.Generator:
    torch.manual_seed(0)
    return np.random.default_rng(0)


def squashed(vectors: Array) -> Array:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return lengths**2 / (1 + lengths**2) * vectors / lengths


def test_squash_keeps_the_direction_and_bounds_the_length(random: np.random.Generator) -> None:
    vectors = random.normal(size=(4, 5, 3)) * 10
    np.testing.assert_allclose(capsules.squash(torch.tensor(vectors)).numpy(), squashed(vectors), atol=1e-12)
    assert capsules.squash(torch.tensor([3.0, 4.0])).tolist() == pytest.approx([15 / 26, 20 / 26])
    zero = torch.zeros(2, 3, requires_grad=True)
    capsules.squash(zero).sum().backward()
    assert zero.grad is not None
    assert zero.grad.isfinite().all()


def test_primary_capsules_group_channels_at_each_place(random: np.random.Generator) -> None:
    x = torch.tensor(random.normal(size=(2, 3, 9, 8)))
    node = BuiltNode("capsule", {"capsules": 4, "dim": 5, "kernel_size": 3, "stride": (2, 1)}, input=x)
    (found,) = node()
    maps = functional.conv2d(x, *node.module.parameters(), stride=(2, 1)).detach().numpy()  # (2, 20, 4, 6)
    expected = [
        squashed(maps[:, 5 * kind : 5 * kind + 5, row, column])
        for kind in range(4)
        for row in range(4)
        for column in range(6)
    ]
    np.testing.assert_allclose(found.detach().numpy(), np.stack(expected, 1), atol=1e-12)
    assert str(node.types["output"]) == "N×96×5"


@pytest.mark.parametrize("iterations", [1, 2, 3])
def test_routing_is_the_papers_procedure(iterations: int, random: np.random.Generator) -> None:
    u = random.normal(size=(2, 4, 3))
    params = {"out_capsules": 5, "dim": 6, "iterations": iterations}
    node = BuiltNode("capsule_routing", params, input=torch.tensor(u))
    (w,) = (parameter.detach().numpy() for parameter in node.module.parameters())  # (4, 5, 6, 3)
    found, lengths = (each.detach().numpy() for each in node())
    for sample in range(2):
        predicted = np.array([[w[i, j] @ u[sample, i] for j in range(5)] for i in range(4)])  # (4, 5, 6)
        logits = np.zeros((4, 5))
        for _ in range(iterations):
            shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
            v = squashed(np.einsum("ij,ijd->jd", shares, predicted))
            logits = logits + np.einsum("ijd,jd->ij", predicted, v)
        np.testing.assert_allclose(found[sample], v, atol=1e-12)
        np.testing.assert_allclose(lengths[sample], np.linalg.norm(v, axis=1), atol=1e-12)
    assert lengths.max() < 1


def test_capsnet_has_the_published_sizes() -> None:
    """Sabour et al. 2017, figure 1: 9×9 kernels with stride 2 on 256×20×20 give 1,152 capsules of 8 numbers."""
    primary = BuiltNode("capsule", {}, input=torch.zeros(1, 256, 20, 20))
    assert str(primary.types["output"]) == "N×1152×8"
    assert sum(p.numel() for p in primary.module.parameters()) == 256 * 9 * 9 * 256 + 256
    routed = BuiltNode("capsule_routing", {}, input=torch.zeros(1, 1152, 8))
    assert [str(routed.types[port]) for port in routed.ports] == ["N×10×16", "N×10"]
    assert sum(p.numel() for p in routed.module.parameters()) == 1152 * 10 * 8 * 16


def test_gradients_equal_finite_differences(random: np.random.Generator) -> None:
    primary = capsules.PrimaryCapsules(2, 2, 3, 3).double()
    assert torch.autograd.gradcheck(primary, torch.tensor(random.normal(size=(2, 2, 5, 5)), requires_grad=True))
    routing = capsules.CapsuleRouting(3, 4, 2, 3).double()
    assert torch.autograd.gradcheck(routing, torch.tensor(random.normal(size=(2, 3, 4)), requires_grad=True))


def test_capsules_learn_to_tell_two_bars_apart(random: np.random.Generator) -> None:
    images = torch.zeros(40, 1, 6, 6)
    for row in range(40):
        place = row // 2 % 6
        images[row, 0, place if row % 2 else slice(None), slice(None) if row % 2 else place] = 1
    wanted = torch.arange(40) % 2
    net = torch.nn.Sequential(capsules.PrimaryCapsules(1, 4, 4, 3, 1), capsules.CapsuleRouting(64, 4, 2, 6))
    descent = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(60):
        descent.zero_grad()
        lengths = net(images)[1]
        right = torch.nn.functional.one_hot(wanted, 2)
        margin = right * (0.9 - lengths).relu() ** 2 + 0.5 * (1 - right) * (lengths - 0.1).relu() ** 2
        margin.sum(1).mean().backward()
        descent.step()
    assert (net(images)[1].argmax(1) == wanted).all()
