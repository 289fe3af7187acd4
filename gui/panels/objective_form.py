"""One objective of the training: its optimizer and its schedule, and where there are several, what it minimises."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.model.amounts import counted
from core.model.settings import Objective, Optimizer, Schedule
from core.model.values import Value
from core.training.optimizers import optimizers
from core.training.schedules import schedules
from gui.panels.choice_card import ChoiceCard
from gui.panels.parts import heading, label, rule
from gui.theme import Theme

Change = Callable[[Objective, str, str], object]
"""Takes the new objective, the text of the edit and the key under which it merges with the next one."""


class ObjectiveForm(QWidget):
    """Shows an objective and tells every change."""

    explained = Signal(str)

    def __init__(self, theme: Theme, change: Change, end_step: Callable[[], object], *, several: bool) -> None:
        super().__init__()
        self._change, self._objective = change, Objective()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(8)
        self.title = heading("Objective")
        self.about = label("", "dim", wrap=True)
        self.title.setVisible(several)
        self.about.setVisible(several)
        column.addWidget(self.title)
        column.addWidget(self.about)
        self.optimizer = ChoiceCard("Optimizer", optimizers, theme)
        self.optimizer.changed.connect(self._set_optimizer)
        self.optimizer.left.connect(end_step)
        column.addWidget(self.optimizer)
        column.addWidget(rule())
        self.schedule = ChoiceCard("Schedule", schedules, theme)
        self.schedule.changed.connect(self._set_schedule)
        self.schedule.left.connect(end_step)
        column.addWidget(self.schedule)
        for card in (self.optimizer, self.schedule):
            card.explained.connect(self.explained)

    def show_objective(self, objective: Objective) -> None:
        """Brings the forms up to date."""
        self._objective = objective
        self.title.setText(objective.name.capitalize())
        self.about.setText(summary(objective))
        self.optimizer.show_choice(objective.optimizer.kind, objective.optimizer.params)
        self.schedule.show_choice(objective.schedule.kind, objective.schedule.params)

    def show_theme(self, theme: Theme) -> None:
        self.optimizer.show_theme(theme)
        self.schedule.show_theme(theme)

    def _set_optimizer(self, kind: str, params: dict[str, Value], edited: str) -> None:
        text = f"Set {edited.replace('_', ' ')}" if edited else f"Use {optimizers[kind].title}"
        new = msgspec.structs.replace(self._objective, optimizer=Optimizer(kind, params))
        self._change(new, text, f"optimizer.{edited}" if edited else "")

    def _set_schedule(self, kind: str, params: dict[str, Value], edited: str) -> None:
        text = f"Set {edited.replace('_', ' ')}" if edited else f"Use the schedule {schedules[kind].title}"
        new = msgspec.structs.replace(self._objective, schedule=Schedule(kind, params))
        self._change(new, text, f"schedule.{edited}" if edited else "")


def summary(objective: Objective) -> str:
    """What an objective minimises, what it trains and how often, in a sentence."""
    losses = " + ".join(f"{weight:g}·{id}" if weight != 1 else id for id, weight in objective.losses.items())
    trains = ", ".join(objective.trains) or "everything that is trainable"
    turn = "every step" if objective.every == 1 else f"every {counted(objective.every, 'step')}"
    return f"Minimises {losses or 'all losses'}; trains {trains}; {turn}."
