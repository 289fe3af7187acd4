"""The plot of a sweep: means with error bars over a parameter, a line for each value of the second one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.model.values import show_value
from core.training.metrics import told
from gui.sweeps.found import Floats, Line, Lines
from gui.theme import CURVES, Theme
from gui.views.learning import is_share
from gui.views.plotting import Curve, Plot

if TYPE_CHECKING:
    from core.training.sweeps.fit import PowerLaw
    from core.training.sweeps.table import Row

ROOM = 0.07
"""The share of the plot that is left free at each side."""
MARKED, CLOSE = 8, 0.08
"""So many values have marks of their own, where no two are closer than that share of the axis."""


class SweepPlot(Plot):
    """Points can be clicked; pointing at one tells its numbers."""

    row_clicked = Signal(object)  # Row

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._theme = theme
        self._drawn: list[pg.GraphicsObject] = []
        self._points: list[tuple[float, float, Line, int]] = []
        self._metric = ""
        self._legend: list[tuple[str, str]] = []
        self._log_x = False
        self.setAccessibleName("Results of the sweep")
        self.getAxis("bottom").setHeight(38)
        self.pointed.connect(self._tell)
        self.dress(theme)

    def dress(self, theme: Theme) -> None:
        self._theme = theme
        self.restyle(theme)

    def show_lines(
        self, lines: Lines, metric: str, titles: tuple[str, str], log: tuple[bool, bool], law: PowerLaw | None = None
    ) -> None:
        """Draws everything anew; `titles` of x and y, `log` of x and y, `law` a straight line on two log axes."""
        for item in self._drawn:
            self.removeItem(item)
        self._drawn, self._points, self._legend = [], [], []
        self._metric = metric.split(" ", 1)[-1]
        self._log_x, log_y = log[0] and not lines.words, log[1]
        bottom, left = self.getAxis("bottom"), self.getAxis("left")
        bottom.setLogMode(x=self._log_x, y=False)
        left.setLogMode(x=False, y=log_y)
        # As the learning curves are: a share in percent, which a logarithm has no need of.
        left.setScale(100.0 if is_share(self._metric) and not log_y else 1.0)
        bottom.setTicks(_ticks(lines, self._log_x))
        bottom.setLabel(titles[0], color=self._theme.dim)
        self.caption.setText(titles[1])
        self.caption.adjustSize()
        lows, highs, places = [], [], []
        for number, line in enumerate(lines.lines):
            color = self._theme.accent if len(lines.lines) == 1 else CURVES[number % len(CURVES)]
            good = np.isfinite(line.y) & ((line.y > 0) | (not log_y)) & ((line.x > 0) | (not self._log_x))
            if not good.any():
                continue
            x, y = _scaled(line.x[good], self._log_x), _scaled(line.y[good], log_y)
            upper = _scaled((line.y + line.sd)[good], log_y)
            lower = _lower(line.y[good], line.sd[good], log_y)
            self._bars(x, y, y - lower, upper - y, color)
            if lines.joined and not lines.words:
                curve = Curve(color, 1.6)
                curve.show_points(x, y)
                self._add(curve)
            self._dots(line, np.flatnonzero(good), x, y, color)
            if line.name:
                self._legend.append((color, line.name))
            lows.append(float(lower.min()))
            highs.append(float(upper.max()))
            places += [float(x.min()), float(x.max())]
        if law is not None and places and self._log_x and log_y:
            self._fit(law, min(places), max(places))
        self._show_legend()
        if places:
            self.follows = True
            self._see(min(places), max(places), min(lows), max(highs))

    def _bars(self, x: Floats, y: Floats, down: Floats, up: Floats, color: str) -> None:
        if (up > 0).any():
            beam = 0.012 * float(np.ptp(x)) if len(x) > 1 else 0.02
            self._add(pg.ErrorBarItem(x=x, y=y, top=up, bottom=down, beam=beam, pen=pg.mkPen(color, width=1)))

    def _dots(self, line: Line, numbers: Floats, x: Floats, y: Floats, color: str) -> None:
        dots = pg.ScatterPlotItem(
            x=x, y=y, data=[line.rows[int(i)] for i in numbers], size=9, brush=pg.mkBrush(color),
            pen=pg.mkPen(self._theme.panel, width=1), hoverable=True, hoverSize=13, tip=None,
        )  # fmt: skip
        dots.sigClicked.connect(self._clicked)
        self._add(dots)
        self._points += [(float(a), float(b), line, int(i)) for a, b, i in zip(x, y, numbers, strict=True)]

    def _fit(self, law: PowerLaw, low: float, high: float) -> None:
        line = Curve(self._theme.dim, 1.4, dashed=True)
        x = np.array([low, high])
        line.show_points(x, np.log10([law.at(10**low), law.at(10**high)]))
        self._add(line)
        self._legend.append((self._theme.dim, f"y = {law.factor:.3g} · x^{law.exponent:.3g}, R² {law.r2:.3f}"))

    def _add(self, item: pg.GraphicsObject) -> None:
        self.addItem(item)
        self._drawn.append(item)

    def _see(self, left: float, right: float, low: float, high: float) -> None:
        # The legend stands at the top: no point shall be under it.
        lines = len(self._legend) * self.readout.fontMetrics().lineSpacing() + 6 if self._legend else 0
        above = ROOM + min(0.5, lines / max(80.0, self.getViewBox().height())) / 0.8
        wide, tall = right - left or 1.0, high - low or abs(high) * 0.2 or 0.2
        self.getViewBox().setRange(
            xRange=(left - ROOM * wide, right + ROOM * wide),
            yRange=(low - ROOM * tall, high + above * tall),
            padding=0,
            disableAutoRange=True,
        )

    def _clicked(self, item: object, spots: list[pg.SpotItem], *_: object) -> None:
        if len(spots):
            self.row_clicked.emit(spots[0].data())

    def _tell(self, x: float | None) -> None:
        """Tells the numbers of the points nearest to where the mouse is."""
        if x is None or not self._points:
            self._show_legend()
            return
        near = min(self._points, key=lambda point: abs(point[0] - x))[0]
        said = []
        for place, _, line, number in self._points:
            if place == near:
                said.append(("", f"{line.name}  {self._numbers(line, number)}".strip()))
        self.show_readout(said[:10])

    def _numbers(self, line: Line, number: int) -> str:
        row: Row = line.rows[number]
        spread = f" ± {told(self._metric, float(line.sd[number]))}" if row.runs > 1 else ""
        return f"{show_value(row.values[0])}: {told(self._metric, float(line.y[number]))}{spread}"

    def _show_legend(self) -> None:
        self.show_readout(self._legend)


def _ticks(lines: Lines, log: bool) -> list[list[tuple[float, str]]] | None:
    """Marks at the values themselves where they are few; None lets the axis choose."""
    if lines.words:
        return [[(float(place), word) for place, word in enumerate(lines.words)]]
    values = sorted({float(x) for line in lines.lines for x in line.x if x > 0 or not log})
    places = _scaled(np.array(values), log)
    if not 1 <= len(values) <= MARKED or (len(values) > 1 and np.diff(places).min() < CLOSE * np.ptp(places)):
        return None
    return [[(float(place), f"{value:,.6g}") for place, value in zip(places, values, strict=True)]]


def _scaled(values: Floats, log: bool) -> Floats:
    return np.log10(values) if log else values


def _lower(mean: Floats, deviation: Floats, log: bool) -> Floats:
    """The lower ends of the bars; on a log axis one that would reach 0 ends as far below as the upper above."""
    if not log:
        return mean - deviation
    low = mean - deviation
    return np.log10(np.where(low > 0, low, mean * mean / (mean + deviation)))
