"""Classes that cannot be learnt or that drown in another: what should be known before accuracy is believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[Any]

MOST = 0.9
"""The share of the samples from which on one class makes accuracy say little."""
NAMED = 3


def uneven_classes(labels: Sequence[str], classes: Codes, train: Codes) -> tuple[str, ...]:
    """Sentences about the `classes` of all samples and of those of the training part; −1 is none."""
    counts, trained = (np.bincount(each[each >= 0], minlength=len(labels)) for each in (classes, train))
    total = int(counts.sum())
    if not total or len(counts) > len(labels):
        return ()
    most = int(counts.argmax())
    name = f"“{labels[most]}”"
    if counts[most] == total:
        are = "The only sample is" if total == 1 else f"All {total:,} samples are"
        return (f"{are} of class {name}: there is nothing to tell apart. Choose data with two classes at least.",)
    told = []
    if counts[most] >= MOST * total:
        share = f"{100 * counts[most] / total:.3g} %"
        told.append(
            f"{counts[most]:,} of {total:,} samples are of class {name}: always saying {name} is right in {share} of "
            "them. Judge by F1 or recall, not by accuracy alone."
        )
    if absent := [f"“{label}”" for label, count in zip(labels, trained, strict=True) if not count]:
        more = len(absent) - NAMED
        names = ", ".join(absent[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
        fate = "it" if len(absent) == 1 else "they"
        told.append(f"No training sample is of class {names}: {fate} cannot be learnt. Add samples of that class.")
    return tuple(told)
