"""The body of a node: a cached picture of what flows out, or before the first run the outline of its shape."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from core.model.tensor import Field, TensorType
from gui.canvas.style import Style
from gui.pictures import activation_picture
from gui.session import LiveRun

Array = npt.NDArray[Any]


class BodyPicture:
    """One node's picture, drawn anew only when the array, the room or the colours changed."""

    def __init__(self) -> None:
        self._array: Array | None = None
        self._key: tuple[object, ...] = ()
        self._pixmap: QPixmap | None = None

    def show(self, array: Array | None) -> bool:
        """Takes the latest array; returns whether there is something new to paint."""
        if array is None or array is self._array:
            return False
        self._array = array
        self._key = ()
        return True

    def forget(self) -> None:
        self._array, self._pixmap, self._key = None, None, ()

    @property
    def filled(self) -> bool:
        return self._array is not None

    def paint(self, painter: QPainter, room: QRectF, color: QColor, field: Field | None, style: Style) -> None:
        """Draws the picture in the middle of the room, at the resolution of the screen."""
        if self._array is None:
            return
        transform = painter.worldTransform()
        scale = min(3.0, max(1.0, float(round(transform.m11() * painter.device().devicePixelRatioF()))))
        key = (room.width(), room.height(), scale, color.rgba(), style.theme.name)
        if key != self._key or self._pixmap is None:
            image = activation_picture(
                self._array,
                field.meaning if field else "",
                (round(room.width() * scale), round(room.height() * scale)),
                color=color.name(),
                dark=style.theme.is_dark,
                labels=field.labels if field else (),
                ink=style.theme.text,
            )
            image.setDevicePixelRatio(scale)
            self._pixmap, self._key = QPixmap.fromImage(image), key
        size = self._pixmap.deviceIndependentSize()
        at = QPointF(room.center().x() - size.width() / 2, room.center().y() - size.height() / 2)
        painter.drawPixmap(at, self._pixmap)


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


class LossCurve:
    """The loss of every step so far as one short line, extended as the run goes on."""

    POINTS = 72
    _MOST = 2048

    def __init__(self) -> None:
        self._run: object = None
        self._seen = 0
        self._stride = 1
        self._part: list[float] = []
        self._losses: list[float] = []
        self._recent: deque[float] = deque(maxlen=20)

    def follow(self, run: LiveRun | None) -> bool:
        """Takes over the new steps of a run; returns whether there was anything new."""
        if run is not self._run:
            self._run, self._seen, self._stride = run, 0, 1
            self._part, self._losses = [], []
            self._recent.clear()
            if run is None:
                return True
        if run is None or len(run.steps) == self._seen:
            return False
        for step in run.steps[self._seen :]:
            self._take(step.loss)
        self._seen = len(run.steps)
        return True

    def _take(self, loss: float) -> None:
        """Keeps means over `stride` steps; the stride doubles so that a long run stays cheap to draw."""
        if not math.isfinite(loss):
            return
        self._recent.append(loss)
        self._part.append(loss)
        if len(self._part) == self._stride:
            self._losses.append(sum(self._part) / self._stride)
            self._part = []
        if len(self._losses) > self._MOST:
            pairs = zip(self._losses[::2], self._losses[1::2], strict=False)
            self._losses = [(first + second) / 2 for first, second in pairs]
            self._stride *= 2

    @property
    def last(self) -> float | None:
        """The mean of the latest steps, which reads more calmly than one step."""
        return sum(self._recent) / len(self._recent) if self._recent else None

    def points(self, room: QRectF) -> QPolygonF:
        """The curve in a room: means over equal stretches of steps."""
        count = len(self._losses)
        bins = min(self.POINTS, count)
        means = []
        for index in range(bins):
            part = self._losses[index * count // bins : (index + 1) * count // bins]
            means.append(sum(part) / len(part))
        if len(means) < 2:
            return QPolygonF()
        low, high = min(*means, 0.0), max(means)
        span = (high - low) or 1.0
        return QPolygonF(
            [
                QPointF(
                    room.left() + room.width() * i / (len(means) - 1), room.bottom() - room.height() * (m - low) / span
                )
                for i, m in enumerate(means)
            ]
        )

    def paint(self, painter: QPainter, room: QRectF, color: QColor) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(self.points(room))
