"""The course of a wire: a soft curve forward, an arc over what is in between, a line between the rows going back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

CLEARANCE = 20.0
_BEND = 64.0
Obstacles = Callable[[QRectF], list[QRectF]]
"""Boxes of the nodes that lie in a rectangle."""


@dataclass(frozen=True)
class Course:
    """A path and the horizontal stretch on which its words can stand: middle of the baseline and free length."""

    path: QPainterPath
    words_at: QPointF
    room: float
    even: bool = True
    """Whether the stretch is level, so that words may stand anywhere along it."""


def course(start: QPointF, end: QPointF, obstacles: Obstacles) -> Course:
    """From an output (leaving to the right) to an input (arriving from the left)."""
    across = end.x() - start.x()
    if across < 4:
        return _back(start, end, obstacles)
    if across > 150:
        low, high = sorted((start.y(), end.y()))
        between = QRectF(start.x() + 12, low - 8, across - 24, high - low + 16)
        if boxes := obstacles(between):
            return _over(start, end, boxes)
    bend = max(20.0, min(across * 0.5, 160.0))
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(bend, 0), end - QPointF(bend, 0), end)
    flat = abs(end.y() - start.y()) < 6
    return Course(path, path.pointAtPercent(0.5), across - 24 if flat else across * 0.4, flat)


def _over(start: QPointF, end: QPointF, boxes: list[QRectF]) -> Course:
    """An arc above the nodes in between, or below them where that is nearer."""
    top = min(box.top() for box in boxes) - CLEARANCE
    bottom = max(box.bottom() for box in boxes) + CLEARANCE
    middle = (start.y() + end.y()) / 2
    height = top if middle - top <= bottom - middle + 40 else bottom
    path = QPainterPath(start)
    left, right = start.x() + _BEND, end.x() - _BEND
    if right - left < 40:
        left = right = (left + right) / 2
    path.cubicTo(QPointF(start.x() + 46, start.y()), QPointF(start.x() + 10, height), QPointF(left, height))
    path.lineTo(right, height)
    path.cubicTo(QPointF(end.x() - 10, height), QPointF(end.x() - 46, end.y()), end)
    return Course(path, QPointF((left + right) / 2, height), right - left)


def _back(start: QPointF, end: QPointF, obstacles: Obstacles) -> Course:
    """Out to the right, along a lane between the rows, and into the input from the left."""
    low, high = sorted((start.y(), end.y()))
    lane = _lane(start, end, low, high, obstacles)
    bend = min(_BEND, max(26.0, abs(lane - start.y()) * 0.7))
    arrive = min(_BEND, max(26.0, abs(lane - end.y()) * 0.7))
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(bend, 0), QPointF(start.x() + bend, lane), QPointF(start.x() - 12, lane))
    if end.x() + 12 < start.x() - 12:
        path.lineTo(end.x() + 12, lane)
    path.cubicTo(QPointF(end.x() - arrive, lane), end - QPointF(arrive, 0), end)
    return Course(path, QPointF((start.x() + end.x()) / 2, lane), start.x() - end.x() - 24)


def _lane(start: QPointF, end: QPointF, low: float, high: float, obstacles: Obstacles) -> float:
    """The height at which a wire can run back: the middle of the widest gap between the nodes on its way."""
    left, right = end.x() - 20, start.x() + 20
    boxes = obstacles(QRectF(left, low - 80, right - left, high - low + 160))
    spans = sorted((box.top(), box.bottom()) for box in boxes)
    gaps: list[tuple[float, float]] = []
    reach = low - 120
    for top, bottom in spans:
        if top > reach:
            gaps.append((reach, top))
        reach = max(reach, bottom)
    gaps.append((reach, high + 120))
    inner = [(a, b) for a, b in gaps if b - a >= 18 and a < high and b > low] or gaps
    middle = (low + high) / 2
    best = min(inner, key=lambda gap: (abs((gap[0] + gap[1]) / 2 - middle), -(gap[1] - gap[0])))
    return min(max((best[0] + best[1]) / 2, low - 110), high + 110)
