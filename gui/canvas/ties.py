"""Whose weights a node has, where they are not its own: a dotted line from the node that they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.canvas.style import FULL, Style

if TYPE_CHECKING:
    from gui.canvas.scene import CanvasScene

WORDS = {"shared": "shared weights", "average": "moving average", "copy": "copied weights", "start": "starts from it"}
"""What stands on the line while one of its ends is selected, by the mode of the weights."""
_DOTS = [1.0, 3.0]


class Tie(NamedTuple):
    """A line between the borders of two nodes; `told` while it is wanted with its words."""

    line: QLineF
    words: str
    told: bool


class Ties:
    """Keeps the ties of a scene where their nodes are."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._item: TiesItem | None = None
        scene.laid.connect(self.follow)

    def clear(self) -> None:
        """Forgets the ties; the scene has dropped them."""
        self._item = None

    def follow(self) -> None:
        """Takes the places of the nodes, and whose weights they have."""
        scene = self._scene
        if scene.project is None:
            return
        ties = []
        for node in scene.session.graph.nodes.values():
            if node.weights.mode == "own" or node.weights.of == node.id:
                continue
            here, there = scene.nodes.get(node.id), scene.nodes.get(node.weights.of)
            if here is not None and there is not None:
                line = _between(there.scene_box, here.scene_box)
                ties.append(Tie(line, WORDS[node.weights.mode], here.selected or there.selected))
        if self._item is None and ties:
            self._item = TiesItem()
            scene.addItem(self._item)
        if self._item is not None:
            self._item.take(ties, scene.style_)

    @property
    def drawn(self) -> list[Tie]:
        """The ties as they are drawn now."""
        return self._item.ties if self._item is not None else []


class TiesItem(QGraphicsItem):
    """All the ties of a graph in one item, below the nodes and their wires."""

    def __init__(self) -> None:
        super().__init__()
        self.ties: list[Tie] = []
        self._style: Style | None = None
        self._bounds = QRectF()
        self.setZValue(-0.5)

    def take(self, ties: list[Tie], style: Style) -> None:
        if ties == self.ties and style is self._style:
            return
        self.prepareGeometryChange()
        self.ties, self._style = ties, style
        self._bounds = QRectF()
        for tie in ties:
            self._bounds |= QRectF(tie.line.p1(), tie.line.p2()).normalized().adjusted(-60, -20, 60, 20)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        """Nothing: a tie is changed in the form of its node, not by the mouse."""
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        detail = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, detail >= FULL)
        style = self._style
        if style is None:
            return
        for tie in self.ties:
            pen = QPen(style.accent if tie.told else style.wire, max(2.0, 1.2 / detail))
            pen.setDashPattern(_DOTS)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(tie.line)
            if tie.told and detail >= FULL:
                _write(painter, tie, style)


def _write(painter: QPainter, tie: Tie, style: Style) -> None:
    """The words in the middle of a line, on ground that hides it."""
    metrics = QFontMetricsF(style.mono_font)
    room = QRectF(0, 0, metrics.horizontalAdvance(tie.words) + 8, metrics.height())
    room.moveCenter(tie.line.center())
    painter.fillRect(room, style.ground)
    painter.setFont(style.mono_font)
    painter.setPen(style.accent)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, tie.words)


def _between(first: QRectF, second: QRectF) -> QLineF:
    """From border to border: between the sides that look at each other."""
    above, below = (first, second) if first.center().y() <= second.center().y() else (second, first)
    if above.bottom() <= below.top():
        left, right = max(above.left(), below.left()), min(above.right(), below.right())
        if left <= right:
            # One stands over the other: straight down, in the middle of what they have in common.
            across = (left + right) / 2
            return QLineF(QPointF(across, above.bottom()), QPointF(across, below.top()))
        return QLineF(QPointF(above.center().x(), above.bottom()), QPointF(below.center().x(), below.top()))
    before, behind = (first, second) if first.center().x() <= second.center().x() else (second, first)
    # Below the middle, where the ports and the wires between them are not.
    return QLineF(
        QPointF(before.right(), before.bottom() - before.height() / 8),
        QPointF(behind.left(), behind.bottom() - behind.height() / 8),
    )
