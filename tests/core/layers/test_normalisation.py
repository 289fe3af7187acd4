"""Normalisation computes what torch's does, and what its papers say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.compiler.batch import concrete
from core.compiler.trial import Plan, attempt
from core.model.fault import Complaint
from core.model.spec import registry
from core.model.tensor import TensorType
from core.model.values import Value
from tests.core.layers.nodes import BuiltNode, gradients

torch.manual_seed(0)
VECTORS = torch.randn(5, 6, dtype=torch.float64)
SEQUENCES = torch.randn(5, 4, 6, dtype=torch.float64)
IMAGES = torch.randn(5, 6, 4, 3, dtype=torch.float64) * 3 + 1
VOLUMES = torch.randn(3, 6, 2, 3, 4, dtype=torch.float64)

CASES: list[tuple[str, dict[str, Any], torch.Tensor, nn.Module]] = [
    ("batch_norm1d", {}, VECTORS, nn.BatchNorm1d(6)),
    ("batch_norm1d", {"momentum": 0.4, "eps": 1e-2}, SEQUENCES, nn.BatchNorm1d(4, eps=1e-2, momentum=0.4)),
    ("batch_norm2d", {"affine": False}, IMAGES, nn.BatchNorm2d(6, affine=False)),
    ("batch_norm2d", {"track_running_stats": False}, IMAGES, nn.BatchNorm2d(6, track_running_stats=False)),
    ("batch_norm3d", {"momentum": 1.0}, VOLUMES, nn.BatchNorm3d(6, momentum=1.0)),
    ("layer_norm", {}, SEQUENCES, nn.LayerNorm(6)),
    ("layer_norm", {"over": "last axes", "axes": 2, "bias": False}, IMAGES, nn.LayerNorm((4, 3), bias=False)),
    ("layer_norm", {"over": "whole sample"}, IMAGES, nn.LayerNorm((6, 4, 3))),
    ("layer_norm", {"elementwise_affine": False}, VECTORS, nn.LayerNorm(6, elementwise_affine=False)),
    ("rms_norm", {"eps": 1e-3}, SEQUENCES, nn.RMSNorm(6, eps=1e-3)),
    ("rms_norm", {"over": "last axes", "axes": 3}, IMAGES, nn.RMSNorm((6, 4, 3), eps=1e-5)),
    ("group_norm", {"num_groups": 3}, IMAGES, nn.GroupNorm(3, 6)),
    ("group_norm", {"num_groups": 1, "affine": False}, VECTORS, nn.GroupNorm(1, 6, affine=False)),
    ("instance_norm1d", {}, SEQUENCES, nn.InstanceNorm1d(4)),
    ("instance_norm2d", {"affine": True}, IMAGES, nn.InstanceNorm2d(6, affine=True)),
    ("instance_norm2d", {"track_running_stats": True}, IMAGES, nn.InstanceNorm2d(6, track_running_stats=True)),
    ("instance_norm3d", {"affine": True}, VOLUMES, nn.InstanceNorm3d(6, affine=True)),
    ("local_response_norm", {"k": 2.0, "alpha": 0.1}, IMAGES, nn.LocalResponseNorm(5, alpha=0.1, k=2.0)),
    ("local_response_norm", {"size": 2}, SEQUENCES, nn.LocalResponseNorm(2)),
]


@pytest.mark.parametrize(("kind", "params", "arrives", "plain"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_normalisation_is_torchs(kind: str, params: dict[str, Any], arrives: torch.Tensor, plain: nn.Module) -> None:
    node = BuiltNode(kind, params, input=arrives)
    plain = plain.double()
    with torch.no_grad():
        for parameter in node.module.parameters():
            parameter.uniform_(0.5, 2)
    plain.load_state_dict(node.module.state_dict())
    for training in (True, False):  # training first: it moves the running statistics that evaluation uses
        node.network.train(training)
        plain.train(training)
        input = arrives.clone().requires_grad_()
        found, expected = node(input=input), (plain(input),)
        torch.testing.assert_close(found, expected, rtol=0, atol=0)
        ours = gradients(found, input, *node.module.parameters())
        torch.testing.assert_close(ours, gradients(expected, input, *plain.parameters()), rtol=0, atol=0)
    torch.testing.assert_close(node.module.state_dict(), plain.state_dict(), rtol=0, atol=0)


def test_batch_norm_by_hand() -> None:
    """Two samples, 1 and 3: mean 2, variance 1; the running ones move a tenth of the way, with the unbiased 2."""
    node = BuiltNode("batch_norm1d", {"eps": 1e-12}, input=torch.tensor([[1.0], [3.0]], dtype=torch.float64))
    node.network.train()
    assert node()[0].detach().flatten().tolist() == pytest.approx([-1, 1])
    state = node.module.state_dict()
    assert state["running_mean"].item() == pytest.approx(0.1 * 2)
    assert state["running_var"].item() == pytest.approx(0.9 * 1 + 0.1 * 2)
    node.network.eval()
    assert node()[0].detach()[0].item() == pytest.approx((1 - 0.2) / 1.1**0.5)


def test_statistics_are_shared_as_the_papers_picture_them() -> None:
    """Wu & He 2018, figure 2: batch norm shares over N, H, W; layer over C, H, W; instance over H, W; group between."""
    axes: dict[str, tuple[dict[str, Value], tuple[int, ...]]] = {
        "batch_norm2d": ({}, (0, 2, 3)),
        "layer_norm": ({"over": "whole sample"}, (1, 2, 3)),
        "instance_norm2d": ({}, (2, 3)),
    }
    for kind, (params, shared) in axes.items():
        node = BuiltNode(kind, params, input=IMAGES)
        node.network.train()
        output = node()[0].detach().numpy()
        np.testing.assert_allclose(output.mean(shared), 0, atol=1e-12)
        np.testing.assert_allclose(output.var(shared), 1, rtol=1e-4)
    groups = BuiltNode("group_norm", {"num_groups": 3}, input=IMAGES)()[0].detach().reshape(5, 3, 2, 4, 3).numpy()
    np.testing.assert_allclose(groups.mean((2, 3, 4)), 0, atol=1e-12)
    np.testing.assert_allclose(groups.var((2, 3, 4)), 1, rtol=1e-4)


def test_local_response_by_hand() -> None:
    """AlexNet's formula with n = 3: every channel hears its left and its right neighbour; torch divides α by n."""
    arrives = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64).reshape(1, 4, 1)
    node = BuiltNode("local_response_norm", {"size": 3, "alpha": 0.3, "beta": 0.5, "k": 2.0}, input=arrives)
    heard = [1 + 4, 1 + 4 + 9, 4 + 9 + 16, 9 + 16]
    expected = [x / (2 + 0.1 * total) ** 0.5 for x, total in zip((1, 2, 3, 4), heard, strict=True)]
    assert node()[0].flatten().tolist() == pytest.approx(expected)


