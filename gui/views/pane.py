"""An array as a picture with its scale beside it, and the value under the mouse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from gui.colormaps import map_for, table
from gui.pictures import bars_of, image_of, tiles_of
from gui.pixels import Array, grid_layout, kind_of, scale_of
from gui.session import Session
from gui.views.base import mono

BAR = 10
SCALE_ROOM = 76
MOST_WRITTEN = 64
"""Entries of a matrix up to which their figures are written into them."""
DARK_INK, LIGHT_INK = "#10131A", "#F4F6FA"


def scale_image(kind: str, dark: bool, length: int) -> QImage:
    """A colour map as an upright bar, its highest value on top, (length × 1) pixels."""
    colors = np.full((length, 1, 4), 255, np.uint8)
    rows = np.linspace(255, 0, length).round().astype(np.intp)
    colors[:, 0, :3] = table(map_for(kind, dark))[rows][:, ::-1]
    return QImage(colors.data, 1, length, 4, QImage.Format.Format_RGB32).copy()


def rounded(value: float) -> str:
    """A number with two digits, and with all those before the point where there are not too many."""
    return f"{value:.0f}" if 100 <= abs(value) < 100_000 else f"{value:.2g}" if value else "0"


class ArrayPane(QWidget):
    """Shows a vector as bars, a matrix as an image and (C, H, W) as tiles; it paints only when the array changed."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setMouseTracking(True)
        self.setMinimumSize(120, 60)
        self.place: Callable[[tuple[int, ...]], str] = lambda index: ", ".join(map(str, index))
        self._array: Array | None = None
        self._kind = "signed"
        self._square = False
        self._key: tuple[object, ...] = ()
        self._image = QImage()

    def show_array(self, array: Array | None, kind: str = "auto", square: bool = False) -> None:
        """Takes a new array of rank 1, 2 or 3; `square` keeps a matrix' entries square."""
        if array is self._array and square == self._square:
            return
        self._array, self._square, self._key = array, square, ()
        if array is not None:
            self._kind = kind_of(array) if kind == "auto" else kind
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._array is None or not self._array.size:
            return
        theme, box = self.session.theme, self._box()
        key = (id(self._array), box.size().toTuple(), theme.name)
        if key != self._key:
            self._key, self._image = key, self._draw(box.size(), theme.is_dark)
        painter = QPainter(self)
        painter.drawImage(self._frame().topLeft(), self._image)
        self._write_values(painter)
        if self._array.ndim > 1:
            self._draw_scale(painter)

    def _draw(self, size: QSize, dark: bool) -> QImage:
        array = self._array
        if array is None:
            return QImage()
        if array.ndim == 1:
            return bars_of(array, size, self.session.theme.accent, line=self.session.theme.dim)
        if array.ndim == 2:
            return image_of(array, self._kind, size, dark=dark, square=self._square)  # type: ignore[arg-type]
        return tiles_of(array, self._kind, size, dark=dark, ink=self.session.theme.dim, gap=self._gap())  # type: ignore[arg-type]

    def _write_values(self, painter: QPainter) -> None:
        """The figures of a small matrix in its entries, where all of them have room."""
        array, frame = self._array, self._frame()
        if array is None or array.ndim != 2 or array.size > MOST_WRITTEN:
            return
        painter.setFont(mono(12))
        words = [[f"{float(value):.3g}" for value in row] for row in array]
        broad, tall = frame.width() / array.shape[1], frame.height() / array.shape[0]
        widest = max(painter.fontMetrics().horizontalAdvance(word) for row in words for word in row)
        if broad < widest + 8 or tall < painter.fontMetrics().height() + 2:
            return
        for down, across in np.ndindex(*array.shape):
            cell = QRectF(frame.left() + across * broad, frame.top() + down * tall, broad, tall)
            ground = self._image.pixelColor((cell.center() - QPointF(frame.topLeft())).toPoint())
            painter.setPen(QColor(DARK_INK if ground.lightnessF() > 0.5 else LIGHT_INK))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words[down][across])

    def _draw_scale(self, painter: QPainter) -> None:
        if self._array is None:
            return
        theme, frame = self.session.theme, self._frame()
        scale = scale_of(self._array, self._kind)
        bar = QRect(frame.right() + 12, frame.top(), BAR, max(40, frame.height()))
        painter.drawImage(bar, scale_image(self._kind, theme.is_dark, bar.height()))
        painter.setPen(QColor(theme.dim))
        painter.setFont(mono(11))
        ends = [(scale.high, bar.top() + 6), (scale.low, bar.bottom() - 5)]
        if self._kind == "signed" and bar.height() > 54:
            ends.append((0.0, bar.center().y()))
        for value, y in ends:
            # A hair beside zero is zero on this scale.
            text = rounded(value if abs(value) > 1e-6 * (scale.high - scale.low) else 0.0)
            painter.drawText(QRectF(bar.right() + 6, y - 8, 60, 16), Qt.AlignmentFlag.AlignVCenter, text)

    def _gap(self) -> int:
        """Few tiles stand further apart than many."""
        return 6 if self._array is not None and len(self._array) <= 32 else 2

    def _box(self) -> QRect:
        """The room for the picture."""
        scale = SCALE_ROOM if self._array is not None and self._array.ndim > 1 else 4
        return self.rect().adjusted(12, 4, -scale, -4)

    def _frame(self) -> QRect:
        """Where the picture lies: at the left, in the middle of the height."""
        box = self._box()
        top = box.top() + max(0, (box.height() - self._image.height()) // 2)
        return QRect(QPoint(box.left(), top), self._image.size())

    def index_at(self, point: QPoint) -> tuple[int, ...] | None:
        """The array's index under a point; none beside the picture and in gaps."""
        array, frame = self._array, self._frame()
        if array is None or not frame.contains(point) or not array.size:
            return None
        x, y = point.x() - frame.left(), point.y() - frame.top()
        if array.ndim == 1:
            return (min(len(array) - 1, x * len(array) // frame.width()),)
        if array.ndim == 2:
            return y * array.shape[0] // frame.height(), x * array.shape[1] // frame.width()
        gap = self._gap()
        layout = grid_layout(array.shape, self._box().size(), gap)
        (down, top), (across, left) = divmod(y, layout.tall + gap), divmod(x, layout.broad + gap)
        tile = down * layout.across + across
        if tile >= layout.drawn or top >= layout.tall or left >= layout.broad:
            return None
        return tile, top * array.shape[1] // layout.tall, left * array.shape[2] // layout.broad

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().toPoint())
        if index is None or self._array is None:
            QToolTip.hideText()
            return
        text = f"{self.place(index)}: {float(self._array[index]):.4g}"
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        QToolTip.hideText()
