"""A field for one number, several numbers or a word, with its unit and arrows: `6`, `1e-3`, `5 × 3`, `28 pixels`."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QStyle, QStyleOptionSpinBox, QWidget

from core.model.expression import is_expression
from core.model.spec import Param
from core.model.values import Value
from gui.panels.entry import entered, shown, stepped
from gui.panels.formula import Scope, read_formula
from gui.panels.parts import label
from gui.panels.style import face, mono

AROUND = 28
"""Pixels beside the number and its unit: the border, and the arrows."""


class NumberBox(QAbstractSpinBox):
    """Reads what is typed with `entered`; tells a value when it is right and a sentence when it is not."""

    changed = Signal(object)
    """A value that is within bounds: stepped, or typed and confirmed with Enter or by leaving the field."""
    refused = Signal(str)
    """Why the typed text cannot be accepted; empty when it can."""
    left = Signal()

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self.value: Value = param.default
        self.scope: Scope | None = None
        """What formulas may name here; None where there can be none."""
        self.setFont(mono())
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToPreviousValue)
        self.lineEdit().setFont(mono())
        self.lineEdit().textEdited.connect(self._typed)
        self.lineEdit().installEventFilter(self)
        self.unit = label(param.unit, "unit")
        self.unit.setParent(self.lineEdit())
        self.unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.unit.setVisible(bool(param.unit))
        self.editingFinished.connect(self._confirm)
        self.show_value(param.default)

    def show_value(self, value: Value) -> None:
        """Shows a value without telling anybody."""
        self.value = value
        text = shown(self.param, value)
        if self.lineEdit().text() != text:
            self.lineEdit().setText(text)
            self.lineEdit().setCursorPosition(0)
        # “none” is none of anything.
        self.unit.setVisible(bool(self.param.unit) and any(letter.isdigit() for letter in text))
        self._place_unit()
        self._mark("")

    def width_for(self, letters: int) -> int:
        """The width in which a number of so many letters stands beside the unit."""
        unit = QFontMetrics(face()).horizontalAdvance(self.param.unit) + 6
        return QFontMetrics(mono()).horizontalAdvance("0" * letters) + unit + AROUND

    def _unit_room(self) -> int:
        return self.unit.sizeHint().width() + 6 if self.unit.isVisibleTo(self) else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_unit()

    def _place_unit(self) -> None:
        """Puts the unit at the right end of the field, and the number before it."""
        line, size = self.lineEdit(), self.unit.sizeHint()
        line.setTextMargins(0, 0, self._unit_room(), 0)
        self.unit.setGeometry(line.width() - size.width(), (line.height() - size.height()) // 2, *size.toTuple())

    def stepBy(self, steps: int) -> None:
        if is_expression(self.value):
            return
        typed, wrong = self._read()
        value = stepped(self.param, self.value if wrong else typed, steps)
        if self.param.complaint(value) or (value == self.value and not wrong):
            return
        self.show_value(value)
        self.changed.emit(value)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A wheel that scrolls the form must not change what happens to be under it.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.lineEdit().text() != shown(self.param, self.value):
            self.show_value(self.value)
            event.accept()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # With nothing typed, undo means the network's undo, not the field's.
        if event.type() == QEvent.Type.Resize:
            self._place_unit()
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo))
            and not self.lineEdit().isUndoAvailable()
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not (self.underMouse() or self.hasFocus()):
            return
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().text().color(), 1.2))
        for control, sign in ((QStyle.SubControl.SC_SpinBoxUp, -1), (QStyle.SubControl.SC_SpinBoxDown, 1)):
            area = QRectF(self.style().subControlRect(QStyle.ComplexControl.CC_SpinBox, option, control, self))
            middle = area.center()
            points = [(-3.0, -1.5 * sign), (0.0, 1.5 * sign), (3.0, -1.5 * sign)]
            painter.drawPolyline(QPolygonF([middle + QPointF(x, y) for x, y in points]))
        painter.end()

    def _typed(self, text: str) -> None:
        self._mark(self._read()[1])

    def _read(self) -> tuple[Value, str]:
        """What the field says, a value or a formula, and what is wrong with it."""
        text = self.lineEdit().text()
        if self.scope is not None and is_expression(text.strip()):
            return read_formula(self.param, text, self.scope)
        return entered(self.param, text)

    def _confirm(self) -> None:
        value, wrong = self._read()
        if wrong:
            self._mark(wrong)
        elif value != self.value or type(value) is not type(self.value):
            self.show_value(value)
            self.changed.emit(value)
        else:
            self.show_value(value)
        if not self.hasFocus():
            self.left.emit()

    def _mark(self, wrong: str) -> None:
        if bool(self.property("wrong")) != bool(wrong):
            self.setProperty("wrong", bool(wrong))
            self.style().unpolish(self)
            self.style().polish(self)
        self.refused.emit(wrong)
