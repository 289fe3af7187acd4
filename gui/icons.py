"""The few icons of the window, drawn as paths in the theme's colours so that they are sharp at any size."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIDE = 16


def icon(name: str, color: str, disabled: str = "", size: int = SIDE) -> QIcon:
    """An icon by name, in one colour for use and another one for being disabled."""
    made = QIcon()
    for scale in (1, 2, 3):
        made.addPixmap(_pixmap(name, color, size, scale), QIcon.Mode.Normal)
        if disabled:
            made.addPixmap(_pixmap(name, disabled, size, scale), QIcon.Mode.Disabled)
    return made


def _pixmap(name: str, color: str, size: int, scale: int) -> QPixmap:
    pixmap = QPixmap(size * scale, size * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    pixmap.setDevicePixelRatio(scale)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / SIDE, size / SIDE)
    painter.setPen(QPen(QColor(color), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    DRAWINGS[name](painter, QColor(color))
    painter.end()
    return pixmap


def _filled(painter: QPainter, color: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)


def _play(painter: QPainter, color: QColor) -> None:
    _filled(painter, color)
    painter.drawPolygon(QPolygonF([QPointF(4, 2.5), QPointF(13.5, 8), QPointF(4, 13.5)]))


def _pause(painter: QPainter, color: QColor) -> None:
    _filled(painter, color)
    painter.drawRoundedRect(QRectF(3.5, 2.5, 3.2, 11), 0.8, 0.8)
    painter.drawRoundedRect(QRectF(9.3, 2.5, 3.2, 11), 0.8, 0.8)


def _step(painter: QPainter, color: QColor) -> None:
    _filled(painter, color)
    painter.drawPolygon(QPolygonF([QPointF(3, 3), QPointF(10, 8), QPointF(3, 13)]))
    painter.drawRoundedRect(QRectF(11, 3, 2.2, 10), 0.8, 0.8)


def _stop(painter: QPainter, color: QColor) -> None:
    _filled(painter, color)
    painter.drawRoundedRect(QRectF(3.5, 3.5, 9, 9), 1.2, 1.2)


def _menu(painter: QPainter, color: QColor) -> None:
    for y in (4.0, 8.0, 12.0):
        painter.drawLine(QPointF(2.5, y), QPointF(13.5, y))


def _moon(painter: QPainter, color: QColor) -> None:
    disc, bite = QPainterPath(), QPainterPath()
    disc.addEllipse(QPointF(7.6, 8.4), 5.4, 5.4)
    bite.addEllipse(QPointF(10.4, 5.8), 4.6, 4.6)
    _filled(painter, color)
    painter.drawPath(disc.subtracted(bite))


def _sun(painter: QPainter, color: QColor) -> None:
    for x, y in ((0, 1), (1, 0), (0.7, 0.7), (0.7, -0.7)):
        for sign in (-1, 1):
            dx, dy = sign * x, sign * y
            painter.drawLine(QPointF(8 + dx * 5, 8 + dy * 5), QPointF(8 + dx * 6.6, 8 + dy * 6.6))
    _filled(painter, color)
    painter.drawEllipse(QPointF(8, 8), 3.1, 3.1)


def _frame(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(2, 3, 12, 10), 2, 2)


def _left(painter: QPainter, color: QColor) -> None:
    _frame(painter)
    painter.drawLine(QPointF(6.2, 3), QPointF(6.2, 13))


def _right(painter: QPainter, color: QColor) -> None:
    _frame(painter)
    painter.drawLine(QPointF(9.8, 3), QPointF(9.8, 13))


def _bottom(painter: QPainter, color: QColor) -> None:
    _frame(painter)
    painter.drawLine(QPointF(2, 9.4), QPointF(14, 9.4))


def _beside(painter: QPainter, color: QColor) -> None:
    _frame(painter)
    painter.drawLine(QPointF(8, 3), QPointF(8, 13))


def _window(painter: QPainter, color: QColor) -> None:
    painter.drawRoundedRect(QRectF(2, 5.5, 8.5, 8.5), 1.6, 1.6)
    painter.drawPolyline([QPointF(5.5, 2.2), QPointF(13.8, 2.2), QPointF(13.8, 10.5)])


def _close(painter: QPainter, color: QColor) -> None:
    painter.drawLine(QPointF(4.5, 4.5), QPointF(11.5, 11.5))
    painter.drawLine(QPointF(11.5, 4.5), QPointF(4.5, 11.5))


def _plus(painter: QPainter, color: QColor) -> None:
    painter.drawLine(QPointF(8, 3.5), QPointF(8, 12.5))
    painter.drawLine(QPointF(3.5, 8), QPointF(12.5, 8))


DRAWINGS: dict[str, Callable[[QPainter, QColor], None]] = {
    "play": _play, "pause": _pause, "step": _step, "stop": _stop, "menu": _menu, "moon": _moon, "sun": _sun,
    "left": _left, "right": _right, "bottom": _bottom, "beside": _beside, "window": _window, "close": _close,
    "plus": _plus,
}  # fmt: skip
