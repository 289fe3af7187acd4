"""pyqtgraph in the program's colours: one plot class for all views. Imported only by views, after the first paint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QLabel, QWidget

from gui.fonts import scale
from gui.theme import Theme
from gui.views.base import mono
from gui.views.room import TOP_RIGHT, Spot, best_spot

Floats = npt.NDArray[np.float64]

# Smooth lines cost twice as much as plain ones; curves switch them on one by one where few points are drawn.
pg.setConfigOptions(antialias=False, imageAxisOrder="row-major", useOpenGL=False)

ALONE = 6.0
"""Pixels across of a point that stands alone."""
CAPTION = 52
"""Where the words above a plot begin."""
TOP = 20
"""Pixels above a plot for its caption."""
MAX_SMOOTH = 2500
"""Curves with more points than this are drawn without antialiasing."""


def _suits(low: float, high: float, least: float, most: float, spare: float) -> bool:
    """Whether what is seen from `low` to `high` fits what should be: nothing missing, little to spare."""
    span = most - least
    missing = max(low - least, most - high)
    return missing <= 0.005 * span and high - low <= (1 + spare) * span


class Axis(pg.AxisItem):
    """An axis that marks 1, 2 and 5 of every decade when it is logarithmic, so that its figures never touch.

    One that `counts` has figures at whole numbers only.
    """

    counts = False

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float | None, list[float]]]:  # noqa: N803
        if not self.logMode:
            found: list[tuple[float | None, list[float]]] = super().tickValues(minVal, maxVal, size)
            if not self.counts:
                return found
            whole = [(space, [at for at in marks if float(at).is_integer()]) for space, marks in found]
            return [(space and max(space, 1.0), marks) for space, marks in whole]
        low, high = math.floor(minVal), math.ceil(maxVal)
        steps = (
            (1,) if high - low > 4 else (1, 2, 5) if maxVal - minVal > 0.5 else (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
        )
        every = max(1, (high - low) // 8)
        marks = [decade + math.log10(step) for decade in range(low, high + 1, every) for step in steps]
        return [(None, [mark for mark in marks if minVal <= mark <= maxVal])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [f"{10**value:.3g}" for value in values]
        strings: list[str] = super().tickStrings(values, scale, spacing)
        return strings


class Plot(pg.PlotWidget):
    """A plot with dim grid lines and monospaced ticks; a read-out in a corner shows values and, on hover, those there.

    It follows the data until the user zooms or drags; a double click lets it follow again.
    """

    pointed = Signal(object)  # x under the mouse as a float, None when it left

    def __init__(self, title: str = "", parent: QWidget | None = None, frame: bool = False) -> None:
        super().__init__(parent, axisItems={"left": Axis("left"), "bottom": Axis("bottom")})
        self.follows = True
        self._axes = 46, 22
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.getViewBox().setDefaultPadding(0)
        self.getViewBox().sigRangeChangedManually.connect(self._let_go)
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.enableAutoSIPrefix(False)
            # Playing an axis' picture costs more than the curves; its pixels are kept while nothing about it changes.
            axis.setCacheMode(axis.CacheMode.DeviceCoordinateCache)
            axis.setStyle(tickLength=0 if not frame else -4, tickTextOffset=6, maxTickLevel=0)
        self.readout = QLabel(self)
        self.readout.setTextFormat(Qt.TextFormat.RichText)
        self.readout.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.readout.hide()
        self._said: tuple[tuple[str, str], ...] = ()
        self._placed: Spot | None = None
        self.spot = TOP_RIGHT
        self.caption = QLabel(title, self)
        self._captions: tuple[str, ...] = (title,)
        self.caption.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setVisible(False)
        self.addItem(self._line, ignoreBounds=True)
        self.viewport().setMouseTracking(True)
        self._resize_letters()

    def restyle(self, theme: Theme) -> None:
        """Takes the theme's colours for ground, grid, ticks and texts, and letters of the present size."""
        self._resize_letters()
        self.setBackground(theme.panel)
        self.getPlotItem().showGrid(x=False, y=True, alpha=0.16 if theme.is_dark else 0.22)
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(theme.line if side == "bottom" else theme.panel))
            axis.setTickPen(pg.mkPen(theme.dim))
            axis.setTextPen(pg.mkPen(theme.dim))
        self._line.setPen(pg.mkPen(theme.dim, width=1, style=Qt.PenStyle.DotLine))
        ground = QColor(theme.panel)
        rgba = f"rgba({ground.red()}, {ground.green()}, {ground.blue()}, 210)"
        self.readout.setStyleSheet(f"background: {rgba}; color: {theme.text}; padding: 2px 4px; border-radius: 4px;")
        self.caption.setStyleSheet(f"background: transparent; color: {theme.dim};")
        self._place_texts()

    def give_axes(self, broad: int, tall: int) -> None:
        """How broad the left axis and how tall the lower one are, in pixels for letters of the usual size."""
        self._axes = broad, tall
        self._resize_letters()

    def _resize_letters(self) -> None:
        """Texts and their room grow with the letters of the program."""
        large, face = scale(), mono(round(11 * scale()))
        for side in ("left", "bottom"):
            self.getAxis(side).setStyle(tickFont=face)
        for text in (self.readout, self.caption):
            text.setFont(face)
        self.getAxis("left").setWidth(round(self._axes[0] * large))
        self.getAxis("bottom").setHeight(round(self._axes[1] * large))
        self.getPlotItem().layout.setContentsMargins(2, round(TOP * large), 10, 2)

    def show_caption(self, *options: str) -> None:
        """Says above the plot what it shows: the first of some captions, in more and in fewer words, that has room."""
        self._captions = options
        measure, room = self.caption.fontMetrics(), self.width() - round(CAPTION * scale())
        text = next((each for each in options if measure.horizontalAdvance(each) <= room), "")
        text = text or measure.elidedText(options[-1], Qt.TextElideMode.ElideRight, max(0, room))
        if text != self.caption.text():
            self.caption.setText(text)
            self.setAccessibleName(options[0])
            self.caption.adjustSize()

    def show_readout(self, lines: Sequence[tuple[str, str]]) -> None:
        """Writes lines of (colour or empty, text) into the corner; unchanged text costs nothing.

        In a narrow plot what stands before the last two blanks of a line, such as a name before a value, is cut.
        """
        if tuple(lines) != self._said or self.spot != self._placed:
            self._said = tuple(lines)
            self._place_texts()

    def _write_readout(self) -> None:
        rows = [(color, escape(self._cut(text)).replace("  ", "&nbsp; ")) for color, text in self._said]
        words = [f"<span style='color:{color}'>●</span> {text}" if color else text for color, text in rows]
        self.readout.setText("<br>".join(words))
        self.readout.setVisible(bool(words))
        self.readout.adjustSize()

    def _cut(self, text: str) -> str:
        """A line of the read-out, no longer than the plot is broad."""
        measure = self.readout.fontMetrics()
        room = self.width() - round(self._axes[0] * scale()) - 24 - measure.horizontalAdvance("● ")
        if measure.horizontalAdvance(text) <= room:
            return text
        name, gap, value = text.rpartition("  ")
        if not gap:
            return measure.elidedText(text, Qt.TextElideMode.ElideRight, max(0, room))
        left = max(0, room - measure.horizontalAdvance(gap + value))
        return measure.elidedText(name, Qt.TextElideMode.ElideRight, left) + gap + value

    def find_room(self, curves: Sequence[tuple[Floats, Floats]], usual: Spot) -> None:
        """Puts the read-out where it hides least of these curves, each of x and y (n,) as on the axes."""
        width, height = max(1.0, self.getViewBox().width()), max(1.0, self.getViewBox().height())
        (x0, x1), (y0, y1) = self.getViewBox().viewRange()
        size = (self.readout.width() + 12) / width, (self.readout.height() + 8) / height
        self.spot = best_spot(curves, (x0, x1, y0, y1), size, usual, self.spot)
        if self.spot != self._placed:
            self._place_texts()

    def span(self, x0: float, x1: float, y0: float, y1: float) -> None:
        """Lets these ranges be seen, while the plot follows the data."""
        if not self.follows:
            return
        box = self.getViewBox()
        (a0, a1), (b0, b1) = box.viewRange()
        # Each change redraws axes and grid, which costs more than the curves.
        if not (_suits(a0, a1, x0, x1, 0.01) and _suits(b0, b1, y0, y1, 0.12)):
            box.setRange(xRange=(x0, x1), yRange=(y0, y1), padding=0, disableAutoRange=True)
            # pyqtgraph would find out amid painting that axes and curves moved, and paint all of it a second time.
            self.scene().prepareForPaint()

    def mark(self, x: float | None) -> None:
        """Puts the upright line at x, or takes it away."""
        self._line.setVisible(x is not None)
        if x is not None:
            self._line.setValue(x)

    def plot_width(self) -> int:
        """The width of the plotting area in pixels."""
        return max(50, int(self.getViewBox().width()))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)
        # pyqtgraph calls this once before the labels exist.
        if hasattr(self, "caption"):
            self._place_texts()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        box = self.getViewBox()
        place = self.mapToScene(event.position().toPoint())
        inside = box.sceneBoundingRect().contains(place)
        self.pointed.emit(float(box.mapSceneToView(place).x()) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self.follows = True

    def _let_go(self, *_: object) -> None:
        self.follows = False

    def _place_texts(self) -> None:
        self._placed = self.spot
        self.show_caption(*self._captions)
        self.caption.adjustSize()
        self._write_readout()
        large = scale()
        self.caption.move(round(CAPTION * large), 2)
        room = self.height() - self.readout.height() - (TOP + self._axes[1] + 8) * large
        top = TOP * large + (1 - self.spot.up) * max(0.0, room)
        left = self.width() - self.readout.width() - 12 if self.spot.right else round((CAPTION + 2) * large)
        self.readout.move(max(4, left), round(top))


class Smooth(pg.ImageItem):
    """An image that is interpolated, not blocky, when it is enlarged."""

    def paint(self, painter: QPainter, *args: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        super().paint(painter, *args)


class Curve(pg.PlotCurveItem):
    """A line with gaps where a value is not finite; a `rough` one is drawn without antialiasing, at half the cost."""

    def __init__(
        self,
        color: str = "#FFFFFF",
        width: float = 1.0,
        opacity: float = 1.0,
        dashed: bool = False,
        rough: bool = False,
    ) -> None:
        super().__init__()
        self._rough = rough
        self.setSegmentedLineMode("off")
        self.paint_as(color, width, opacity, dashed)

    def paint_as(self, color: str, width: float = 1.0, opacity: float = 1.0, dashed: bool = False) -> None:
        """Sets the pen."""
        ink = QColor(color)
        ink.setAlphaF(opacity)
        self.setPen(pg.mkPen(ink, width=width, style=Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))

    def show_points(self, x: Floats, y: Floats) -> None:
        """Draws y over x; both (n,)."""
        gaps = bool(y.size) and not bool(np.isfinite(y).all())
        self.setData(
            x, y, connect="finite" if gaps else "all", antialias=len(x) <= MAX_SMOOTH, skipFiniteCheck=not gaps
        )

    def paint(self, painter: QPainter, *args: object) -> None:
        """Paints the line; a point that stands alone, of which no line can be made, as a dot."""
        super().paint(painter, *args)
        x, y = self.getData()
        if x is not None and len(x) == 1 and bool(np.isfinite(y[0])):
            ink = pg.mkPen(self.opts["pen"])
            ink.setCapStyle(Qt.PenCapStyle.RoundCap)
            ink.setWidthF(ALONE)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(ink)
            painter.drawPoint(QPointF(float(x[0]), float(y[0])))
