"""The inspector without a single node: the project with what to do next, or several nodes with what to do with them."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from core.data.registry import sources
from core.model.amounts import counted, flops, size
from core.model.ops import Op, SetAbout, SetNode
from core.model.project import Project
from core.training.optimizers import optimizers
from gui.costs import ONE, Cost
from gui.panels.parts import button, clear, heading, label, numbers
from gui.panels.title_field import TitleField
from gui.session import Session


class Overview(QWidget):
    """The project: title, size, data, training, and the next step."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.title = TitleField("Title of the project")
        self.title.editingFinished.connect(self._rename)
        column.addWidget(self.title)
        self.facts = numbers()
        column.addWidget(self.facts)
        self._table = QGridLayout()
        self._table.setHorizontalSpacing(12)
        self._table.setVerticalSpacing(4)
        self._table.setColumnStretch(1, 1)
        column.addLayout(self._table)
        column.addWidget(heading("Next"))
        self._steps = QVBoxLayout()
        self._steps.setSpacing(4)
        column.addLayout(self._steps)
        self._shown: object = None

    def show_project(self) -> None:
        """Brings everything up to date."""
        document, inference = self.session.document, self.session.inference
        self.title.setVisible(document is not None)
        if document is None:
            self.facts.setText("No project is open.")
            self.facts.setToolTip("")
            self._show([], [("Choose a lecture at the left, or open a file.", "lectures")])
            return
        project = document.project
        self.title.show_title(project.title)
        parts = [counted(len(project.graph.nodes), "node")]
        if self.session.engine_is_ready:
            parts.append(counted(inference.parameters, "parameter"))
        whole = self.session.here.whole
        costs = f"\n{flops(whole.flops)}, {size(whole.memory)} / sample" if whole.flops or whole.memory else ""
        self.facts.setText(" · ".join(parts) + costs)
        self.facts.setToolTip(ONE if costs else "")
        self._show(settings(project), self._next(project))

    def _show(self, rows: list[tuple[str, str]], steps: list[tuple[str, str]]) -> None:
        """Lists settings by their names, and what to do next with the view or panel that helps."""
        if (rows, steps) == self._shown:
            return
        self._shown = rows, steps
        clear(self._table)
        for index, (name, text) in enumerate(rows):
            self._table.addWidget(label(name, "dim"), index, 0)
            self._table.addWidget(label(text, wrap=True), index, 1)
        clear(self._steps)
        for text, place in steps:
            self._steps.addWidget(label(text, wrap=True))
            if place:
                show = button(f"Show {place}", lambda place=place: self.session.view_requested.emit(place), "link")
                self._steps.addWidget(show, 0, Qt.AlignmentFlag.AlignLeft)

    def _next(self, project: Project) -> list[tuple[str, str]]:
        """What to do now: sentences, each with the view or panel that helps."""
        faults = self.session.inference.faults
        errors = sum(fault.severity == "error" for fault in faults)
        if not project.graph.nodes:
            return [
                ("Drag layers from the left onto the canvas, or double-click the canvas and type a name.", ""),
                ("Start with an Input and end with an Output and a loss.", ""),
            ]
        if errors:
            return [(f"{counted(errors, 'problem')} to solve before the network can train.", "problems")]
        run = self.session.run
        if not self.session.engine_is_ready:
            return [("PyTorch is loading; then the network can be trained.", "")]
        if run is None:
            return [("The network is ready. Press Train.", ""), ("Select a node to see what it computes.", "")]
        if run.active:
            return [("Watch the loss fall, and select a node to see its weights.", "learning")]
        return [("Change something, train again and compare the curves.", "learning")]

    def _rename(self) -> None:
        document = self.session.document
        if document is None:
            return
        title = self.title.text().strip() or "Untitled"
        if title != document.project.title:
            self.session.edit("Rename the project", [SetAbout(title, document.project.note)])


def settings(project: Project) -> list[tuple[str, str]]:
    """Data and training of a project in a few words."""
    source, training = sources.get(project.data.source), project.training
    split = project.data.split
    objective = training.objectives[0]
    optimizer = optimizers.get(objective.optimizer.kind)
    rate = optimizer.complete(objective.optimizer.params).get("lr") if optimizer else None
    learning = optimizer.title if optimizer else objective.optimizer.kind
    if rate is not None:
        learning += f", learning rate {rate:g}"
    if len(training.objectives) > 1:
        learning = f"{len(training.objectives)} objectives"
    return [
        ("Data", source.title if source else project.data.source),
        ("Parts", _parts(split.validation, split.test)),
        ("Training", learning),
        ("Length", f"{counted(training.epochs, 'epoch')}, batches of {training.batch_size:,}"),
    ]


class SelectionCard(QWidget):
    """Several nodes: how many, what they weigh together, and what can be done with all of them."""

    def __init__(self, session: Session, ids: tuple[str, ...]) -> None:
        super().__init__()
        self.session, self.ids = session, ids
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(heading(f"{counted(len(ids), 'node')} selected", 1.2))
        together = Cost()
        for id in ids:
            together = together.plus(session.here.cost(id))
        weights = together.parameters
        column.addWidget(numbers(" · ".join(together.words or (counted(0, "parameter"),))))
        column.addWidget(label(", ".join(ids), "dim", wrap=True))
        if weights:
            column.addWidget(button("Freeze", lambda: self._train(False), doc="Training leaves their weights alone."))
            column.addWidget(button("Train", lambda: self._train(True), doc="Training changes their weights."))
        reason = session.blocks.cannot_make()
        make = button("Make a block", session.blocks.make, doc=reason or "Folds them into one node that can be reused.")
        make.setEnabled(not reason)
        column.addWidget(make)
        column.addWidget(button("Duplicate", session.duplicate))
        column.addWidget(button("Copy", session.copy))
        column.addWidget(button("Delete", session.delete_selection))

    def _train(self, on: bool) -> None:
        within = self.session.place.block
        nodes = [self.session.graph.nodes[id] for id in self.ids if id in self.session.graph.nodes]
        changed = [msgspec.structs.replace(node, trainable=on) for node in nodes if node.trainable != on]
        ops: list[Op] = [SetNode(node, within) for node in changed]
        if ops:
            self.session.edit(f"{'Train' if on else 'Freeze'} {counted(len(ops), 'node')}", ops)


def _parts(validation: float, test: float) -> str:
    """Into what the data are divided; a network that is measured on nothing else learns from all of them."""
    if not validation and not test:
        return "all for training"
    return f"{validation * 100:g} % validation, {test * 100:g} % test"
