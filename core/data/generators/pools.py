"""Digits shared out to pools, so that what is made of them shows no digit in two parts of the data."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.data.bundled.digits import Images, Labels, digit_images
from core.data.registry import Arrays, Given
from core.data.split import Parts, split_pools
from core.model.settings import Split

Whole = npt.NDArray[np.int64]

POOLS = 20
"""Every twentieth digit of a class is of one pool; a sample i is made of the digits of pool i mod 20."""


class Pools:
    """Digits (1797, size, size) with their labels, drawn from the pool of each sample."""

    def __init__(self, size: int, draw: np.random.Generator) -> None:
        self.images: Images
        self.labels: Labels
        self.images, self.labels = digit_images(size)
        self._draw = draw
        of = np.empty(len(self.labels), np.int64)
        for label in range(10):
            members = np.flatnonzero(self.labels == label)
            of[members] = np.arange(len(members)) % POOLS
        self._members = [np.flatnonzero(of == pool) for pool in range(POOLS)]
        self._by_label = [[each[self.labels[each] == label] for label in range(10)] for each in self._members]

    def any(self, samples: int) -> Whole:
        """A digit for each sample, by chance: indices (samples)."""
        found = np.empty(samples, np.int64)
        for pool, members in enumerate(self._members):
            count = len(found[pool::POOLS])
            found[pool::POOLS] = members[self._draw.integers(0, len(members), count)]
        return found

    def of(self, labels: Labels) -> Whole:
        """A digit of the label that is asked for each sample: indices (samples)."""
        found = np.empty(len(labels), np.int64)
        for pool, by_label in enumerate(self._by_label):
            for label, members in enumerate(by_label):
                places = np.flatnonzero(labels[pool::POOLS] == label) * POOLS + pool
                found[places] = members[self._draw.integers(0, len(members), len(places))]
        return found


def parts(given: Given, arrays: Arrays, split: Split) -> Parts:
    """No pool is in two parts."""
    return split_pools(len(next(iter(arrays.values()))), POOLS, split)
