"""The selected node: what it computes, its settings, its shapes and its faults; without one, the project."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget

from core.model.ops import MoveNodes, Op
from gui.panels.block_card import BlockCard
from gui.panels.node_card import NodeCard
from gui.panels.overview import Overview, SelectionCard
from gui.panels.parts import Column, Explainer, Panel, clear
from gui.session import Session


class InspectorPanel(Panel):
    """Shows one of four cards: the project, the block that one is in, one node, several nodes."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.column = Column()
        self.body.setSpacing(0)
        self.body.addWidget(self.column)
        self.explainer = Explainer(self)
        self.body.addWidget(self.explainer)
        self.card: QWidget | None = None
        session.selection_changed.connect(self.refresh_soon)
        session.document_activated.connect(self.refresh_soon)
        session.place_changed.connect(self.refresh_soon)
        session.rename_requested.connect(self.rename)
        session.inferred.connect(self.refresh_soon)
        session.run_changed.connect(self.refresh_soon)
        session.theme_changed.connect(self.refresh_soon)
        session.edited.connect(self._take_edit)
        session.kinds_changed.connect(self._begin_anew)
        self.refresh_soon()

    @property
    def node_card(self) -> NodeCard | None:
        """The card of the selected node, if exactly one is selected."""
        return self.card if isinstance(self.card, NodeCard) else None

    def refresh(self) -> None:
        """Shows the selection; the card stays while it is about the same thing, so that typing goes on undisturbed."""
        session = self.session
        path = session.inner or (session.selection[0] if len(session.selection) == 1 else "")
        node = session.node_at(path)[1] if path else None
        if node is not None:
            card = self.node_card
            if card is None or not card.is_about(path, node):
                card = NodeCard(session, path)
                card.explained.connect(self.explainer.explain)
                self._show(card)
            card.show_node(node)
        elif len(session.selection) > 1:
            self._show(SelectionCard(session, session.selection))
        elif session.place.block:
            block_card = self.card if isinstance(self.card, BlockCard) else None
            if block_card is None or block_card.name != session.place.block:
                block_card = BlockCard(session, session.place.block)
                self._show(block_card)
            block_card.show_block()
        else:
            if not isinstance(self.card, Overview):
                self._show(Overview(session))
            if isinstance(self.card, Overview):
                self.card.show_project()

    def rename(self) -> None:
        """Puts the cursor into the title of the selected node; Enter leads back to where it was."""
        before = QApplication.focusWidget()
        self.refresh()
        if self.node_card is not None:
            if before is not None:
                self.node_card.title.returnPressed.connect(before.setFocus)
            self.node_card.title.setFocus()
            self.node_card.title.selectAll()

    def _show(self, card: QWidget) -> None:
        clear(self.column.body)
        self.card = card
        self.explainer.explain("")
        self.explainer.want(isinstance(card, NodeCard))
        self.column.body.addWidget(card)
        self.column.body.addStretch(1)
        self.column.verticalScrollBar().setValue(0)

    def _begin_anew(self) -> None:
        """A kind may now have other settings, or another text."""
        self.card = None
        self.refresh_soon()

    def _take_edit(self, ops: list[Op]) -> None:
        if not all(isinstance(op, MoveNodes) for op in ops):
            self.refresh_soon()
