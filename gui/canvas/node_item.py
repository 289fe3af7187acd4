"""A node on the canvas: its standing part from a plate, and over it what changes while it trains."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.compiler.inference import NodeReport
from core.model.fault import Fault
from core.model.layout import NARROWEST
from core.model.tensor import Field
from gui.canvas.body import BodyPicture
from gui.canvas.chrome import (
    BADGE,
    Look,
    badge_place,
    body_room,
    chevron_room,
    header_room,
    paint_figure,
    paint_look,
    paint_port_names,
)
from gui.canvas.cost_line import BELOW, CostLine
from gui.canvas.curve import LossCurve
from gui.canvas.face import Face
from gui.canvas.frame import Frame
from gui.canvas.plates import Plates
from gui.canvas.style import FULL, HEIGHT, PORT, Style
from gui.geometry.shape import NodeShape
from gui.geometry.spots import Spot


class NodeItem(QGraphicsItem):
    """A node on the canvas. It shows what the scene gives it and never writes to the model."""

    def __init__(self, name: str, style: Style, plates: Plates) -> None:
        super().__init__()
        self.name = name
        self.style = style
        self._plates = plates
        self.face = Face(name)
        self.form = NodeShape(QRectF(0, 0, NARROWEST, HEIGHT), [], [])
        self.frame: Frame | None = None
        """Of an instance that is opened in place."""
        self.report: NodeReport | None = None
        self.field: Field | None = None
        self.faults: tuple[Fault, ...] = ()
        self.cost: CostLine | None = None
        self.tells_cost = False
        """Whether its cost stands below it even while it is not selected."""
        self.picture = BodyPicture()
        self.curve: LossCurve | None = None
        self.states: dict[tuple[str, bool], str] = {}
        """How ports look while a wire is drawn: (port, is_input) → `possible`, `near` or `dimmed`."""
        self.selected = False
        self.hovered = False
        self.stripe_color = style.family("block")
        self.setZValue(1)

    def dress(self, face: Face, form: NodeShape, style: Style) -> None:
        """Takes new words, and the size and the ports that suit them."""
        if form.box != self.form.box:
            self.prepareGeometryChange()
        self.face, self.style, self.form = face, style, form
        self.stripe_color = QColor(face.color) if face.color else style.family(face.family)
        self._stand()
        self.update()

    def set_cost(self, cost: CostLine | None, always: bool) -> None:
        """Takes what the node costs; it is written below the card while selected, or `always`."""
        if (cost, always) != (self.cost, self.tells_cost):
            before = self._shown_cost()
            if always != self.tells_cost:
                self.prepareGeometryChange()
            self.cost, self.tells_cost = cost, always
            if before != self._shown_cost():
                self.update()

    def _shown_cost(self) -> CostLine | None:
        return self.cost if (self.tells_cost or self.selected) and not self.faults else None

    def set_state(self, *, selected: bool | None = None, hovered: bool | None = None) -> None:
        before = (self.selected, self.hovered)
        if selected not in (None, self.selected):
            self.prepareGeometryChange()
        self.selected = self.selected if selected is None else selected
        self.hovered = self.hovered if hovered is None else hovered
        if before != (self.selected, self.hovered):
            self._stand()
            self.update()

    def _stand(self) -> None:
        """Frames lie below the wires, what is looked at above all."""
        self.setZValue(-1 if self.is_open else 2 if self.selected or self.hovered else 1)

    @property
    def is_open(self) -> bool:
        return self.form.shift is not None

    @property
    def is_inner(self) -> bool:
        """Whether it stands inside the frame of another node."""
        return self.parentItem() is not None

    @property
    def width(self) -> float:
        return self.form.box.width()

    @property
    def inputs(self) -> list[Spot]:
        return self.form.inputs

    @property
    def outputs(self) -> list[Spot]:
        return self.form.outputs

    @property
    def box(self) -> QRectF:
        """The rectangle in the item's own coordinates."""
        return QRectF(self.form.box)

    @property
    def scene_box(self) -> QRectF:
        return self.box.translated(self.scenePos())

    @property
    def badge_at(self) -> QPointF:
        return badge_place(self.width) + self.form.box.topLeft()

    def button_at(self, at: QPointF) -> str:
        """What a press at a point (in scene coordinates) does to an instance: `fold`, `previous`, `next` or nothing."""
        if not self.face.folds:
            return ""
        here = at - self.scenePos()
        if chevron_room(self.form.box.topLeft()).contains(here):
            return "fold"
        return self.frame.button_at(self.form.box, here) if self.frame and self.is_open else ""

    def spot(self, name: str, is_input: bool) -> Spot | None:
        return next((spot for spot in (self.inputs if is_input else self.outputs) if spot.name == name), None)

    def boundingRect(self) -> QRectF:
        below = BELOW if self.tells_cost or self.selected else 8
        return self.form.box.adjusted(-PORT - 7, -BADGE - 6, PORT + 7, below)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.box.adjusted(-PORT, 0, PORT, 0))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self.is_open and self.frame is not None:
            self.frame.paint(painter, self._look(True), self.form.box)
            return
        way = painter.worldTransform()
        if way.m11() < FULL:
            # From afar there are many nodes, and each is cheap: thousands of plates at once would be a halt.
            paint_look(painter, self._look(False))
            return
        device = painter.device().devicePixelRatioF()
        scale = way.m11() * device
        at = round(way.dx() * device), round(way.dy() * device)
        # In the device's own pixels, and on whole ones, what was painted before can be put down as it is.
        painter.setWorldTransform(QTransform.fromScale(1 / device, 1 / device))
        self._plates.paint(painter, self.name, self._look(True), self.boundingRect(), at, scale)
        if self.curve is None and self.picture.filled:
            room = body_room(self.width)
            left, top = at[0] + room.left() * scale, at[1] + room.top() * scale
            pixels = QRectF(left, top, room.width() * scale, room.height() * scale)
            self.picture.paint(painter, pixels, scale, self.stripe_color, self.field, self.style)
        named = self.hovered or bool(self.states) or (self.face.folds and max(len(self.inputs), len(self.outputs)) > 1)
        if named or self.curve is not None:
            painter.setWorldTransform(QTransform(scale, 0, 0, scale, *at) * painter.worldTransform())
        if self.curve is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.curve.paint(painter, body_room(self.width).adjusted(0, 4, 0, 8), self.stripe_color)
            paint_figure(painter, self.style, self.width, self.curve.figure)
        if named:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_port_names(painter, self.style, self.inputs, self.outputs)

    def update_live(self) -> None:
        """Repaints what changes while training, and nothing else."""
        self.update(body_room(self.width).adjusted(-1, -1, 1, 10))
        if self.curve is not None:
            self.update(header_room(self.width))

    def _look(self, full: bool) -> Look:
        """The standing part as it is now."""
        spots = (*self.inputs, *self.outputs)
        states = self.states
        severity = ""
        if self.faults:
            severity = "error" if any(fault.severity == "error" for fault in self.faults) else "warning"
        return Look(
            self.style,
            self.face,
            self.width,
            self.stripe_color.rgba(),
            full,
            self.selected,
            self.hovered,
            spots,
            tuple([states.get((spot.name, spot.is_input), "") for spot in spots] if states else [""] * len(spots)),
            severity,
            self.curve is not None and self.curve.last is not None,
            self._shown_cost(),
        )
