"""One metric of all the objectives or losses of a run, together in one plot: `loss (*)` is every `loss (…)`."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from core.training.metrics import owner_of, title_of
from gui.theme import CURVES
from gui.views.plotting import Curve, Floats, Plot
from gui.views.series import RunSeries, envelope
from gui.views.traces import value_at

ALL = " (*)"


def is_together(metric: str) -> bool:
    return metric.endswith(ALL)


def groups(names: Iterable[str]) -> list[str]:
    """A name for each metric that several objectives or losses have."""
    heads = [_head(name) for name in names if owner_of(name)]
    return [f"{head}{ALL}" for head in dict.fromkeys(heads) if heads.count(head) > 1]


def members(group: str, names: Iterable[str]) -> list[str]:
    """The metrics of a group."""
    head = group.removesuffix(ALL)
    return [name for name in names if owner_of(name) and _head(name) == head]


def _head(name: str) -> str:
    """A name without its objective or loss."""
    return name.removesuffix(f" ({owner_of(name)})")


def title_of_group(group: str) -> str:
    """What a chooser calls it: `Loss of each`."""
    return f"{title_of(group.removesuffix(ALL))} of each"


class Together:
    """The curves of a group, a colour for each member: over the training part, and dashed over the validation part."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._curves: list[tuple[Curve, Curve]] = []
        self._names: list[str] = []
        self._drawn: object = None
        self.span: tuple[float, float] | None = None
        """Lowest and highest value of what is drawn."""

    def draw(self, series: RunSeries | None, group: str, room: int) -> None:
        """Draws the group of a run; nothing where there is none."""
        names = list(series.run.epochs[-1].train) if series is not None and series.run.epochs else []
        self._names = members(group, names) if is_together(group) else []
        state = series, tuple(self._names), len(series.run.epochs) if series is not None else 0, room
        if state == self._drawn:
            return
        self._drawn = state
        while len(self._curves) < len(self._names):
            color = CURVES[len(self._curves) % len(CURVES)]
            made = Curve(color, 2), Curve(color, 2, dashed=True)
            self._curves.append(made)
            for curve in made:
                self._plot.addItem(curve)
        seen = [np.empty(0)]
        for index, pair in enumerate(self._curves):
            for part, curve in zip(("train", "validation"), pair, strict=True):
                wanted = series is not None and index < len(self._names)
                curve.setVisible(wanted)
                if wanted and series is not None:
                    x, y = series.epochs(part, self._names[index])
                    curve.show_points(*envelope(x, y, room))
                    seen.append(y[np.isfinite(y)])
        values = np.concatenate(seen)
        self.span = (float(values.min()), float(values.max())) if values.size else None

    def points(self, series: RunSeries) -> list[tuple[Floats, Floats]]:
        """The curves that are drawn, as x and y."""
        return [series.epochs(part, name) for name in self._names for part in ("train", "validation")]

    def values(self, series: RunSeries, step: float | None) -> list[tuple[str, str, float, float]]:
        """Colour, name, and the values over both parts at a step (now, for none) of every member."""
        found, last = [], series.run.epochs[-1] if series.run.epochs else None
        for index, name in enumerate(self._names):
            if step is None and last is not None:
                train, validation = (part.get(name, math.nan) for part in (last.train, last.validation))
            else:
                place = math.inf if step is None else step
                train, validation = (value_at(*series.epochs(part, name), place) for part in ("train", "validation"))
            found.append((CURVES[index % len(CURVES)], name, train, validation))
        return found
