"""A form that follows from parameters: a row each, with title, editor, unit, reset and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from core.model.effect import without_effect
from core.model.expression import is_expression
from core.model.spec import Param
from core.model.tensor import Field
from core.model.values import Value
from gui.panels.editors import Choice, Editor, PathEditor, Switch, editor_for, is_entering
from gui.panels.entry import shown
from gui.panels.formula import FormulaField, Scope, computed, result_of
from gui.panels.numberbox import NumberBox
from gui.panels.parts import label, numbers, panel_of, rule
from gui.panels.style import scale

EDITOR_WIDTH, WIDEST = 112, 190
LETTERS = 4
"""Of a number, for which there is room before its unit."""


class Row(QWidget):
    """One parameter."""

    edited = Signal(object)
    left = Signal()
    explained = Signal(str)

    def __init__(
        self,
        param: Param,
        fields: Iterable[Field] = (),
        files: Mapping[str, str] | None = None,
        scope: Scope | None = None,
    ) -> None:
        super().__init__()
        self.param = param
        self.address = ""
        """Where the parameter stands in the project, for a sweep over it; empty where there can be none."""
        self.idle = ""
        """Why the parameter has no effect now; empty where it has one."""
        self._value: Value = param.default
        self._fields = tuple(fields)
        self._scope = scope
        self.editor = editor_for(param, self._fields, files)
        self._take_scope()
        self.setToolTip(param.doc)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        line = QHBoxLayout()
        line.setSpacing(6)
        column.addLayout(line)
        self.title = label(param.title, wrap=True)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.title.setBuddy(self.editor)
        self.reset = QToolButton()
        self.reset.setText("↺")
        self.reset.setAccessibleName(f"Reset {param.title} to {shown(param, param.default)}")
        self.reset.setToolTip(f"Reset to {shown(param, param.default) or 'empty'}")
        self.reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.reset.clicked.connect(lambda: self.edited.emit(param.default))
        line.addWidget(self.title, 1)
        line.addWidget(self.reset)
        if isinstance(self.editor, PathEditor):
            column.addWidget(self.editor)
        else:
            line.addWidget(self.editor)
            self._give_width()
        self._line = line
        self.result = numbers("", wrap=False)
        self.result.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.result.hide()
        column.addWidget(self.result)
        self.empty = label(param.empty, "dim", wrap=True)
        self.empty.setVisible(False)
        column.addWidget(self.empty)
        self.error = label("", "error", wrap=True, name=f"{param.title} is wrong")
        self.error.hide()
        column.addWidget(self.error)
        self._watch()

    def fit_choice(self) -> None:
        """Makes a chooser as wide as its longest option, within reason."""
        if isinstance(self.editor, Choice):
            texts = [self.editor.itemText(i) for i in range(self.editor.count())]
            longest = max((self.editor.fontMetrics().horizontalAdvance(text) for text in texts), default=0)
            self.editor.setFixedWidth(min(max(round(EDITOR_WIDTH * scale()), longest + 40), round(WIDEST * scale())))

    def _give_width(self) -> None:
        if isinstance(self.editor, Choice):
            self.fit_choice()
        elif isinstance(self.editor, NumberBox) and self.param.unit:
            self.editor.setFixedWidth(max(round(EDITOR_WIDTH * scale()), self.editor.width_for(LETTERS)))
        elif not isinstance(self.editor, Switch):
            self.editor.setFixedWidth(round(EDITOR_WIDTH * scale()))

    def replace_editor(self, editor: Editor) -> None:
        """Puts another editor in place of the one that follows from the parameter's type."""
        editor.setAccessibleName(self.param.title)
        editor.setAccessibleDescription(self.param.doc)
        editor.setEnabled(not self.idle)
        self._line.replaceWidget(self.editor, editor)
        self.editor.hide()
        self.editor.deleteLater()
        self.editor = editor
        self._take_scope()
        self.title.setBuddy(editor)
        self._give_width()
        self._watch()

    def _watch(self) -> None:
        self.editor.changed.connect(self.edited)
        self.editor.refused.connect(self.complain)
        self.editor.left.connect(self.left)
        self.installEventFilter(self)
        self.editor.installEventFilter(self)
        for inner in self.editor.findChildren(QLineEdit):
            inner.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FontChange and watched is self.editor:
            self._give_width()
        if is_entering(event):
            self.explained.emit(self.toolTip())
        if isinstance(event, QContextMenuEvent) and isinstance(watched, QLineEdit):
            menu = watched.createStandardContextMenu()
            menu.setParent(self, menu.windowFlags())
            menu.addSeparator()
            self._offer(menu, event.globalPos())
            return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._give_width()

    def _take_scope(self) -> None:
        if isinstance(self.editor, NumberBox):
            self.editor.scope = self._scope

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._offer(QMenu(self), event.globalPos())

    def _offer(self, menu: QMenu, at: QPoint) -> None:
        """Adds what can be done with the parameter to a menu, and opens it where it holds anything."""
        if self._scope is not None:
            if isinstance(self.editor, FormulaField) or is_expression(self._value):
                menu.addAction("Use a plain value", self.use_value)
            else:
                menu.addAction("Use a formula", self.use_formula)
        panel = panel_of(self)
        if panel is not None and self.address and panel.session.sweeps.can_vary(self.address):
            sweeps, address = panel.session.sweeps, self.address
            menu.addAction(f"Sweep over {self.param.title.lower()} …", lambda: sweeps.ask(address))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if menu.isEmpty():
            menu.deleteLater()
        else:
            menu.popup(at)

    def use_formula(self) -> None:
        """Lets a formula be typed; a number field takes one as it is."""
        if isinstance(self.editor, NumberBox):
            self.editor.lineEdit().setText("=")
        elif self._scope is not None and not isinstance(self.editor, FormulaField):
            self.replace_editor(FormulaField(self.param, self._scope))
        self.editor.setFocus()

    def use_value(self) -> None:
        """Takes what the formula gives here in its place."""
        value: Value = self.param.default
        if is_expression(self._value):
            found, wrong = computed(self.param, self._value, self._scope or {})
            value = self.param.default if wrong else found
        if not isinstance(self.editor, NumberBox):
            self.replace_editor(editor_for(self.param, self._fields))
        self.edited.emit(value)

    def show_value(self, value: Value) -> None:
        self._value = value
        formula = is_expression(value) and self.param.type != "text"
        if formula and self._scope is not None and not isinstance(self.editor, (NumberBox, FormulaField)):
            self.replace_editor(FormulaField(self.param, self._scope))
        elif isinstance(self.editor, FormulaField) and not formula and not self.editor.hasFocus():
            self.replace_editor(editor_for(self.param, self._fields))
        self.result.setText(result_of(value, self._scope or {}) if formula else "")
        self.result.setVisible(formula)
        is_wrong = isinstance(self.editor, QAbstractSpinBox) and self.editor.property("wrong")
        # Whoever is typing is not disturbed, also while another window is in front.
        if not (is_wrong and self.window().focusWidget() is self.editor):
            self.editor.show_value(value)
            self.complain("")
        self.reset.setVisible(value != self.param.default)
        self.empty.setVisible(bool(self.param.empty) and value == "")

    def show_effect(self, idle: str) -> None:
        """Shows that the parameter has no effect, and why; an empty text gives it back."""
        self.idle = idle
        for part in (self.editor, self.title, self.reset):
            part.setEnabled(not idle)
        self.setToolTip(f"{self.param.doc} {idle}".strip())
        self.editor.setAccessibleDescription(self.toolTip())

    def complain(self, reason: str) -> None:
        self.error.setText(reason)
        self.error.setVisible(bool(reason))


