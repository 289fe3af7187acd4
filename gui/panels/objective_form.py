"""One objective of the training: what it minimises, what it trains, by which optimizer, and when it takes its turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.model.amounts import counted
from core.model.settings import BOUNDS, Objective, Optimizer, Schedule
from core.model.spec import Param
from core.model.values import Value
from core.training.optimizers import optimizers
from core.training.parameters import objective_params
from core.training.schedules import schedules
from gui.panels.checklist import CheckList
from gui.panels.choice_card import ChoiceCard
from gui.panels.fold import Fold
from gui.panels.form import Form
from gui.panels.parts import button, heading, label, rule
from gui.theme import Theme

Change = Callable[[dict[str, Any], str, str], object]
"""Takes what shall be other, the text of the edit and the key under which it merges with the next one."""
Names = Sequence[tuple[str, str]]
"""Ids of nodes with their titles."""

_WEIGHT = Param("weight", "Weight", "float", 1.0, "How much this loss counts in the sum that is minimised.")
_FACTOR = "Factor on the learning rate of this layer."
_RATE = Param("rate", "Rate factor", "float", 1.0, _FACTOR, low=BOUNDS["rate"][0], high=BOUNDS["rate"][1])


class ObjectiveForm(QWidget):
    """Shows an objective and tells every change."""

    explained = Signal(str)
    removed = Signal()
    doubled = Signal()

    def __init__(
        self, theme: Theme, change: Change, end_step: Callable[[], object], *, several: bool, in_cycle: bool
    ) -> None:
        super().__init__()
        self._change, self._objective = change, Objective()
        self._in_cycle = in_cycle
        self._losses: Names = ()
        self._layers: Names = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(8)
        column.addWidget(self._head(several))
        self.about = label("", "dim", wrap=True)
        self.about.setVisible(several)
        column.addWidget(self.about)
        self.idle = label("", "warning", wrap=True)
        self.idle.hide()
        column.addWidget(self.idle)
        self.losses = CheckList(_WEIGHT, "An objective needs at least one loss.")
        self.losses_title = heading("Minimises")
        column.addWidget(self.losses_title)
        column.addWidget(self.losses)
        self.optimizer = ChoiceCard("Optimizer", optimizers, theme)
        self.optimizer.changed.connect(self._set_optimizer)
        column.addWidget(self.optimizer)
        column.addWidget(rule())
        self.schedule = ChoiceCard("Schedule", schedules, theme)
        self.schedule.changed.connect(self._set_schedule)
        column.addWidget(self.schedule)
        self.layers_fold = Fold("Layers that it trains")
        self.layers = CheckList(_RATE, "An objective needs at least one layer to train.")
        self.layers_fold.body.addWidget(self.layers)
        column.addWidget(self.layers_fold)
        self.form_fold = Fold("Turns and gradients" if several else "Gradients", is_open=several)
        self.form = Form(objective_params(several=several, in_cycle=in_cycle))
        self.form.edited.connect(self._set_value)
        self.form_fold.body.addWidget(self.form)
        column.addWidget(self.form_fold)
        self.losses.changed.connect(self._set_losses)
        self.layers.changed.connect(self._set_layers)
        for part in (self.losses, self.optimizer, self.schedule, self.layers, self.form):
            part.left.connect(end_step)
            part.explained.connect(self.explained)

    def _head(self, several: bool) -> QWidget:
        """The name, and what can be done with the whole objective; only where there are several."""
        head = QWidget()
        line = QHBoxLayout(head)
        line.setContentsMargins(0, 6, 0, 0)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the objective")
        self.name.setToolTip("The name under which its loss is told.")
        self.name.editingFinished.connect(self._rename)
        line.addWidget(self.name, 1)
        line.addWidget(button("Duplicate", self.doubled.emit, doc="Adds an objective with the same settings."))
        line.addWidget(button("Remove", self.removed.emit, doc="Takes this objective out of the training."))
        head.setVisible(several)
        return head

    def show_objective(self, objective: Objective, losses: Names, layers: Names, epochs: int) -> None:
        """Brings the forms up to date; `losses` and `layers` are the nodes to choose from in a run of `epochs`."""
        self._objective, self._losses = objective, losses
        known = {name for name, _ in layers}
        # What a file names inside of blocks stays on the list.
        self._layers = (*layers, *((path, path) for path in (*objective.trains, *objective.rates) if path not in known))
        if not self.name.hasFocus():
            self.name.setText(objective.name)
        self.about.setText(summary(objective, dict((*losses, *layers)), in_cycle=self._in_cycle))
        self.idle.setText(idle(objective, epochs))
        self.idle.setVisible(bool(self.idle.text()))
        self.losses.show_names(losses, objective.losses or dict.fromkeys((name for name, _ in losses), 1.0))
        trains = objective.trains or tuple(name for name, _ in layers)
        self.layers.show_names(self._layers, {name: objective.rates.get(name, 1.0) for name in trains})
        # One loss with its own weight has nothing to choose.
        has_choice = len(losses) > 1 or bool(objective.losses)
        self.losses_title.setVisible(has_choice)
        self.losses.setVisible(has_choice)
        self.layers_fold.setVisible(bool(self.layers.rows))
        self.optimizer.show_choice(objective.optimizer.kind, objective.optimizer.params)
        self.schedule.show_choice(objective.schedule.kind, objective.schedule.params)
        self.form.show_values({name: getattr(objective, name) for name in self.form.rows})

    def place_at(self, address: str) -> None:
        """Tells where the objective stands in the project: `training.objectives[0]`."""
        self.optimizer.place_at(f"{address}.optimizer")
        self.schedule.place_at(f"{address}.schedule")
        self.form.place_at(f"{address}.")

    def show_theme(self, theme: Theme) -> None:
        self.optimizer.show_theme(theme)
        self.schedule.show_theme(theme)

    def _replace(self, text: str, merge: str, **changes: Any) -> None:
        self._change(changes, text, merge)

    def _rename(self) -> None:
        name = self.name.text().strip()
        if name and name != self._objective.name:
            self._replace("Rename the objective", "", name=name)
        self.name.setText(self._objective.name)

    def _set_losses(self, weights: dict[str, float], touched: str) -> None:
        is_plain = len(weights) == len(self._losses) and all(weight == 1.0 for weight in weights.values())
        self._replace(f"Set the weight of {touched}", f"losses.{touched}", losses={} if is_plain else weights)

    def _set_layers(self, factors: dict[str, float], touched: str) -> None:
        trains = () if len(factors) == len(self._layers) else tuple(factors)
        rates = {name: factor for name, factor in factors.items() if factor != 1.0}
        self._replace(f"Set how {touched} trains", f"layers.{touched}", trains=trains, rates=rates)

    def _set_optimizer(self, kind: str, params: dict[str, Value], edited: str) -> None:
        text = f"Set {edited.replace('_', ' ')}" if edited else f"Use {optimizers[kind].title}"
        self._replace(text, f"optimizer.{edited}" if edited else "", optimizer=Optimizer(kind, params))

    def _set_schedule(self, kind: str, params: dict[str, Value], edited: str) -> None:
        text = f"Set {edited.replace('_', ' ')}" if edited else f"Use the schedule {schedules[kind].title}"
        self._replace(text, f"schedule.{edited}" if edited else "", schedule=Schedule(kind, params))

    def _set_value(self, name: str, value: Value) -> None:
        self._replace(f"Set {name.replace('_', ' ')}", name, **{name: value})


def summary(objective: Objective, titles: Mapping[str, str], *, in_cycle: bool) -> str:
    """What an objective minimises, what it trains and when it works, in a sentence; `titles` are those of nodes."""
    named = [(titles.get(id, id), weight) for id, weight in objective.losses.items()]
    losses = " + ".join(f"{weight:g}·{title}" if weight != 1 else title for title, weight in named)
    trains = ", ".join(titles.get(id, id) for id in objective.trains) or "everything that is trainable"
    turn = "every step" if objective.every == 1 else f"every {counted(objective.every, 'step')}"
    if in_cycle:
        turn = f"{counted(objective.steps, 'step')} of each round"
    first, last = objective.begin, objective.end
    when = f", epochs {first:,} to {last:,}" if last else f", from epoch {first:,}" if first > 1 else ""
    return f"Minimises {losses or 'all losses'}; trains {trains}; {turn}{when}."


def idle(objective: Objective, epochs: int) -> str:
    """Why an objective never works in a run of so many epochs; empty where it does."""
    if objective.begin > epochs:
        return f"It never works: it begins with epoch {objective.begin:,}, and the run has {counted(epochs, 'epoch')}."
    return ""
