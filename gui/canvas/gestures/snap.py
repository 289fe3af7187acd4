"""Draws a moved node to its neighbours' lines, else to a fine grid, and shows the line it was drawn to."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLineF, QPointF, QRectF

GRID = 8.0
_NEAR = 6.0
_LOOK = 900.0


def snapped(box: QRectF, others: Iterable[QRectF]) -> tuple[QPointF, list[QLineF]]:
    """The shift that aligns a box with others (tops and middles, left edges and middles), and the guides to show."""
    shift = QPointF(round(box.left() / GRID) * GRID - box.left(), round(box.top() / GRID) * GRID - box.top())
    best_x = best_y = _NEAR + 1
    guides: dict[str, QLineF] = {}
    for other in others:
        if abs(other.center().x() - box.center().x()) > _LOOK or abs(other.center().y() - box.center().y()) > _LOOK:
            continue
        for mine, theirs in ((box.top(), other.top()), (box.center().y(), other.center().y())):
            far = theirs - mine
            if abs(far) < best_y:
                best_y = abs(far)
                shift.setY(far)
                y = other.center().y()
                guides["y"] = QLineF(min(box.left(), other.left()), y, max(box.right(), other.right()), y)
        for mine, theirs in ((box.left(), other.left()), (box.center().x(), other.center().x())):
            far = theirs - mine
            if abs(far) < best_x:
                best_x = abs(far)
                shift.setX(far)
                x = other.left() if mine == box.left() else other.center().x()
                guides["x"] = QLineF(x, min(box.top(), other.top()), x, max(box.bottom(), other.bottom()))
    return shift, list(guides.values())
