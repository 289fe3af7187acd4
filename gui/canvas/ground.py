"""What is painted behind and before the items: dots, guides, and what an empty canvas says."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPixmap

from gui.canvas.scene import CanvasScene
from gui.canvas.style import DOTS, Style

_FROM = 0.45
"""Zoom from which the dots are drawn."""


class Ground:
    """Paints the ground of one canvas; the tile of dots is made once a theme."""

    def __init__(self) -> None:
        self._style: Style | None = None
        self._dots = QBrush()

    def paint_dots(self, painter: QPainter, area: QRectF, style: Style) -> None:
        painter.fillRect(area, style.ground)
        if painter.worldTransform().m11() < _FROM:
            return
        if self._style is not style:
            self._style, self._dots = style, _tile(style)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(area, self._dots)

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
        painter.setFont(style.title_font)
        painter.setPen(style.text)
        middle = room.center()
        painter.drawText(QRectF(room.left(), middle.y() - 24, room.width(), 22), Qt.AlignmentFlag.AlignCenter, first)
        painter.setFont(style.mono_font)
        painter.setPen(style.dim)
        painter.drawText(QRectF(room.left(), middle.y(), room.width(), 22), Qt.AlignmentFlag.AlignCenter, second)


def _tile(style: Style) -> QBrush:
    side = int(DOTS) * 2
    tile = QPixmap(side, side)
    tile.fill(style.ground)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.dots)
    painter.drawEllipse(QPointF(side / 2, side / 2), 2.2, 2.2)
    painter.end()
    tile.setDevicePixelRatio(2.0)
    return QBrush(tile)
