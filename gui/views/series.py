"""The numbers behind a run's curves: arrays that grow bit by bit, averages, and thinning to the screen."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gui.session import LiveRun
from gui.steplog import numbers

Floats = npt.NDArray[np.float64]


class Smoother:
    """The exponential moving average, corrected for its start as in Adam (Kingma and Ba 2015), bit by bit.

    `weight` is that of the past, 0 ≤ weight < 1. Not-a-number is left out of the average and stays a gap.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self._total, self._seen = 0.0, 0

    def add(self, values: Floats) -> Floats:
        """The average at each of the next values, (n,) → (n,)."""
        if self.weight <= 0:
            return values.copy()
        good = np.isfinite(values)
        out = np.full(len(values), np.nan)
        fresh = values[good]
        # Blocks as long as weight^-length stays well inside float64 make the recursion a cumulative sum.
        block = max(1, min(4096, int(200 / -math.log10(self.weight))))
        parts = [self._add(fresh[start : start + block]) for start in range(0, len(fresh), block)]
        out[good] = np.concatenate(parts) if parts else fresh
        return out

    def _add(self, values: Floats) -> Floats:
        count = np.arange(1, len(values) + 1)
        powers = self.weight**count
        totals = powers * (self._total + np.cumsum((1 - self.weight) * values / powers))
        shares = 1 - self.weight ** (count + self._seen)
        self._total, self._seen = float(totals[-1]), self._seen + len(values)
        return totals / shares


def envelope(x: Floats, y: Floats, room: int) -> tuple[Floats, Floats]:
    """Lowest and highest value of every stretch, so that at most about 2 × room points of (n,) are drawn.

    Stretches are powers of two long and begin at fixed places: a growing curve does not flicker.
    """
    count = len(x)
    if count <= 2 * room:
        return x, y
    length = 2 ** math.ceil(math.log2(count / room))
    whole = count // length * length
    rows = y[:whole].reshape(-1, length)
    # Axes rise along x: the order of the two within a stretch is not visible at one pixel.
    ends = np.stack([np.fmin.reduce(rows, axis=1), np.fmax.reduce(rows, axis=1)], axis=1).ravel()
    places = np.repeat(x[:whole:length], 2)
    return np.concatenate([places, x[whole:]]), np.concatenate([ends, y[whole:]])


def thin(x: Floats, y: Floats, room: int) -> tuple[Floats, Floats]:
    """Every k-th point of a smooth curve (n,), the last one always: at most about `room`."""
    if len(x) <= room:
        return x, y
    length = 2 ** math.ceil(math.log2(len(x) / room))
    at = np.append(np.arange(0, len(x) - 1, length), len(x) - 1)
    return x[at], y[at]


class RunSeries:
    """A run's losses as arrays that grow; takes only what is new since the last call."""

    def __init__(self, run: LiveRun) -> None:
        self.run = run
        self._room = np.empty((2, 1024))
        self._count = 0
        self._smoother, self._smoothed = Smoother(0), np.empty(0)

    def take(self) -> bool:
        """Takes the steps that came since; says whether there were any."""
        steps = self.run.steps
        if len(steps) < self._count:
            self._count = 0
        fresh = len(steps) - self._count
        if not fresh:
            return False
        if len(steps) > self._room.shape[1]:
            wider = np.empty((2, 2 * len(steps)))
            wider[:, : self._count] = self._room[:, : self._count]
            self._room = wider
        self._room[:, self._count : len(steps)] = numbers(steps, self._count)
        self._count = len(steps)
        return True

    @property
    def steps(self) -> Floats:
        return self._room[0, : self._count]

    @property
    def losses(self) -> Floats:
        return self._room[1, : self._count]

    def smoothed(self, weight: float) -> Floats:
        """The losses' moving average (n,); only what is new is averaged unless the weight changed."""
        if self._smoother.weight != weight or len(self._smoothed) > self._count:
            self._smoother, self._smoothed = Smoother(weight), np.empty(0)
        if len(self._smoothed) < self._count:
            fresh = self._smoother.add(self.losses[len(self._smoothed) :])
            self._smoothed = np.concatenate([self._smoothed, fresh])
        return self._smoothed

    def epochs(self, part: str, metric: str) -> tuple[Floats, Floats]:
        """Steps at the ends of epochs, and a metric of `train` or `validation` there (nan where it is missing)."""
        ended = self.run.epochs
        x = np.array([epoch.step for epoch in ended], dtype=np.float64)
        y = np.array([getattr(epoch, part).get(metric, math.nan) for epoch in ended], dtype=np.float64)
        return x, y
