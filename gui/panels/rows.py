"""Rows of lists and trees: a stripe in the colour of a family, a title, something telling at the right, lines below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from gui.panels.style import face, mixed, mono
from gui.search import SCATTERED
from gui.theme import Theme

ROW = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class RowText:
    """What a row shows. `color` is a family or token of the theme, or a colour (`#E69F00`).

    `below` are lines under the title, wrapped; `facts` is the last line, in the monospaced face; a `head` is the title
    of a group.
    """

    title: str
    color: str = ""
    side: str = ""
    below: str = ""
    facts: str = ""
    sign: str = ""
    head: bool = False
    roomy: bool = False


class RowPainter(QStyledItemDelegate):
    """Draws rows; what does not fit beside the title goes under it, nothing is cut off."""

    LEFT, RIGHT, GAP = 14, 10, 10

    def __init__(self, view: RowTree) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = index.data(ROW)
        width = self._view.header().sectionSize(0) - self._view.indentation_of(index)
        return QSize(60, self._layout(row, width)[1])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: RowText = index.data(ROW)
        theme, rect = self._view.theme, option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not row.head:
            self._ground(painter, option, rect, theme)
        if row.head:
            self._arrow(painter, index, rect, theme)
        elif row.sign:
            painter.setFont(face(strong=True))
            painter.setPen(theme.color(row.color))
            painter.drawText(QRect(rect.left() + 4, rect.top() + 4, 18, 20), Qt.AlignmentFlag.AlignCenter, row.sign)
        elif row.color:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tinted(theme, row.color))
            tall = rect.height() - 12 if row.below or row.facts else min(rect.height() - 8, 14)
            painter.drawRoundedRect(QRect(rect.left() + 8, rect.top() + (rect.height() - tall) // 2, 4, tall), 2, 2)
        for area, text, font, color, flags in self._layout(row, rect.width())[0]:
            painter.setFont(font)
            painter.setPen(QColor(color))
            painter.drawText(area.translated(rect.topLeft()), flags, text)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, theme: Theme) -> None:
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QColor(theme.accent) if self._view.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mixed(theme.panel, theme.accent, 0.2)))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
        else:
            return
        painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 4, 4)

    def _arrow(self, painter: QPainter, index: Index, rect: QRect, theme: Theme) -> None:
        painter.setFont(face(0.8))
        painter.setPen(QColor(theme.dim))
        sign = "▾" if self._view.isExpanded(index) else "▸"
        place = QRect(rect.right() - 22, rect.top() + 6, 16, rect.height() - 6)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, sign)

    def _layout(self, row: RowText, width: int) -> tuple[list[tuple[QRect, str, QFont, str, int]], int]:
        """Where each text goes, and the height of the whole row."""
        theme = self._view.theme
        left, plain, wrap = self.LEFT + 8, Qt.AlignmentFlag.AlignVCenter, Qt.TextFlag.TextWordWrap
        if row.head:
            font = face(0.92, strong=True)
            height = self._height(row.title, font, width - 36) + 12
            return [(QRect(12, 6, width - 36, height - 6), row.title, font, theme.dim, int(plain | wrap))], height
        font = face(strong=row.roomy)
        metrics = QFontMetrics(font)
        line, inner = metrics.height() + 7, width - left - self.RIGHT
        pieces: list[tuple[QRect, str, QFont, str, int]] = []
        top = 3 if row.below or row.facts else 0
        side_font = mono(0.94)
        side = QFontMetrics(side_font).horizontalAdvance(row.side) if row.side else 0
        beside = side == 0 or metrics.horizontalAdvance(row.title) + self.GAP + side <= inner
        room = inner - (side + self.GAP if side and beside else 0)
        tall = max(line, self._height(row.title, font, room) + 5)
        pieces.append((QRect(left, top, room, tall), row.title, font, theme.text, int(plain | wrap)))
        if side and beside:
            right = int(plain | Qt.AlignmentFlag.AlignRight)
            pieces.append((QRect(left, top, inner, tall), row.side, side_font, theme.dim, right))
        top += tall
        rest = [(row.below, face(0.94)), (row.side if side and not beside else "", side_font), (row.facts, side_font)]
        for text, text_font in rest:
            if text:
                high = self._height(text, text_font, inner)
                pieces.append((QRect(left, top, inner, high), text, text_font, theme.dim, int(wrap)))
                top += high + 2
        return pieces, top + (8 if row.roomy else 4 if row.below or row.facts else 0)

    @staticmethod
    def _height(text: str, font: QFont, width: int) -> int:
        flags = int(Qt.TextFlag.TextWordWrap)
        return QFontMetrics(font).boundingRect(QRect(0, 0, max(width, 40), 10_000), flags, text).height()


class RowTree(QTreeWidget):
    """A tree or list of `RowText`; groups open and close with a click on their head."""

    chosen = Signal(QTreeWidgetItem)
    """Enter or a double click on a row that is no head."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setHeaderHidden(True)
        self.header().setMinimumSectionSize(0)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setItemDelegate(RowPainter(self))
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.setAccessibleName(name)
        self.itemClicked.connect(self._clicked)
        self.itemDoubleClicked.connect(self._choose)

    def add(self, row: RowText, value: object, parent: QTreeWidgetItem | None = None, tip: str = "") -> QTreeWidgetItem:
        """A row that stands for a value (`value_of`); a head cannot be selected."""
        item = QTreeWidgetItem()
        item.setData(0, ROW, row)
        item.setData(0, Qt.ItemDataRole.UserRole, value)
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, spoken(row))
        # The tree's own search by typed letters looks at this text.
        item.setText(0, row.title)
        if tip:
            item.setToolTip(0, tip)
        if row.head:
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        if parent is None:
            self.addTopLevelItem(item)
        else:
            parent.addChild(item)
        return item

    @staticmethod
    def value_of(item: QTreeWidgetItem | None) -> object:
        return item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None

    def indentation_of(self, index: Index) -> int:
        depth, parent = 0, index.parent()
        while parent.isValid():
            depth, parent = depth + 1, parent.parent()
        return depth * self.indentation()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            if item.data(0, ROW).head:
                item.setExpanded(not item.isExpanded())
            else:
                self.chosen.emit(item)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != self.header().sectionSize(0):
            # A hidden header does not follow the width of its tree.
            self.header().resizeSection(0, event.size().width())
            # Wrapped lines make a row as high as its width asks.
            self.scheduleDelayedItemsLayout()

    def _clicked(self, item: QTreeWidgetItem) -> None:
        if item.data(0, ROW).head:
            item.setExpanded(not item.isExpanded())

    def _choose(self, item: QTreeWidgetItem) -> None:
        if not item.data(0, ROW).head:
            self.chosen.emit(item)


def tinted(theme: Theme, color: str) -> QColor:
    """A family's colour or a token of the theme, or a colour that is written out (`#E69F00`)."""
    return QColor(color) if color.startswith("#") else theme.color(color)


def spoken(row: RowText) -> str:
    """A row as a screen reader says it."""
    return ", ".join(filter(None, (row.title, row.side, row.below, row.facts)))


def joined(facts: Iterable[str]) -> str:
    """Facts in a line that breaks between them only: a number stays with its unit."""
    space = "\N{NO-BREAK SPACE}"
    return f"{space}· ".join(fact.replace(" ", space) for fact in facts)


def show_fits(fits: Mapping[str, int], items: Mapping[str, QTreeWidgetItem]) -> QTreeWidgetItem | None:
    """Hides what a search did not find, and chance finds where there are better ones; returns the best."""
    most = max((fits.get(name, 0) for name in items), default=0)
    least = SCATTERED + 1 if most > SCATTERED else 1
    for name, item in items.items():
        item.setHidden(fits.get(name, 0) < least)
    return next((item for name, item in items.items() if most and fits.get(name, 0) == most), None)
