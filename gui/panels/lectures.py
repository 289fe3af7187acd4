"""The lecture browser: every preset by lecture, with what it shows, its data, its size and how long it takes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTreeWidgetItem, QVBoxLayout, QWidget

import presets
from core.data.registry import sources
from core.model.amounts import counted, duration
from gui.panels.parts import MARGIN, Panel, button, label, search_field
from gui.panels.rows import RowText, RowTree, joined, show_fits
from gui.search import fit_all
from gui.session import Session


class LecturesPanel(Panel):
    """Search field, presets by lecture and a button that opens the chosen one."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.body.setSpacing(4)
        top = QVBoxLayout()
        top.setContentsMargins(10, 10, 10, 0)
        self.search = search_field("Search lectures …")
        top.addWidget(self.search)
        self.body.addLayout(top)
        self.empty = label("", "dim", wrap=True)
        self.empty.setContentsMargins(MARGIN, 6, MARGIN, 0)
        self.empty.hide()
        self.body.addWidget(self.empty)
        self.tree = RowTree(session.theme, "Lecture presets")
        self.body.addWidget(self.tree, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 0, 10, 10)
        self.open_button = button("Open", self._open_current, "main", "Opens the preset in a tab of its own.")
        self.open_button.setEnabled(False)
        foot.addWidget(self.open_button)
        self.body.addLayout(foot)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._heads: list[QTreeWidgetItem] = []
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._open_current)
        self.search.installEventFilter(self)
        self.tree.chosen.connect(lambda item: session.open_preset(str(RowTree.value_of(item))))
        self.tree.currentItemChanged.connect(lambda item: self.open_button.setEnabled(self._is_preset(item)))
        self.refresh_soon()

    def shown(self) -> list[str]:
        """The presets that the search leaves, in order."""
        return [id for id, item in self._items.items() if not item.isHidden()]

    def refresh(self) -> None:
        """Lists the presets; they are read when the browser is first looked at."""
        self.tree.clear()
        self._items.clear()
        self._heads.clear()
        heads: dict[str, QTreeWidgetItem] = {}
        for info in presets.catalogue():
            if info.lecture not in heads:
                heads[info.lecture] = self.tree.add(RowText(info.lecture, head=True), "")
            data = sources[info.data].title if info.data in sources else info.data
            facts = joined((data, counted(info.parameters, "parameter"), duration(info.seconds)))
            below, color = info.summary, "accent"
            if info.problem:
                below, facts, color = info.problem, "", "error"
            row = RowText(info.title, below=below, facts=facts, color=color, roomy=True)
            self._items[info.id] = self.tree.add(row, info.id, heads[info.lecture])
        self._heads = list(heads.values())
        self.tree.expandAll()
        self._filter(self.search.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.tree.keyPressEvent(event)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def _dress(self) -> None:
        super()._dress()
        if hasattr(self, "tree"):
            self.tree.theme = self.theme
            self.tree.viewport().update()

    def _filter(self, text: str) -> None:
        known = presets.catalogue()
        fits = {i.id: fit_all(text, i.title, i.id, i.lecture, i.summary, i.data) for i in known}
        best = show_fits(fits, self._items)
        for head in self._heads:
            head.setHidden(all(head.child(i).isHidden() for i in range(head.childCount())))
        self.tree.setCurrentItem(best if text.strip() else None)
        if text.strip():
            self.empty.setText(f"No lecture fits “{text.strip()}”. Try a topic, such as “xor” or “attention”.")
        else:
            self.empty.setText("There are no presets here. Build a network from the layers, or open a project file.")
        self.empty.setVisible(best is None)

    def _is_preset(self, item: QTreeWidgetItem | None) -> bool:
        return RowTree.value_of(item) in self._items

    def _open_current(self) -> None:
        if self._is_preset(self.tree.currentItem()):
            self.session.open_preset(str(RowTree.value_of(self.tree.currentItem())))