class Form(QWidget):
    """Rows for parameters. It holds no values of its own: it shows what it is given and tells what is entered."""

    edited = Signal(str, object)
    """A parameter's name and a value that its own bounds accept."""
    left = Signal()
    """A field was left: what follows is another step."""
    explained = Signal(str)
    """What the setting means that is pointed at or edited."""

    def __init__(
        self,
        params: Sequence[Param],
        fields: Iterable[Field] = (),
        *,
        files: Mapping[str, str] | None = None,
        scope: Scope | None = None,
    ) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        known = tuple(fields)
        for param in params:
            row = self.rows[param.name] = Row(param, known, files, scope)
            row.edited.connect(lambda value, name=param.name: self.edited.emit(name, value))
            row.left.connect(self.left)
            row.explained.connect(self.explained)
            column.addWidget(row)
            column.addWidget(rule())

    def show_values(self, values: Mapping[str, Value]) -> None:
        """Shows values; a missing one is the default. Settings that have no effect with them cannot be edited."""
        idle = without_effect([row.param for row in self.rows.values()], values)
        for name, row in self.rows.items():
            row.show_value(values.get(name, row.param.default))
            row.show_effect(idle.get(name, ""))

    def place_at(self, head: str) -> None:
        """Tells the rows where their parameters stand in the project: `training.` stands before their names."""
        for name, row in self.rows.items():
            row.address = f"{head}{name}"

    def complain(self, name: str, reason: str) -> None:
        """Shows under a row why it was not accepted."""
        if name in self.rows:
            self.rows[name].complain(reason)
