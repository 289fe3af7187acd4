"""One field that finds everything: commands, layers on the canvas, layer kinds to add, lectures to open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

import presets
from core.model.spec import registry
from gui.overlay import Overlay
from gui.search import fit, fit_all
from gui.stock import entries

if TYPE_CHECKING:
    from gui.window import Window

SHOWN = 12
FIND = Qt.ItemDataRole.UserRole


class FindDelegate(QStyledItemDelegate):
    """Draws what kind of thing a row is, dim at its right end."""

    def __init__(self, dim: QColor, parent: QObject) -> None:
        super().__init__(parent)
        self._dim = dim

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(option.palette.highlightedText().color() if chosen else self._dim)
        area = option.rect.adjusted(10, 0, -10, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, index.data(FIND).what)


@dataclass(frozen=True)
class Find:
    """Something that can be found: what it is called, what kind of thing it is, and what choosing it does."""

    title: str
    what: str
    do: Callable[[], object]
    words: str = ""
    reason: str = ""
    name: str = ""
    """What it is searched by, where the title has words before it."""
    id: str = ""

    def fit(self, query: str) -> int:
        """How well what is typed fits."""
        named = fit(query, self.title) if self.name else 0
        return max(named, fit_all(query, self.name or self.title, self.id, self.what, self.words))


class CommandPalette(Overlay):
    """Type a few letters, choose with the arrows, Enter does it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, 560, top=90)
        self._finds = everything(window)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a layer, a lecture or a command …")
        self.field.setAccessibleName("Find")
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(FindDelegate(window.session.theme.color("dim"), self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(self.field)
        self.body.addWidget(self.list)
        self.field.textChanged.connect(self.find)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._choose)
        self.find("")

    def open(self) -> None:
        super().open()
        self.field.setFocus()

    @property
    def found(self) -> list[Find]:
        """What is listed, best first."""
        return [self.list.item(row).data(FIND) for row in range(self.list.count())]

    def find(self, query: str) -> None:
        """Lists what fits the letters."""
        scored = [(each.fit(query), each) for each in self._finds]
        best = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])[:SHOWN]
        self.list.clear()
        for _, each in best:
            item = QListWidgetItem(each.title)
            item.setData(FIND, each)
            if each.reason:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
                item.setToolTip(each.reason)
            self.list.addItem(item)
        first = next((row for row, each in enumerate(self.found) if not each.reason), 0)
        self.list.setCurrentRow(first)
        row = max(24, self.list.sizeHintForRow(0))
        self.list.setFixedHeight(row * max(1, self.list.count()) + 6)
        self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._walk(1 if key == Qt.Key.Key_Down else -1)
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if item := self.list.currentItem():
                    self._choose(item)
                return True
        return super().eventFilter(watched, event)

    def _walk(self, step: int) -> None:
        row = self.list.currentRow() + step
        while 0 <= row < self.list.count() and self.found[row].reason:
            row += step
        if 0 <= row < self.list.count():
            self.list.setCurrentRow(row)

    def _choose(self, item: QListWidgetItem) -> None:
        chosen: Find = item.data(FIND)
        if not chosen.reason:
            self.close_sheet()
            chosen.do()


def everything(window: Window) -> list[Find]:
    """All that can be found from a window now."""
    session, actions = window.session, window.actions_
    finds = [
        Find(command.text.removesuffix(" …"), f"{command.group} {command.shown_keys}".strip(),
             lambda id=command.id: actions.run(id), reason=command.reason())
        for command in actions
    ]  # fmt: skip
    if session.document is not None:
        finds += [
            Find(node.name, f"{node.id} · on the canvas", lambda id=node.id: session.focus_requested.emit(id))
            for node in session.graph.nodes.values()
        ]
        finds += [
            Find(
                f"Add {entry.title}",
                entry.what if entry.id not in registry else "layer",
                lambda id=entry.id: window.insert(id),
                entry.words,
                name=entry.title,
                id=entry.name,
            )
            for entry in entries(session.front.project)
        ]
    finds += [
        Find(info.title, f"lecture · {info.lecture}", lambda id=info.id: session.open_preset(id), id=info.id)
        for info in presets.catalogue()
    ]
    return finds
