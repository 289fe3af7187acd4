"""What a node costs, written below its card, with a bar of its share of the network's operations."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from core.model.amounts import counted, flops, size
from gui.canvas.style import HEIGHT, Style
from gui.costs import Cost

BELOW = 38.0
"""How far it reaches below the card: less than the distance of two rows."""
_BAR = 3.0
_ROW = 14.0
_OVER = 18.0
"""How far words may stand out at either side of a narrow card."""


class CostLine(NamedTuple):
    """Two equal ones paint the same pixels. `share` is the part of the network's operations, between 0 and 1."""

    cost: Cost
    share: float

    @property
    def rows(self) -> tuple[str, ...]:
        """`463 MFLOP · 98 KiB`, and below it the parameters where there are any."""
        amounts = [flops(self.cost.flops)] if self.cost.flops else []
        amounts += [size(self.cost.memory)] if self.cost.memory else []
        weights = [counted(self.cost.parameters, "parameter")] if self.cost.parameters else []
        return tuple(row for row in (" · ".join(amounts), *weights) if row)


def paint_cost(painter: QPainter, line: CostLine, width: float, color: QColor, style: Style) -> None:
    """In the node's own coordinates."""
    if not line.rows:
        return
    track = QRectF(0, HEIGHT + 4, width, _BAR)
    painter.setPen(Qt.PenStyle.NoPen)
    if line.cost.flops:
        painter.setBrush(style.line)
        painter.drawRoundedRect(track, 1.5, 1.5)
        track.setWidth(max(_BAR, width * line.share))
        painter.setBrush(color)
        painter.drawRoundedRect(track, 1.5, 1.5)
    painter.setFont(style.small_font)
    painter.setPen(style.dim)
    top = HEIGHT + 4 + (_BAR + 2 if line.cost.flops else 0)
    for index, row in enumerate(line.rows):
        room = QRectF(-_OVER, top + index * _ROW, width + 2 * _OVER, _ROW)
        # A wire and its words may pass below.
        behind = painter.boundingRect(room, Qt.AlignmentFlag.AlignCenter, row)
        painter.fillRect(behind.adjusted(-3, 0, 3, 0) & room, style.ground)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, row)
