"""The numbers behind a run's curves: arrays that grow bit by bit, averages, and thinning to the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence

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


class Growing:
    """Numbers that become more at the end; what is there already is not copied again."""

    def __init__(self) -> None:
        self._room = np.empty(1024)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def values(self) -> Floats:
        """All numbers (n,); a look at them, not a copy."""
        return self._room[: self._count]

    def extend(self, fresh: Sequence[float] | Floats) -> None:
        end = self._count + len(fresh)
        if end > len(self._room):
            wider = np.empty(2 * end)
            wider[: self._count] = self.values
            self._room = wider
        self._room[self._count : end] = fresh
        self._count = end


class RunSeries:
    """A run's numbers as arrays that grow; takes only what is new since the last call."""

    def __init__(self, run: LiveRun) -> None:
        self.run = run
        self._steps, self._losses = Growing(), Growing()
        self._smoother, self._smoothed = Smoother(0), Growing()
        self._ends: dict[tuple[str, str], tuple[Growing, Growing]] = {}

    def take(self) -> bool:
        """Takes the steps that came since; says whether there were any."""
        steps = self.run.steps
        if len(steps) < len(self._steps):
            self._steps, self._losses = Growing(), Growing()
        if len(steps) == len(self._steps):
            return False
        index, losses = numbers(steps, len(self._steps))
        self._steps.extend(index)
        self._losses.extend(losses)
        return True

    @property
    def steps(self) -> Floats:
        return self._steps.values

    @property
    def losses(self) -> Floats:
        return self._losses.values

    def smoothed(self, weight: float) -> Floats:
        """The losses' moving average (n,); only what is new is averaged unless the weight changed."""
        if self._smoother.weight != weight or len(self._smoothed) > len(self._losses):
            self._smoother, self._smoothed = Smoother(weight), Growing()
        if len(self._smoothed) < len(self._losses):
            self._smoothed.extend(self._smoother.add(self.losses[len(self._smoothed) :]))
        return self._smoothed.values

    def epochs(self, part: str, metric: str) -> tuple[Floats, Floats]:
        """Steps at the ends of epochs, and a metric of `train` or `validation` there (nan where it is missing)."""
        ended = self.run.epochs
        x, y = self._ends.get((part, metric), (Growing(), Growing()))
        if len(ended) < len(x):
            x, y = Growing(), Growing()
        fresh = ended[len(x) :]
        x.extend([epoch.step for epoch in fresh])
        y.extend([getattr(epoch, part).get(metric, math.nan) for epoch in fresh])
        self._ends[part, metric] = x, y
        return x.values, y.values
