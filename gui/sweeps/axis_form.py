"""One parameter of a sweep (with those tied to it) and its values: a list, a range, or draws from a range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from core.model.spec import Param
from core.model.values import show_value
from gui.panels.editors import Choice
from gui.panels.numberbox import NumberBox
from gui.panels.parts import label
from gui.panels.style import mono
from gui.sweeps.chooser import ParameterField
from gui.sweeps.ties import Ties
from gui.sweeps.values import is_numeric, range_around, read_values, suggested

if TYPE_CHECKING:
    from core.training.sweeps.address import Place
    from core.training.sweeps.plan import Axis

LIST, RANGE, RANDOM = "Values", "Range", "Random"
COUNT = Param("count", "Number of values", "int", 5, "How many values, evenly spaced.", low=1, high=1000)
DRAWS = Param("draws", "Draws", "int", 8, "How many values are drawn.", low=1, high=1000)


class AxisForm(QWidget):
    """Tells `changed` whenever what `axis` would return may be another one."""

    changed = Signal()

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._places: Mapping[str, Place] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.parameter = ParameterField(hint)
        self.parameter.chosen.connect(self._fill)
        column.addWidget(self.parameter)
        self.now = label("", "dim", wrap=True)
        column.addWidget(self.now)
        self.ties = Ties()
        self.ties.changed.connect(self._show_now)
        self.ties.changed.connect(self.changed)
        column.addWidget(self.ties)
        self.rest = QWidget()
        column.addWidget(self.rest)
        grid = QGridLayout(self.rest)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        grid.setColumnStretch(1, 1)
        self.way = Choice([(way, way) for way in (LIST, RANGE, RANDOM)])
        self.way.show_value(LIST)
        # The list beside it needs the room.
        self.way.setMinimumContentsLength(5)
        self.way.setAccessibleName("How the values are given")
        self.way.currentTextChanged.connect(self._turn)
        self.list = QLineEdit()
        self.list.setFont(mono())
        self.list.setPlaceholderText("0.1, 0.01")
        self.list.setAccessibleName("Values, with commas between")
        self.list.textEdited.connect(lambda text: self.changed.emit())
        grid.addWidget(self.way, 0, 0)
        grid.addWidget(self.list, 0, 1)
        self.ends = QWidget()
        ends = QGridLayout(self.ends)
        ends.setContentsMargins(0, 0, 0, 0)
        ends.setSpacing(6)
        self.low, self.high = (self._end(title) for title in ("From", "To"))
        self.count, self.draws = NumberBox(COUNT), NumberBox(DRAWS)
        self.log = QCheckBox("log")
        self.log.setToolTip("Evenly spaced by the logarithm: 0.001, 0.01, 0.1.")
        self.log.clicked.connect(self.changed)
        for box in (self.count, self.draws):
            box.setToolTip(box.param.doc)
            box.setAccessibleName(box.param.title)
            box.changed.connect(lambda value: self.changed.emit())
        ends.addWidget(self.low, 0, 0)
        ends.addWidget(label("to", "dim"), 0, 1)
        ends.addWidget(self.high, 0, 2)
        ends.addWidget(self.count, 1, 0)
        ends.addWidget(self.draws, 1, 0)
        self.unit = label("values", "dim")
        ends.addWidget(self.unit, 1, 1)
        ends.addWidget(self.log, 1, 2)
        ends.setColumnStretch(0, 1)
        ends.setColumnStretch(2, 1)
        grid.addWidget(self.ends, 1, 0, 1, 2)
        self._turn()
        for part in (self.rest, self.now, self.ties):
            part.hide()

    def _end(self, title: str) -> QLineEdit:
        made = QLineEdit()
        made.setFont(mono())
        made.setAccessibleName(title)
        made.setMinimumWidth(56)
        made.textEdited.connect(lambda text: self.changed.emit())
        return made

    def offer(self, places: Mapping[str, Place]) -> None:
        """The parameters of the project as they are now."""
        self._places = places
        self.parameter.offer(places)
        self._show_now()

    def choose(self, address: str) -> None:
        """Takes a parameter, with values to begin with."""
        self.parameter.show_choice(address)
        self._fill(address)

    @property
    def address(self) -> str:
        return self.parameter.address

    def axis(self) -> tuple[Axis | None, int, str]:
        """The axis, its draws (0 where nothing is drawn), and what is wrong (empty: nothing). None: not chosen."""
        from core.training.sweeps.plan import Axis

        if not self.address:
            return None, 0, ""
        addresses = (self.address, *self.ties.addresses)
        for address in addresses:
            if address not in self._places:
                return None, 0, f"This project has no parameter “{address}”. Choose another one."
        if self.way.currentText() == LIST:
            values, wrong = read_values(self._places[self.address].param, self.list.text())
            return (None if wrong else Axis(addresses, values)), 0, wrong
        ends = []
        for field in (self.low, self.high):
            try:
                ends.append(float(field.text().strip().replace("−", "-")))
            except ValueError:
                return None, 0, f"{field.accessibleName()} is a number, not “{field.text()}”."
        drawn = self.way.currentText() == RANDOM
        count = 0 if drawn else int(str(self.count.value))
        axis = Axis(addresses, (), *ends, count=count, log=self.log.isChecked(), random=drawn)
        return axis, int(str(self.draws.value)) if drawn else 0, ""

    def _fill(self, address: str) -> None:
        place = self._places.get(address)
        if place is not None:
            param, value = place.param, place.value
            if not is_numeric(param):
                self.way.setCurrentText(LIST)
            self.way.setEnabled(is_numeric(param))
            self.list.setText(suggested(param, value))
            self.list.setCursorPosition(0)
            low, high = range_around(param, value)
            self.low.setText(f"{low:g}")
            self.high.setText(f"{high:g}")
            self.log.setChecked(low > 0 and high / low >= 16)
        self._show_now()
        self.changed.emit()

    def _show_now(self) -> None:
        place = self._places.get(self.address)
        self.rest.setVisible(place is not None)
        self.ties.setVisible(place is not None)
        self.ties.follow(self._places, self.address)
        self.now.setVisible(bool(self.address))
        shown = [address for address in (self.address, *self.ties.addresses) if address in self._places]
        self.now.setText("\n".join(f"{address} = {show_value(self._places[address].value)}" for address in shown))
        self.now.setToolTip(place.param.doc if place else "")

    def _turn(self, text: str = "") -> None:
        """Shows what the chosen way asks for."""
        way = self.way.currentText()
        self.list.setVisible(way == LIST)
        self.ends.setVisible(way != LIST)
        self.count.setVisible(way == RANGE)
        self.draws.setVisible(way == RANDOM)
        self.unit.setText("values" if way == RANGE else "draws")
        self.changed.emit()
