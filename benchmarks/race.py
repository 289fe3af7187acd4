"""Nets of one structure side by side: what a step of all of them costs, in steps of one net in a hand-written loop."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import torch
from torch import nn

from benchmarks.steps import CASES, ROUNDS, Case, Ratio, hand_written, in_turns, project_of
from core.training.race import Race
from core.training.trainer import Trainer

NETS = (1, 8, 32)
GOALS = {8: 3.2}


class WithLoss(nn.Module):
    """A net that gives its loss of a batch."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.net, self.criterion = case.module(), case.criterion

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.criterion(self.net(x), y)


def raced(case: Case, nets: int, x: torch.Tensor, y: torch.Tensor) -> Iterator[list[float]]:
    """Steps of all nets on batches in a new order each epoch, with the default Adam; gives every net's loss."""
    race = Race([WithLoss(case) for _ in range(nets)])
    while True:
        order = torch.randperm(len(x))
        for start in range(0, len(x), case.batch):
            rows = order[start : start + case.batch]
            yield race.step(x[rows], y[rows]).tolist()


def main() -> None:
    print(f"nets raced side by side: the cost of a step of all in steps of one by hand; median of {ROUNDS} rounds\n")
    print(
        "{:<44}{:>6}{:>12}{:>10}{:>8}{:>13}{:>8}".format("network", "nets", "race", "by hand", "cost", "spread", "goal")
    )
    for case in (each for each in CASES if each.compiled):
        x, y = Trainer(project_of(case)).feed.all("train")
        torch.set_num_threads(1)
        loops = (hand_written(case, x, y), *(raced(case, nets, x, y) for nets in NETS))
        hand, *found = in_turns(loops, case.steps // 3)
        for nets, rates in zip(NETS, found, strict=True):
            goal = f"≤ {GOALS[nets]}" if nets in GOALS else ""
            print(
                f"{case.title:<44}{nets:>6}{statistics.median(rates):>10,.0f}/s{statistics.median(hand):>8,.0f}/s"
                f"{Ratio.of(hand, rates)}{goal:>8}",
                flush=True,
            )
