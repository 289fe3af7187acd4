"""What stays of a node while it trains: frame, stripe, header, shape, ports and badge, painted from a value."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gui.canvas.cost_line import CostLine, paint_cost
from gui.canvas.face import Face
from gui.canvas.ports import paint_spot
from gui.canvas.style import CHEVRON, HEADER, HEIGHT, RADIUS, STRIPE, Style, blend
from gui.geometry.spots import Spot

BADGE = 10.0
_PAD = 12.0
_LIVE = "00.000"
"""The room that a figure which changes while training takes in the header."""
_TELLING = 0.36
"""The share of the header that the telling parameter may take from a long title."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Look(NamedTuple):
    """All that the standing part of a node depends on: two equal looks paint the same pixels."""

    style: Style
    face: Face
    width: float
    color: int
    """Of the stripe, 0xAARRGGBB."""
    full: bool
    """Whether the zoom shows bodies, not stripe and title only."""
    selected: bool
    hovered: bool
    spots: tuple[Spot, ...]
    states: tuple[str, ...]
    """How each port looks while a wire is drawn: `possible`, `near`, `dimmed`, or nothing."""
    severity: str
    """Of the worst fault; empty without one."""
    live: bool
    """Whether a changing figure takes the place of the telling parameter."""
    cost: CostLine | None
    """Written below the card where that is wanted."""


def body_room(width: float) -> QRectF:
    """Where the picture of a node's value has its place."""
    return QRectF(STRIPE + 12, HEADER + 7, width - STRIPE - 26, HEIGHT - HEADER - 35)


def header_room(width: float) -> QRectF:
    """Where title and telling parameter stand."""
    return QRectF(STRIPE + 10, 0, width - STRIPE - 10 - _PAD, HEADER)


def chevron_room(corner: QPointF) -> QRectF:
    """Where a press opens or folds an instance whose upper left corner is given."""
    return QRectF(corner.x() + STRIPE, corner.y(), CHEVRON + 8, HEADER)


def badge_place(width: float) -> QPointF:
    return QPointF(width - 14, -4)


