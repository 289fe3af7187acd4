"""The loss over the weights of a network with one or two of them, and the path that the run takes through it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.model.amounts import counted
from core.training.records import Surface, Watch
from gui.pixels import pixels, scale_of
from gui.session import Session
from gui.theme import CURVES
from gui.views.base import Line, View
from gui.views.plotting import Curve, Plot, Smooth

SIDE = 41
MOST = 2
"""Weights at most that a landscape can be drawn over."""
LEVELS = 9
ON_MAP = "#FFFFFF", "#10131A"
"""The way over a map: its colour and that of its rim."""


def read_off(
    axes: Sequence[npt.NDArray[np.floating]], heights: npt.NDArray[np.floating], path: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Heights (a,) or (a, b) over even axes at the points (n, axes) of a path, (n,): by the parabola through the three
    nearest lines of the grid along each axis, so that the bowl of a squared error is met exactly."""
    found = np.zeros(len(path))
    near = [_weights_at(axis.astype(np.float64), path[:, k].astype(np.float64)) for k, axis in enumerate(axes)]
    for offsets in np.ndindex(*(3 for _ in axes)):
        places = tuple(first + offset for (first, _), offset in zip(near, offsets, strict=True))
        share = np.prod([weights[offset] for (_, weights), offset in zip(near, offsets, strict=True)], axis=0)
        found += share * heights[places]
    # Between lines a parabola may dip where the surface does not.
    return np.clip(found, min(0.0, float(np.nanmin(heights))), None)


