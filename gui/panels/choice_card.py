"""A choice out of a registry with a form for what was chosen: an optimizer, a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.model.spec import Param
from core.model.values import Value
from core.training.spec import ChoiceSpec
from gui.panels.editors import Choice
from gui.panels.form import Form, Row
from gui.panels.formula_card import FormulaCard
from gui.panels.parts import clear, label
from gui.theme import Theme

Spec = TypeVar("Spec", bound=ChoiceSpec)


class ChoiceCard(QWidget):
    """Shows one choice and its parameters; tells every change whole."""

    changed = Signal(str, dict, str)
    """The kind, the parameters that differ from its defaults, and the name of what was edited (empty: the kind)."""
    left = Signal()
    explained = Signal(str)

    def __init__(self, what: str, options: Mapping[str, Spec], theme: Theme) -> None:
        super().__init__()
        self._options, self._theme = options, theme
        self.kind = ""
        self._head = ""
        self._values: dict[str, Value] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        first = next(iter(options))
        param = Param("kind", what, "choice", first, f"Which {what.lower()} is used.", choices=tuple(options))
        self.chooser = Row(param)
        # It is never reset, so its sign needs no room beside a long option.
        self.chooser.reset.setFixedWidth(0)
        self.chooser.reset.setVisible(False)
        if isinstance(self.chooser.editor, Choice):
            self.chooser.editor.set_options([(kind, spec.title) for kind, spec in options.items()])
            self.chooser.fit_choice()
        self.chooser.edited.connect(self._choose)
        self.chooser.explained.connect(self.explained)
        column.addWidget(self.chooser)
        self.formula = FormulaCard(theme)
        column.addWidget(self.formula)
        self.doc = label("", "dim", wrap=True)
        column.addWidget(self.doc)
        self._place = QVBoxLayout()
        column.addLayout(self._place)
        self.form: Form | None = None

    def show_choice(self, kind: str, params: Mapping[str, Value]) -> None:
        """Shows a choice; the form is built anew when the kind changed."""
        self._values = dict(params)
        self.chooser.show_value(kind)
        self.chooser.reset.setVisible(False)
        spec = self._options.get(kind)
        if kind != self.kind or self.form is None:
            self.kind = kind
            clear(self._place)
            self.form = Form(spec.params if spec else ())
            self.form.edited.connect(self._edit)
            self.form.left.connect(self.left)
            self.form.explained.connect(self.explained)
            self.form.place_at(self._head)
            self._place.addWidget(self.form)
            self.doc.setText(f"{spec.doc} {spec.source}." if spec else f"There is no “{kind}” here. Choose another.")
            self.formula.show_formula(spec.formula if spec else "", self._theme)
        self.form.show_values(params)

    def place_at(self, address: str) -> None:
        """Tells where the choice stands in the project, such as `training.objectives[0].optimizer`."""
        self._head, self.chooser.address = f"{address}.", address
        if self.form is not None:
            self.form.place_at(self._head)

    def show_theme(self, theme: Theme) -> None:
        """Draws the formula in the colours of another theme."""
        self._theme = theme
        spec = self._options.get(self.kind)
        self.formula.show_formula(spec.formula if spec else "", theme)

    def _choose(self, kind: object) -> None:
        if kind != self.kind:
            self.changed.emit(str(kind), {}, "")

    def _edit(self, name: str, value: Value) -> None:
        spec = self._options[self.kind]
        wanted = {**self._values, name: value}
        if wrong := spec.complaint(wanted):
            if self.form is not None:
                self.form.show_values(self._values)
                self.form.complain(name, wrong)
            return
        kept = {key: each for key, each in wanted.items() if each != spec.complete({})[key]}
        self.changed.emit(self.kind, kept, name)
