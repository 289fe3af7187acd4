"""How many threads torch takes: few, because a small net loses time by them and the screen needs a core."""

from __future__ import annotations

import os

THREAD_WORK = 30_000_000
"""Multiply-accumulates in a batch that are worth a further thread (a few milliseconds of one core)."""


_limit: list[int] = []


def share_cores(count: int) -> None:
    """Lets this process use so many cores only, because others train beside it."""
    _limit[:] = [max(1, count)]


def cores() -> int:
    """The cores that this process may use."""
    if _limit:
        return _limit[0]
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count(macs: int, batch: int, available: int) -> int:
    """Threads for a net of `macs` multiply-accumulates a sample: 1 for small ones, at most all cores but one."""
    wanted = 1 + macs * batch // THREAD_WORK
    return max(1, min(available - 1, wanted))
