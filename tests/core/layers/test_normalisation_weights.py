"""Normalised weights against NumPy: what they are, how they learn, what they cost, how they are exported."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.compiler.source import class_name, source
from core.layers.modules import normalisation
from core.model.values import Value
from tests.core.layers.nodes import BuiltNode
from tests.core.networks import run_source, single

torch.manual_seed(0)
VECTORS = torch.randn(4, 5, 6, dtype=torch.float64)
IMAGES = torch.randn(4, 3, 6, 5, dtype=torch.float64)
CONVOLUTION: dict[str, Value] = {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}


@pytest.mark.parametrize(
    ("kind", "params", "arrives"),
    [("weight_norm_linear", {"out_features": 3}, VECTORS), ("weight_norm_conv2d", CONVOLUTION, IMAGES)],
)
def test_weight_norm_learns_length_and_direction_apart(
    kind: str, params: dict[str, Value], arrives: torch.Tensor
) -> None:
    node = BuiltNode(kind, params, input=arrives)
    state = {name: value.clone() for name, value in node.module.state_dict().items()}
    assert set(state) == {"bias", "parametrizations.weight.original0", "parametrizations.weight.original1"}
    lengths, directions = (state[f"parametrizations.weight.original{index}"] for index in (0, 1))
    with torch.no_grad():
        node.module.get_parameter("parametrizations.weight.original0").uniform_(0.5, 3)
    lengths = node.module.state_dict()["parametrizations.weight.original0"]
    flat = directions.flatten(1).numpy()
    weight = lengths.flatten().numpy()[:, None] * flat / np.linalg.norm(flat, axis=1, keepdims=True)
    weight = torch.from_numpy(weight).reshape(directions.shape)
    plain = (
        functional.linear(arrives, weight, state["bias"])
        if "linear" in kind
        else functional.conv2d(arrives, weight, state["bias"], 2, 1)
    )
    torch.testing.assert_close(node()[0], plain)
    node()[0].square().sum().backward()
    # Salimans & Kingma, eq. 3: the gradient of v is orthogonal to v.
    gradient = node.module.get_parameter("parametrizations.weight.original1").grad
    assert gradient is not None
    np.testing.assert_allclose((gradient * directions).flatten(1).sum(1).numpy(), 0, atol=1e-9)
    assert gradient.abs().max() > 1e-3


@pytest.mark.parametrize(
    ("kind", "params", "arrives"),
    [("spectral_norm_linear", {"out_features": 3}, VECTORS), ("spectral_norm_conv2d", CONVOLUTION, IMAGES)],
)
def test_spectral_norm_divides_by_the_largest_singular_value(
    kind: str, params: dict[str, Value], arrives: torch.Tensor
) -> None:
    node = BuiltNode(kind, {**params, "n_power_iterations": 50}, input=arrives)
    node.network.train()
    for _ in range(4):
        node()
    node.network.eval()
    raw = node.module.state_dict()["parametrizations.weight.original"]
    largest = np.linalg.svd(raw.flatten(1).numpy(), compute_uv=False)[0]
    bias = node.module.state_dict()["bias"]
    plain = (
        functional.linear(arrives, raw / largest, bias)
        if "linear" in kind
        else functional.conv2d(arrives, raw / largest, bias, 2, 1)
    )
    torch.testing.assert_close(node()[0], plain)
    before = node.module.state_dict()["parametrizations.weight.0._u"].clone()
    node()
    torch.testing.assert_close(node.module.state_dict()["parametrizations.weight.0._u"], before, rtol=0, atol=0)


def test_every_training_pass_improves_the_estimate() -> None:
    """The direction's error shrinks by (σ₂/σ₁)² with each pass, that of the singular value by its square: 1/16."""
    module = normalisation.SpectralNormLinear(4, 3).double()
    left, right = (torch.linalg.qr(torch.randn(n, n, dtype=torch.float64))[0] for n in (3, 4))
    raw = left @ torch.diag(torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64)) @ right[:3]
    with torch.no_grad():
        module.get_parameter("parametrizations.weight.original").copy_(raw)
    errors = []
    for _ in range(9):
        module.train()(torch.ones(2, 4, dtype=torch.float64))
        module.eval()
        errors.append(abs(float(torch.linalg.matrix_norm(module.weight.detach(), 2)) - 1))
    ratios = [after / before for before, after in itertools.pairwise(errors[4:])]
    assert ratios == pytest.approx([1 / 16] * len(ratios), rel=0.05)
    torch.testing.assert_close(module.state_dict()["parametrizations.weight.original"], raw)


