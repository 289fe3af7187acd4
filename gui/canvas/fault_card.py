"""A fault's sentence and its way out, in a card beside the node, never over another node."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.model.fault import Fault
from gui.canvas.style import FULL, RADIUS, Style

_WIDE = 320.0
_PAD = 12.0
_FIX = 40.0
_MOST = 3
_GAP = 14.0
Free = Callable[[QRectF], bool]
"""Whether no node and no other card lies in a rectangle, or whether one sees all of it."""


class FaultCard(QGraphicsItem):
    """The findings about one node. It is placed by `settle` and hidden where there is no room for it."""

    def __init__(self, node: str, faults: Sequence[Fault], style: Style) -> None:
        super().__init__()
        self.node = node
        self.faults = tuple(faults)
        self.style = style
        self.called = False
        """Whether the node is hovered or selected, so that the card shows even where room is scarce."""
        self._size, self._rows = self._measure()
        self.anchor = QPointF()
        self.setZValue(3)

    def _measure(self) -> tuple[QRectF, list[tuple[QRectF, QRectF, QRectF]]]:
        titles = self.style.title_metrics
        words = QFontMetricsF(self.style.mono_font)
        wide = 0.0
        for fault in self.faults[:_MOST]:
            room = _FIX if fault.mendable else 0.0
            wide = max(wide, titles.horizontalAdvance(fault.message) + room, words.horizontalAdvance(fault.fix))
        wide = min(_WIDE, wide + 4) + 2 * _PAD
        rows = []
        y = 9.0
        wrap = int(Qt.TextFlag.TextWordWrap)
        for fault in self.faults[:_MOST]:
            room = wide - 2 * _PAD
            fix = _FIX if fault.mendable else 0.0
            title = titles.boundingRect(QRectF(0, 0, room - fix, 400), wrap, fault.message).height()
            below = words.boundingRect(QRectF(0, 0, room, 400), wrap, fault.fix).height() if fault.fix else 0.0
            rows.append(
                (
                    QRectF(_PAD, y, room - fix, title),
                    QRectF(_PAD, y + title + 3, room, below),
                    QRectF(wide - _PAD - _FIX, y - 4, _FIX, 24) if fix else QRectF(),
                )
            )
            y += title + (3 + below if below else 0) + 10
        if len(self.faults) > _MOST:
            y += 16
        return QRectF(0, 0, wide, y), rows

    def settle(self, box: QRectF, badge: QPointF, free: Free, in_sight: Free) -> None:
        """Takes the nearest free place around the node; without one it hides, or moves further off when called.

        A place that is whole `in_sight` is taken before any other.
        """
        size = self._size
        left, top = box.right() - size.width() + 12, box.top() - size.height() - 18
        places = [
            QPointF(box.center().x() - size.width() / 2, box.bottom() + _GAP),
            QPointF(box.left(), box.bottom() + _GAP),
            QPointF(box.right() - size.width(), box.bottom() + _GAP),
            QPointF(left, top),
            QPointF(box.left(), top),
        ]
        if self.called:
            places += [
                QPointF(box.center().x() - size.width() / 2 + dx, box.center().y() - size.height() / 2 + dy)
                for reach in range(1, 14)
                for dx, dy in _around(reach * 60.0)
            ]
        whole = [place for place in places if in_sight(size.translated(place))]
        for place in (*whole, *places):
            if free(size.translated(place).adjusted(-6, -6, 6, 6)):
                self.prepareGeometryChange()
                self.setPos(place)
                self.anchor = badge - place
                self.setVisible(True)
                return
        self.setVisible(False)

    @property
    def scene_box(self) -> QRectF:
        return self._size.translated(self.pos())

    def fix_at(self, scene: QPointF) -> Fault | None:
        """The fault whose “Fix” lies under a point."""
        at = scene - self.pos()
        for fault, (_, _, button) in zip(self.faults, self._rows, strict=False):
            if button.contains(at):
                return fault
        return None

    def fix_center(self, index: int = 0) -> QPointF:
        """Where the “Fix” of a fault is, in scene coordinates."""
        return self.pos() + self._rows[index][2].center()

    def boundingRect(self) -> QRectF:
        return self._size.adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform()) < FULL:
            return
        style = self.style
        worst = "error" if any(fault.severity == "error" for fault in self.faults) else "warning"
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(style.fault(worst), 1.2))
        painter.setBrush(style.body)
        painter.drawRoundedRect(self._size, RADIUS, RADIUS)
        wrap = int(Qt.TextFlag.TextWordWrap)
        for fault, (title, below, button) in zip(self.faults, self._rows, strict=False):
            painter.setFont(style.title_font)
            painter.setPen(style.text)
            painter.drawText(title, wrap, fault.message)
            if not button.isEmpty():
                painter.setPen(style.accent)
                painter.drawText(button, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), "Fix")
            painter.setFont(style.mono_font)
            painter.setPen(style.dim)
            painter.drawText(below, wrap, fault.fix)
        if len(self.faults) > _MOST:
            more = QRectF(_PAD, self._size.height() - 22, self._size.width() - 2 * _PAD, 16)
            painter.drawText(more, f"and {len(self.faults) - _MOST} more, see Problems")


def _around(reach: float) -> list[tuple[float, float]]:
    """Offsets on a square of the given half side, those below first."""
    return [(0, reach), (0, -reach), (reach * 1.6, 0), (-reach * 1.6, 0), (reach, reach), (-reach, reach),
            (reach, -reach), (-reach, -reach)]  # fmt: skip
