"""The networks of the comparisons, each twice: as a class of plain torch and as the layers of a canvas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

import core.data
import core.layers  # noqa: F401 - fills the registry
from core.data.tokens import ASCII
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from core.model.settings import Data, Split, Training
from core.model.values import Value

VOCABULARY = len(ASCII) + 1
CONTEXT, WIDTH = 64, 128


class Mlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.scores = nn.Linear(64, 128), nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scores(torch.relu(self.hidden(x.flatten(1))))


class LeNet5(nn.Module):
    """LeCun, Bottou, Bengio & Haffner 1998, with 2 of padding for 28×28 images: 61,706 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.pool1, self.pool2 = nn.AvgPool2d(2), nn.AvgPool2d(2)
        self.dense1, self.dense2, self.scores = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool1(torch.tanh(self.conv1(x)))
        x = self.pool2(torch.tanh(self.conv2(x)))
        x = torch.tanh(self.dense1(x.flatten(1)))
        return self.scores(torch.tanh(self.dense2(x)))


class Playground(nn.Module):
    """The net of the playground of Smilkov & Carter 2016: 2-4-2-1, 25 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(2, 4), nn.Linear(4, 2), nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(torch.tanh(self.second(torch.tanh(self.first(x)))))


class Transformer(nn.Module):
    """Four causal layers of width 128 over 64 characters (N, 64) → (N, 64, vocabulary)."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
        self.scores = nn.Linear(WIDTH, VOCABULARY)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(CONTEXT))
        self.register_buffer("order", torch.arange(CONTEXT))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.layers(self.tokens(x) + self.places(self.order), mask=self.mask, is_causal=True)
        return self.scores(found)


def entropy(scores: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(scores.flatten(0, -2), y.flatten())


@dataclass(frozen=True)
class Case:
    """A workload: (kind, params) from data to scores, its data, and `steps` of it in a stretch that is timed.

    `goal` is the least ratio of steps to the hand-written loop, `loader` that to the loop with a DataLoader, `compiled`
    that of the compiled tier; 0 where there is none.
    """

    title: str
    batch: int
    steps: int
    data: Data
    module: Callable[[], nn.Module]
    layers: tuple[tuple[str, dict[str, Value]], ...]
    goal: float
    loader: float = 0.0
    compiled: float = 0.0
    loss: str = "cross_entropy"
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = entropy
    target: dict[str, Value] = field(default_factory=dict)


_TRANSFORMER_LAYER: dict[str, Value] = {
    "nhead": 4, "dim_feedforward": 4 * WIDTH, "dropout": 0.0, "activation": "gelu", "norm_first": True, "causal": True,
}  # fmt: skip

CASES = (
    Case(
        "MLP 64-128-10, batch 32", 32, 600, Data("digits", {"size": 8}), Mlp,
        (("flatten", {}), ("linear", {"out_features": 128}), ("relu", {}), ("linear", {"out_features": 10})),
        goal=1.3, loader=1.5, compiled=2.0,
    ),
    Case(
        "LeNet-5 28×28, batch 64", 64, 60, Data("digits", {"size": 28}), LeNet5,
        (
            ("conv2d", {"out_channels": 6, "kernel_size": 5, "padding": 2}), ("tanh", {}),
            ("avg_pool2d", {"kernel_size": 2}),
            ("conv2d", {"out_channels": 16, "kernel_size": 5}), ("tanh", {}), ("avg_pool2d", {"kernel_size": 2}),
            ("flatten", {}), ("linear", {"out_features": 120}), ("tanh", {}),
            ("linear", {"out_features": 84}), ("tanh", {}), ("linear", {"out_features": 10}),
        ),
        goal=1.0,
    ),
    Case(
        "MLP 2-4-2-1, batch 10", 10, 600,
        Data("circles", {"samples": 500}, split=Split(0.25, 0.25), standardise=("x",)), Playground,
        (
            ("linear", {"out_features": 4}), ("tanh", {}), ("linear", {"out_features": 2}), ("tanh", {}),
            ("linear", {"out_features": 1}),
        ),
        goal=1.3, loader=1.5, compiled=3.0, loss="bce_with_logits",
        criterion=nn.functional.binary_cross_entropy_with_logits, target={"form": "number"},
    ),
    Case(
        "Transformer 4×128, 64 characters, batch 32", 32, 2,
        Data("text", {"characters": 40_000, "length": CONTEXT, "stride": 8, "alphabet": "ASCII"}), Transformer,
        (
            ("embedding", {"num_embeddings": VOCABULARY, "embedding_dim": WIDTH}),
            ("learned_positions", {"max_length": CONTEXT}),
            *[("transformer_encoder_layer", _TRANSFORMER_LAYER)] * 4,
            ("linear", {"out_features": VOCABULARY}),
        ),
        goal=1.0,
    ),
)  # fmt: skip


def project_of(case: Case, **training: object) -> Project:
    """The case as a project that trains for as long as one wants."""
    project, before = Project(case.title), "x"
    nodes = [Node("x", "input", {"field": "x"}), Node("y", "input", {"field": "y", **case.target})]
    nodes += [Node(f"{kind}_{index}", kind, dict(params)) for index, (kind, params) in enumerate(case.layers)]
    for node in (*nodes, Node("loss_1", case.loss)):
        AddNode(node).apply(project)
    for node in nodes[2:]:
        AddEdge(Edge(before, "output", node.id, "input")).apply(project)
        before = node.id
    AddEdge(Edge(before, "output", "loss_1", "input")).apply(project)
    AddEdge(Edge("y", "output", "loss_1", "target")).apply(project)
    project.data = case.data
    settings = {"epochs": 100_000, "batch_size": case.batch, "device": "cpu", **training}
    project.training = Training(**settings)  # type: ignore[arg-type]
    return project
