"""The list of transforms of the data: what is done to the fields, one after the other, before the network gets them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from core.data.transforms.plan import before
from core.data.transforms.spec import GROUPS, TransformSpec, transforms
from core.model.settings import Data, Transform
from core.model.tensor import Field
from gui.panels.data_transform import TransformCard
from gui.panels.parts import clear, heading, label

NONE = "None yet: the network gets the data as they are."


class TransformList(QWidget):
    """Shows the transforms of `Data` and tells every change: the new data, the edit's text, its merge key."""

    changed = Signal(object, str, str)
    left = Signal()
    explained = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._data = Data()
        self._stored: dict[str, Field] = {}
        self._built: object = None
        self._opened: int | None = None
        self._wrong = "", ""
        self.cards: list[TransformCard] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(heading("Transforms"))
        self.none = label(NONE, "dim", wrap=True)
        column.addWidget(self.none)
        self._place = QVBoxLayout()
        self._place.setSpacing(6)
        column.addLayout(self._place)
        self.add = QPushButton("Add a transform")
        self.add.setToolTip("Scale, code, move, colour, add noise or mask")
        self.menu = QMenu(self.add)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.add.setMenu(self.menu)
        column.addWidget(self.add)

    @property
    def listed(self) -> list[Transform]:
        """All transforms; the data's own `standardise` is the first."""
        own = [Transform("standardise", self._data.standardise)] if self._data.standardise else []
        return [*own, *self._data.transforms]

    @property
    def _whole(self) -> Data:
        """The data with every transform in the list itself."""
        return msgspec.structs.replace(self._data, standardise=(), transforms=tuple(self.listed))

    def show_list(self, data: Data, stored: Mapping[str, Field]) -> None:
        """Brings the list up to date; it is built anew where other transforms, fields or sources are there."""
        if data.source != self._data.source:
            self._opened = None
        if data != self._data:
            self._wrong = "", ""
        self._data = data
        if stored:
            self._stored = dict(stored)
        listed = self.listed
        built = ([(each.kind, each.fields) for each in listed], self._opened, self._stored)
        self.none.setVisible(not listed)
        if built != self._built:
            self._built = built
            self._build(listed)
        for card, transform in zip(self.cards, listed, strict=True):
            card.show_transform(transform)
        # What is wrong stays so when a card is opened to mend it.
        self._put_complaint(*self._wrong)

    def complain(self, place: str, reason: str) -> bool:
        """Shows an error in the card that it is about, until the data are others; False where there is none."""
        self._wrong = place, reason
        return self._put_complaint(place, reason)

    def _put_complaint(self, place: str, reason: str) -> bool:
        if place == "data.standardise" and self.cards:
            self.cards[0].complain("", reason)
            return True
        head, _, rest = place.removeprefix("data.transforms[").partition("]")
        if not place.startswith("data.transforms[") or not head.isdigit():
            return False
        index = int(head) + bool(self._data.standardise)
        if index >= len(self.cards):
            return False
        self.cards[index].complain(rest.rpartition(".")[2], reason)
        return True

    def _build(self, listed: list[Transform]) -> None:
        clear(self._place)
        self.cards = []
        whole = self._whole
        for index, transform in enumerate(listed):
            fields = before(self._stored, whole, index)
            card = TransformCard(transform, fields, index == self._opened)
            card.up.setEnabled(index > 0)
            card.down.setEnabled(index < len(listed) - 1)
            card.edited.connect(lambda new, text, name, at=index: self._put(at, new, text, name))
            card.moved.connect(lambda by, at=index: self._move(at, by))
            card.removed.connect(lambda at=index: self._remove(at))
            card.toggled.connect(lambda at=index: self._toggle(at))
            card.left.connect(self.left)
            card.explained.connect(self.explained)
            self.cards.append(card)
            self._place.addWidget(card)

    def _fill_menu(self) -> None:
        self.menu.clear()
        fields = before(self._stored, self._whole, len(self.listed))
        for group, title in GROUPS.items():
            self.menu.addSection(title)
            for spec in transforms.values():
                if spec.group == group:
                    action = self.menu.addAction(spec.title, lambda kind=spec.kind: self.insert(kind))
                    action.setToolTip(spec.doc)
                    action.setEnabled(bool(_fitting(spec, fields)))

    def insert(self, kind: str) -> None:
        """Adds a transform of the first field that it fits; what changes all parts stands above what is drawn."""
        spec, listed = transforms[kind], self.listed
        drawn = [index for index, each in enumerate(listed) if each.kind in transforms and _is_drawn(each)]
        index = drawn[0] if drawn and spec.when == "always" else len(listed)
        fitting = _fitting(spec, before(self._stored, self._whole, index))
        if fitting:
            listed.insert(index, Transform(kind, (fitting[0],)))
            self._opened = index
            self._tell(listed, f"Add {spec.title.lower()}")

    def _put(self, index: int, new: Transform, text: str, name: str) -> None:
        listed = self.listed
        listed[index] = new
        self._tell(listed, text, f"data.transforms.{index}.{name}" if name else "")

    def _move(self, index: int, by: int) -> None:
        listed = self.listed
        if not 0 <= index + by < len(listed):
            return
        listed[index], listed[index + by] = listed[index + by], listed[index]
        if self._opened in (index, index + by):
            self._opened = index + by if self._opened == index else index
        self._tell(listed, f"Move {self.cards[index].title.lower()} {'up' if by < 0 else 'down'}")

    def _remove(self, index: int) -> None:
        listed, title = self.listed, self.cards[index].title
        del listed[index]
        self._opened = None
        self._tell(listed, f"Take {title.lower()} off")

    def _toggle(self, index: int) -> None:
        self._opened = None if self._opened == index else index
        self.show_list(self._data, self._stored)

    def _tell(self, listed: list[Transform], text: str, merge: str = "") -> None:
        data = msgspec.structs.replace(self._data, standardise=(), transforms=tuple(listed))
        # What follows at once builds on this; the panel shows it when the edit has come back.
        self._data = data
        self._wrong = "", ""
        self.changed.emit(data, text, merge)


def _is_drawn(transform: Transform) -> bool:
    return transforms[transform.kind].when == "training"


def _fitting(spec: TransformSpec, fields: Mapping[str, Field]) -> list[str]:
    """The fields that a transform with its defaults fits, the likely ones first."""
    given = spec.given({}, "")
    return [name for name, field in fields.items() if not spec.refuse(field, given)]
