"""A wire: a soft curve, dashed for targets, with the shape that it carries where there is room for it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.model.graph import Edge
from gui.canvas.style import FULL, Style
from gui.canvas.wire_path import Course, Obstacles, course

_APART = 12.0
"""Pixels between the words of two wires that run along each other."""
_EMPTY = Course(QPainterPath(), QPointF(), 0.0)


class WireItem(QGraphicsItem):
    """A wire on the canvas; its ends follow the nodes."""

    def __init__(self, edge: Edge, style: Style, *, dashed: bool) -> None:
        super().__init__()
        self.edge = edge
        self.style = style
        self.dashed = dashed
        self.text = ""
        self.selected = False
        self.hovered = False
        self.course = _EMPTY
        self._words = QRectF()
        self._bounds = QRectF()
        self.setZValue(0)

    def lay(self, start: QPointF, end: QPointF, text: str, obstacles: Obstacles) -> None:
        """Gives the wire its course between two ports, in scene coordinates, and its words."""
        self._take(course(start, end, obstacles), text, obstacles)

    def say(self, text: str, obstacles: Obstacles) -> None:
        if text != self.text:
            self._take(self.course, text, obstacles)

    def _take(self, course: Course, text: str, obstacles: Obstacles) -> None:
        wide = self.style.mono_metrics.horizontalAdvance(text) + 8 if text else 0.0
        at = course.words_at
        words = QRectF()
        if wide and wide <= course.room:
            reach = (course.room - wide) / 2 if course.even else 0.0
            words = self._free(QRectF(at.x() - wide / 2, at.y() - 19, wide, 16), reach, obstacles)
        # The scene must not be asked for items between this call and the new bounds, or its index goes stale.
        self.prepareGeometryChange()
        self.course, self.text, self._words = course, text, words
        self._bounds = course.path.controlPointRect().adjusted(-4, -4, 4, 4).united(words)

    def _free(self, words: QRectF, reach: float, obstacles: Obstacles) -> QRectF:
        """Where the words stand clear of nodes and of the words of other wires: in the middle, or beside it as far as
        they reach; nowhere if there is no such place."""
        aside = words.width() + _APART
        for step in (0.0, -aside, aside):
            place = words.translated(step, 0)
            if abs(step) <= reach and not obstacles(place) and not self._others(place):
                return place
        return QRectF()

    def _others(self, words: QRectF) -> bool:
        """Whether the words of another wire stand there."""
        scene = self.scene()
        found = scene.items(words, Qt.ItemSelectionMode.IntersectsItemBoundingRect) if scene else []
        return any(isinstance(item, WireItem) and item is not self and item._words.intersects(words) for item in found)

    @property
    def words(self) -> QRectF:
        """Where the shape is written; empty where it is not."""
        return QRectF(self._words)

    def set_state(self, *, selected: bool | None = None, hovered: bool | None = None) -> None:
        before = (self.selected, self.hovered)
        self.selected = self.selected if selected is None else selected
        self.hovered = self.hovered if hovered is None else hovered
        if before != (self.selected, self.hovered):
            self.update()

    @property
    def words_shown(self) -> bool:
        """Whether the shape stands on the wire: only where it fits."""
        return not self._words.isEmpty()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(14)
        return stroker.createStroke(self.course.path)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        detail = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, detail >= FULL)
        pen = self.style.wire_pen(dashed=self.dashed, hovered=self.hovered, selected=self.selected)
        if detail < FULL:
            pen.setWidthF(1.2 / detail)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self.course.path)
        if detail >= FULL and not self._words.isEmpty():
            painter.setFont(self.style.mono_font)
            painter.setPen(self.style.dim)
            painter.drawText(self._words, Qt.AlignmentFlag.AlignCenter, self.text)


class LooseWire(QGraphicsItem):
    """The wire that is being drawn: from a port to the cursor or to the port it snaps to."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.style = style
        self.snapped = False
        self._path = QPainterPath()
        self.setZValue(4)

    def lay(self, start: QPointF, end: QPointF, *, snapped: bool) -> None:
        """From an output to an input, whichever of the two is the cursor."""
        self.prepareGeometryChange()
        self.snapped = snapped
        bend = max(24.0, min(abs(end.x() - start.x()) * 0.5, 120.0))
        self._path = QPainterPath(start)
        self._path.cubicTo(start + QPointF(bend, 0), end - QPointF(bend, 0), end)

    def boundingRect(self) -> QRectF:
        return self._path.controlPointRect().adjusted(-4, -4, 4, 4)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.style.wire_pen(dashed=not self.snapped, hovered=True, selected=self.snapped))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
