"""An instance opened in place: a frame in the block's colour, and in its header which repetition is shown."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.canvas.chrome import Look, paint_badge, paint_chevron
from gui.canvas.ports import paint_spot
from gui.canvas.style import CHEVRON, FULL, HEADER, RADIUS, STRIPE, Style, blend

_ARROW = 20.0
_COUNT = 54.0
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Frame:
    """What belongs to the frame alone: how often the instance stands, and which repetition is shown."""

    def __init__(self) -> None:
        self.repeat = 1
        self.repetition = 0

    def button_at(self, box: QRectF, at: QPointF) -> str:
        """`previous` or `next` repetition under a point, or nothing."""
        if self.repeat > 1:
            if _back(box).contains(at):
                return "previous"
            if _forth(box).contains(at):
                return "next"
        return ""

    def paint(self, painter: QPainter, look: Look, box: QRectF) -> None:
        """Paints the frame without what is inside it, in the instance's coordinates."""
        style, color = look.style, QColor.fromRgba(look.color)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QPen(style.accent if look.selected else blend(style.ground, color, 0.75), 2.0 if look.selected else 1.5)
        painter.setPen(edge)
        painter.setBrush(blend(style.ground, color, 0.07))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(box.left(), box.top() + RADIUS, STRIPE, box.height() - 2 * RADIUS), 2, 2)
        if painter.worldTransform().m11() >= FULL:
            self._paint_header(painter, look, box)
            for spot, state in zip(look.spots, look.states, strict=True):
                paint_spot(painter, spot, color, style, state)
        else:
            room = QRectF(box.left() + 16, box.top(), box.width() - 24, HEADER + 8)
            font, title = style.headlines.of(look.face.title, room.width(), room.height())
            painter.setFont(font)
            painter.setPen(style.text)
            painter.drawText(room, _LEFT, title)
        if look.severity:
            paint_badge(painter, look, box.topLeft())

    def _paint_header(self, painter: QPainter, look: Look, box: QRectF) -> None:
        style, face = look.style, look.face
        room = QRectF(box.left() + STRIPE + 10 + CHEVRON, box.top(), box.width() - STRIPE - CHEVRON - 20, HEADER)
        paint_chevron(painter, style, box.topLeft(), is_open=True)
        if self.repeat > 1:
            room.setRight(_back(box).left() - 6)
            self._paint_count(painter, style, box)
        painter.setFont(style.title_font)
        painter.setPen(style.text)
        title = style.title_metrics.elidedText(face.title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _LEFT, title)
        taken = style.title_metrics.horizontalAdvance(title) + 12
        painter.setFont(style.mono_font)
        painter.setPen(style.dim)
        telling = style.mono_metrics.elidedText(face.telling, Qt.TextElideMode.ElideRight, room.width() - taken)
        painter.drawText(room.adjusted(taken, 0, 0, 0), _LEFT, telling)

    def _paint_count(self, painter: QPainter, style: Style, box: QRectF) -> None:
        """`‹ 1 of 3 ›`; an arrow that leads nowhere is faint."""
        painter.setFont(style.mono_font)
        painter.setPen(style.dim)
        middle = QRectF(_back(box).right(), box.top(), _COUNT, HEADER)
        painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, f"{self.repetition + 1} of {self.repeat}")
        painter.setFont(style.title_font)
        for room, sign, on in (
            (_back(box), "‹", self.repetition > 0),
            (_forth(box), "›", self.repetition < self.repeat - 1),
        ):
            painter.setPen(style.text if on else style.hint)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, sign)


def _back(box: QRectF) -> QRectF:
    return QRectF(box.right() - 2 * _ARROW - _COUNT - 6, box.top(), _ARROW, HEADER)


def _forth(box: QRectF) -> QRectF:
    return QRectF(box.right() - _ARROW - 6, box.top(), _ARROW, HEADER)
