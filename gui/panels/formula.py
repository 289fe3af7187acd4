"""Formulas in forms: what `=channels*4` gives where the node stands, and what is wrong with it in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from core.model.expression import MARK, ExpressionError, evaluate, is_expression
from core.model.spec import Param
from core.model.values import Value, show_value
from gui.panels.style import mono

Scope = Mapping[str, Value]
"""The parameters of the block around a node, with their values in the instance that is looked at."""


def read_formula(param: Param, text: str, scope: Scope) -> tuple[Value, str]:
    """The formula that a text is, and why it cannot be accepted (empty when it can)."""
    body = text.strip().removeprefix(MARK).strip()
    try:
        value = evaluate(MARK + body, scope)
    except ExpressionError as error:
        return None, f"{error.message} {error.fix}".strip()
    wrong = param.complaint(value)
    return MARK + body, f"{MARK}{body} is {show_value(value)} here. {wrong}" if wrong else ""


def result_of(value: Value, scope: Scope) -> str:
    """What a formula gives here: `= 256`; empty for a plain value."""
    if not is_expression(value):
        return ""
    try:
        return f"= {show_value(evaluate(str(value), scope))}"
    except ExpressionError as error:
        return error.message


def computed(param: Param, value: Value, scope: Scope) -> tuple[Value, str]:
    """What a formula gives here, and why that cannot be taken as a plain value (empty when it can)."""
    try:
        found = evaluate(str(value), scope)
    except ExpressionError as error:
        return None, error.message
    return found, param.complaint(found)


class FormulaField(QLineEdit):
    """A formula in the place of a switch or a choice."""

    changed = Signal(object)
    refused = Signal(str)
    left = Signal()

    def __init__(self, param: Param, scope: Scope, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._param, self._scope, self._value = param, scope, ""
        self.setFont(mono())
        self.setPlaceholderText("=formula")
        self.editingFinished.connect(self._confirm)

    def show_value(self, value: Value) -> None:
        self._value = str(value) if is_expression(value) else ""
        if self.text() != self._value:
            self.setText(self._value)

    def _confirm(self) -> None:
        text = self.text().strip()
        if text:
            value, wrong = read_formula(self._param, text, self._scope)
            self.refused.emit(wrong)
            if not wrong and value != self._value:
                self._value = str(value)
                self.changed.emit(value)
        if not self.hasFocus():
            self.left.emit()
