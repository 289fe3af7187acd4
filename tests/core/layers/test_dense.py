"""Dense layers and tables: torch's own numbers and gradients, and our own modules against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as functional
from sklearn.preprocessing import PolynomialFeatures
from torch import nn

from core.compiler.build import build
from core.compiler.shapes import infer
from core.layers.modules import dense
from core.model.fault import Fault
from core.model.graph import Edge
from core.model.ops import AddEdge
from core.model.project import Project
from core.model.tensor import Field
from core.model.values import Value
from tests.core.layers.nodes import BuiltNode, gradients
from tests.core.networks import add, chain, wire


@pytest.fixture
def random() -> np.random.Generator:
    torch.manual_seed(0)
    return np.random.default_rng(0)


def real(random: np.random.Generator, *shape: int) -> torch.Tensor:
    return torch.tensor(random.normal(size=shape), requires_grad=True)


def fault(kind: str, params: dict[str, Value], **fields: Field) -> Fault:
    """The first thing that is said about a node into which fields go."""
    project = Project("Wrong")
    node = add(project, kind, **params)
    for port, field in fields.items():
        source = add(project, "input", field=field.name)
        AddEdge(Edge(source, "output", node, port)).apply(project)
    return next(f for f in infer(project, {f.name: f for f in fields.values()}).faults if f.node == node)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(3, 6), (3, 5, 6)])
def test_linear_is_torchs(shape: tuple[int, ...], bias: bool, random: np.random.Generator) -> None:
    x = real(random, *shape)
    node = BuiltNode("linear", {"out_features": 4, "bias": bias}, input=x)
    weights = list(node.module.parameters())
    plain = (functional.linear(x, *weights),)
    torch.testing.assert_close(node(), plain)
    torch.testing.assert_close(gradients(node(), x, *weights), gradients(plain, x, *weights))


@pytest.mark.parametrize("bias", [True, False])
def test_bilinear_is_torchs(bias: bool, random: np.random.Generator) -> None:
    one, other = real(random, 3, 2, 5), real(random, 3, 2, 4)
    node = BuiltNode("bilinear", {"out_features": 6, "bias": bias}, input1=one, input2=other)
    weights = list(node.module.parameters())
    plain = (torch.einsum("...i,kij,...j->...k", one, weights[0], other) + (weights[1] if bias else 0),)
    torch.testing.assert_close(node(), plain)
    torch.testing.assert_close(gradients(node(), one, other, *weights), gradients(plain, one, other, *weights))
    assert weights[0].shape == (6, 5, 4)


def test_bilinear_wants_equal_axes_but_the_last() -> None:
    said = fault("bilinear", {}, input1=Field("a", (3, 5)), input2=Field("b", (4, 5)))
    assert "N×3×5 and N×4×5" in said.message
    assert said.port == "input2"


def test_embedding_leaves_the_padding_token_alone() -> None:
    tokens = torch.tensor([[0, 2, 4], [2, 2, 1]])
    project = chain([("embedding", {"num_embeddings": 5, "embedding_dim": 3, "padding_idx": 2})])
    network = build(project, {"x": Field("x", (3,), "int64", "token")})
    (table,) = network.root.parameters()
    (vectors,) = network.inference_program()(tokens)
    assert torch.equal(vectors, table[tokens])
    assert table[2].abs().sum() == 0
    vectors.sum().backward()
    assert table.grad is not None
    assert table.grad.sum(1).tolist() == [3, 3, 0, 0, 3]


def test_a_padding_token_lies_in_the_vocabulary() -> None:
    said = fault("embedding", {"num_embeddings": 5, "padding_idx": 5}, input=Field("t", (3,), "int64", "token"))
    assert "beyond the vocabulary of 5" in said.message
    assert said.params == {"padding_idx": 0}


def test_one_hot_is_a_row_of_the_identity() -> None:
    classes = torch.tensor([[0, 3], [2, 2]])
    found = dense.OneHot(4)(classes)
    assert found.dtype == torch.get_default_dtype()
    np.testing.assert_array_equal(found.numpy(), np.eye(4)[classes.numpy()])
    assert "real numbers" in fault("one_hot", {}, input=Field("x", (3,))).message


@pytest.mark.parametrize(("features", "degree"), [(1, 5), (2, 3), (4, 2), (3, 4), (3, 1)])
def test_polynomial_features_are_scikit_learns(features: int, degree: int, random: np.random.Generator) -> None:
    x = real(random, 6, features)
    node = BuiltNode("polynomial_features", {"degree": degree}, input=x)
    (found,) = node()
    expected = PolynomialFeatures(degree, include_bias=False).fit_transform(x.detach().numpy())
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=1e-12)
    assert str(node.types["output"]) == f"N×{expected.shape[1]}"
    assert torch.autograd.gradcheck(node.module, x)


def test_powers_without_products(random: np.random.Generator) -> None:
    x = real(random, 4, 2, 3)
    found = dense.PolynomialFeatures(3, 3, interactions=False)(x)
    torch.testing.assert_close(found, torch.cat([x, x**2, x**3], -1))


def test_too_many_products_are_refused_with_a_degree_that_fits() -> None:
    said = fault("polynomial_features", {"degree": 8}, input=Field("x", (64,)))
    assert "65,536 is the limit" in said.message
    assert said.params == {"degree": 3}  # C(67, 3) − 1 = 47,904


def test_lora_starts_as_the_frozen_layer_and_learns_the_update_alone(random: np.random.Generator) -> None:
    x = real(random, 3, 2, 6)
    node = BuiltNode("lora_linear", {"out_features": 4, "r": 2, "lora_alpha": 8.0}, input=x)
    values = dict(node.module.named_parameters())
    base = functional.linear(x, values["base.weight"], values["base.bias"])
    torch.testing.assert_close(node(), (base,))
    assert {name for name, value in values.items() if value.requires_grad} == {"down.weight", "up.weight"}
    with torch.no_grad():
        values["up.weight"].copy_(real(random, 4, 2))
    update = values["up.weight"] @ values["down.weight"]  # BA, (G, F)
    learned = [values["down.weight"], values["up.weight"]]
    plain = (functional.linear(x, values["base.weight"] + 8 / 2 * update, values["base.bias"]),)
    torch.testing.assert_close(node(), plain)
    torch.testing.assert_close(gradients(node(), x, *learned), gradients(plain, x, *learned))
    assert torch.autograd.gradcheck(node.module, x)


def test_the_base_of_lora_learns_before_the_adaptation(random: np.random.Generator) -> None:
    x = real(random, 3, 6)
    node = BuiltNode("lora_linear", {"out_features": 4, "r": 2, "learns": "base"}, input=x)
    values = dict(node.module.named_parameters())
    learning = {name for name, value in values.items() if value.requires_grad}
    assert learning == {"base.weight", "base.bias"}
    base = functional.linear(x, values["base.weight"], values["base.bias"])
    torch.testing.assert_close(node(), (base,))
    learned = [values[name] for name in sorted(learning)]
    torch.testing.assert_close(gradients(node(), x, *learned), gradients((base,), x, *learned))


def test_lora_counts_what_it_multiplies_and_warns_of_a_useless_rank() -> None:
    node = BuiltNode("lora_linear", {"out_features": 4, "r": 2}, input=torch.randn(3, 6))
    report = node.network.inference.nodes["lora_linear_1"]
    assert report.macs == 6 * 4 + 2 * (6 + 4)
    said = fault("lora_linear", {"out_features": 4}, input=Field("x", (6,)))
    assert said.severity == "warning"
    assert said.params == {"r": 4}


@pytest.mark.parametrize("init", ["zeros", "ones", "uniform", "normal"])
def test_a_free_parameter_starts_as_told(init: str) -> None:
    torch.manual_seed(0)
    value = dense.FreeTensor((50, 40), init, 0.5).value.detach()
    mean, spread, largest = value.mean().item(), value.std().item(), value.abs().max().item()
    if init in ("zeros", "ones"):
        assert set(value.flatten().tolist()) == {0.0 if init == "zeros" else 1.0}
    elif init == "uniform":
        assert largest <= 0.5
        assert spread == pytest.approx(0.5 / np.sqrt(3), rel=0.05)
    else:
        assert abs(mean) < 0.05
        assert spread == pytest.approx(0.5, rel=0.05)


def test_a_free_parameter_learns_as_part_of_a_network() -> None:
    """A bias by hand: x + θ, so the gradient of the sum is the number of samples."""
    project = Project("Bias")
    source, free, total = add(project, "input"), add(project, "parameter", shape=3, init="zeros"), add(project, "add")
    wire(project, f"{source}.output -> {total}.inputs")
    wire(project, f"{free}.output -> {total}.inputs[1]")
    wire(project, f"{total} -> {add(project, 'output')}")
    network = build(project, {"x": Field("x", (3,))})
    (result,) = network.inference_program()(torch.ones(5, 3))
    assert torch.equal(result, torch.ones(5, 3))
    result.sum().backward()
    (theta,) = network.root.parameters()
    assert isinstance(theta, nn.Parameter)
    assert theta.grad is not None
    assert theta.grad.tolist() == [5, 5, 5]
