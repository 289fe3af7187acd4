"""`python -m benchmarks [section …]`: the comparisons as tables, with what they were measured on."""

from __future__ import annotations

import os

os.environ.setdefault("GOMP_SPINCOUNT", "0")

import argparse
import platform

import torch

from benchmarks import compiled, growth, memory, networks, playground, race, steps, window
from core.training.threads import cores

SECTIONS = {
    "steps": steps.main,
    "compiled": compiled.main,
    "race": race.main,
    "playground": playground.main,
    "window": window.main,
    "networks": networks.main,
    "growth": growth.main,
    "memory": memory.main,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures Layerloom beside plain torch.")
    parser.add_argument("sections", nargs="*", help=f"{', '.join(SECTIONS)}; all of them without a name")
    chosen = parser.parse_args().sections
    if unknown := [name for name in chosen if name not in SECTIONS]:
        parser.error(f"there is no section {', '.join(unknown)}; sections are {', '.join(SECTIONS)}")
    print(f"{platform.system()} {platform.machine()}, {cores()} cores, Python {platform.python_version()}, ", end="")
    print(f"torch {torch.__version__}")
    for name in chosen or SECTIONS:
        print(flush=True)
        SECTIONS[name]()


if __name__ == "__main__":
    main()