def _weights_at(
    axis: npt.NDArray[np.float64], places: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """The first of three neighbouring lines of an even axis (n,), and how much each of the three counts (3, n)."""
    step = (axis[-1] - axis[0]) / (len(axis) - 1)
    at = (places - axis[0]) / step
    first = np.clip(np.rint(at) - 1, 0, len(axis) - 3).astype(np.intp)
    t = at - first - 1  # −1, 0 and 1 at the three lines
    return first, np.stack([t * (t - 1) / 2, 1 - t * t, t * (t + 1) / 2])


class SurfaceView(View):
    """A curve over one weight or a map over two, with every step of the run marked on it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.status = Line()
        self.status.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.bar.addWidget(self.status, 1)
        self.plot = Plot("", frame=True)
        self.image = Smooth()
        self.image.setZValue(-10)
        self.curve, self.path = Curve(), Curve()
        self.steps = pg.ScatterPlotItem(size=6, pxMode=True)
        self.here = pg.ScatterPlotItem(size=13, pxMode=True)
        self.contours = [pg.IsocurveItem() for _ in range(LEVELS)]
        for item in (self.image, *self.contours, self.curve, self.path, self.steps, self.here):
            self.plot.addItem(item)
        layout = QHBoxLayout(self.body)
        layout.setContentsMargins(6, 0, 12, 4)
        layout.addWidget(self.plot)
        self._drawn: npt.NDArray[np.float32] | None = None

    def watch(self) -> Watch | None:
        return Watch(surface=SIDE) if self._fits() else None

    def hint(self) -> str:
        if self.session.document and self.session.engine_is_ready and not self._fits():
            count = self.session.inference.parameters
            return (
                f"The loss can be drawn over one or two weights; this network has {count:,}. Open “Linear regression”."
            )
        if self.snapshot is None or self.snapshot.surface is None:
            return "Press Train: the loss over the weights is drawn here, and the path that training takes."
        return ""

    def _fits(self) -> bool:
        run = self.run
        if run is not None and run.snapshot is not None and run.snapshot.surface is not None:
            return True
        return 0 < self.session.inference.parameters <= MOST

    def restyle(self) -> None:
        theme = self.session.theme
        self.plot.restyle(theme)
        self.curve.paint_as(theme.accent, 2.5)
        self.status.setStyleSheet(f"color: {theme.dim};")
        self._drawn = None

    def refresh(self) -> None:
        surface = self.snapshot.surface if self.snapshot else None
        if surface is None:
            return
        if self._drawn is not surface.losses:
            self._drawn = surface.losses
            self._draw_ground(surface)
        self._draw_path(surface)
        now = ", ".join(f"{name} {value:.4g}" for name, value in zip(surface.names, surface.path[-1], strict=True))
        height, reach = float(self._height(surface)[-1]), float(np.nanmax(np.abs(surface.losses)))
        # The grid is of single precision: below that, a loss is not told from none.
        loss = f"{height:.4g}" if abs(height) > 1e-6 * reach else "0"
        steps = counted(len(surface.path) - 1, "step")
        self.status.setText(f"loss {loss} · {steps} · {now}")

    def _draw_ground(self, surface: Surface) -> None:
        flat = len(surface.axes) == 1
        dim = self.session.theme.dim
        names = (surface.names[0], "loss" if flat else surface.names[-1])
        for side, name in zip(("bottom", "left"), names, strict=True):
            self.plot.getAxis(side).setLabel(name, color=dim)
        self.plot.give_axes(60, 38)
        for item in (self.image, *self.contours):
            item.setVisible(not flat)
        self.curve.setVisible(flat)
        self.plot.follows = True
        across = surface.axes[0].astype(np.float64)
        low, high = float(np.nanmin(surface.losses)), float(np.nanmax(surface.losses))
        scale = f"loss from {low:.3g} (dark) to {high:.3g} (light)"
        self.plot.show_caption(*(("",) if flat else (f"{scale}, on a logarithmic scale", scale)))
        if flat:
            losses = surface.losses.astype(np.float64)
            self.curve.show_points(across, losses)
            pad = 0.06 * float(losses.max() - losses.min()) or 0.5
            self.plot.span(across[0], across[-1], float(losses.min()) - pad, float(losses.max()) + pad)
            return
        up = surface.axes[1].astype(np.float64)
        # The grid's first axis is the first weight; a picture's rows run upwards with the second.
        heights = np.log10(np.maximum(surface.losses.T - surface.losses.min(), 1e-4))
        scale = scale_of(heights, "magnitude")
        self.image.setImage(pixels(heights, "magnitude", scale, self.session.theme.is_dark)[..., [2, 1, 0, 3]])
        box = QRectF(across[0], up[0], across[-1] - across[0], up[-1] - up[0])
        self.image.setRect(box)
        ink = QColor(self.session.theme.text)
        ink.setAlphaF(0.35)
        for item, level in zip(self.contours, np.linspace(heights.min(), heights.max(), LEVELS + 2)[1:-1], strict=True):
            item.setPen(pg.mkPen(ink, width=1))
            item.setData(heights, level)
            item.resetTransform()
            item.setPos(box.left(), box.top())
            item.setScale(1)
            transform = item.transform().scale(box.width() / len(across), box.height() / len(up))
            item.setTransform(transform)
        self.plot.span(across[0], across[-1], up[0], up[-1])

    def _draw_path(self, surface: Surface) -> None:
        x = surface.path[:, 0].astype(np.float64)
        y = self._height(surface) if len(surface.axes) == 1 else surface.path[:, 1].astype(np.float64)
        flat = len(surface.axes) == 1
        # A map has every colour from dark to light: there the way is white with a dark rim.
        ink, rim = (CURVES[1], self.session.theme.panel) if flat else ON_MAP
        self.path.paint_as(ink, 1.5)
        self.path.show_points(x, y)
        self.steps.setData(x=x, y=y, brush=pg.mkBrush(ink), pen=None if flat else pg.mkPen(rim, width=1))
        self.here.setData(x=x[-1:], y=y[-1:], brush=pg.mkBrush(ink), pen=pg.mkPen(rim, width=1 if flat else 2))

    def _height(self, surface: Surface) -> npt.NDArray[np.float64]:
        """The loss at every point of the path, read off the grid."""
        return read_off(surface.axes, surface.losses, surface.path)
