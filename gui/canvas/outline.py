"""The outline of a shape, for nodes through which nothing has flowed yet."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen

from core.model.tensor import TensorType
from gui.canvas.style import Style


def paint_outline(painter: QPainter, room: QRectF, type_: TensorType, style: Style) -> None:
    """The shape of one sample as a quiet outline: sheets for C×H×W, cells for T×F, a row of cells for a vector."""
    sizes = [dim for dim in type_.sample if isinstance(dim, int)]
    if not sizes or len(sizes) != len(type_.sample):
        return
    painter.setPen(QPen(style.hint, 1.0))
    painter.setBrush(style.body)
    if len(sizes) == 1:
        _cells(painter, room, 1, min(sizes[0], 12))
    elif len(sizes) == 2:
        _cells(painter, room, min(sizes[0], 5), min(sizes[1], 10))
    else:
        _sheets(painter, room, sizes[-3], sizes[-2], sizes[-1])


def _cells(painter: QPainter, room: QRectF, rows: int, columns: int) -> None:
    side = min(9.0, room.width() / columns - 1, room.height() / rows - 1)
    left = room.center().x() - (side + 1) * columns / 2
    top = room.center().y() - (side + 1) * rows / 2
    painter.drawRects(
        [QRectF(left + (side + 1) * c, top + (side + 1) * r, side, side) for r in range(rows) for c in range(columns)]
    )


def _sheets(painter: QPainter, room: QRectF, count: int, height: int, width: int) -> None:
    """Feature maps behind each other; small maps are drawn smaller, on a logarithmic scale."""
    side = min(room.height() - 14, 12 + 7.0 * (max(height, width, 1)).bit_length())
    shown = min(count, 4)
    tall = max(side * height / max(height, width, 1), 4)
    broad = max(side * width / max(height, width, 1), 4)
    shift = 4.0
    left = room.center().x() - (broad + shift * (shown - 1)) / 2
    top = room.center().y() - (tall - shift * (shown - 1)) / 2
    for index in reversed(range(shown)):
        painter.drawRect(QRectF(left + shift * index, top - shift * index, broad, tall))
