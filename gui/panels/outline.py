"""The network as a list: nodes in the order in which they compute, what they are set to, give and weigh."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractItemView, QTreeWidgetItem, QWidget

from core.model.graph import Node
from core.model.ops import MoveNodes, Op, OpenNode
from core.model.project import Project
from gui.panels.parts import MARGIN, Panel, label
from gui.panels.rows import RowText, RowTree, joined
from gui.place import Here, Place, Step, place_of, way_to
from gui.session import Session

MOST = 5_000
"""Rows after which instances stay closed: nobody reads them all."""


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
        session.place_changed.connect(self._show_selection)
        self.refresh_soon()

    def _take_edit(self, ops: list[Op]) -> None:
        if not all(isinstance(op, (MoveNodes, OpenNode)) for op in ops):
            self.refresh_soon()

    def refresh(self) -> None:
        """Lists the nodes anew; the scroll position and what is folded stay."""
        document = self.session.document
        at = self.tree.verticalScrollBar().value()
        folded = {path for path, item in self._items.items() if item.childCount() and not item.isExpanded()}
        self._syncing = True
        self.tree.clear()
        self._items.clear()
        if document is not None:
            whole = Here(document.inference)
            self._list(document.project, whole, Place(), None)
        self.tree.expandAll()
        for path in folded & self._items.keys():
            self._items[path].setExpanded(False)
        self.empty.setVisible(not self._items)
        self._syncing = False
        self._show_selection()
        self.tree.verticalScrollBar().setValue(at)

    def _list(self, project: Project, whole: Here, place: Place, parent: QTreeWidgetItem | None) -> None:
        """The nodes at a place; those of an instance below it, of its first repetition where it stands repeated."""
        graph = project.inside(place.block)
        for id in graph.order():
            node, path = graph.nodes[id], place.prefix + id
            item = self._items[path] = self.tree.add(self._row(project, whole, node, path), path, parent)
            if faults := whole.faults_of(path):
                item.setToolTip(0, "\n".join(f"{fault.message} {fault.fix}" for fault in faults))
            block = project.block_of(node)
            around = [step.block for step in place.steps]
            if block is not None and block.name not in around and len(self._items) < MOST:
                inside = place_of(project, (*place.steps, Step(block.name, id)))
                self._list(project, whole, inside, item)

    def _row(self, project: Project, whole: Here, node: Node, path: str) -> RowText:
        spec, block = project.spec_of(node), project.block_of(node)
        report = whole.nodes.get(path)
        facts = node.id
        if report is not None:
            shapes = [str(type).removeprefix("N×") for type in report.outputs.values()][:1]
            parameters = whole.cost(path).parameters if block else report.parameters
            facts = joined((node.id, *shapes, *([f"{parameters:,} par."] if parameters else [])))
        return RowText(
            node.title or (spec.title if spec else node.kind),
            color=(block.color or "block") if block else spec.family if spec else "block",
            side=spec.telling(node.params) if spec and not (node.kind == "input" and "/" in path) else "",
            facts=facts,
        )

    def _show_selection(self) -> None:
        if self._syncing:
            return
        self._syncing = True
        chosen = set(self.session.selected_paths)
        for path, item in self._items.items():
            if item.isSelected() != (path in chosen):
                item.setSelected(path in chosen)
        if len(chosen) == 1 and (one := self._items.get(next(iter(chosen)))) is not None:
            self.tree.setCurrentItem(one)
            self.tree.scrollToItem(one)
        self._syncing = False

    def _tell_selection(self) -> None:
        """Nodes of the graph that is shown can be selected together; one elsewhere is gone to."""
        if self._syncing:
            return
        self._syncing = True
        prefix = self.session.place.prefix
        paths = [path for path, item in self._items.items() if item.isSelected()]
        here = [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]
        near = [path for path in here if "/" not in path]
        current = self._value_of_current()
        if current in paths and current.removeprefix(prefix) not in near:
            steps, name = way_to(self.session.front.project, current)
            self.session.go(steps, [name])
        else:
            self.session.select(near)
        self._syncing = False
        self._show_selection()

    def _value_of_current(self) -> str:
        return str(RowTree.value_of(self.tree.currentItem()) or "")

    def _centre(self, item: QTreeWidgetItem) -> None:
        if path := str(RowTree.value_of(item)):
            self.session.visit(path)

    def _dress(self) -> None:
        super()._dress()
        if hasattr(self, "tree"):
            self.tree.theme = self.theme
            self.tree.viewport().update()
