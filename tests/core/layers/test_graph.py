"""Graph layers: written out node by node in NumPy, the same for every order of the nodes, finite without neighbours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.layers.modules import graph
from core.model.values import Value
from tests.core.layers.nodes import BuiltNode, gradients

Array = npt.NDArray[np.float64]
LAYERS: dict[str, tuple[str, dict[str, Value]]] = {
    "gcn": ("gcn_conv", {"out_features": 3}),
    "gcn without loops": ("gcn_conv", {"out_features": 3, "self_loops": False}),
    "sage mean": ("sage_conv", {"out_features": 3, "normalize": True}),
    "sage max": ("sage_conv", {"out_features": 3, "aggregator": "max"}),
    "sage pool": ("sage_conv", {"out_features": 3, "aggregator": "pool"}),
    "gat": ("gat_conv", {"out_features": 3, "heads": 2}),
    "gat mean without loops": ("gat_conv", {"out_features": 3, "heads": 2, "concat": False, "self_loops": False}),
    "gin": ("gin_conv", {"out_features": 3, "hidden_features": 5, "eps": 0.5}),
}


def graphs(seed: int = 0, samples: int = 2, nodes: int = 5, features: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    """Random features, and directed edges with weights; the last node has no neighbours."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(samples, nodes, features))
    edges = random.uniform(0.5, 2, (samples, nodes, nodes)) * (random.random((samples, nodes, nodes)) < 0.5)
    edges[:, np.arange(nodes), np.arange(nodes)] = 0
    edges[:, -1] = edges[:, :, -1] = 0
    return torch.tensor(x), torch.tensor(edges)


def arrays(module: nn.Module) -> dict[str, Array]:
    return {name: value.detach().numpy() for name, value in module.state_dict().items()}


def gcn(x: Array, edges: Array, module: graph.GCNConv) -> Array:
    w = arrays(module)
    if module.self_loops:
        edges = edges + np.eye(len(edges))
    degree = edges.sum(1)
    output = np.zeros((len(x), w["weight"].shape[1]))
    for i in range(len(x)):
        for j in range(len(x)):
            if edges[i, j]:
                # A node that nobody hears counts as if it had no edge at all.
                weight = edges[i, j] / np.sqrt(degree[i] * degree[j]) if degree[j] else 0.0
                output[i] += weight * (x[j] @ w["weight"])
    return output + w["bias"]


def sage(x: Array, edges: Array, module: graph.SAGEConv) -> Array:
    w = arrays(module)
    rows = []
    for i in range(len(x)):
        near = np.flatnonzero(edges[i])
        heard = np.maximum(x @ w["pool.weight"].T + w["pool.bias"], 0) if module.aggregator == "pool" else x
        if len(near) == 0:
            gathered = np.zeros(x.shape[1])
        elif module.aggregator == "mean":
            gathered = edges[i, near] @ x[near] / edges[i, near].sum()
        else:
            gathered = heard[near].max(0)
        row = w["own.weight"] @ x[i] + w["own.bias"] + w["neighbours.weight"] @ gathered
        rows.append(row / np.linalg.norm(row) if module.normalize else row)
    return np.array(rows)


def gat(x: Array, edges: Array, module: graph.GATConv) -> Array:
    w = arrays(module)
    size, heads = module.out_features, []
    for head in range(module.heads):
        part = slice(head * size, (head + 1) * size)
        z = x @ w["linear.weight"][part].T
        output = np.zeros((len(x), size))
        for i in range(len(x)):
            near = [j for j in range(len(x)) if edges[i, j] or (module.self_loops and i == j)]
            scores = np.array([w["receiver"][head] @ z[i] + w["sender"][head] @ z[j] for j in near])
            powers = np.exp(np.where(scores > 0, scores, 0.2 * scores))
            for power, j in zip(powers, near, strict=True):
                output[i] += power / powers.sum() * z[j]
        heads.append(output)
    return (np.concatenate(heads, 1) if module.concat else np.mean(heads, 0)) + w["bias"]


def gin(x: Array, edges: Array, module: graph.GINConv) -> Array:
    w = arrays(module)
    gathered = np.array([(1 + w["eps"]) * x[i] + sum(edges[i, j] * x[j] for j in range(len(x))) for i in range(len(x))])
    hidden = np.maximum(gathered @ w["hidden.weight"].T + w["hidden.bias"], 0)
    return hidden @ w["out.weight"].T + w["out.bias"]


WRITTEN: dict[str, Callable[..., Array]] = {"gcn_conv": gcn, "sage_conv": sage, "gat_conv": gat, "gin_conv": gin}


@pytest.mark.parametrize(("kind", "params"), LAYERS.values(), ids=LAYERS)
def test_a_layer_is_what_its_paper_writes(kind: str, params: dict[str, Value]) -> None:
    x, edges = graphs()
    node = BuiltNode(kind, params, input=x, adjacency=edges)
    output = node()[0]
    for sample in range(len(x)):
        expected = WRITTEN[kind](x[sample].numpy(), edges[sample].numpy(), node.module)
        np.testing.assert_allclose(output[sample].detach().numpy(), expected, atol=1e-6)


