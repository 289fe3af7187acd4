"""Where at the edge of a plot a few words hide least of its curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SAMPLES = 200
"""Places along a curve that are looked at."""


@dataclass(frozen=True)
class Spot:
    """A place at the right or left edge; `up` says how high: 0 at the bottom, 1 at the top."""

    right: bool
    up: float


TOP_RIGHT, BOTTOM_RIGHT = Spot(True, 1.0), Spot(True, 0.0)
SPOTS = tuple(Spot(right, up) for up in (1.0, 0.0, 0.75, 0.5, 0.25) for right in (True, False))
"""All places, the corners first."""


def best_spot(
    curves: Sequence[tuple[Floats, Floats]],
    area: tuple[float, float, float, float],
    size: tuple[float, float],
    usual: Spot,
    now: Spot,
) -> Spot:
    """The place for words of a `size` (width and height as shares of the plot) over curves of x and y (n,) each.

    `area` is what the plot shows: x0, x1, y0, y1. It is the `usual` one where that is free, and where the words are
    `now` if another is hardly better.
    """
    hidden = _hidden(curves, area, size)
    best = min((usual, *SPOTS), key=lambda spot: hidden[spot])
    if not hidden[usual]:
        return usual
    return best if hidden[best] < 0.5 * hidden[now] else now


def _hidden(
    curves: Sequence[tuple[Floats, Floats]], area: tuple[float, float, float, float], size: tuple[float, float]
) -> dict[Spot, int]:
    """How many samples of the curves each place would hide."""
    x0, x1, y0, y1 = area
    broad, tall = size
    across, height = [np.empty(0)], [np.empty(0)]
    for x, y in curves:
        good = np.isfinite(y)
        if not good.any():
            continue
        # Even steps along the curve, so that long lines of few points count as much as short ones of many.
        at = np.linspace(x[good][0], x[good][-1], SAMPLES)
        across.append((at - x0) / ((x1 - x0) or 1))
        height.append((np.interp(at, x[good], y[good]) - y0) / ((y1 - y0) or 1))
    along, level = np.concatenate(across), np.concatenate(height)
    beside = {True: level[(along > 1 - broad) & (along <= 1)], False: level[(along < broad) & (along >= 0)]}
    found = {}
    for spot in SPOTS:
        low = spot.up * (1 - tall)
        found[spot] = int(((beside[spot.right] >= low) & (beside[spot.right] <= low + tall)).sum())
    return found
