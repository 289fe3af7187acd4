"""One painter for every kind of node: header, stripe, body, shape, ports and the badge of a fault."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.compiler.inference import NodeReport
from core.model.fault import Fault
from core.model.layout import NARROWEST
from core.model.tensor import Field, TensorType
from gui.canvas.body import BodyPicture, LossCurve, paint_outline
from gui.canvas.face import Face
from gui.canvas.ports import Spot, paint_spot
from gui.canvas.style import FULL, HEADER, HEIGHT, PORT, RADIUS, STRIPE, Style, blend

BADGE = 10.0
_PAD = 12.0


class NodeItem(QGraphicsItem):
    """A node on the canvas. It shows what the scene gives it and never writes to the model."""

    def __init__(self, name: str, style: Style) -> None:
        super().__init__()
        self.name = name
        self.style = style
        self.face = Face(name)
        self.width = NARROWEST
        self.inputs: list[Spot] = []
        self.outputs: list[Spot] = []
        self.report: NodeReport | None = None
        self.type: TensorType | None = None
        self.field: Field | None = None
        self.faults: tuple[Fault, ...] = ()
        self.picture = BodyPicture()
        self.curve: LossCurve | None = None
        self.states: dict[tuple[str, bool], str] = {}
        """How ports look while a wire is drawn: (port, is_input) → `possible`, `near` or `dimmed`."""
        self.selected = False
        self.hovered = False
        self.stripe_color = style.family("block")
        self._header = QPainterPath()
        self._header_width = 0.0
        self.setZValue(1)

    def dress(self, face: Face, width: float, style: Style) -> None:
        """Takes new words and the width that suits them."""
        if width != self.width:
            self.prepareGeometryChange()
        self.face, self.style, self.width = face, style, width
        self.stripe_color = QColor(face.color) if face.color else style.family(face.family)
        self.update()

    def set_state(self, *, selected: bool | None = None, hovered: bool | None = None) -> None:
        before = (self.selected, self.hovered)
        self.selected = self.selected if selected is None else selected
        self.hovered = self.hovered if hovered is None else hovered
        if before != (self.selected, self.hovered):
            self.setZValue(2 if self.selected or self.hovered else 1)
            self.update()

    @property
    def box(self) -> QRectF:
        """The rectangle in the item's own coordinates."""
        return QRectF(0, 0, self.width, HEIGHT)

    @property
    def scene_box(self) -> QRectF:
        return self.box.translated(self.pos())

    @property
    def badge_at(self) -> QPointF:
        return QPointF(self.width - 14, -4)

    def spot(self, name: str, is_input: bool) -> Spot | None:
        return next((spot for spot in (self.inputs if is_input else self.outputs) if spot.name == name), None)

    def boundingRect(self) -> QRectF:
        return QRectF(-PORT - 7, -BADGE - 6, self.width + 2 * PORT + 14, HEIGHT + BADGE + 14)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.box.adjusted(-PORT, 0, PORT, 0))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform()) < FULL:
            self._paint_small(painter)
        else:
            self._paint_full(painter)
        if self.faults:
            self._paint_badge(painter)

    def _paint_small(self, painter: QPainter) -> None:
        """Stripe and title, legible from afar."""
        style, box = self.style, self.box
        painter.setPen(QPen(style.accent, 5) if self.selected else Qt.PenStyle.NoPen)
        painter.setBrush(style.body)
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.fillRect(QRectF(0, 8, 12, HEIGHT - 16), self.stripe_color)
        painter.setPen(style.text)
        painter.setFont(style.big_font)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        painter.drawText(box.adjusted(22, 6, -6, -6), int(flags), self.face.title)

    def _paint_full(self, painter: QPainter) -> None:
        style, face, box = self.style, self.face, self.box
        color = self.stripe_color
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(style.selected if self.selected else style.hovered if self.hovered else style.border)
        painter.setBrush(style.body)
        inset = 0.0 if self.selected else 0.5
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
        painter.fillPath(self._header_shape(), style.header)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(0, RADIUS, STRIPE, HEIGHT - 2 * RADIUS), 2, 2)
        self._paint_header(painter)
        self._paint_body(painter, color)
        painter.setFont(style.mono_font)
        painter.setPen(style.dim)
        foot = QRectF(STRIPE + 8, HEIGHT - 24, self.width - STRIPE - 8 - _PAD, 18)
        if face.frozen:
            painter.drawText(foot, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "frozen")
        if face.shape:
            painter.drawText(foot, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, face.shape)
        for spot in (*self.inputs, *self.outputs):
            paint_spot(painter, spot, color, style, self.states.get((spot.name, spot.is_input), ""))
        if self.hovered or self.states:
            self._paint_port_names(painter)

    def _header_shape(self) -> QPainterPath:
        """The header inside the border: round at the top, straight below."""
        if self._header_width != self.width:
            round_ = RADIUS - 1
            path = QPainterPath(QPointF(1, HEADER))
            path.lineTo(1, 1 + round_)
            path.quadTo(1, 1, 1 + round_, 1)
            path.lineTo(self.width - 1 - round_, 1)
            path.quadTo(self.width - 1, 1, self.width - 1, 1 + round_)
            path.lineTo(self.width - 1, HEADER)
            self._header, self._header_width = path, self.width
        return self._header

    def _paint_header(self, painter: QPainter) -> None:
        style, face = self.style, self.face
        room = QRectF(STRIPE + 10, 0, self.width - STRIPE - 10 - _PAD, HEADER)
        right = 0.0
        telling = face.telling
        if self.curve is not None and (last := self.curve.last) is not None:
            telling = f"{last:.3f}" if abs(last) < 1000 else f"{last:.2e}"
        if telling:
            telling = style.mono_metrics.elidedText(telling, Qt.TextElideMode.ElideRight, room.width() / 2 + 10)
            right = style.mono_metrics.horizontalAdvance(telling) + 10
            painter.setFont(style.mono_font)
            painter.setPen(style.dim)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, telling)
        painter.setFont(style.title_font)
        painter.setPen(style.text)
        title = style.title_metrics.elidedText(face.title, Qt.TextElideMode.ElideRight, room.width() - right)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_body(self, painter: QPainter, color: QColor) -> None:
        room = QRectF(STRIPE + 12, HEADER + 7, self.width - STRIPE - 26, HEIGHT - HEADER - 35)
        if self.curve is not None:
            self.curve.paint(painter, room.adjusted(0, 4, 0, 8), color)
        elif self.picture.filled:
            self.picture.paint(painter, room, color, self.field, self.style)
        elif self.type is not None:
            paint_outline(painter, room, self.type, self.style)

    def _paint_port_names(self, painter: QPainter) -> None:
        """Names of the ports beside them where there is more than one on a side."""
        style = self.style
        painter.setFont(style.small_font)
        for spots, sign in ((self.inputs, 1), (self.outputs, -1)):
            if len(spots) < 2:
                continue
            for spot in spots:
                wide = style.mono_metrics.horizontalAdvance(spot.name) + 6
                left = spot.at.x() + 9 if sign > 0 else spot.at.x() - 9 - wide
                chip = QRectF(left, spot.at.y() - 8, wide, 16)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(blend(style.body, style.ground, 0.4))
                painter.drawRoundedRect(chip, 3, 3)
                painter.setPen(style.text)
                painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, spot.name)

    def _paint_badge(self, painter: QPainter) -> None:
        """A disc with an exclamation mark: red for what cannot run, amber for what can but shouldn't."""
        style = self.style
        worst = "error" if any(fault.severity == "error" for fault in self.faults) else "warning"
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(style.ground, 2))
        painter.setBrush(style.fault(worst))
        painter.drawEllipse(self.badge_at, BADGE, BADGE)
        painter.setPen(QPen(style.on_badge, 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        x, y = self.badge_at.x(), self.badge_at.y()
        painter.drawLine(QPointF(x, y - 5), QPointF(x, y + 1))
        painter.drawPoint(QPointF(x, y + 4.6))
