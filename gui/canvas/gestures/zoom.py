"""Zooms at the cursor: wheel, Ctrl and wheel, pinch; two fingers on a touch pad scroll."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QGraphicsView

from gui.canvas.gestures.pan import scroll

LEAST, MOST = 0.04, 4.0
_STEP = 1.0015
"""Factor a unit of the wheel's angle: 120 units a notch make 1.2."""


def zoom_to(view: QGraphicsView, zoom: float, at: QPointF | None = None) -> None:
    """Sets the zoom; the point of the scene that lies under `at` (viewport, by default its middle) stays there."""
    zoom = min(max(zoom, LEAST), MOST)
    place = at if at is not None else QPointF(view.viewport().rect().center())
    before = view.viewportTransform().inverted()[0].map(place)
    factor = zoom / view.transform().m11()
    view.scale(factor, factor)
    after = view.viewportTransform().map(before)
    scroll(view, (place - after).toPoint())


def wheel(view: QGraphicsView, event: QWheelEvent) -> None:
    """A notched wheel zooms; a touch pad scrolls, unless Ctrl is held; Shift scrolls sideways."""
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if not control and not event.pixelDelta().isNull():
        scroll(view, event.pixelDelta())
    elif shift and not control:
        delta = event.angleDelta()
        scroll(view, QPoint(delta.x() or delta.y(), 0))
    else:
        zoom_to(view, view.transform().m11() * _STEP ** event.angleDelta().y(), event.position())


def pinch(view: QGraphicsView, event: QNativeGestureEvent) -> bool:
    """Two fingers apart or together; returns whether the event was one."""
    if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
        return False
    zoom_to(view, view.transform().m11() * (1 + event.value()), event.position())
    return True
