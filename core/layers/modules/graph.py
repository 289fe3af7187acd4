"""Convolutions over graphs with a dense adjacency, which torch lacks.

`adjacency` is (N, V, V): row i holds the weights of the edges by which node i hears its neighbours, 0 where there is
none; (1, V, V) is one graph for all samples. Whole numbers and truth values are taken as weights too.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def _inverted(numbers: torch.Tensor, power: float) -> torch.Tensor:
    """`numbers` to the power of −`power`, and 0 where they are not positive: no node without neighbours gives NaN."""
    positive = numbers > 0
    return torch.where(positive, numbers, 1.0).pow(-power) * positive


class GCNConv(nn.Module):
    """D^(−1/2) (A + I) D^(−1/2) X W + b with the degrees D of A + I (Kipf & Welling 2017, eq. 2).

    input (N, V, F), adjacency (N, V, V) → (N, V, out_features). Without `self_loops`, A stays as it is.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, self_loops: bool = True) -> None:
        super().__init__()
        self.self_loops = self_loops
        self.weight = nn.Parameter(torch.empty(in_features, out_features))
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None
        nn.init.xavier_uniform_(self.weight)

    def forward(self, input: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
        edges = adjacency.to(input.dtype)
        if self.self_loops:
            edges = edges + torch.eye(edges.shape[-1], dtype=edges.dtype, device=edges.device)
        scale = _inverted(edges.sum(-1), 0.5)  # (N, V)
        edges = scale[:, :, None] * edges * scale[:, None, :]
        output = edges @ (input @ self.weight)
        return output if self.bias is None else output + self.bias


class SAGEConv(nn.Module):
    """W₁ xᵢ + W₂ · (mean or maximum over the neighbours of i) + b (Hamilton et al. 2017, algorithm 1 and §3.3).

    input (N, V, F), adjacency (N, V, V) → (N, V, out_features). `mean` weighs neighbours by their edges, `max` takes
    the largest of each feature, `pool` does so behind a learned layer with ReLU. Nobody's mean and maximum are 0.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        aggregator: str = "mean",
        bias: bool = True,
        normalize: bool = False,
    ) -> None:
        super().__init__()
        self.aggregator, self.normalize = aggregator, normalize
        self.own = nn.Linear(in_features, out_features, bias=bias)
        self.neighbours = nn.Linear(in_features, out_features, bias=False)
        self.pool = nn.Linear(in_features, in_features) if aggregator == "pool" else None

    def forward(self, input: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
        if self.aggregator == "mean":
            edges = adjacency.to(input.dtype)
            gathered = (edges @ input) * _inverted(edges.sum(-1, keepdim=True), 1.0)  # (N, V, F)
        else:
            heard = input if self.pool is None else functional.relu(self.pool(input))
            absent = (adjacency == 0)[..., None]  # (N, V, V, 1)
            lowest = torch.finfo(input.dtype).min
            largest = heard[:, None].masked_fill(absent, lowest).amax(2)  # (N, V, F)
            gathered = largest.masked_fill(absent.all(2), 0.0)
        output = self.own(input) + self.neighbours(gathered)
        return functional.normalize(output, dim=-1) if self.normalize else output


class GATConv(nn.Module):
    """Attention over neighbours: softmaxⱼ LeakyReLU(aᵀ [W xᵢ ‖ W xⱼ]) weighs W xⱼ (Veličković et al. 2018, eq. 1–6).

    input (N, V, F), adjacency (N, V, V) → (N, V, heads · out_features), or (N, V, out_features) as the mean of the
    heads, and the weights (N, heads, V, V). Of the adjacency only counts where it is not 0.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        heads: int = 1,
        concat: bool = True,
        negative_slope: float = 0.2,
        dropout: float = 0.0,
        bias: bool = True,
        self_loops: bool = True,
    ) -> None:
        super().__init__()
        self.out_features, self.heads, self.concat = out_features, heads, concat
        self.negative_slope, self.dropout, self.self_loops = negative_slope, dropout, self_loops
        self.linear = nn.Linear(in_features, heads * out_features, bias=False)
        self.receiver = nn.Parameter(torch.empty(heads, out_features))
        self.sender = nn.Parameter(torch.empty(heads, out_features))
        self.bias = nn.Parameter(torch.zeros(heads * out_features if concat else out_features)) if bias else None
        for weight in (self.linear.weight, self.receiver, self.sender):
            nn.init.xavier_uniform_(weight)

    def forward(self, input: torch.Tensor, adjacency: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = adjacency != 0
        if self.self_loops:
            seen = seen | torch.eye(seen.shape[-1], dtype=torch.bool, device=seen.device)
        seen = seen[:, None]  # (N, 1, V, V)
        x = torch.unflatten(self.linear(input), -1, (self.heads, self.out_features)).transpose(1, 2)  # (N, heads, V, F)
        receiver = (x * self.receiver[:, None]).sum(-1)  # (N, heads, V)
        sender = (x * self.sender[:, None]).sum(-1)
        scores = functional.leaky_relu(receiver[..., :, None] + sender[..., None, :], self.negative_slope)
        scores = scores.masked_fill(~seen, torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1).masked_fill(~seen, 0.0)  # (N, heads, V, V)
        output = functional.dropout(weights, self.dropout, self.training) @ x  # (N, heads, V, F)
        output = output.transpose(1, 2).flatten(2) if self.concat else output.mean(1)
        return output if self.bias is None else output + self.bias, weights


class GINConv(nn.Module):
    """MLP((1 + ε) xᵢ + Σⱼ Aᵢⱼ xⱼ) with one hidden layer and ReLU (Xu et al. 2019, eq. 4.1).

    input (N, V, F), adjacency (N, V, V) → (N, V, out_features).
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        hidden_features: int = 64,
        eps: float = 0.0,
        train_eps: bool = True,
    ) -> None:
        super().__init__()
        self.hidden = nn.Linear(in_features, hidden_features)
        self.out = nn.Linear(hidden_features, out_features)
        self.eps: torch.Tensor
        if train_eps:
            self.eps = nn.Parameter(torch.tensor(float(eps)))
        else:
            self.register_buffer("eps", torch.tensor(float(eps)))

    def forward(self, input: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
        gathered = (1 + self.eps) * input + adjacency.to(input.dtype) @ input  # (N, V, F)
        output: torch.Tensor = self.out(functional.relu(self.hidden(gathered)))
        return output


def graph_pool(input: torch.Tensor, node_mask: torch.Tensor | None = None, mode: str = "mean") -> torch.Tensor:
    """The mean, sum or maximum over the nodes of each graph: (N, V, F) → (N, F).

    `node_mask` (N, V) is 1 where there is a node and 0 where a smaller graph was filled up; no node at all gives 0.
    """
    if node_mask is None:
        return input.amax(1) if mode == "max" else input.mean(1) if mode == "mean" else input.sum(1)
    there = (node_mask > 0.5)[..., None]  # (N, V, 1)
    if mode == "max":
        largest = input.masked_fill(~there, torch.finfo(input.dtype).min).amax(1)  # (N, F)
        return largest.masked_fill(~there.any(1), 0.0)
    total = input.masked_fill(~there, 0.0).sum(1)
    return total / there.sum(1).clamp(min=1) if mode == "mean" else total
