"""The curves of one run in the two plots of the learning view."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg

from gui.session import LiveRun
from gui.theme import Theme
from gui.views.plotting import Curve, Floats, Plot
from gui.views.series import RunSeries, envelope, thin

MAX_DOTS = 60


@dataclass(frozen=True)
class Look:
    """How curves are drawn at the moment: everything that makes a redraw necessary besides new numbers."""

    weight: float
    log: bool
    metric: str
    room: int


def logged(values: Floats, log: bool) -> Floats:
    """Values as the axis wants them: decimal logarithms, with gaps where there is none (zero and below)."""
    if not log:
        return values
    with np.errstate(invalid="ignore"):
        good = values > 0
    return np.log10(values, out=np.full(len(values), math.nan), where=good)


def value_at(x: Floats, y: Floats, place: float) -> float:
    """The last value at or before a place (nan where there is none)."""
    at = int(np.searchsorted(x, place + 1e-9, side="right")) - 1
    return float(y[at]) if at >= 0 else math.nan


class Trace:
    """A run's curves: the loss of every step thin and light, its average over it, and both parts epoch by epoch."""

    def __init__(self, run: LiveRun, loss: Plot, metric: Plot) -> None:
        self.run, self.series = run, RunSeries(run)
        self.raw, self.train = Curve(rough=True), Curve()
        self.validation, self.metric_train, self.metric_validation = Curve(), Curve(), Curve()
        self.dots = pg.ScatterPlotItem(size=5, pxMode=True, pen=None)
        self.train_color = self.validation_color = "#FFFFFF"
        self._places = [(loss, item) for item in (self.raw, self.train, self.validation, self.dots)]
        self._places += [(metric, item) for item in (self.metric_train, self.metric_validation)]
        for plot, item in self._places:
            plot.addItem(item)
        self._raw_alone, self._faint = False, 0.4
        self._drawn: tuple[object, ...] = ()
        self._range: tuple[tuple[object, ...], tuple[float, float] | None] | None = None

    def remove(self) -> None:
        """Takes the curves off the plots."""
        for plot, item in self._places:
            plot.removeItem(item)

    @property
    def has_validation(self) -> bool:
        """Whether the run has a validation part."""
        return any(epoch.validation for epoch in self.run.epochs[:1])

    def paint_as(self, train: str, validation: str, several: bool, theme: Theme) -> None:
        """Sets the colours; of several runs each has one colour, and its validation curve is dashed."""
        self.train_color, self.validation_color = train, validation
        self._faint = 0.38 if theme.is_dark else 0.45
        self._paint_raw()
        self.train.paint_as(train, 2)
        self.metric_train.paint_as(train, 2)
        self.validation.paint_as(validation, 2, dashed=several)
        self.metric_validation.paint_as(validation, 2, dashed=several)
        self.dots.setBrush(pg.mkBrush(validation))

    def _paint_raw(self) -> None:
        """Faint beside the average, clear where there is none."""
        self.raw.paint_as(self.train_color, 1, 1.0 if self._raw_alone else self._faint)

    def draw(self, look: Look) -> bool:
        """Draws what has changed; says whether anything has."""
        self.series.take()
        state = (look, len(self.series.steps), len(self.run.epochs))
        if state == self._drawn:
            return False
        epochs_changed = not self._drawn or (self._drawn[0], self._drawn[2]) != (look, len(self.run.epochs))
        self._drawn = state
        steps = self.series.steps
        x, y = envelope(steps, logged(self.series.losses, look.log), look.room)
        self.raw.show_points(x, y)
        # Where nothing is averaged, what is there is drawn so that it can be seen: few points as the average else.
        clear = look.weight > 0 or len(steps) <= look.room
        if clear == self._raw_alone:
            self._raw_alone = not clear
            self._paint_raw()
        if clear:
            x, y = thin(steps, self.series.smoothed(look.weight), look.room)
            self.train.show_points(x, logged(y, look.log))
        self.train.setVisible(clear)
        if epochs_changed:
            self._draw_epochs(look)
        return True

    def _draw_epochs(self, look: Look) -> None:
        x, y = self.series.epochs("validation", "loss")
        y = logged(y, look.log)
        self.validation.show_points(*envelope(x, y, look.room))
        good = np.isfinite(y)
        few = bool(good.any()) and len(x) <= MAX_DOTS
        self.dots.setData(x[good], y[good]) if few else self.dots.clear()
        for part, curve in (("train", self.metric_train), ("validation", self.metric_validation)):
            curve.show_points(*envelope(*self.series.epochs(part, look.metric), look.room))

    def loss_range(self, look: Look) -> tuple[float, float] | None:
        """Lowest and highest value to show: a few spikes of single steps may leave the plot, averages may not."""
        state = (look, len(self.series.steps), len(self.run.epochs))
        # Beside a run that goes on, those that are over stay as they are.
        if self._range is None or self._range[0] != state:
            self._range = state, self._find_range(look)
        return self._range[1]

    def _find_range(self, look: Look) -> tuple[float, float] | None:
        raw = self.series.losses
        sample = logged(raw[:: max(1, len(raw) // 2000)], look.log)
        averaged = self.series.smoothed(look.weight)
        parts = [
            logged(averaged[:: max(1, len(raw) // 500)], look.log),
            logged(self.series.epochs("validation", "loss")[1], look.log),
        ]
        sample = sample[np.isfinite(sample)]
        values = np.concatenate([part[np.isfinite(part)] for part in parts])
        if sample.size:
            values = np.append(values, np.percentile(sample, (0.5, 99.5)))
        return (float(values.min()), float(values.max())) if values.size else None

    def metric_range(self, look: Look) -> tuple[float, float] | None:
        """Lowest and highest value of the metric."""
        both = np.concatenate([self.series.epochs(part, look.metric)[1] for part in ("train", "validation")])
        both = both[np.isfinite(both)]
        return (float(both.min()), float(both.max())) if both.size else None

    def loss_points(self, look: Look) -> list[tuple[Floats, Floats]]:
        """The averaged losses and those of the validation part, as they are drawn."""
        x, y = self.series.epochs("validation", "loss")
        averaged = thin(self.series.steps, self.series.smoothed(look.weight), look.room)
        return [(averaged[0], logged(averaged[1], look.log)), (x, logged(y, look.log))]

    def metric_points(self, metric: str) -> list[tuple[Floats, Floats]]:
        """The metric over both parts, as it is drawn."""
        return [self.series.epochs(part, metric) for part in ("train", "validation")]

    def loss_at(self, step: float | None, weight: float) -> tuple[float, float]:
        """The averaged training loss and the validation loss at a step; for none, those now or at the end of a run."""
        place = math.inf if step is None else step
        x, y = self.series.epochs("validation", "loss")
        validation = value_at(x, y, place)
        if step is None and not self.run.active and self.run.epochs:
            # What a run came to is told as everywhere else: over its last epoch, not by an average that lags behind.
            train = self.run.epochs[-1].train.get("loss", math.nan)
            if math.isfinite(train):
                return train, validation
        return value_at(self.series.steps, self.series.smoothed(weight), place), validation

    def metric_at(self, step: float | None, metric: str) -> tuple[float, float]:
        """The metric over the training and the validation part at a step (now, for none)."""
        place = math.inf if step is None else step
        train, validation = (value_at(*self.series.epochs(part, metric), place) for part in ("train", "validation"))
        return train, validation
