"""Search and insert: type a few letters of a layer's name, choose with the arrow keys, Enter puts it there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.model.spec import FAMILIES, LayerSpec
from gui.canvas.style import Style
from gui.search import fit_all
from gui.stock import Entry

_ROW = 28
_SHOWN = 9
ENTRY = Qt.ItemDataRole.UserRole + 1


class _Row(QStyledItemDelegate):
    """Stripe, title and family of a kind."""

    def __init__(self, style: Style, parent: QObject) -> None:
        super().__init__(parent)
        self.style_ = style

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(240, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(ENTRY)
        style, box = self.style_, QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(style.line)
            painter.drawRoundedRect(box.adjusted(2, 1, -2, -1), 5, 5)
        painter.setBrush(style.color(entry.color))
        painter.drawRoundedRect(QRectF(box.left() + 10, box.center().y() - 7, 4, 14), 2, 2)
        painter.setFont(style.title_font)
        painter.setPen(style.text)
        words = box.adjusted(24, 0, -10, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, entry.title)
        painter.setFont(style.mono_font)
        painter.setPen(style.dim)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, right, entry.what)
        painter.restore()


class SearchBox(QFrame):
    """The field and its list, inside the canvas. Escape or a click elsewhere closes it."""

    chosen = Signal(str)  # a kind's id
    closed = Signal()

    def __init__(
        self,
        style: Style,
        parent: QWidget,
        entries: Iterable[Entry],
        allowed: Callable[[LayerSpec], bool] = lambda spec: True,
    ) -> None:
        super().__init__(parent)
        self._entries = [entry for entry in entries if allowed(entry.spec)]
        self.setObjectName("search_and_insert")
        self.setAccessibleName("Search and insert")
        theme = style.theme
        self.setStyleSheet(
            f"QFrame#search_and_insert {{ background: {theme.raised}; border: 1px solid {theme.accent};"
            " border-radius: 8px; }"
            f"QLineEdit {{ background: {theme.ground}; color: {theme.text}; border: 1px solid {theme.line};"
            " border-radius: 5px; padding: 5px 8px; }"
            f"QListWidget {{ background: {theme.raised}; border: none; outline: none; color: {theme.text}; }}"
        )
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(f"Search {len(self._entries)} layers …")
        self.field.setAccessibleName("Search layers")
        self.list = QListWidget(self)
        self.list.setAccessibleName("Matching layers")
        self.list.setItemDelegate(_Row(style, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self._nothing = QLabel("No layer is called that. Try a shorter word.", self)
        self._nothing.setStyleSheet(f"color: {theme.dim}; padding: 4px 8px;")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        layout.addWidget(self._nothing)
        self.setFixedWidth(300)
        self.field.textChanged.connect(self._match)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._take)
        self._match("")

    def open_at(self, at: QPoint) -> None:
        """Shows the box with its field at a point, moved so that it stays inside the canvas."""
        room = self.parentWidget().rect()
        self.adjustSize()
        x = max(4, min(at.x() - 16, room.width() - self.width() - 4))
        y = max(4, min(at.y() - 16, room.height() - self.height() - 4))
        self.move(x, y)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _match(self, text: str) -> None:
        fits = [
            (fit_all(text, entry.title, entry.name, entry.words, FAMILIES[entry.spec.family]), -number, entry)
            for number, entry in enumerate(self._entries)
        ]
        found = sorted((each for each in fits if each[0]), reverse=True, key=lambda each: each[:2])
        self.list.clear()
        for _, _, entry in found:
            item = QListWidgetItem(entry.title)
            item.setData(Qt.ItemDataRole.UserRole, entry.id)
            item.setData(ENTRY, entry)
            item.setToolTip(entry.spec.doc)
            self.list.addItem(item)
        if found:
            self.list.setCurrentRow(0)
        self._nothing.setVisible(not found)
        self.list.setVisible(bool(found))
        self.list.setFixedHeight(_ROW * min(max(len(found), 1), _SHOWN) + 4)
        self.adjustSize()

    def kinds(self) -> list[str]:
        """The kinds that match, the best first."""
        return [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            kind = str(item.data(Qt.ItemDataRole.UserRole))
            self.close_box()
            self.chosen.emit(kind)

    def close_box(self) -> None:
        """Goes away; safe to call twice."""
        if self.isHidden():
            return
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event.key())
        if watched is self.field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.close_box()
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        count = self.list.count()
        if key == Qt.Key.Key_Escape:
            self.close_box()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.list.currentItem())
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and count:
            step = 1 if key == Qt.Key.Key_Down else -1
            self.list.setCurrentRow((self.list.currentRow() + step) % count)
        else:
            return False
        return True
