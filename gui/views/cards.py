"""Cards that flow like words: one for each node, painted only where they can be seen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from core.training.records import FloatArray
from gui.fonts import scale
from gui.pictures import activation_picture
from gui.session import Session
from gui.theme import Theme
from gui.views.base import mono

GAP = 10
WIDTH, LARGEST = 132, 320
HEAD, FOOT = 26, 20
"""Pixels with letters of the usual size; twice as many in a lecture hall."""


@dataclass
class Card:
    """One node's output: its id, title, family (or the colour of a block), the array and how to draw it."""

    node: str
    title: str
    family: str
    array: FloatArray
    meaning: str = ""
    labels: tuple[str, ...] = ()
    picture: QImage | None = field(default=None, repr=False)

    @property
    def shape(self) -> str:
        return "×".join(map(str, self.array.shape)) or "1"

    def color_in(self, theme: Theme) -> str:
        """The colour of the family, or that of a block, which is its own."""
        return self.family if self.family.startswith("#") else theme.families.get(self.family, theme.accent)

    def is_like(self, other: Card) -> bool:
        """Whether both look the same."""
        mine = (self.node, self.title, self.family, self.meaning, self.labels)
        return mine == (other.node, other.title, other.family, other.meaning, other.labels) and np.array_equal(
            self.array, other.array
        )

    @property
    def span(self) -> str:
        """Lowest and highest value, and how many are not numbers; a single value is the picture itself."""
        if self.array.size < 2 or self.meaning in ("class", "token"):
            return ""
        finite = self.array[np.isfinite(self.array)]
        lost = self.array.size - finite.size
        ends = f"{finite.min():.3g} … {finite.max():.3g}" if finite.size else ""
        return f"{ends}  {lost:,} not a number" if lost else ends


class Cards(QAbstractScrollArea):
    """The cards in order, row by row; a click tells the node."""

    clicked = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.cards: list[Card] = []
        self.setFrameShape(self.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(24)

    def show_cards(self, cards: list[Card]) -> None:
        """Takes new cards and paints what is new about them; the place that was scrolled to stays."""
        before, layout = self.cards, self._layout()
        self.cards = cards
        self._measure()
        if len(before) != len(cards) or self._layout() != layout:
            self.viewport().update()
            return
        for index, (old, new) in enumerate(zip(before, cards, strict=True)):
            if new.is_like(old):
                new.picture = old.picture
            else:
                self.viewport().update(self.box(index))

    def forget_pictures(self) -> None:
        """Draws every picture anew, in other colours."""
        for card in self.cards:
            card.picture = None
        self.viewport().update()

    def resize_letters(self) -> None:
        """Takes letters of the present size and the room that they ask for."""
        self._measure()
        self.forget_pictures()

    def _layout(self) -> tuple[int, int, int]:
        """Cards in a row, and the width and height of each: as large as lets all be seen, or of a readable size."""
        words, least, largest = (round(scale() * each) for each in (HEAD + FOOT, WIDTH, LARGEST))
        # Where not even one has room, it is as broad as the view: its edges stay within.
        width, height = max(4 * GAP, self.viewport().width() - GAP), self.viewport().height() - GAP
        most = max(1, width // (least + GAP))
        for across in range(max(1, width // (largest + GAP)), most + 1):
            broad = width // across - GAP
            tall = words + round(0.62 * broad)
            if -(-len(self.cards) // across) * (tall + GAP) <= height:
                return across, min(broad, largest), min(tall, words + round(0.62 * largest))
        broad = width // most - GAP
        # Whole rows fill the height, so that no picture is cut before one scrolls.
        rows = max(1, round(height / (words + 0.62 * min(broad, least) + GAP)))
        return most, broad, max(words + 46, height // rows - GAP)

    def box(self, index: int) -> QRect:
        """Where a card lies in the viewport."""
        across, broad, tall = self._layout()
        row, column = divmod(index, across)
        return QRect(
            GAP + column * (broad + GAP), GAP // 2 + row * (tall + GAP) - self.verticalScrollBar().value(), broad, tall
        )

    def node_at(self, point: QPoint) -> str:
        """The node whose card lies under a point of the viewport; empty where there is none."""
        return next((card.node for index, card in enumerate(self.cards) if self.box(index).contains(point)), "")

    def reveal(self, node: str) -> None:
        """Scrolls a node's card into view."""
        for index, card in enumerate(self.cards):
            box = self.box(index)
            if card.node == node and not self.viewport().rect().contains(box):
                bar = self.verticalScrollBar()
                bar.setValue(bar.value() + box.top() - GAP)
                return

    def _measure(self) -> None:
        across, _, tall = self._layout()
        rows = -(-len(self.cards) // across)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, rows * (tall + GAP) + GAP - self.viewport().height()))
        bar.setPageStep(self.viewport().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.forget_pictures()
        self._measure()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if node := self.node_at(event.position().toPoint()):
            self.clicked.emit(node)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, card in enumerate(self.cards):
            box = self.box(index)
            if event.region().intersects(box):
                self._paint(painter, card, box)

    def _paint(self, painter: QPainter, card: Card, box: QRect) -> None:
        theme, size = self.session.theme, scale()

        def px(value: float) -> int:
            return round(size * value)

        chosen = card.node in self.session.selection
        painter.setPen(QPen(QColor(theme.accent if chosen else theme.line), 1.5 if chosen else 1))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.fillRect(QRect(box.left() + 4, box.top() + px(7), 3, px(13)), QColor(card.color_in(theme)))
        face = QFont(self.font())
        face.setPixelSize(px(12))
        face.setWeight(QFont.Weight.DemiBold)
        head = QRect(box.left() + px(13), box.top() + 2, box.width() - px(13) - 9, px(HEAD) - 2)
        painter.setFont(mono(px(11)))
        painter.setPen(QColor(theme.dim))
        painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, card.shape)
        taken = painter.fontMetrics().horizontalAdvance(card.shape) + 8
        span = painter.fontMetrics().elidedText(card.span, Qt.TextElideMode.ElideRight, box.width() - 18)
        painter.drawText(box.adjusted(10, 0, -8, -3), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, span)
        painter.setFont(face)
        painter.setPen(QColor(theme.text))
        title = painter.fontMetrics().elidedText(card.title, Qt.TextElideMode.ElideRight, head.width() - taken)
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        room = box.adjusted(10, px(HEAD) + 2, -10, -px(FOOT) - 2)
        if card.picture is None:
            card.picture = self._picture(card, room.size())
        image = card.picture
        painter.drawImage(
            room.left() + (room.width() - image.width()) // 2, room.top() + (room.height() - image.height()) // 2, image
        )

    def _picture(self, card: Card, size: QSize) -> QImage:
        theme = self.session.theme
        return activation_picture(
            card.array,
            card.meaning,
            size,
            color=card.color_in(theme),
            dark=theme.is_dark,
            labels=card.labels,
            ink=theme.text,
            scale=scale(),
        )
