"""Further parameters that take the values of a sweep's parameter together with it: the widths of two layers, say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.model.spec import Param
from gui.panels.parts import button
from gui.sweeps.chooser import ParameterField
from gui.sweeps.values import is_numeric

if TYPE_CHECKING:
    from core.training.sweeps.address import Place

HINT = "Takes the same values …"
DOC = "Adds a parameter that takes the same values at the same time: the widths of two layers, for example."


class Ties(QWidget):
    """A field for each tied parameter and a button that adds one; a field that is emptied goes."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._places: Mapping[str, Place] = {}
        self._first = ""
        self.fields: list[ParameterField] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.add_button = button("Vary another one with it", self.add, "link", DOC)
        self._column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of the parameters that are chosen."""
        return tuple(field.address for field in self.fields if field.address)

    def follow(self, places: Mapping[str, Place], first: str) -> None:
        """The project's parameters, and the one whose values are taken; what cannot take them goes."""
        if first != self._first:
            for field in list(self.fields):
                if not field.address or (field.address in places and not self._fits(places, first, field.address)):
                    self._drop(field)
        self._places, self._first = places, first
        self._offer()

    def add(self, address: str = "") -> None:
        """Another field, with a parameter in it if one is given."""
        field = ParameterField(HINT)
        field.chosen.connect(lambda chosen: self._turn(field, chosen))
        field.editingFinished.connect(lambda: self._leave(field))
        self.fields.append(field)
        self._column.insertWidget(len(self.fields) - 1, field)
        self._offer()
        if address:
            field.show_choice(address)
            self._offer()
            self.changed.emit()
        else:
            field.setFocus()

    def forget(self, known: Mapping[str, Place]) -> None:
        """Lets parameters go that another project does not have."""
        for field in [field for field in self.fields if field.address not in known]:
            self._drop(field)

    @staticmethod
    def _fits(places: Mapping[str, Place], first: str, address: str) -> bool:
        return first in places and address != first and takes_alike(places[first].param, places[address].param)

    def _offer(self) -> None:
        fitting = {a: place for a, place in self._places.items() if self._fits(self._places, self._first, a)}
        taken = self.addresses
        for field in self.fields:
            field.offer({a: place for a, place in fitting.items() if a == field.address or a not in taken})
        self.add_button.setVisible(len(fitting) > len(self.fields) and all(field.address for field in self.fields))

    def _turn(self, field: ParameterField, address: str) -> None:
        if not address and field in self.fields:
            self._drop(field)
        self._offer()
        self.changed.emit()

    def _leave(self, field: ParameterField) -> None:
        """A field that was left without a choice is not wanted."""
        if not field.address and not field.is_choosing and field in self.fields:
            self._turn(field, "")

    def _drop(self, field: ParameterField) -> None:
        self.fields.remove(field)
        field.hide()
        field.deleteLater()


def takes_alike(one: Param, other: Param) -> bool:
    """Whether values of one parameter are values of the other, by their sort."""
    if is_numeric(one):
        return is_numeric(other)
    return one.type == other.type and (one.type != "choice" or bool(set(one.choices) & set(other.choices)))
