"""Names to check, each with a number of its own: losses with their weights, layers with the factor of their rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from core.model.spec import Param
from core.model.values import Value
from gui.panels.numberbox import NumberBox
from gui.panels.parts import clear, label
from gui.panels.style import scale

NUMBER_WIDTH = 76


class CheckList(QWidget):
    """Shows which names are checked and their numbers; it tells every change whole and holds nothing else.

    One name stays checked: `least` is what is said when the last check mark would go.
    """

    changed = Signal(dict, str)
    """The numbers of the names that are checked, in order, and the name that was touched."""
    left = Signal()
    explained = Signal(str)

    def __init__(self, number: Param, least: str) -> None:
        super().__init__()
        self._number, self._least = number, least
        self.rows: dict[str, CheckRow] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        column.addLayout(self._rows)
        self.error = label("", "error", wrap=True)
        self.error.hide()
        column.addWidget(self.error)

    def show_names(self, titles: Sequence[tuple[str, str]], checked: Mapping[str, float]) -> None:
        """The names with their titles in order, and the numbers of those that are checked."""
        if list(self.rows) != [name for name, _ in titles]:
            clear(self._rows)
            self.rows = {name: CheckRow(name, self._number, self._take) for name, _ in titles}
            for row in self.rows.values():
                row.box.left.connect(self.left)
                row.entered = self.explained.emit
                self._rows.addWidget(row)
        for name, title in titles:
            self.rows[name].show_state(title, checked.get(name))
        self.error.hide()

    def _take(self, name: str) -> None:
        found = {each: row.number for each, row in self.rows.items() if row.check.isChecked()}
        if not found:
            self.rows[name].check.setChecked(True)
            self.error.setText(self._least)
            self.error.show()
            return
        self.changed.emit(found, name)


class CheckRow(QWidget):
    """One name: a check mark, and its number while it is checked."""

    def __init__(self, name: str, number: Param, take: Callable[[str], object]) -> None:
        super().__init__()
        self.entered: Callable[[str], object] | None = None
        self._doc = number.doc
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        self.check = QCheckBox()
        self.check.clicked.connect(lambda: take(name))
        self.box = NumberBox(number)
        self.box.setFixedWidth(round(NUMBER_WIDTH * scale()))
        self.box.setToolTip(number.doc)
        self.box.changed.connect(lambda value: self._set(value, name, take))
        self.sign = label("×", "dim")
        line.addWidget(self.check, 1)
        line.addWidget(self.sign)
        line.addWidget(self.box)

    def _set(self, value: Value, name: str, take: Callable[[str], object]) -> None:
        self.box.show_value(value)
        take(name)

    @property
    def number(self) -> float:
        value = self.box.value
        return float(value) if isinstance(value, (int, float)) else 1.0

    def show_state(self, title: str, number: float | None) -> None:
        """Checked with a number, or not checked where there is none."""
        self.check.setText(title)
        self.check.setToolTip(title)
        self.box.setAccessibleName(f"{self.box.param.title} of {title}")
        self.check.setChecked(number is not None)
        for widget in (self.box, self.sign):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            widget.setSizePolicy(policy)
            widget.setVisible(number is not None)
        if not self.box.hasFocus() or not self.box.property("wrong"):
            self.box.show_value(1.0 if number is None else number)
