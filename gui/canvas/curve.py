"""The loss so far as one short line in the body of a loss node.

A node that is all of an objective draws every step's; one of several that are added up draws its own of every epoch.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from core.model.project import Project
from gui.session import LiveRun
from gui.steplog import numbers

Floats = npt.NDArray[np.float64]
RECENT = 20
"""Steps of which the figure is the mean."""
SMALL = 0.01
"""Below it a figure is written with its power of ten."""


def objective_of(project: Project, loss: str) -> str:
    """The name of the only one of several objectives that a loss node belongs to; empty where there is none."""
    objectives = project.training.objectives
    owning = [one.name for one in objectives if loss in one.losses or not one.losses]
    return owning[0] if len(objectives) > 1 and len(owning) == 1 else ""


def is_one_of_several(project: Project, loss: str) -> bool:
    """Whether some objective adds a loss node to others, so that the loss of a step is not that of the node."""
    several = len(project.graph.of_family("loss")) > 1
    return any(
        loss in one.losses and len(one.losses) > 1 if one.losses else several for one in project.training.objectives
    )


class LossCurve:
    """Means over equal stretches of steps or epochs, extended as the run goes on."""

    POINTS = 72
    _MOST = 2048

    def __init__(self) -> None:
        self._run: object = None
        self._objective = self._metric = ""
        self._seen = 0
        self._stride = 1
        self._part = self._losses = np.empty(0)
        self._recent: deque[float] = deque(maxlen=RECENT)

    def follow(self, run: LiveRun | None, loss: str = "") -> bool:
        """Takes over the new steps of a run for a loss node; returns whether there was anything new."""
        if run is not self._run:
            self._run, self._seen, self._stride = run, 0, 1
            self._part = self._losses = np.empty(0)
            self._recent.clear()
            if run is None:
                return True
            self._objective = objective_of(run.project, loss)
            self._metric = f"loss ({loss})" if is_one_of_several(run.project, loss) else ""
        if run is not None and self._metric:
            return self._take_epochs(run)
        if run is None or len(run.steps) == self._seen:
            return False
        self._take(np.array(numbers(run.steps, self._seen, self._objective)[1], dtype=np.float64))
        self._seen = len(run.steps)
        return True

    def _take_epochs(self, run: LiveRun) -> bool:
        fresh = [epoch.train.get(self._metric, math.nan) for epoch in run.epochs[self._seen :]]
        if not fresh:
            return False
        self._take(np.array(fresh, dtype=np.float64))
        # One epoch is calm enough by itself.
        while len(self._recent) > 1:
            self._recent.popleft()
        self._seen += len(fresh)
        return True

    def _take(self, losses: Floats) -> None:
        """Keeps means over `stride` steps; the stride doubles so that a long run stays cheap to draw."""
        good = losses[np.isfinite(losses)]
        self._recent.extend(good[-RECENT:].tolist())
        self._part = np.concatenate([self._part, good])
        whole = len(self._part) // self._stride * self._stride
        means = self._part[:whole].reshape(-1, self._stride).mean(axis=1)
        self._losses, self._part = np.concatenate([self._losses, means]), self._part[whole:]
        while len(self._losses) > self._MOST:
            if len(self._losses) % 2:
                self._part = np.concatenate([np.full(self._stride, self._losses[-1]), self._part])
            self._losses = self._losses[: len(self._losses) // 2 * 2].reshape(-1, 2).mean(axis=1)
            self._stride *= 2

    @property
    def last(self) -> float | None:
        """The mean of the latest steps, which reads more calmly than one step."""
        return sum(self._recent) / len(self._recent) if self._recent else None

    @property
    def figure(self) -> str:
        """The latest mean in a few figures; empty before the first step."""
        last = self.last
        if last is None:
            return ""
        if last and abs(last) < SMALL:
            # Three decimals would say nothing of it.
            return f"{last:.1e}".replace("e-0", "e-")
        return f"{last:.3f}" if abs(last) < 1000 else f"{last:.2e}"

    def points(self, room: QRectF) -> QPolygonF:
        """The curve in a room: means over equal stretches of steps."""
        count = len(self._losses)
        if count < 2:
            return QPolygonF()
        bins = min(self.POINTS, count)
        starts = np.arange(bins) * count // bins
        means = np.add.reduceat(self._losses, starts) / np.diff(starts, append=count)
        low, high = min(float(means.min()), 0.0), float(means.max())
        across = np.linspace(room.left(), room.right(), bins)
        heights = room.bottom() - room.height() * (means - low) / ((high - low) or 1.0)
        return QPolygonF([QPointF(x, y) for x, y in zip(across.tolist(), heights.tolist(), strict=True)])

    def paint(self, painter: QPainter, room: QRectF, color: QColor) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(self.points(room))
