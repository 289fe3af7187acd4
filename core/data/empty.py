"""Parts of the data that were asked for and are empty: what that means, why, and which share would fill them."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from core.data.split import Parts
from core.model.amounts import counted
from core.model.fault import ProjectError
from core.model.settings import BOUNDS, Split

FEW = 20
"""With fewer samples than this, nobody misses a part that only the usual shares ask for."""
MEANS = {
    "validation": "Validation is empty, so a run is judged by its training loss",
    "test": "Test is empty, so nothing is measured at the end",
}
_MOST_HELD_OUT = 95


def empty_parts(samples: int, parts: Parts, split: Split, divide: Callable[[Split], Parts]) -> tuple[str, ...]:
    """A sentence with its fix for each part that has a share and no samples; `divide` gives the parts of a split."""
    usual, found = Split(), []
    for part, means in MEANS.items():
        share = getattr(split, part)
        if not share or len(parts[part]) or (share == getattr(usual, part) and samples < FEW):
            continue
        amount = f"{100 * share:g} % of {counted(samples, 'sample')}"
        why = f"{amount} is less than one" if share * samples < 1 else f"{amount} cannot be set apart"
        enough = _enough(part, samples, split, divide)
        fix = f"Choose {enough} % for it, or use more samples." if enough else "Use more samples, or choose 0 % for it."
        found.append(f"{means}: {why}. {fix}")
    return tuple(found)


def _enough(part: str, samples: int, split: Split, divide: Callable[[Split], Parts]) -> int:
    """A share in per cent with which the part has samples, as training still has; 0 where none was found."""
    other = split.validation + split.test - getattr(split, part)
    most = min(100 * BOUNDS[part][1], _MOST_HELD_OUT - 100 * other)
    for percent in sorted({math.ceil(100 / samples), 10, 20, 30, 40, 50}):
        if not 100 * getattr(split, part) < percent <= most:
            continue
        try:
            parts = divide(msgspec.structs.replace(split, **{part: percent / 100}))
        except ProjectError:
            continue
        if len(parts[part]) and len(parts["train"]):
            return percent
    return 0