def paint_look(painter: QPainter, look: Look) -> None:
    """Paints a node without its picture, in its own coordinates."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if look.full:
        _paint_full(painter, look)
    else:
        _paint_small(painter, look)
    if look.severity:
        paint_badge(painter, look, QPointF())


def paint_figure(painter: QPainter, style: Style, width: float, text: str) -> None:
    """A figure that changes while training, at the right of the header."""
    painter.setFont(style.mono_font)
    painter.setPen(style.dim)
    painter.drawText(header_room(width), _RIGHT, text)


def paint_port_names(painter: QPainter, style: Style, inputs: list[Spot], outputs: list[Spot]) -> None:
    """Names of the ports beside them where there is more than one on a side."""
    painter.setFont(style.small_font)
    for spots, sign in ((inputs, 1), (outputs, -1)):
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


def _paint_small(painter: QPainter, look: Look) -> None:
    """Stripe and title, legible from afar."""
    style, box = look.style, QRectF(0, 0, look.width, HEIGHT)
    painter.setPen(QPen(style.accent, 5) if look.selected else Qt.PenStyle.NoPen)
    painter.setBrush(style.body)
    painter.drawRoundedRect(box, RADIUS, RADIUS)
    painter.fillRect(QRectF(0, 8, 12, HEIGHT - 16), QColor.fromRgba(look.color))
    room = box.adjusted(22, 6, -6, -6)
    face, title = style.headlines.of(look.face.title, room.width(), room.height())
    painter.setPen(style.text)
    painter.setFont(face)
    painter.drawText(room, _LEFT, title)


def _paint_full(painter: QPainter, look: Look) -> None:
    style, face, width = look.style, look.face, look.width
    color = QColor.fromRgba(look.color)
    if face.stacked:
        _paint_stack(painter, look)
    painter.setPen(style.selected if look.selected else style.hovered if look.hovered else style.border)
    painter.setBrush(style.body)
    inset = 0.0 if look.selected else 0.5
    painter.drawRoundedRect(QRectF(0, 0, width, HEIGHT).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
    painter.fillPath(_header_shape(width), style.header)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(0, RADIUS, STRIPE, HEIGHT - 2 * RADIUS), 2, 2)
    _paint_header(painter, look)
    if look.cost is not None:
        paint_cost(painter, look.cost, width, color, style)
    painter.setFont(style.mono_font)
    painter.setPen(style.dim)
    foot = QRectF(STRIPE + 8, HEIGHT - 24, width - STRIPE - 8 - _PAD, 18)
    if face.frozen:
        painter.drawText(foot, _LEFT, "frozen")
    if face.shape:
        painter.drawText(foot, _RIGHT, face.shape)
    for spot, state in zip(look.spots, look.states, strict=True):
        paint_spot(painter, spot, color, style, state)


def _paint_stack(painter: QPainter, look: Look) -> None:
    """Two cards behind the first: the block stands repeated."""
    style, box = look.style, QRectF(0, 0, look.width, HEIGHT)
    for off in (8.0, 4.0):
        painter.setPen(style.selected if look.selected else style.border)
        painter.setBrush(blend(style.header, style.ground, off / 16))
        painter.drawRoundedRect(box.translated(off - 0.5, 0.5 - off), RADIUS, RADIUS)


def paint_chevron(painter: QPainter, style: Style, corner: QPointF, *, is_open: bool) -> None:
    """Points right where an instance can be opened, and down where it can be folded."""
    middle = chevron_room(corner).center()
    points = [(-2.5, -4.0), (2.0, 0.0), (-2.5, 4.0)]
    if is_open:
        points = [(-4.0, -2.0), (0.0, 2.5), (4.0, -2.0)]
    painter.setPen(QPen(style.dim, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([middle + QPointF(x, y) for x, y in points]))


def _header_shape(width: float) -> QPainterPath:
    """The header inside the border: round at the top, straight below."""
    round_ = RADIUS - 1
    path = QPainterPath(QPointF(1, HEADER))
    path.lineTo(1, 1 + round_)
    path.quadTo(1, 1, 1 + round_, 1)
    path.lineTo(width - 1 - round_, 1)
    path.quadTo(width - 1, 1, width - 1, 1 + round_)
    path.lineTo(width - 1, HEADER)
    return path


def _paint_header(painter: QPainter, look: Look) -> None:
    style, face = look.style, look.face
    room = header_room(look.width)
    if face.folds:
        paint_chevron(painter, style, QPointF(), is_open=False)
        room.setLeft(room.left() + CHEVRON)
    if look.live:
        room.setRight(room.right() - style.mono_metrics.horizontalAdvance(_LIVE) - 10)
    telling, title = told_of(style, face.title, "" if look.live else face.telling, room.width())
    painter.setFont(style.mono_font)
    painter.setPen(style.dim)
    painter.drawText(room, _RIGHT, telling)
    painter.setFont(style.title_font)
    painter.setPen(style.text)
    painter.drawText(room, _LEFT, title)


def told_of(style: Style, title: str, telling: str, room: float) -> tuple[str, str]:
    """Telling parameter and title as they are written into a header of this width: the title goes before."""
    right = 0.0
    if telling:
        most = max(room - style.title_metrics.horizontalAdvance(title) - 10, _TELLING * room)
        telling = style.mono_metrics.elidedText(telling, Qt.TextElideMode.ElideRight, most)
        right = style.mono_metrics.horizontalAdvance(telling) + 10
    return telling, style.title_metrics.elidedText(title, Qt.TextElideMode.ElideRight, room - right)


def paint_badge(painter: QPainter, look: Look, corner: QPointF) -> None:
    """A disc with an exclamation mark: red for what cannot run, amber for what can but shouldn't."""
    style, place = look.style, badge_place(look.width) + corner
    painter.setPen(QPen(style.ground, 2))
    painter.setBrush(style.fault(look.severity))
    painter.drawEllipse(place, BADGE, BADGE)
    painter.setPen(QPen(style.on_badge, 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    x, y = place.x(), place.y()
    painter.drawLine(QPointF(x, y - 5), QPointF(x, y + 1))
    painter.drawPoint(QPointF(x, y + 4.6))
