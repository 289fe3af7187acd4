"""The whole network as a few batched shapes, for far zooms and the minimap: cheap for thousands of nodes."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.canvas.node_item import NodeItem
from gui.canvas.style import Style
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
        self._boxes, self._marked, self._lines = {}, [], []
        bounds = QRectF()
        for item in nodes.values():
            box = item.scene_box
            bounds = bounds.united(box)
            self._boxes.setdefault(item.stripe_color.rgb(), []).append(box)
            if item.selected:
                self._marked.append(box)
        for wire in wires.values():
            source, target = nodes.get(wire.edge.source), nodes.get(wire.edge.target)
            if source and target:
                start, end = source.scene_box, target.scene_box
                self._lines.append(QLineF(start.right(), start.center().y(), end.left(), end.center().y()))
        self.bounds = bounds

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
