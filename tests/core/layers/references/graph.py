"""Graph convolutions node by node over the neighbours that each hears."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from tests.core.layers.references.table import Given, Table, bits, ref


def _gcn(g: Given, x: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
    """h_i = Σ_j a_ij / √(d_i d_j) · x_j W + b, with a_ii + 1 (Kipf & Welling 2017, eq. 2)."""
    nodes, weight = range(x.shape[1]), g.weight("weight", x.shape[2], g["out_features"])
    bias = g.optional(g["bias"], "bias", g["out_features"])
    a = [[adjacency[:, i, j] + (1 if i == j and g["self_loops"] else 0) for j in nodes] for i in nodes]
    degrees = [sum(row) for row in a]
    output = []
    for i in nodes:
        heard = torch.zeros_like(x[:, i])
        for j in nodes:
            product = degrees[i] * degrees[j]
            share = torch.where(product > 0, a[i][j] / product.clamp(min=1e-300).sqrt(), 0.0)
            heard = heard + share[:, None] * x[:, j]
        output.append(heard @ weight + (0 if bias is None else bias))
    return torch.stack(output, 1)


def _sage(g: Given, x: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
    samples = []
    for sample, edges in zip(x, adjacency, strict=True):
        heard = sample
        if g["aggregator"] == "pool":
            heard = torch.relu(g.linear(sample, "pool", sample.shape[1]))
        nodes = []
        for i in range(len(sample)):
            near = [j for j in range(len(sample)) if edges[i, j] != 0]
            gathered = torch.zeros_like(sample[0])
            if near and g["aggregator"] == "mean":
                gathered = sum(edges[i, j] * heard[j] for j in range(len(sample))) / edges[i].sum()
            elif near:
                gathered = heard[near].max(0).values
            own = g.linear(sample[i], "own", g["out_features"], g["bias"])
            nodes.append(own + g.linear(gathered, "neighbours", g["out_features"], bias=False))
        samples.append(torch.stack(nodes))
    output = torch.stack(samples)
    return output / (output**2).sum(-1, keepdim=True).sqrt().clamp(min=1e-12) if g["normalize"] else output


def _gat(g: Given, x: torch.Tensor, adjacency: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """e_ij = LeakyReLU(aᵀ[W x_i ‖ W x_j]), α = softmax_j over the neighbours (Veličković et al. 2018, eq. 1–6)."""
    heads, size = g["heads"], g["out_features"]
    matrix = g.weight("linear.weight", heads * size, x.shape[2])
    receiver, sender = g.weight("receiver", heads, size), g.weight("sender", heads, size)
    bias = g.optional(g["bias"], "bias", heads * size if g["concat"] else size)
    count, nodes = x.shape[1], range(x.shape[1])
    features, all_weights = [], []
    for head, w in enumerate(matrix.chunk(heads)):
        wx = x @ w.T  # (N, V, F')
        a = torch.cat((receiver[head], sender[head]))
        rows = []
        for i in nodes:
            pairs = torch.stack([torch.cat((wx[:, i], wx[:, j]), -1) @ a for j in nodes], -1)  # (N, V)
            powers = functional.leaky_relu(pairs, g["negative_slope"]).exp() * (adjacency[:, i] != 0)
            if g["self_loops"]:
                itself = functional.one_hot(torch.tensor(i), count)
                powers = torch.where(itself == 1, functional.leaky_relu(pairs, g["negative_slope"]).exp(), powers)
            total = powers.sum(-1, keepdim=True)
            rows.append(powers / torch.where(total > 0, total, 1.0))
        features.append(wx)
        all_weights.append(torch.stack(rows, 1))
    weights = torch.stack(all_weights, 1)  # (N, heads, V, V)
    kept = functional.dropout(weights, g["dropout"], g.training)
    outputs = [kept[:, head] @ wx for head, wx in enumerate(features)]
    output = torch.cat(outputs, -1) if g["concat"] else sum(outputs) / heads
    return output if bias is None else output + bias, weights


def _gin(g: Given, x: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
    eps = g.weight("eps") if g["train_eps"] else g["eps"]
    gathered = torch.stack(
        [
            (1 + eps) * x[:, i] + sum(adjacency[:, i, j, None] * x[:, j] for j in range(x.shape[1]))
            for i in range(x.shape[1])
        ],
        1,
    )
    hidden = functional.relu(g.linear(gathered, "hidden", g["hidden_features"]))
    return g.linear(hidden, "out", g["out_features"])


def _pool(g: Given, x: torch.Tensor, there: torch.Tensor | None) -> torch.Tensor:
    found = []
    for n, sample in enumerate(x):
        nodes = sample if there is None else sample[there[n] > 0.5]
        if not len(nodes):
            found.append(torch.zeros_like(sample[0]))
        else:
            found.append({"mean": nodes.mean(0), "sum": nodes.sum(0), "max": nodes.max(0).values}[g["mode"]])
    return torch.stack(found)


def edges(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Some weights, many zeros, and a node that hears nobody."""
    weights = random.uniform(0.2, 2.0, shape) * (random.uniform(size=shape) < 0.5)
    weights[:, -1] = 0
    return weights


def masks(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Graphs of different sizes, one of them empty."""
    there = bits(random, shape)
    there[-1] = 0
    return there


WIDER = {"out_features": 2, "dropout": 0.5, "heads": 3, "concat": False, "negative_slope": 0.6}

REFERENCES: Table = {
    "gcn_conv": ref(_gcn, {"out_features": 2}, adjacency=edges),
    "sage_conv": ref(_sage, {"out_features": 2, "aggregator": "max", "normalize": True}, adjacency=edges),
    "gat_conv": ref(_gat, WIDER, adjacency=edges),
    "gin_conv": ref(_gin, {"out_features": 2, "hidden_features": 3, "eps": 0.25, "train_eps": False}, adjacency=edges),
    "graph_pool": ref(_pool, node_mask=masks),
}
