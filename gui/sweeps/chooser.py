"""A field that finds a parameter of the project by any words of its title or address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from core.model.values import show_value
from gui.search import fit_all

if TYPE_CHECKING:
    from core.training.sweeps.address import Place

ADDRESS = Qt.ItemDataRole.UserRole
MOST = 60


class ParameterField(QLineEdit):
    """Type a few letters, choose from the list; an address that is typed in full counts too."""

    chosen = Signal(str)
    """An address; empty when the field was emptied."""

    def __init__(self, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)
        self.setClearButtonEnabled(True)
        self.address = ""
        self._places: Mapping[str, Place] = {}
        self._model = QStandardItemModel(self)
        self._list = QCompleter(self._model, self)
        self._list.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._list.setMaxVisibleItems(12)
        self._list.setWidget(self)
        self._list.popup().setMinimumWidth(420)
        self._list.activated.connect(self._take_line)
        self.textEdited.connect(self._search)
        self.editingFinished.connect(self._confirm)
        self.installEventFilter(self)

    @property
    def is_choosing(self) -> bool:
        """Whether the list is open."""
        return self._list.popup().isVisible()

    def offer(self, places: Mapping[str, Place]) -> None:
        """The parameters that can be chosen, by their addresses."""
        self._places = places
        self.show_choice(self.address)

    def show_choice(self, address: str) -> None:
        """Shows a parameter without telling anybody."""
        self.address = address
        place = self._places.get(address)
        self.setText(place.title if place else address)
        self.setCursorPosition(0)
        self.setToolTip(f"{address}\n{place.param.doc}" if place else "")

    def found(self, query: str) -> list[str]:
        """Addresses that fit what is typed, the best first."""
        if not query.strip():
            return list(self._places)
        fits = {a: fit_all(query, p.title, a, a.replace(".", " "), p.param.name) for a, p in self._places.items()}
        return sorted((a for a, fit in fits.items() if fit), key=lambda a: -fits[a])

    def _search(self, text: str) -> None:
        self._model.clear()
        for address in self.found(text)[:MOST]:
            place = self._places[address]
            item = QStandardItem(f"{place.title}   {address} = {show_value(place.value)}")
            item.setData(address, ADDRESS)
            item.setToolTip(place.param.doc)
            self._model.appendRow(item)
        if not text:
            self._choose("")
        if not self.isHidden():
            # Whoever heard that it is empty may have taken it away.
            self._list.complete()

    def _take_line(self, *_: object) -> None:
        index = self._list.popup().currentIndex()
        if index.isValid():
            self._choose(str(index.data(ADDRESS)))

    def _choose(self, address: str) -> None:
        before = self.address
        self.show_choice(address)
        if address != before:
            self.chosen.emit(address)

    def _confirm(self) -> None:
        """Leaving the field with words in it takes what fits best, or what was there."""
        if self.is_choosing:
            return
        text = self.text().strip()
        place = self._places.get(self.address)
        if text != (place.title if place else self.address):
            fitting = [text] if text in self._places else self.found(text)
            self._choose(fitting[0] if fitting and text else self.address)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress or (
            event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Down  # type: ignore[attr-defined]
            and not self._list.popup().isVisible()
        ):
            self.selectAll()
            self._offer_all()
        return super().eventFilter(watched, event)

    def _offer_all(self) -> None:
        if self.isEnabled() and self._places:
            self._model.clear()
            for address, place in self._places.items():
                item = QStandardItem(f"{place.title}   {address} = {show_value(place.value)}")
                item.setData(address, ADDRESS)
                self._model.appendRow(item)
            self._list.complete()
