"""Takes a layer from the palette: a ghost follows the cursor, a wire under it lights up and takes the layer in."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.model.graph import Edge
from gui import stock
from gui.canvas.hit import wire_near
from gui.canvas.insert import fits_wire, insert, width_of_kind
from gui.canvas.node_item import NodeItem
from gui.canvas.stage import Stage
from gui.canvas.style import HEADER, HEIGHT, RADIUS, STRIPE, Style

MIME = "application/x-layerloom-kind"


class Ghost(QGraphicsItem):
    """Where the new node would stand."""

    def __init__(self, title: str, width: float, style: Style, color: QColor) -> None:
        super().__init__()
        self._title, self._width, self._style, self._color = title, width, style, color
        self.setOpacity(0.75)
        self.setZValue(5)

    def boundingRect(self) -> QRectF:
        return QRectF(-self._width / 2 - 2, -HEIGHT / 2 - 2, self._width + 4, HEIGHT + 4)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        style, box = self._style, self.boundingRect().adjusted(2, 2, -2, -2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(style.accent, 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(style.body)
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawRoundedRect(QRectF(box.left(), box.top() + RADIUS, STRIPE, HEIGHT - 2 * RADIUS), 2, 2)
        painter.setPen(style.text)
        painter.setFont(style.title_font)
        header = QRectF(box.left() + STRIPE + 10, box.top(), box.width() - 20, HEADER)
        painter.drawText(header, Qt.AlignmentFlag.AlignVCenter, self._title)


class Drop:
    """One drag from the palette over the canvas."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._ghost: Ghost | None = None
        self._kind = ""
        self._fits_wire = False
        self.edge: Edge | None = None

    def enter(self, event: QDragEnterEvent) -> bool:
        """Whether the thing is a layer kind that is known, and there is a network to put it in."""
        data = event.mimeData()
        kind = bytes(data.data(MIME).data()).decode("utf-8", "replace") if data.hasFormat(MIME) else ""
        entry = stock.entry(self._stage.project, kind)
        if entry is None or self._stage.project is None:
            return False
        self.leave()
        self._kind = kind
        self._fits_wire, scene = fits_wire(entry.spec), self._stage.scene
        color = scene.style_.color(entry.color)
        self._ghost = Ghost(entry.title, width_of_kind(entry.spec), scene.style_, color)
        scene.addItem(self._ghost)
        self._follow(event.position())
        return True

    def move(self, event: QDragMoveEvent) -> bool:
        if self._ghost is None:
            return False
        self._follow(event.position())
        return True

    def _follow(self, place: QPointF) -> None:
        at = self._stage.at(place)
        if self._ghost is not None:
            self._ghost.setPos(at)
        self.edge = self._wire_under(at) if self._fits_wire else None
        self._stage.mark_wire(self.edge)

    def _wire_under(self, at: QPointF) -> Edge | None:
        around = QRectF(at.x() - 16, at.y() - 16, 32, 32)
        items = self._stage.scene.items(around)
        if any(isinstance(item, NodeItem) and item.scene_box.contains(at) for item in items):
            return None
        wire = wire_near(items, at, 14)
        return wire.edge if wire else None

    def drop(self, event: QDropEvent) -> bool:
        """Puts the node down, onto the wire under it if there is one."""
        if self._ghost is None:
            return False
        edge, kind, at = self.edge, self._kind, self._stage.at(event.position())
        self.leave()
        name = insert(self._stage.scene, kind, at, edge)
        if name:
            self._stage.session.select([name])
        return bool(name)

    def leave(self) -> None:
        """The drag went away: so does its ghost."""
        if self._ghost is not None:
            self._stage.scene.removeItem(self._ghost)
            self._ghost = None
        self.edge = None
        self._stage.mark_wire(None)