@pytest.mark.parametrize(("kind", "params"), LAYERS.values(), ids=LAYERS)
def test_gradients_equal_finite_differences(kind: str, params: dict[str, Value]) -> None:
    x, edges = graphs(1, 1, 4, 3)
    node = BuiltNode(kind, params, input=x, adjacency=edges)
    assert torch.autograd.gradcheck(lambda x: node(input=x, adjacency=edges), x.requires_grad_())


@pytest.mark.parametrize(("kind", "params"), LAYERS.values(), ids=LAYERS)
@settings(max_examples=15, deadline=None)
@given(st.permutations(range(5)), st.integers(0, 99))
def test_the_order_of_the_nodes_does_not_matter(
    kind: str, params: dict[str, Value], order: list[int], seed: int
) -> None:
    x, edges = graphs(seed)
    node = BuiltNode(kind, params, input=x, adjacency=edges)
    output = node()[0]
    permuted = node(input=x[:, order], adjacency=edges[:, order][:, :, order])
    torch.testing.assert_close(permuted[0], output[:, order])
    if kind == "gat_conv":
        torch.testing.assert_close(permuted[1], node()[1][:, :, order][..., order])


@pytest.mark.parametrize(("kind", "params"), LAYERS.values(), ids=LAYERS)
def test_lonely_nodes_stay_finite(kind: str, params: dict[str, Value]) -> None:
    x, edges = graphs()
    nothing = torch.zeros_like(edges)
    node = BuiltNode(kind, params, input=x, adjacency=nothing)
    x.requires_grad_()
    nothing.requires_grad_()
    outputs = node(input=x, adjacency=nothing)
    assert all(output.isfinite().all() for output in outputs)
    leaves = [x, *node.module.parameters()]
    found = torch.autograd.grad(outputs[0].square().sum(), [*leaves, nothing], allow_unused=True)
    assert all(slope is None or slope.isfinite().all() for slope in found)


@pytest.mark.parametrize(("kind", "params"), LAYERS.values(), ids=LAYERS)
def test_one_adjacency_serves_all_samples_in_whole_numbers_too(kind: str, params: dict[str, Value]) -> None:
    x, edges = graphs()
    links = (edges[:1] > 0).long()
    node = BuiltNode(kind, params, input=x, adjacency=links.expand(2, -1, -1))
    for one, other in zip(node(), node(input=x, adjacency=links), strict=True):
        torch.testing.assert_close(one, other)
    for one, other in zip(node(), node(input=x, adjacency=links.expand(2, -1, -1).double()), strict=True):
        torch.testing.assert_close(one, other)


def test_two_nodes_of_the_paper_by_hand() -> None:
    """A path of three nodes: degrees with self-loops 2, 3, 2; Â₀₁ = 1/√6, Â₀₀ = 1/2, Â₁₁ = 1/3."""
    layer = graph.GCNConv(1, 1).double()
    layer.weight.data.fill_(1)
    path = torch.tensor([[[0, 1, 0], [1, 0, 1], [0, 1, 0]]])
    output = layer(torch.tensor([[[1.0], [0.0], [0.0]]], dtype=torch.float64), path)
    assert output.flatten().tolist() == pytest.approx([1 / 2, 1 / 6**0.5, 0])


def test_attention_weights_sum_to_one_over_neighbours() -> None:
    x, edges = graphs()
    node = BuiltNode("gat_conv", {"out_features": 3, "heads": 2}, input=x, adjacency=edges)
    weights = node()[1]
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, 5, dtype=torch.float64))
    seen = (edges != 0) | torch.eye(5, dtype=torch.bool)
    assert (weights != 0).eq(seen[:, None]).all()


@pytest.mark.parametrize("train_eps", [True, False])
def test_epsilon_is_learned_if_asked(train_eps: bool) -> None:
    layer = graph.GINConv(4, 3, 5, eps=0.25, train_eps=train_eps)
    assert layer.state_dict()["eps"] == 0.25
    assert ("eps" in dict(layer.named_parameters())) == train_eps


@pytest.mark.parametrize("mode", ["mean", "sum", "max"])
@pytest.mark.parametrize("masked", [False, True])
def test_pooling_leaves_filled_up_nodes_out(mode: str, masked: bool) -> None:
    x, _ = graphs()
    x.requires_grad_()
    there = torch.tensor([[1, 1, 1, 0, 0], [1, 0, 1, 1, 1]] if masked else [[1] * 5] * 2)
    node = BuiltNode("graph_pool", {"mode": mode}, input=x, **({"node_mask": there} if masked else {}))
    rows = [getattr(x[n, there[n] == 1], "amax" if mode == "max" else mode)(0) for n in range(2)]
    expected = torch.stack(rows)
    torch.testing.assert_close(node()[0], expected)
    torch.testing.assert_close(gradients(node(), x), gradients((expected,), x))


@pytest.mark.parametrize("mode", ["mean", "sum", "max"])
def test_an_empty_graph_is_pooled_to_zero(mode: str) -> None:
    x, _ = graphs()
    pooled = graph.graph_pool(x.requires_grad_(), torch.zeros(2, 5), mode)
    assert pooled.eq(0).all()
    [slope] = torch.autograd.grad(pooled.sum(), x)
    assert slope.eq(0).all()
