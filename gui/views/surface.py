"""The loss over the weights of a network with one or two of them, and the path that the run takes through it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.training.records import Surface, Watch
from gui.pixels import pixels, scale_of
from gui.session import Session
from gui.theme import CURVES
from gui.views.base import View, label
from gui.views.plotting import Curve, Plot, Smooth

SIDE = 41
MOST = 2
"""Weights at most that a landscape can be drawn over."""
LEVELS = 9


class SurfaceView(View):
    """A curve over one weight or a map over two, with every step of the run marked on it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.status = label()
        self.bar.addWidget(self.status)
        self.bar.addStretch(1)
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
        self.path.paint_as(CURVES[1], 1.5)
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
        self.status.setText(f"{now} · loss {self._height(surface)[-1]:.4g} · {len(surface.path) - 1:,} steps")

    def _draw_ground(self, surface: Surface) -> None:
        flat = len(surface.axes) == 1
        dim = self.session.theme.dim
        names = (surface.names[0], "loss" if flat else surface.names[-1])
        for side, name in zip(("bottom", "left"), names, strict=True):
            self.plot.getAxis(side).setLabel(name, color=dim)
        self.plot.getAxis("bottom").setHeight(38)
        self.plot.getAxis("left").setWidth(60)
        for item in (self.image, *self.contours):
            item.setVisible(not flat)
        self.curve.setVisible(flat)
        self.plot.follows = True
        across = surface.axes[0].astype(np.float64)
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
        ring = pg.mkPen(self.session.theme.panel, width=1)
        self.path.show_points(x, y)
        self.steps.setData(x=x, y=y, brush=pg.mkBrush(CURVES[1]), pen=None)
        self.here.setData(x=x[-1:], y=y[-1:], brush=pg.mkBrush(CURVES[1]), pen=ring)

    def _height(self, surface: Surface) -> npt.NDArray[np.float64]:
        """The loss at every point of the path, read off the grid."""
        if len(surface.axes) == 1:
            found = np.interp(surface.path[:, 0], surface.axes[0], surface.losses)
            return np.asarray(found, np.float64)
        places = [
            np.clip(np.searchsorted(axis, column), 0, len(axis) - 1)
            for axis, column in zip(surface.axes, surface.path.T, strict=True)
        ]
        return np.asarray(surface.losses[tuple(places)], np.float64)
