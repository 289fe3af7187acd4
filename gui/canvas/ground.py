"""What is painted behind and before the items: dots, guides, and what an empty canvas says."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui.canvas.scene import CanvasScene
from gui.canvas.style import DOTS, Style
from gui.fonts import scale

_FROM = 0.45
"""Zoom from which the dots are drawn; below `_FINE` every second one."""
_FINE = 0.85


class Ground:
    """Paints the ground of one canvas."""

    def paint_dots(self, painter: QPainter, area: QRectF, style: Style) -> None:
        painter.fillRect(area, style.ground)
        zoom = painter.worldTransform().m11()
        if zoom < _FROM:
            return
        step = DOTS if zoom >= _FINE else 2 * DOTS
        pen = QPen(style.dots, 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        # One batch of points; a tiled picture of them costs ten times as much without a graphics card.
        across = range(math.floor(area.left() / step), math.ceil(area.right() / step) + 1)
        down = range(math.floor(area.top() / step), math.ceil(area.bottom() / step) + 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawPoints([QPointF(x * step, y * step) for x in across for y in down])

    def paint_guides(self, painter: QPainter, scene: CanvasScene) -> None:
        if scene.guides:
            pen = QPen(scene.style_.accent, 1, Qt.PenStyle.DotLine)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLines(scene.guides)

    def paint_hint(self, painter: QPainter, room: QRectF, scene: CanvasScene) -> None:
        """An empty place says what to do."""
        style = scene.style_
        first, second = "Drag a layer here, or double-click to search", "Everything can be undone"
        if scene.project is None:
            first, second = "No network is open", "Open a project, or choose a lecture on the left"
        painter.resetTransform()
        # In a lecture hall it grows with all other letters: the canvas itself is made larger by its zoom.
        painter.scale(scale(), scale())
        room = QRectF(room.topLeft() / scale(), room.size() / scale())
        painter.setFont(style.title_font)
        painter.setPen(style.text)
        middle = room.center()
        painter.drawText(QRectF(room.left(), middle.y() - 24, room.width(), 22), Qt.AlignmentFlag.AlignCenter, first)
        painter.setFont(style.mono_font)
        painter.setPen(style.dim)
        painter.drawText(QRectF(room.left(), middle.y(), room.width(), 22), Qt.AlignmentFlag.AlignCenter, second)
