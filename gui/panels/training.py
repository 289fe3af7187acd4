"""How the network learns: optimizer, learning rate, schedule, batches, epochs, seed, device, early stopping."""

from __future__ import annotations

from functools import partial

import msgspec
from PySide6.QtWidgets import QLabel, QWidget

from core.model.ops import Op, SetTraining
from core.model.settings import BOUNDS, Objective, Training
from core.model.spec import Param
from core.model.values import Value
from gui.panels.form import Form
from gui.panels.objective_form import ObjectiveForm
from gui.panels.parts import Column, Explainer, Panel, clear, heading, label
from gui.session import Session

_PATIENCE = "Epochs without a lower validation loss after which the run stops; 0 never stops early."
_SEED = "Fixes initial weights, order of the samples and dropout: the same seed gives the same run."
_DEVICE = "Where the network trains; auto takes a GPU if there is one."


def run_params(devices: tuple[str, ...]) -> tuple[Param, ...]:
    """The settings of a run besides its objectives, as parameters of a form."""
    return (
        _whole("batch_size", "Batch size", "Samples from which the gradient of one step is computed."),
        _whole("epochs", "Epochs", "How often the run goes through all training samples."),
        _whole("patience", "Patience", _PATIENCE),
        _whole("seed", "Seed", _SEED),
        Param("device", "Device", "choice", "auto", _DEVICE, choices=devices),
    )


def _whole(name: str, title: str, doc: str) -> Param:
    low, high = BOUNDS[name]
    return Param(name, title, "int", getattr(Training(), name), doc, low=low, high=high)


class TrainingPanel(Panel):
    """A form for each objective and one for the run; every change is an edit of the project."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.column = Column()
        self.body.setSpacing(0)
        self.body.addWidget(self.column)
        self.explainer = Explainer(self)
        self.body.addWidget(self.explainer)
        self.objectives: list[ObjectiveForm] = []
        self.run_form: Form | None = None
        self.note: QLabel | None = None
        self._shape: object = None
        session.document_activated.connect(self.refresh_soon)
        session.run_changed.connect(self.refresh_soon)
        session.engine_ready.connect(self.refresh_soon)
        session.edited.connect(self._take_edit)
        self.refresh_soon()

    def refresh(self) -> None:
        """Shows the project's settings; the forms stay while there are the same objectives and devices."""
        document = self.session.document
        training = document.project.training if document is not None else None
        devices = self._devices(training) if training is not None else ()
        names = tuple(objective.name for objective in training.objectives) if training is not None else ()
        if (id(document), names, devices) != self._shape:
            self._shape = id(document), names, devices
            self._build(training, devices)
        if training is None or self.run_form is None:
            return
        for form, objective in zip(self.objectives, training.objectives, strict=True):
            form.show_objective(objective)
        self.run_form.show_values({name: getattr(training, name) for name in self.run_form.rows})
        if self.note is not None:
            self.note.setVisible(self.session.run is not None and self.session.run.active)

    def _build(self, training: Training | None, devices: tuple[str, ...]) -> None:
        clear(self.column.body)
        self.objectives, self.run_form, self.note = [], None, None
        if training is None:
            self.column.body.addWidget(label("No project is open.", "dim", wrap=True))
            self.column.body.addStretch(1)
            return
        self.note = label("The running run keeps its settings; changes apply to the next one.", "warning", wrap=True)
        self.column.body.addWidget(self.note)
        several = len(training.objectives) > 1
        for index in range(len(training.objectives)):
            form = ObjectiveForm(self.theme, partial(self._set_objective, index), self._end_step, several=several)
            form.explained.connect(self.explainer.explain)
            self.objectives.append(form)
            self.column.body.addWidget(form)
        self.column.body.addWidget(heading("Run"))
        self.run_form = Form(run_params(devices))
        self.run_form.edited.connect(self._set_run)
        self.run_form.left.connect(self._end_step)
        self.run_form.explained.connect(self.explainer.explain)
        self.column.body.addWidget(self.run_form)
        self.column.body.addStretch(1)

    def _devices(self, training: Training) -> tuple[str, ...]:
        """What can be chosen: what this machine has, and what the project asks for."""
        found: tuple[str, ...] = ("cpu",)
        if self.session.engine_is_ready:
            found = self.session.engine.devices.available()
        return tuple(dict.fromkeys(("auto", *found, training.device)))

    def _set_objective(self, index: int, new: Objective, text: str, merge: str) -> None:
        if self.session.document is None:
            return
        training = self.session.document.project.training
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
