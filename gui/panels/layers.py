"""The palette: every layer kind by family, found by a few letters, added by Enter, double click or drag."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QDrag, QFontMetrics, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QTreeWidgetItem, QVBoxLayout, QWidget

from core.model.fault import EditError
from core.model.ops import AddBlock, AddNode, Op, RemoveBlock, SetBlock
from core.model.project import Project
from core.model.spec import FAMILIES, LayerSpec
from gui.panels.parts import MARGIN, Panel, label, search_field
from gui.panels.placing import addition
from gui.panels.rows import ROW, RowText, RowTree, show_fits, tinted
from gui.panels.style import face
from gui.search import fit_all
from gui.session import Session
from gui.stock import OWN, Entry, entries, own_blocks, unpacked
from gui.theme import Theme

MIME = "application/x-layerloom-kind"


class Palette(RowTree):
    """The tree of kinds, from which layers are dragged to the canvas."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Layers by family")
        self.setDragEnabled(True)
        self.setDragDropMode(RowTree.DragDropMode.DragOnly)

    def mimeData(self, items: Iterable[QTreeWidgetItem]) -> QMimeData:
        """The kind's id under `application/x-layerloom-kind`."""
        data = QMimeData()
        for item in items:
            data.setData(MIME, QByteArray(str(self.value_of(item)).encode()))
        return data

    def startDrag(self, actions: Qt.DropAction) -> None:
        item = self.currentItem()
        if item is None or not self.value_of(item):
            return
        row: RowText = item.data(0, ROW)
        picture = card(row.title, row.color, self.theme, self.devicePixelRatioF())
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(16, 16))
        drag.exec(Qt.DropAction.CopyAction)


def card(title: str, color: str, theme: Theme, ratio: float) -> QPixmap:
    """What hangs at the cursor while a layer is dragged: a small node."""
    font = face(strong=True)
    size = QSize(QFontMetrics(font).horizontalAdvance(title) + 34, 34)
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.accent), 1.5))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(QRect(1, 1, size.width() - 2, size.height() - 2), 8, 8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tinted(theme, color))
    painter.drawRoundedRect(QRect(6, 7, 4, size.height() - 14), 2, 2)
    painter.setPen(QColor(theme.text))
    painter.setFont(font)
    painter.drawText(QRect(18, 0, size.width() - 18, size.height()), Qt.AlignmentFlag.AlignVCenter, title)
    painter.end()
    return picture


