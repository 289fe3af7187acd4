"""Steps per second of the trainer against the loop that a course's notebook writes, in turns on one machine.

The hand-written loop has the module as a class, the default Adam, all data in memory, a `randperm` an epoch and
`loss.item()` at every step; it neither validates nor computes metrics. A second one takes its batches from a
`DataLoader`. The trainer does all that it does in the app: metrics, a validation pass and the best weights at every
epoch.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.workloads import CASES, Case, project_of
from core.training.trainer import Trainer

__all__ = ["CASES", "Case", "project_of"]

ROUNDS = 9


def hand_written(case: Case, x: torch.Tensor, y: torch.Tensor, *, loader: bool = False) -> Iterator[float]:
    """The notebook's loop, a loss a step."""
    module = case.module()
    optimizer = torch.optim.Adam(module.parameters())
    epoch = _loaded(x, y, case.batch) if loader else _indexed(x, y, case.batch)
    for rows, targets in epoch:
        optimizer.zero_grad()
        loss = case.criterion(module(rows), targets)
        loss.backward()
        optimizer.step()
        yield loss.item()


def _indexed(x: torch.Tensor, y: torch.Tensor, batch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    while True:
        order = torch.randperm(len(x))
        for start in range(0, len(x), batch):
            rows = order[start : start + batch]
            yield x[rows], y[rows]


def _loaded(x: torch.Tensor, y: torch.Tensor, batch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    loader = DataLoader(TensorDataset(x, y), batch, shuffle=True)
    while True:
        yield from loader


def rate(steps: Iterator[object], count: int) -> float:
    """Steps per second over a stretch."""
    start = time.perf_counter()
    for _ in islice(steps, count):
        pass
    return count / (time.perf_counter() - start)


@dataclass(frozen=True)
class Ratio:
    """Of two rates that were measured in turns: the median, the least and the largest of the rounds' ratios."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        return cls(statistics.median(ratios), min(ratios), max(ratios))

    def __str__(self) -> str:
        return f"{self.median:>8.2f}{f'{self.low:.2f}–{self.high:.2f}':>13}"


def in_turns(loops: Sequence[Iterator[object]], count: int, rounds: int = ROUNDS) -> list[list[float]]:
    """Steps per second of every loop in every round; the loops take turns, now forwards and now backwards."""
    for loop in loops:
        rate(loop, max(2, count // 3))
    found: list[list[float]] = [[] for _ in loops]
    for index in range(rounds):
        order = range(len(loops)) if index % 2 == 0 else reversed(range(len(loops)))
        for place in order:
            found[place].append(rate(loops[place], count))
    return found


def goal_of(value: float) -> str:
    return f"{f'≥ {value:.1f}' if value else '':>8}"


def main() -> None:
    print(
        f"median of {ROUNDS} rounds, the loops in turns; ratios of the trainer to each loop, with least and largest\n"
    )
    heads = ("network", "threads", "trainer", "by hand", "ratio", "spread", "goal", "/ DataLoader", "spread", "goal")
    print("{:<44}{:>8}{:>10}{:>10}{:>8}{:>13}{:>8}{:>14}{:>13}{:>8}".format(*heads))
    for case in CASES:
        trainer = Trainer(project_of(case))
        x, y = trainer.feed.all("train")
        loops = (iter(trainer), hand_written(case, x, y), hand_written(case, x, y, loader=True))
        ours, hand, loaded = in_turns(loops, case.steps)
        print(
            f"{case.title:<44}{torch.get_num_threads():>8}{statistics.median(ours):>8,.0f}/s"
            f"{statistics.median(hand):>8,.0f}/s{Ratio.of(ours, hand)}{goal_of(case.goal)}"
            f"      {Ratio.of(ours, loaded)}{goal_of(case.loader)}",
            flush=True,
        )
