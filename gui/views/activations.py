"""One sample's way through the network: what it is, what the network says, and what flows out of every node."""

from __future__ import annotations

import random

from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from core.model.graph import Graph
from core.model.project import Project
from core.training.records import Watch
from gui.fonts import scale
from gui.session import Session
from gui.titles import input_title
from gui.views.answer import AnswerPane
from gui.views.base import View, label, mono
from gui.views.cards import Card, Cards
from gui.views.sample import answer_of, field_of

MANY = 1_000_000


class ActivationsView(View):
    """Pictures of every node's output for one sample of the validation part."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.sample = QSpinBox()
        self.sample.setRange(0, MANY)
        self.sample.setFont(mono(round(12 * scale())))
        self.sample.setToolTip("Which sample of the validation part is shown, counted from 0")
        self.count = label()
        self.bar.addWidget(QLabel("Sample"))
        for text, tip, action in (
            ("◀", "The sample before", lambda: self.sample.stepBy(-1)),
            ("▶", "The next sample", lambda: self.sample.stepBy(1)),
            ("Random", "Any sample", self._draw_lots),
        ):
            button = QToolButton(text=text, toolTip=tip)
            button.clicked.connect(action)
            self.bar.addWidget(button)
            if text == "◀":
                self.bar.addWidget(self.sample)
        self.bar.addWidget(self.count)
        self.bar.addStretch(1)
        self.answer_pane, self.cards = AnswerPane(session), Cards(session)
        layout = QHBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.answer_pane)
        layout.addWidget(self.cards, 1)
        self._shown: tuple[object, ...] = ()
        self._chance = random.Random(0)
        self.sample.valueChanged.connect(self.ask)
        self.cards.clicked.connect(lambda node: session.select([node]))
        session.selection_changed.connect(self._follow)
        session.edited.connect(self.ask)
        session.place_changed.connect(self.ask)

    def watch(self) -> Watch | None:
        graph, (inside, prefix) = self._graph(), self._inside()
        nodes = frozenset(graph.nodes) if graph else frozenset()
        if inside is not None and prefix:
            nodes |= {prefix + name for name in inside.nodes}
        return Watch(activations=nodes, sample=self.sample.value()) if nodes else None

    def hint(self) -> str:
        if self.snapshot is None:
            return "Press Train: what flows out of every node for one sample is drawn here."
        return ""

    def restyle(self) -> None:
        self.count.setStyleSheet(f"color: {self.session.theme.dim};")
        self.cards.setStyleSheet(f"QAbstractScrollArea {{ background: {self.session.theme.panel}; border: 0; }}")
        self.cards.viewport().setAutoFillBackground(False)
        self.answer_pane.resize_letters()
        self.cards.resize_letters()

    def refresh(self) -> None:
        snapshot, graph = self.snapshot, self._graph()
        if snapshot is None or graph is None or not snapshot.activations:
            return
        state = (id(snapshot), self.session.place.prefix)
        if self._shown == state:
            return
        self._shown = state
        self._snapshot = snapshot
        self._learn_size()
        self.cards.show_cards(self._make_cards())
        self.answer_pane.show_answer(answer_of(graph, self.session.fields, snapshot))

    def _learn_size(self) -> None:
        """How many samples there are, where the snapshot says it."""
        samples = self._snapshot.samples
        if samples and self.sample.maximum() != samples - 1:
            self.sample.setMaximum(samples - 1)
        self.count.setText(f"of {samples:,}" if samples else "")

    def _make_cards(self) -> list[Card]:
        cards: list[Card] = []
        (graph, prefix), project = self._inside(), self._project()
        if graph is None or project is None:
            return cards
        for name in graph.order():
            node = graph.nodes[name]
            spec, block = project.spec_of(node), project.block_of(node)
            if node.kind == "output":
                continue
            field = None if prefix else field_of(graph, name, self.session.fields)
            meaning = field.meaning if field else ""
            called = (node.title or spec.title) if block and spec else node.name
            if node.kind == "input" and not prefix:
                called = input_title(project, node, self.session.fields)
            family = (block.color if block else "") or (spec.family if spec else "block")
            arrays = self._snapshot.activations.get(prefix + name, {})
            for port, array in arrays.items():
                title = called if port == "output" or len(arrays) == 1 else f"{called} · {port}"
                cards.append(Card(name, title, family, array, meaning, field.labels if field else ()))
        return cards

    def _project(self) -> Project | None:
        """The project of the run, or of the document before the first run."""
        run, document = self.run, self.session.document
        return run.project if run else document.project if document else None

    def _graph(self) -> Graph | None:
        project = self._project()
        return project.graph if project else None

    def _inside(self) -> tuple[Graph | None, str]:
        """The graph that is looked at, and how paths in it begin: where one is, if the run has that block."""
        project, place = self._project(), self.session.place
        if project is not None and place.block in project.blocks:
            return project.inside(place.block), place.prefix
        return (project.graph if project else None), ""

    def _draw_lots(self) -> None:
        top = self.sample.maximum()
        self.sample.setValue(self._chance.randrange(top + 1 if top < MANY else 100))

    def _follow(self) -> None:
        if self.isVisible():
            if self.session.selection:
                self.cards.reveal(self.session.selection[0])
            self.cards.viewport().update()
