"""Where a run has been in the space of its weights: kept for networks with so few that it can be drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import nn

from core.training.records import FloatArray

DIMENSIONS = 2
"""Networks with more trained numbers than this have no path."""


class Path:
    """Every point of a run: `record` after each step."""

    def __init__(self, network: nn.Module) -> None:
        self._parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self._points: list[tuple[float, ...]] = []
        self.record()

    def record(self) -> None:
        self._points.append(tuple(value for p in self._parameters for value in p.detach().flatten().tolist()))

    @property
    def points(self) -> FloatArray:
        """(steps + 1, numbers)."""
        return np.asarray(self._points, np.float32)

    def state(self) -> list[tuple[float, ...]]:
        return self._points

    def restore(self, points: Sequence[Sequence[float]]) -> None:
        """Takes over the points of the run that goes on."""
        self._points = [tuple(point) for point in points]


def path_of(network: nn.Module) -> Path | None:
    """A path for a network with one or two trained numbers on the CPU; None for all others."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    fits = 0 < sum(parameter.numel() for parameter in trained) <= DIMENSIONS
    return Path(network) if fits and all(parameter.device.type == "cpu" for parameter in trained) else None
