"""Steps per second of the trainer against the loop that a course's notebook writes, in turns on one machine.

The hand-written loop has the module as a class, the default Adam, all data in memory, a `randperm` an epoch and
`loss.item()` at every step; it neither validates nor computes metrics. The trainer does all that it does in the app:
accuracy, a validation pass and the best weights at every epoch.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from torch import nn

import core.data
import core.layers  # noqa: F401 - fills the registry
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from core.model.settings import Data, Training
from core.training.trainer import Trainer

ROUNDS = 9


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


@dataclass(frozen=True)
class Case:
    """A network twice: as a class and as the layers of a canvas, (kind, params) from data to scores."""

    title: str
    size: int
    batch: int
    steps: int
    goal: float
    module: Callable[[], nn.Module]
    layers: tuple[tuple[str, dict[str, int]], ...]


CASES = (
    Case(
        "MLP 64-128-10, batch 32", 8, 32, 600, 1.2, Mlp,
        (("flatten", {}), ("linear", {"out_features": 128}), ("relu", {}), ("linear", {"out_features": 10})),
    ),
    Case(
        "LeNet-5 28×28, batch 64", 28, 64, 60, 1.0, LeNet5,
        (
            ("conv2d", {"out_channels": 6, "kernel_size": 5, "padding": 2}), ("tanh", {}),
            ("avg_pool2d", {"kernel_size": 2}),
            ("conv2d", {"out_channels": 16, "kernel_size": 5}), ("tanh", {}), ("avg_pool2d", {"kernel_size": 2}),
            ("flatten", {}), ("linear", {"out_features": 120}), ("tanh", {}),
            ("linear", {"out_features": 84}), ("tanh", {}), ("linear", {"out_features": 10}),
        ),
    ),
)  # fmt: skip


def project_of(case: Case) -> Project:
    """The case as a project that trains on digits for as long as one wants."""
    project, before = Project(case.title), "x"
    nodes = [Node("x", "input", {"field": "x"}), Node("y", "input", {"field": "y"})]
    nodes += [Node(f"{kind}_{index}", kind, dict(params)) for index, (kind, params) in enumerate(case.layers)]
    for node in (*nodes, Node("loss_1", "cross_entropy")):
        AddNode(node).apply(project)
    for node in nodes[2:]:
        AddEdge(Edge(before, "output", node.id, "input")).apply(project)
        before = node.id
    AddEdge(Edge(before, "output", "loss_1", "input")).apply(project)
    AddEdge(Edge("y", "output", "loss_1", "target")).apply(project)
    project.data = Data("digits", {"size": case.size})
    project.training = Training(epochs=100_000, batch_size=case.batch, device="cpu")
    return project


def hand_written(module: nn.Module, x: torch.Tensor, y: torch.Tensor, batch: int) -> Iterator[float]:
    """The notebook's loop, a loss a step."""
    optimizer = torch.optim.Adam(module.parameters())
    criterion = nn.CrossEntropyLoss()
    while True:
        order = torch.randperm(len(x))
        for start in range(0, len(x), batch):
            rows = order[start : start + batch]
            optimizer.zero_grad()
            loss = criterion(module(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            yield loss.item()


def _rate(steps: Iterator[object], count: int) -> float:
    start = time.perf_counter()
    for _ in islice(steps, count):
        pass
    return count / (time.perf_counter() - start)


@dataclass(frozen=True)
class Result:
    """Medians over the rounds; `ratio` is the median of the rounds' ratios, `spread` their least and largest."""

    case: Case
    trainer: float
    hand: float
    ratio: float
    spread: tuple[float, float]
    threads: int


def compare(case: Case, rounds: int = ROUNDS) -> Result:
    """Trainer and hand-written loop in turns, a stretch of `case.steps` steps each."""
    trainer = Trainer(project_of(case))
    x, y = trainer.feed.all("train")
    steps, hand = iter(trainer), hand_written(case.module(), x, y, case.batch)
    _rate(steps, case.steps // 2), _rate(hand, case.steps // 2)
    pairs = []
    for index in range(rounds):
        first, second = (steps, hand) if index % 2 == 0 else (hand, steps)
        rates = {id(first): _rate(first, case.steps), id(second): _rate(second, case.steps)}
        pairs.append((rates[id(steps)], rates[id(hand)]))
    ratios = [ours / theirs for ours, theirs in pairs]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Result(case, ours, theirs, statistics.median(ratios), (min(ratios), max(ratios)), torch.get_num_threads())


def main() -> None:
    print(f"median of {ROUNDS} rounds, the two in turns\n")
    heads = ("network", "threads", "trainer", "hand-written", "ratio", "least–largest", "goal")
    print("{:<26}{:>8}{:>12}{:>14}{:>8}{:>16}{:>8}".format(*heads))
    for case in CASES:
        result = compare(case)
        low, high = result.spread
        print(
            f"{case.title:<26}{result.threads:>8}{result.trainer:>10,.0f}/s{result.hand:>12,.0f}/s"
            f"{result.ratio:>8.2f}{f'{low:.2f}–{high:.2f}':>16}{f'≥ {case.goal:.1f}':>8}"
        )
