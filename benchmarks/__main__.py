"""`python -m benchmarks`: the comparisons as a table, with what they were measured on."""

from __future__ import annotations

import os

os.environ.setdefault("GOMP_SPINCOUNT", "0")

import platform

import torch

from benchmarks import window
from benchmarks.steps import CASES, ROUNDS, compare
from core.training.threads import cores


def main() -> None:
    print(f"{platform.system()} {platform.machine()}, {cores()} cores, Python {platform.python_version()}, ", end="")
    print(f"torch {torch.__version__}; median of {ROUNDS} rounds, the two in turns\n")
    heads = ("network", "threads", "trainer", "hand-written", "ratio", "least–largest", "goal")
    print("{:<26}{:>8}{:>12}{:>14}{:>8}{:>16}{:>8}".format(*heads))
    for case in CASES:
        result = compare(case)
        low, high = result.spread
        print(
            f"{case.title:<26}{result.threads:>8}{result.trainer:>10,.0f}/s{result.hand:>12,.0f}/s"
            f"{result.ratio:>8.2f}{f'{low:.2f}–{high:.2f}':>16}{f'≥ {case.goal:.1f}':>8}"
        )
    print()
    window.main()


if __name__ == "__main__":
    main()
