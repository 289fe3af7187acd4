"""The loss as a landscape over the weights, and the path that a run takes through it, for one or two weights."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from torch import fx
from torch.func import functional_call

from core.training.feed import Batch
from core.training.judge import Wire
from core.training.records import FloatArray, Surface
from core.training.trainer import Trainer

SPAN = 1.0
"""Half the width, in weights, of the first picture; it grows with the path."""
SAMPLES = 2_000
"""Training samples at most over which the loss is averaged."""


class Landscape:
    """Draws the training loss around the path so far. To be used where the run is looked at, between its steps."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        named = [(name, p) for name, p in trainer.network.root.named_parameters() if p.requires_grad]
        self._sizes = [(name, parameter.shape, parameter.numel()) for name, parameter in named]
        self.names = tuple(_entry(name, index, p.numel()) for name, p in named for index in np.ndindex(*p.shape))
        self._program: fx.GraphModule | None = None
        self._drawn: Surface | None = None

    def surface(self, side: int) -> Surface | None:
        """The landscape on `side` points along each weight, with the path; None where there are too many weights."""
        if self._trainer.path is None:
            return None
        points = self._trainer.path.points
        last = self._drawn
        if last is None or len(last.axes[0]) != side or not _inside(points, last):
            axes = tuple(_axis(column, side) for column in points.T)
            self._drawn = Surface(self.names, axes, self._losses(axes), points)
        else:
            self._drawn = Surface(last.names, last.axes, last.losses, points)
        return self._drawn

    def _losses(self, axes: tuple[FloatArray, ...]) -> FloatArray:
        """The weighted training loss at every point of a grid, without touching the run's own weights."""
        trainer = self._trainer
        turn = trainer.turns[0]
        wires: list[Wire] = [(name, "loss") for name in turn.weights]
        program = self._program = self._program or trainer.network.program(wires)
        whole = trainer.feed.all("train")
        batch: Batch = tuple(column[:SAMPLES] for column in whole)
        takes = [batch[trainer.feed.names.index(name)] for name in trainer.network.inputs_of(program)]
        found = []
        for point in product(*axes):
            losses = functional_call(program, self._state(point, takes[0].device), tuple(takes))
            found.append(float(sum(w * loss for w, loss in zip(turn.weights.values(), losses, strict=True))))
        return np.asarray(found, np.float32).reshape([len(axis) for axis in axes])

    def _state(self, point: tuple[float, ...], device: torch.device) -> dict[str, torch.Tensor]:
        """The weights by name at one point."""
        values = iter(point)
        return {
            name: torch.tensor([next(values) for _ in range(count)], device=device).reshape(shape)
            for name, shape, count in self._sizes
        }


def _entry(name: str, index: tuple[int, ...], count: int) -> str:
    """How one number of a parameter is called: `linear_1.weight`, with its place where there are several."""
    return f"{name}[{', '.join(map(str, index))}]" if count > 1 else name


def _inside(points: FloatArray, surface: Surface) -> bool:
    """Whether the path still has room on both sides of it, half of what a new picture would give it."""
    for values, axis in zip(points.T, surface.axes, strict=True):
        low, high, margin = _range(values)
        if low - margin / 2 < axis[0] or high + margin / 2 > axis[-1]:
            return False
    return True


def _axis(values: FloatArray, side: int) -> FloatArray:
    """Evenly spaced weights around those of the path, wider than it on both sides."""
    low, high, margin = _range(values)
    return np.linspace(low - margin, high + margin, side, dtype=np.float32)


def _range(values: FloatArray) -> tuple[float, float, float]:
    """The least and the largest weight of a path, and the margin that its picture has."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    return low, high, max(SPAN, 0.75 * (high - low))
