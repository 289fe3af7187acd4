"""A run of 100,000 steps takes no more memory at its end than soon after its start, its history apart."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import msgspec
import pytest

import presets
from core.model.file import encode
from core.training.records import Watch
from core.worker.task import Task
from core.worker.threaded import ThreadRunner

STEPS, WARM = 100_000, 20_000
# The losses of 3,200 epochs are kept and take some 3 MiB; a leak of 40 bytes a step would be as much again.
MOST = 6 * 2**20

PAGES = Path("/proc/self/statm")


def resident() -> int:
    """The resident memory of this process, in bytes."""
    return int(PAGES.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.skipif(not PAGES.exists(), reason="resident memory is read from Linux' /proc")
def test_a_hundred_thousand_steps_watched_take_no_more_memory() -> None:
    project = presets.load("mlp-playground")
    nodes = frozenset(project.graph.nodes)
    project.training = msgspec.structs.replace(project.training, epochs=STEPS)
    runner = ThreadRunner(Task(encode(project), watch=Watch(weights=nodes, activations=nodes, boundary=40)))
    seen, warm, snapshots = 0, 0, 0
    runner.start()
    try:
        while seen < STEPS:
            news = runner.news()
            assert news.state in ("starting", "running"), news.failure
            snapshots += news.snapshot is not None
            seen = max([seen, *(step.index for step in news.steps)])
            if seen >= WARM and not warm:
                gc.collect()
                warm = resident()
            threading.Event().wait(0.05)
        gc.collect()
        grown = resident() - warm
    finally:
        runner.close()
    assert snapshots > 100
    assert grown < MOST, f"{grown / 2**20:.1f} MiB"
