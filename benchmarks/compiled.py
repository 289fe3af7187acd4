"""The compiled tier: how soon it takes over, and steps per second against the hand-written loop and the eager tier."""

from __future__ import annotations

import statistics
import time

from benchmarks.steps import CASES, ROUNDS, Case, Ratio, goal_of, hand_written, in_turns, project_of
from core.training.trainer import Trainer

MOST = 120.0
"""Seconds after which no takeover is waited for."""


def taken_over(case: Case, **training: object) -> tuple[Trainer, float, float]:
    """A run on its compiled step, the seconds from its start, and its steps per second meanwhile over those before."""
    trainer = Trainer(project_of(case, speed="fast", **training))
    begin = time.perf_counter()
    for _ in trainer:
        seconds = time.perf_counter() - begin
        if all(turn.is_over for turn in trainer.tier.turns) or seconds > MOST:
            break
    return trainer, seconds, trainer.step / seconds


def main() -> None:
    print(f"the whole step compiled; median of {ROUNDS} rounds, the loops in turns; takeover within 20 s is the goal\n")
    heads = ("network", "takeover", "compiled", "by hand", "ratio", "spread", "goal", "/ eager", "spread", "meanwhile")
    print("{:<44}{:>10}{:>11}{:>10}{:>8}{:>13}{:>8}{:>9}{:>13}{:>11}".format(*heads))
    for case in CASES:
        trainer, seconds, meanwhile = taken_over(case)
        if not all(turn.is_running for turn in trainer.tier.turns):
            print(f"{case.title:<44}{trainer.tier.note or 'It was not ready in time.'}", flush=True)
            continue
        eager = Trainer(project_of(case))
        x, y = trainer.feed.all("train")
        ours, hand, plain = in_turns((iter(trainer), hand_written(case, x, y), iter(eager)), case.steps)
        print(
            f"{case.title:<44}{seconds:>8.1f} s{statistics.median(ours):>9,.0f}/s{statistics.median(hand):>8,.0f}/s"
            f"{Ratio.of(ours, hand)}{goal_of(case.compiled)} {Ratio.of(ours, plain)}"
            f"{meanwhile / statistics.median(plain):>11.0%}",
            flush=True,
        )
