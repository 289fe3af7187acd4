"""Which samples train, which validate and which test: without overlap, the same for the same seed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from core.model.fault import ProjectError
from core.model.settings import Split

Indices = npt.NDArray[np.int64]
Parts = dict[str, Indices]
PARTS = ("train", "validation", "test")


def split_samples(samples: int, split: Split, classes: npt.NDArray[Any] | None = None) -> Parts:
    """Splits by chance; with `classes` (one label a sample) every class keeps its share in every part.

    A part gets the whole number of samples below its share, so that a tiny set trains with all it has. Every class
    keeps at least one training sample. Where nothing is held out the samples keep their order.
    """
    labels = np.zeros(samples, np.int64) if classes is None else np.unique(classes, return_inverse=True)[1].ravel()
    counts = np.bincount(labels) if samples else np.zeros(0, np.int64)
    spare = np.maximum(counts - 1, 0)
    test = _shares(counts, split.test, spare)
    validation = _shares(counts, split.validation, spare - test)
    if not test.sum() and not validation.sum():
        return {"train": np.arange(samples), "validation": np.arange(0), "test": np.arange(0)}
    chance = np.random.default_rng(split.seed)
    chosen: dict[str, list[Indices]] = {part: [] for part in PARTS}
    for label in range(len(counts)):
        members = chance.permutation(np.flatnonzero(labels == label))
        first, second = int(test[label]), int(test[label] + validation[label])
        chosen["test"].append(members[:first])
        chosen["validation"].append(members[first:second])
        chosen["train"].append(members[second:])
    return {part: chance.permutation(np.concatenate(chosen[part])) for part in PARTS}


def split_in_order(samples: int, split: Split, gap: int) -> Parts:
    """Splits into three blocks in the order of the samples, leaving out `gap` samples between two blocks.

    Raises ProjectError where the gap leaves nothing to train on.
    """
    validation, test = _floor(samples * split.validation), _floor(samples * split.test)
    test_from = samples - test
    validation_from = test_from - validation
    train = validation_from - (gap if validation or test else 0)
    if train < 1:
        raise ProjectError(
            f"{samples:,} overlapping samples are too few: {gap:,} between two parts belong to neither.",
            place="data.split",
            fix="Use more of the data or shorter samples, or hold nothing out.",
        )
    indices = np.arange(samples)
    return {
        "train": indices[:train],
        "validation": indices[validation_from : max(validation_from, test_from - (gap if test else 0))],
        "test": indices[test_from:],
    }


def held_out(train: int, others: int, split: Split) -> Parts:
    """The first `train` samples train; the `others` behind them validate and test in the proportion of the shares."""
    asked = split.validation + split.test
    test = _floor(others * split.test / asked) if asked else 0
    kept = others if asked else 0
    return {
        "train": np.arange(train),
        "validation": np.arange(train, train + kept - test),
        "test": np.arange(train + kept - test, train + kept),
    }


def split_pools(samples: int, pools: int, split: Split) -> Parts:
    """Splits samples that share what they are made of: sample i is of pool i mod `pools`, and no pool is in two parts.

    A part for which there is a share gets at least one pool, and so does training.
    """
    validation, test = (max(1, round(share * pools)) if share else 0 for share in (split.validation, split.test))
    test = min(test, pools - 1 - validation)
    if not validation and not test:
        return {"train": np.arange(samples), "validation": np.arange(0), "test": np.arange(0)}
    chance = np.random.default_rng(split.seed)
    order = chance.permutation(pools)
    of = np.arange(samples) % pools
    chosen = {
        "train": order[validation + test :],
        "validation": order[:validation],
        "test": order[validation : validation + test],
    }
    return {part: chance.permutation(np.flatnonzero(np.isin(of, chosen[part]))) for part in PARTS}


def _shares(counts: Indices, share: float, most: Indices) -> Indices:
    """How many of each class belong to a part: the quotas, rounded so that their sum is right, at most `most`."""
    quotas = counts * share
    given: Indices = np.minimum(np.floor(quotas + 1e-9).astype(np.int64), most)
    left = _floor(float(counts.sum()) * share) - int(given.sum())
    # The classes that lost most by rounding come first; equal ones in their order.
    for label in np.argsort(given - quotas, kind="stable"):
        if left <= 0:
            break
        if given[label] < most[label]:
            given[label] += 1
            left -= 1
    return given


def _floor(number: float) -> int:
    # 0.15 × 20 is 3 and not 2.9999999999999996.
    return math.floor(number + 1e-9)
