"""The network as a list: nodes in the order in which they compute, what they are set to, give and weigh."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTreeWidgetItem, QWidget

from core.model.graph import BLOCK, Graph, Node
from core.model.ops import MoveNodes, Op
from core.model.project import Project
from core.model.spec import registry
from gui.panels.parts import MARGIN, Panel, label
from gui.panels.rows import RowText, RowTree, joined
from gui.session import Session


class OutlinePanel(Panel):
    """A tree of nodes; blocks hold theirs. Its selection and the canvas's are one."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.empty = label("The canvas is empty. Add a layer, or open a lecture.", "dim", wrap=True)
        self.empty.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        self.body.addWidget(self.empty)
        self.tree = RowTree(session.theme, "Nodes in the order in which they compute")
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.tree.setIndentation(14)
        self.tree.setContentsMargins(0, 6, 0, 6)
        self.body.addWidget(self.tree, 1)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._syncing = False
        self.tree.itemSelectionChanged.connect(self._tell_selection)
        self.tree.chosen.connect(self._centre)
        session.document_activated.connect(self.refresh_soon)
        session.inferred.connect(self.refresh_soon)
        session.edited.connect(self._take_edit)
        session.selection_changed.connect(self._show_selection)
        self.refresh_soon()

    def _take_edit(self, ops: list[Op]) -> None:
        if not all(isinstance(op, MoveNodes) for op in ops):
            self.refresh_soon()

    def refresh(self) -> None:
        """Lists the nodes anew; the scroll position stays."""
        document = self.session.document
        at = self.tree.verticalScrollBar().value()
        self._syncing = True
        self.tree.clear()
        self._items.clear()
        if document is not None:
            self._list(document.project, document.project.graph, None)
            for id in document.project.graph.order():
                self._mark(id)
        self.tree.expandAll()
        self.empty.setVisible(not self._items)
        self._syncing = False
        self._show_selection()
        self.tree.verticalScrollBar().setValue(at)

    def _list(self, project: Project, graph: Graph, parent: QTreeWidgetItem | None) -> None:
        for id in graph.order():
            node = graph.nodes[id]
            item = self.tree.add(self._row(project, node, parent is None), id if parent is None else "", parent)
            if parent is None:
                self._items[id] = item
            else:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            block = project.blocks.get(str(node.params.get("block"))) if node.kind == BLOCK else None
            if block is not None:
                self._list(project, block.graph, item)

    def _row(self, project: Project, node: Node, own: bool) -> RowText:
        spec = registry.get(node.kind)
        facts = node.id
        report = self.session.inference.nodes.get(node.id) if own else None
        if report is not None:
            shapes = [str(type).removeprefix("N×") for type in report.outputs.values()][:1]
            counts = [f"{report.parameters:,} par."] if report.parameters else []
            facts = joined((node.id, *shapes, *counts))
        return RowText(
            node.name,
            color=spec.family if spec else "block",
            side=spec.telling(node.params) if spec else "",
            facts=facts,
        )

    def _mark(self, id: str) -> None:
        faults = self.session.inference.faults_of(id)
        if faults:
            self._items[id].setToolTip(0, "\n".join(f"{fault.message} {fault.fix}" for fault in faults))

    def _show_selection(self) -> None:
        if self._syncing:
            return
        self._syncing = True
        chosen = set(self.session.selection)
        for id, item in self._items.items():
            if item.isSelected() != (id in chosen):
                item.setSelected(id in chosen)
        if len(chosen) == 1 and (one := self._items.get(next(iter(chosen)))) is not None:
            self.tree.setCurrentItem(one)
            self.tree.scrollToItem(one)
        self._syncing = False

    def _tell_selection(self) -> None:
        if not self._syncing:
            self._syncing = True
            self.session.select(tuple(id for id, item in self._items.items() if item.isSelected()))
            self._syncing = False

    def _centre(self, item: QTreeWidgetItem) -> None:
        if id := str(RowTree.value_of(item)):
            self.session.focus_requested.emit(id)

    def _dress(self) -> None:
        super()._dress()
        if hasattr(self, "tree"):
            self.tree.theme = self.theme
            self.tree.viewport().update()
