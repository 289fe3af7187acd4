"""Finished pixels of nodes: what was painted twice in the same way is kept, and then costs one blit."""

from __future__ import annotations

import math
from collections import OrderedDict

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap, QTransform

from gui.canvas.chrome import Look, paint_look

MOST_PIXELS = 16_000_000
"""Kept at most; the longest unused go first. About two screens of 3840 × 2160."""


class Plates:
    """The plate of each node by its name, for the look and the scale that it was last painted with."""

    def __init__(self, most_pixels: int = MOST_PIXELS) -> None:
        self._most = most_pixels
        self._kept: OrderedDict[str, tuple[Look, float, QPixmap | None]] = OrderedDict()
        self.pixels = 0
        """How many pixels are kept."""

    def clear(self) -> None:
        """Forgets all plates."""
        self._kept.clear()
        self.pixels = 0

    def paint(
        self, painter: QPainter, name: str, look: Look, bounds: QRectF, at: tuple[int, int], scale: float
    ) -> None:
        """Paints a node whose origin lies at `at`; the painter's unit is the device's pixel, `scale` pixels a unit."""
        known = self._kept.get(name)
        if known is None or known[1] != scale or known[0] != look:
            self._keep(name, look, scale, None)
            # A glide or a zoom shows each state once: no plate is made for that.
            _paint_at(painter, look, at, scale)
            return
        plate = known[2]
        left, top = math.floor(bounds.left() * scale), math.floor(bounds.top() * scale)
        if plate is None:
            plate = QPixmap(math.ceil(bounds.right() * scale) - left, math.ceil(bounds.bottom() * scale) - top)
            plate.fill("transparent")
            brush = QPainter(plate)
            brush.setRenderHints(painter.renderHints())
            _paint_at(brush, look, (-left, -top), scale)
            brush.end()
            self._keep(name, look, scale, plate)
        else:
            self._kept.move_to_end(name)
        painter.drawPixmap(at[0] + left, at[1] + top, plate)

    def _keep(self, name: str, look: Look, scale: float, plate: QPixmap | None) -> None:
        self._drop(self._kept.pop(name, None))
        self._kept[name] = (look, scale, plate)
        if plate is not None:
            self.pixels += plate.width() * plate.height()
        while self.pixels > self._most and len(self._kept) > 1:
            self._drop(self._kept.popitem(last=False)[1])

    def _drop(self, entry: tuple[Look, float, QPixmap | None] | None) -> None:
        if entry is not None and entry[2] is not None:
            self.pixels -= entry[2].width() * entry[2].height()


def _paint_at(painter: QPainter, look: Look, at: tuple[int, int], scale: float) -> None:
    before = painter.worldTransform()
    painter.setWorldTransform(QTransform(scale, 0, 0, scale, *at) * before)
    paint_look(painter, look)
    painter.setWorldTransform(before)
