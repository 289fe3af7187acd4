"""Samples that stay in their files because they are larger than the memory should hold."""

from __future__ import annotations

import math
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

HELD_BYTES = 2 * 1024**3
"""Bytes of a field, as it is fed, up to which it is held in memory."""
CHUNK_ROWS = 256
"""Samples that are read at once where all are wanted in turn."""


@runtime_checkable
class Rows(Protocol):
    """Samples by their indices, read when they are asked for; `shape` counts them first."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def read(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """The samples at these indices, (len(indices), *shape[1:]); raises ProjectError."""


def held(rows: Rows) -> Any:
    """All samples in memory, or the rows themselves where they are larger than the memory should hold."""
    if 4 * math.prod(rows.shape) > HELD_BYTES:
        return rows
    return rows.read(np.arange(len(rows)))


def is_streamed(values: object) -> bool:
    """Whether values are read from files when they are asked for."""
    return not isinstance(values, np.ndarray)
