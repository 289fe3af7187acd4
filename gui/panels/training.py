"""How the network learns: optimizer, learning rate, schedule, batches, epochs, seed, device, early stopping."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.model.dividing import new_name, with_objective
from core.model.fault import ProjectError
from core.model.ops import Op, SetTraining
from core.model.settings import Objective, Training
from core.model.values import Value
from core.training.parameters import run_params
from gui.documents import Document
from gui.panels.form import Form
from gui.panels.judging import Judging
from gui.panels.objective_form import Names, ObjectiveForm
from gui.panels.parts import MARGIN, Column, Explainer, Panel, button, clear, heading, label
from gui.panels.rate_dialog import RateDialog
from gui.panels.run_forecast import ForecastLine
from gui.session import Session

_ADD = "Another loss, other layers or another optimizer on the same data: rivals, pre-training, networks side by side."
_FIND = "Tries growing rates on a copy of the network and shows at which of them the loss falls."
_CLOSED = "No project is open. Open one, or choose a lecture at the left: how it trains is set here."


class TrainingPanel(Panel):
    """A form for each objective and one for the run; every change is an edit of the project."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.column = Column()
        self.body.setSpacing(0)
        self.body.addWidget(self.column)
        # Below the settings: they stay where they are when a run begins, and it is seen wherever one has scrolled to.
        self.note = label("The running run keeps its settings; changes apply to the next one.", "warning", wrap=True)
        self.note.setContentsMargins(MARGIN, 6, MARGIN, 6)
        self.note.hide()
        self.body.addWidget(self.note)
        self.explainer = Explainer(self)
        self.body.addWidget(self.explainer)
        # Scrolled, the mouse points at something else.
        self.column.verticalScrollBar().valueChanged.connect(lambda value: self.explainer.explain(""))
        self.objectives: list[ObjectiveForm] = []
        self.run_form: Form | None = None
        self.judging: Judging | None = None
        self.forecast: ForecastLine | None = None
        self.rates: RateDialog | None = None
        self._shape: object = None
        session.document_activated.connect(self.refresh_soon)
        session.run_changed.connect(self.refresh_soon)
        session.engine_ready.connect(self.refresh_soon)
        session.edited.connect(self._take_edit)
        session.inferred.connect(self.refresh_soon)
        self.refresh_soon()

    def refresh(self) -> None:
        """Shows the project's settings; the forms stay while there are the same objectives and devices."""
        document = self.session.document
        training = document.project.training if document is not None else None
        devices = self._devices(training) if training is not None else ()
        shape = (len(training.objectives), training.turns) if training is not None else ()
        if (id(document), shape, devices) != self._shape:
            other = not isinstance(self._shape, tuple) or self._shape[0] != id(document)
            self._shape = id(document), shape, devices
            self._build(training, devices)
            if other:
                # Where one had scrolled to in another project says nothing here.
                self.column.verticalScrollBar().setValue(0)
        self.note.setVisible(self.session.run is not None and self.session.run.active)
        if training is None or self.run_form is None:
            return
        losses, layers = self._names()
        for form, objective in zip(self.objectives, training.objectives, strict=True):
            form.show_objective(objective, losses, layers, training.epochs)
        self.run_form.show_values({name: getattr(training, name) for name in self.run_form.rows})
        if self.judging is not None:
            self.judging.show_training(training, self._offered())
        if self.forecast is not None:
            self.forecast.refresh_soon()
        reason = self.session.can_start()
        self.find_button.setEnabled(not reason)
        self.find_button.setToolTip(reason or _FIND)

    def _build(self, training: Training | None, devices: tuple[str, ...]) -> None:
        # Made anew, the button takes the keys' focus again, which would go to the window's first one.
        had_focus = bool(self.objectives) and self.window().focusWidget() is self.add_button
        clear(self.column.body)
        self.objectives, self.run_form, self.judging, self.forecast = [], None, None, None
        if training is None:
            self.column.body.addWidget(label(_CLOSED, "dim", wrap=True))
            self.column.body.addStretch(1)
            return
        several = len(training.objectives) > 1
        for index in range(len(training.objectives)):
            change = partial(self._set_objective, index)
            in_cycle = training.turns == "cycle"
            form = ObjectiveForm(self.theme, change, self._end_step, several=several, in_cycle=in_cycle)
            form.explained.connect(self.explainer.explain)
            form.removed.connect(partial(self._remove, index))
            form.doubled.connect(partial(self._double, index))
            form.place_at(f"training.objectives[{index}]")
            self.objectives.append(form)
            self.column.body.addWidget(form)
        self.add_button = button("Add an objective", self._add, doc=_ADD)
        self.column.body.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        if had_focus:
            self.add_button.setFocus()
        self.find_button = button("Find a learning rate …", self.find_rate, doc=_FIND)
        self.column.body.addWidget(self.find_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.body.addWidget(heading("Run"))
        self.run_form = Form(run_params(devices, several=several))
        self.run_form.edited.connect(self._set_run)
        self.run_form.place_at("training.")
        self.run_form.left.connect(self._end_step)
        self.run_form.explained.connect(self.explainer.explain)
        self.column.body.addWidget(self.run_form)
        self.forecast = ForecastLine(self.session)
        self.column.body.addWidget(self.forecast)
        self.judging = Judging(self._set_run, self._end_step)
        self.judging.explained.connect(self.explainer.explain)
        self.column.body.addWidget(self.judging)
        self.column.body.addStretch(1)

    def _offered(self) -> dict[str, bool] | None:
        """The metrics that fit the project's losses, and which are usual; None until torch is there and knows."""
        if not self.session.engine_is_ready or not self.session.fields:
            return None
        # It needs torch, which is imported after the first paint.
        from core.training.judge import offered

        try:
            return offered(self.session.front.project, self.session.fields)
        except ProjectError:
            return None

    def find_rate(self) -> None:
        """Opens the trial of learning rates beside the window."""
        if self.session.document is None or self.session.can_start():
            return
        if self.rates is not None:
            self.rates.close()
        self.rates = RateDialog(self.session.document.project, self.theme, self.window())
        document = self.session.document
        self.rates.chosen.connect(lambda index, rate: self._take_rate(document, index, rate))
        self.rates.destroyed.connect(self._forget_rates)
        self.rates.show()

    def _forget_rates(self) -> None:
        self.rates = None

    def _take_rate(self, document: Document, index: int, rate: float) -> None:
        if document is not self.session.document or index >= len(document.project.training.objectives):
            self.session.noticed.emit("The network that was tried is not in front any more.", "warning")
            return
        optimizer = document.project.training.objectives[index].optimizer
        changed = msgspec.structs.replace(optimizer, params={**optimizer.params, "lr": rate})
        self._set_objective(index, {"optimizer": changed}, "Use the rate that was found", "")

    def _devices(self, training: Training) -> tuple[str, ...]:
        """What can be chosen: what this machine has, and what the project asks for."""
        found: tuple[str, ...] = ("cpu",)
        if self.session.engine_is_ready:
            found = self.session.engine.devices.available()
        return tuple(dict.fromkeys(("auto", *found, training.device)))

    def _names(self) -> tuple[Names, Names]:
        """The losses, and the layers and blocks that have weights, with their titles."""
        project = self.session.front.project
        nodes = project.graph.nodes.values()
        specs = {node.id: project.spec_of(node) for node in nodes}
        weighted = {
            name.partition("/")[0] for name, report in self.session.inference.nodes.items() if report.parameters
        }
        titles = {id: node.title or id for id, node in project.graph.nodes.items()}
        losses = [(id, titles[id]) for id, spec in specs.items() if spec is not None and spec.family == "loss"]
        return losses, [(id, titles[id]) for id in project.graph.nodes if id in weighted]

    def _add(self) -> None:
        self.session.edit("Add an objective", [SetTraining(with_objective(self.session.front.project))])

    def _double(self, index: int) -> None:
        training = self.session.front.project.training
        new = msgspec.structs.replace(training.objectives[index], name=new_name(training))
        objectives = (*training.objectives[: index + 1], new, *training.objectives[index + 1 :])
        changed = msgspec.structs.replace(training, objectives=objectives)
        self.session.edit("Add an objective", [SetTraining(changed)])

    def _remove(self, index: int) -> None:
        training = self.session.front.project.training
        objectives = (*training.objectives[:index], *training.objectives[index + 1 :])
        if len(objectives) == 1:
            # Alone it works at every step; its form has no turns any more.
            usual = Objective()
            turns = {name: getattr(usual, name) for name in ("every", "steps", "begin", "end")}
            objectives = (msgspec.structs.replace(objectives[0], **turns),)
        changed = msgspec.structs.replace(training, objectives=objectives)
        self.session.edit(f"Remove {training.objectives[index].name}", [SetTraining(changed)])

    def _set_objective(self, index: int, changes: dict[str, Any], text: str, merge: str) -> None:
        if self.session.document is None:
            return
        training = self.session.document.project.training
        new = msgspec.structs.replace(training.objectives[index], **changes)
        objectives = (*training.objectives[:index], new, *training.objectives[index + 1 :])
        changed = msgspec.structs.replace(training, objectives=objectives)
        self.session.edit(text, [SetTraining(changed)], merge=f"objective.{index}.{merge}" if merge else "")

    def _set_run(self, name: str, value: Value) -> None:
        if self.session.document is None:
            return
        training = msgspec.structs.replace(self.session.document.project.training, **{name: value})
        self.session.edit(f"Set {name.replace('_', ' ')}", [SetTraining(training)], merge=f"training.{name}")

    def _take_edit(self, ops: list[Op]) -> None:
        if any(isinstance(op, SetTraining) for op in ops):
            self.refresh_soon()

    def _end_step(self) -> None:
        if self.session.document is not None:
            self.session.document.history.break_merge()

    def _dress(self) -> None:
        super()._dress()
        for form in getattr(self, "objectives", []):
            form.show_theme(self.theme)
