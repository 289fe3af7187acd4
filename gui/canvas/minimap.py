"""The whole network in the corner: where the view is, and a way to move it; gone where it would only be in the way."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QGraphicsView, QWidget

from gui.canvas.scene import CanvasScene
from gui.canvas.style import RADIUS

SIZE = QSize(146, 62)


class Minimap(QWidget):
    """Draws the scene's overview; a click or a drag asks for another place."""

    place_wanted = Signal(QPointF)

    def __init__(self, scene: CanvasScene, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view, self._scene = view, scene
        self._seen = QRectF()
        self.setFixedSize(SIZE)
        self.setAccessibleName("Map of the whole network")
        self.setToolTip("The whole network: click or drag to go there")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        scene.laid.connect(self.refresh)
        self.refresh()

    def look(self, seen: QRectF) -> None:
        """Takes the part of the scene that the view shows."""
        if seen != self._seen:
            self._seen = seen
            self.refresh()

    def refresh(self) -> None:
        self.setVisible(bool(self._scene.nodes) and not self._in_the_way())
        self.update()

    def _in_the_way(self) -> bool:
        """Whether it would lie on a node although the whole network is seen without it."""
        self._scene.overview.collect(self._scene.nodes, self._scene.wires)
        corner = self._view.mapToScene(self.geometry()).boundingRect()
        return self._seen.contains(self._scene.overview.bounds) and bool(self._scene.boxes_in(corner))

    def _transform(self) -> QTransform:
        """From the scene to this widget: all nodes with a margin."""
        self._scene.overview.collect(self._scene.nodes, self._scene.wires)
        area = self._scene.overview.bounds.adjusted(-60, -60, 60, 60)
        room = QRectF(self.rect()).adjusted(5, 5, -5, -5)
        scale = min(room.width() / max(area.width(), 1), room.height() / max(area.height(), 1))
        change = QTransform()
        change.translate(room.center().x(), room.center().y())
        change.scale(scale, scale)
        change.translate(-area.center().x(), -area.center().y())
        return change

    def paintEvent(self, event: QPaintEvent) -> None:
        style = self._scene.style_
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(style.line, 1))
        painter.setBrush(style.body)
        painter.setOpacity(0.94)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setOpacity(1.0)
        change = self._transform()
        painter.setTransform(change)
        painter.setClipRect(change.inverted()[0].mapRect(QRectF(self.rect()).adjusted(2, 2, -2, -2)))
        self._scene.overview.paint(painter, style, wires=False)
        painter.resetTransform()
        painter.setClipping(False)
        seen = change.mapRect(self._seen).intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        painter.setPen(QPen(style.accent, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(seen)
        painter.end()

    def _go(self, event: QMouseEvent) -> None:
        self.place_wanted.emit(self._transform().inverted()[0].map(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)