class LayersPanel(Panel):
    """Search field and palette."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.body.setSpacing(4)
        top = QVBoxLayout()
        top.setContentsMargins(10, 10, 10, 0)
        self.search = search_field("Search layers …")
        self.search.setToolTip("Ctrl+K. Enter adds the layer after the selected one.")
        top.addWidget(self.search)
        self.body.addLayout(top)
        self.palette_tree = Palette(session.theme)
        self.empty = label("", "dim", wrap=True)
        self.empty.setContentsMargins(MARGIN, 6, MARGIN, 0)
        self.empty.hide()
        self.body.addWidget(self.empty)
        self.body.addWidget(self.palette_tree, 1)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._heads: dict[str, QTreeWidgetItem] = {}
        self._own: tuple[object, ...] = ()
        self._closed: set[str] = set()
        self._entries: dict[str, Entry] = {}
        self._fill()
        session.document_activated.connect(self.refresh_soon)
        session.edited.connect(self._take_edit)
        session.kinds_changed.connect(self._list_anew)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._add_current)
        self.search.installEventFilter(self)
        self.palette_tree.chosen.connect(lambda item: self.add(str(RowTree.value_of(item))))
        self.palette_tree.itemClicked.connect(self._remember_closed)

    def focus_search(self) -> None:
        """Puts the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def refresh(self) -> None:
        """Lists the blocks of the project anew."""
        blocks = tuple((entry.id, entry.title, entry.color, entry.spec.doc) for entry in own_blocks(self._project()))
        if blocks != self._own:
            self._own = blocks
            self._list_anew()

    def _list_anew(self) -> None:
        self._fill()
        self._filter(self.search.text())

    def _project(self) -> Project | None:
        return self.session.document.project if self.session.document else None

    def _take_edit(self, ops: list[Op]) -> None:
        if any(isinstance(op, (AddBlock, RemoveBlock, SetBlock)) for op in ops):
            self.refresh_soon()

    def add(self, id: str) -> None:
        """Adds a layer after the selected node, wired to it where that is possible, and selects it."""
        session = self.session
        if session.document is None:
            session.new_document()
        document = session.document
        if document is None:
            return
        chosen = [session.graph.nodes[name] for name in session.selection]
        after = chosen[-1] if len(chosen) == 1 else None
        try:
            new = unpacked(document.project, id)
        except EditError as error:
            session.noticed.emit(error.message, "error")
            return
        params = new.params or session.first_params(new.kind)
        ops = addition(document.project, new, after, params, session.place.block)
        if session.edit(f"Add {new.spec.title}", ops):
            name = next(op.node.id for op in ops if isinstance(op, AddNode))
            session.select((name,))
            session.focus_requested.emit(name)

    def shown(self) -> list[str]:
        """The kinds that the search leaves, in order."""
        return [kind for kind, item in self._items.items() if not item.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The arrows walk through the finds while the cursor stays in the search field.
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
                self.palette_tree.keyPressEvent(event)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def _dress(self) -> None:
        super()._dress()
        if hasattr(self, "palette_tree"):
            self.palette_tree.theme = self.theme
            self.palette_tree.viewport().update()

    def _fill(self) -> None:
        """One head a family; the project's own blocks stand above those of the library."""
        tree = self.palette_tree
        at = tree.verticalScrollBar().value()
        tree.clear()
        self._items, self._heads = {}, {}
        self._entries = {entry.id: entry for entry in entries(self._project())}
        families: dict[str, list[Entry]] = {title: [] for title in FAMILIES.values()}
        for entry in self._entries.values():
            families[FAMILIES[entry.spec.family]].append(entry)
        for title, members in families.items():
            if not members:
                continue
            head = self._heads[title] = tree.add(RowText(title, head=True), title)
            for entry in members:
                row = RowText(entry.title, color=entry.color, side="own" if entry.id.startswith(OWN) else "")
                self._items[entry.id] = tree.add(row, entry.id, head, tip=tip(entry.spec))
            head.setExpanded(title not in self._closed)
        tree.verticalScrollBar().setValue(at)
        self.search.setPlaceholderText(f"Search {len(self._entries)} layers …")

    def _filter(self, text: str) -> None:
        fits = {
            id: fit_all(text, entry.title, entry.name, entry.words, FAMILIES[entry.spec.family])
            for id, entry in self._entries.items()
        }
        best = show_fits(fits, self._items)
        for title, head in self._heads.items():
            head.setHidden(all(head.child(i).isHidden() for i in range(head.childCount())))
            head.setExpanded(bool(text.strip()) or title not in self._closed)
        self.palette_tree.setCurrentItem(best if text.strip() else None)
        self.empty.setText(f"No layer is called “{text.strip()}”. Try a part of its name, such as “conv” or “pool”.")
        self.empty.setVisible(best is None)

    def _remember_closed(self, item: QTreeWidgetItem) -> None:
        family = str(RowTree.value_of(item))
        if item.data(0, ROW).head and family in self._heads and not self.search.text().strip():
            (self._closed.discard if item.isExpanded() else self._closed.add)(family)

    def _add_current(self) -> None:
        kind = RowTree.value_of(self.palette_tree.currentItem())
        if kind in self._items:
            self.add(str(kind))
            self.search.selectAll()


def tip(spec: LayerSpec) -> str:
    """What a layer is, as a tooltip that wraps."""
    title, doc, source = (escape(text) for text in (spec.title, spec.doc, spec.source))
    return f"<p style='white-space:normal'><b>{title}</b><br>{doc}<br><i>{source}</i></p>"