def test_a_spectral_layer_lengthens_no_difference() -> None:
    node = BuiltNode("spectral_norm_linear", {"out_features": 8, "n_power_iterations": 100}, input=VECTORS)
    node.network.train()
    for _ in range(5):
        node()
    node.network.eval()
    one, other = torch.randn(2, 50, 1, 6, dtype=torch.float64)
    ratio = (node(input=one)[0] - node(input=other)[0]).norm(dim=-1) / (one - other).norm(dim=-1)
    assert ratio.max() <= 1 + 1e-9
    assert ratio.max() > 0.5


@pytest.mark.parametrize(
    ("module", "arrives"),
    [
        (normalisation.WeightNormLinear(6, 3), VECTORS[:2, 0]),
        (normalisation.WeightNormConv2d(3, 2, 3), IMAGES[:1]),
        (normalisation.SpectralNormLinear(6, 3), VECTORS[:2, 0]),
        (normalisation.SpectralNormConv2d(3, 2, 3), IMAGES[:1]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_gradients_are_right(module: torch.nn.Module, arrives: torch.Tensor) -> None:
    """In evaluation, where the estimate of the singular value stands still."""
    module = module.double().eval()
    names = [name for name, _ in module.named_parameters()]

    def run(input: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        found = torch.func.functional_call(module, dict(zip(names, parameters, strict=True)), (input,))
        assert isinstance(found, torch.Tensor)
        return found

    leaves = [parameter.detach().clone().requires_grad_() for parameter in module.parameters()]
    assert torch.autograd.gradcheck(run, (arrives.clone().requires_grad_(), *leaves))


@pytest.mark.parametrize(
    ("kind", "params", "arrives", "macs", "parameters"),
    [
        # Weights g and v: one length for each output more than a plain layer has.
        ("weight_norm_linear", {"out_features": 3}, VECTORS[:, 0], 6 * 3, 6 * 3 + 3 + 3),
        ("spectral_norm_linear", {"out_features": 3}, VECTORS[:, 0], 6 * 3, 6 * 3 + 3),
        ("weight_norm_conv2d", CONVOLUTION, IMAGES, 4 * 3 * 3 * (3 * 9), 4 * 27 + 4 + 4),
        ("spectral_norm_conv2d", CONVOLUTION, IMAGES, 4 * 3 * 3 * (3 * 9), 4 * 27 + 4),
    ],
)
def test_costs_are_those_of_the_plain_layer(
    kind: str, params: dict[str, Value], arrives: torch.Tensor, macs: int, parameters: int
) -> None:
    inference = BuiltNode(kind, params, input=arrives).network.inference
    assert (inference.macs, inference.parameters) == (macs, parameters)


@pytest.mark.parametrize("kind", ["weight_norm_conv2d", "spectral_norm_linear"])
def test_the_exported_class_loads_the_trained_weights(kind: str, tmp_path: Path) -> None:
    node = BuiltNode(kind, {}, input=IMAGES.float())
    node.network.train()
    node()[0].sum().backward()
    with torch.no_grad():
        for parameter in node.module.parameters():
            assert parameter.grad is not None
            parameter -= 0.1 * parameter.grad
    node.network.eval()
    project, fields = single(kind, ({}, {"input": (node.network.inference.type_at("in_input_0", "output"),)}))
    text = source(project, fields)
    assert "parametrizations" in text
    made = run_source(text, tmp_path)[class_name(project)]()
    made.load_state_dict(node.network.inference_program().state_dict(), strict=True)
    torch.testing.assert_close(made.eval()(IMAGES.float()), node()[0], rtol=0, atol=0)