def test_rms_norm_by_hand() -> None:
    node = BuiltNode("rms_norm", {"eps": 1e-12}, input=torch.tensor([[3.0, 4.0]], dtype=torch.float64))
    assert node()[0].flatten().tolist() == pytest.approx([3 / 12.5**0.5, 4 / 12.5**0.5])


def test_unit_vectors_keep_their_direction() -> None:
    node = BuiltNode("l2_normalise", {}, input=torch.tensor([[3.0, 4.0], [0.0, 0.0]], dtype=torch.float64))
    assert node()[0].tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]
    input = SEQUENCES.clone().requires_grad_()
    output = BuiltNode("l2_normalise", {}, input=input)()
    torch.testing.assert_close(output[0].norm(dim=-1), torch.ones(5, 4, dtype=torch.float64))
    plain = (input / input.norm(dim=-1, keepdim=True),)
    torch.testing.assert_close(gradients(output, input), gradients(plain, input))


@pytest.mark.parametrize(
    ("kind", "params", "shape", "part", "offered"),
    [
        ("layer_norm", {"over": "last axes", "axes": 4}, (3, 4), "a sample of N×3×4 has 2", {"axes": 2}),
        ("group_norm", {"num_groups": 4}, (6, 4, 4), "6 channels cannot be divided into 4", {"num_groups": 3}),
        ("group_norm", {"num_groups": 6}, (6,), "a single number", {"num_groups": 1}),
        ("group_norm", {"num_groups": 1}, (1, 1, 1), "a single number", {}),
        ("instance_norm2d", {}, (6, 1, 1), "a channel has one number", {}),
        ("instance_norm1d", {}, (6, 4, 4), "2D kind for images", {}),
        ("instance_norm2d", {}, (6, 2, 4, 4), "3D kind for volumes", {}),
        ("batch_norm2d", {}, (6, 2, 4, 4), "Batch norm 3D for volumes", {}),
        ("batch_norm3d", {}, (6, 4, 4), "Batch norm 2D for images", {}),
        ("local_response_norm", {}, (6,), "channels with places in them", {}),
        ("l2_normalise", {}, (), "works on vectors", {}),
    ],
)
def test_what_does_not_fit_is_said(
    kind: str, params: dict[str, Any], shape: tuple[int, ...], part: str, offered: dict[str, Value]
) -> None:
    said = attempt(registry[kind], params, {"input": (TensorType(("N", *shape)),)})
    assert isinstance(said, Complaint)
    assert part in f"{said.message} {said.fix}"
    assert said.params == offered


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(["layer_norm", "rms_norm", "group_norm", "local_response_norm", "l2_normalise"]),
    sample=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    count=st.integers(1, 4),
)
def test_shapes_are_those_at_run_time(kind: str, sample: list[int], count: int) -> None:
    drawn: dict[str, dict[str, Value]] = {
        "layer_norm": {"over": "last axes", "axes": count},
        "rms_norm": {"over": "last axes", "axes": count},
        "group_norm": {"num_groups": count},
    }
    type_ = TensorType(("N", *sample))
    found = attempt(registry[kind], drawn.get(kind, {}), {"input": (type_,)})
    if isinstance(found, Plan):
        arrives = torch.randn(concrete(type_.shape, 3))
        assert BuiltNode(kind, drawn.get(kind, {}), input=arrives)()[0].shape == arrives.shape
        assert found.report.outputs["output"] == type_
    else:
        assert found.fix
