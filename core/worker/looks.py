"""When a running network is looked at: cheap pictures often, dear ones seldom, all within a share of the time."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.training.probe import Probe
    from core.training.records import Snapshot, Watch

EVERY = 1 / 12
"""Seconds between two looks, at least."""
SHARE = 0.005
"""The share of the time that looks of one kind, cheap or dear, may take from the training."""
SMALL, WATCHED = 1_000, 0.05
"""Parameters up to which a network is watched rather than waited for, and the share that looks at it may take."""
FLUENT = 0.1
"""The share where whoever watches wants fluent pictures."""

DEAR: dict[str, Any] = {"confusion": False, "boundary": 0, "surface": 0, "text": 0, "made": 0}
"""What counts over all samples or draws a grid, with the values that ask for none of it."""


class Looks:
    """Takes snapshots for the worker. Counts over all samples and grids are dear; they are carried on in between."""

    def __init__(self, probe: Probe, parameters: int) -> None:
        """`parameters` says how many the network has."""
        self._probe = probe
        self._share = WATCHED if parameters <= SMALL else SHARE
        self._next = self._next_dear = 0.0
        self._cheap_cost = 0.0
        self._last: Snapshot | None = None
        self._last_dear: tuple[object, ...] = ()

    def is_due(self) -> bool:
        return time.perf_counter() >= self._next

    def take(self, watch: Watch, *, whole: bool = False) -> Snapshot:
        """A snapshot of what is watched; `whole` asks for the dear parts now."""
        begin, share = time.perf_counter(), FLUENT if watch.fluent else self._share
        wanted = tuple(getattr(watch, name) for name in DEAR)
        last = self._last if wanted == self._last_dear else None
        dear = any(wanted) and (whole or last is None or begin >= self._next_dear)
        found = self._probe.snapshot(watch if dear else replace(watch, **DEAR))
        if not dear and last is not None:
            found = replace(found, **{name: getattr(last, name) for name in DEAR})
        end = time.perf_counter()
        if dear:
            self._next_dear = end + max(EVERY, (end - begin) / share)
        else:
            self._cheap_cost = end - begin
        self._next = end + max(EVERY, self._cheap_cost / share)
        self._last, self._last_dear = found, wanted
        return found
