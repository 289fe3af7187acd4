"""The selected node: what it computes, its settings, its shapes and its faults; without one, the project."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.model.ops import MoveNodes, Op
from gui.panels.node_card import NodeCard
from gui.panels.overview import Overview, SelectionCard
from gui.panels.parts import Column, Explainer, Panel, clear
from gui.session import Session


class InspectorPanel(Panel):
    """Shows one of three cards: the project, one node, several nodes."""

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
        session.inferred.connect(self.refresh_soon)
        session.run_changed.connect(self.refresh_soon)
        session.theme_changed.connect(self.refresh_soon)
        session.edited.connect(self._take_edit)
        self.refresh_soon()

    @property
    def node_card(self) -> NodeCard | None:
        """The card of the selected node, if exactly one is selected."""
        return self.card if isinstance(self.card, NodeCard) else None

    def refresh(self) -> None:
        """Shows the selection; the card stays while it is about the same thing, so that typing goes on undisturbed."""
        graph, chosen = self.session.graph, self.session.selection
        known = tuple(id for id in chosen if graph is not None and id in graph.nodes)
        if graph is not None and len(known) == 1:
            node = graph.nodes[known[0]]
            card = self.node_card
            if card is None or not card.is_about(node):
                card = NodeCard(self.session, node)
                card.explained.connect(self.explainer.explain)
                self._show(card)
            card.show_node(node)
        elif len(known) > 1:
            self._show(SelectionCard(self.session, known))
        else:
            if not isinstance(self.card, Overview):
                self._show(Overview(self.session))
            if isinstance(self.card, Overview):
                self.card.show_project()

    def _show(self, card: QWidget) -> None:
        clear(self.column.body)
        self.card = card
        self.explainer.explain("")
        self.explainer.want(isinstance(card, NodeCard))
        self.column.body.addWidget(card)
        self.column.body.addStretch(1)
        self.column.verticalScrollBar().setValue(0)

    def _take_edit(self, ops: list[Op]) -> None:
        if not all(isinstance(op, MoveNodes) for op in ops):
            self.refresh_soon()
