"""The whole network as a few batched shapes, for far zooms and the minimap: cheap for thousands of nodes."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.canvas.node_item import NodeItem
from gui.canvas.style import HEIGHT, Style
from gui.canvas.wire_item import WireItem


class Overview:
    """Boxes by colour and one line a wire; collected once and kept until `forget`."""

    def __init__(self) -> None:
        self._boxes: dict[int, list[QRectF]] | None = None
        self._marked: list[QRectF] = []
        self._lines: list[QLineF] = []
        self.bounds = QRectF()

    def forget(self) -> None:
        self._boxes = None

    def collect(self, nodes: dict[str, NodeItem], wires: dict[tuple[str, str, int], WireItem]) -> None:
        """Reads the places of all items, unless they are known."""
        if self._boxes is not None:
            return
        self._boxes, self._lines = {}, []
        places: dict[str, tuple[float, float, float]] = {}
        left = top = float("inf")
        right = bottom = -float("inf")
        for name, item in nodes.items():
            box = item.form.box
            x, y, end = item.x(), item.y() + box.top(), item.x() + box.width()
            places[name] = (x, item.y() + HEIGHT / 2, end)
            self._boxes.setdefault(item.stripe_color.rgb(), []).append(QRectF(x, y, box.width(), box.height()))
            left, top, right, bottom = min(left, x), min(top, y), max(right, end), max(bottom, y + box.height())
        for wire in wires.values():
            source, target = places.get(wire.edge.source), places.get(wire.edge.target)
            if source and target:
                self._lines.append(QLineF(source[2], source[1], target[0], target[1]))
        self.bounds = QRectF(QPointF(left, top), QPointF(right, bottom)) if nodes else QRectF()

    def mark(self, boxes: list[QRectF]) -> None:
        """The boxes of the selected nodes."""
        self._marked = boxes

    def paint(self, painter: QPainter, style: Style, *, wires: bool = True) -> None:
        """Draws in scene coordinates."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if wires:
            painter.setPen(QPen(style.wire, 0))
            painter.drawLines(self._lines)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, boxes in (self._boxes or {}).items():
            painter.setBrush(QColor(color))
            painter.drawRects(boxes)
        if self._marked:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pen = QPen(style.accent, 2)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawRects(self._marked)
