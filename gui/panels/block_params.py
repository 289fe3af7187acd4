"""The parameters of a block: add one, rename it, change its default and bounds, delete it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from core.model.block import Block, BlockParam
from core.model.ports import renamed_param, with_param, without_param
from core.model.spec import Param
from core.model.values import Value
from gui.panels.form import Row
from gui.panels.parts import button, clear, label
from gui.panels.style import mono
from gui.session import Session

TYPES: dict[str, tuple[str, Value]] = {
    "int": ("whole number", 64),
    "float": ("number", 0.5),
    "bool": ("yes or no", False),
    "choice": ("choice", "a"),
    "ints": ("several numbers", (3, 3)),
    "text": ("text", "text"),
}
_LOW = Param("low", "At least", "float", None, "The least value that is accepted.", optional=True)
_HIGH = Param("high", "At most", "float", None, "The largest value that is accepted.", optional=True)
_CHOICES = Param("choices", "Choices", "text", "", "The words to choose from, separated by commas.")
_DOC = Param("doc", "Meaning", "text", "", "What the parameter does, in a sentence.")


class BlockParams(QWidget):
    """A card for each parameter."""

    def __init__(self, session: Session, name: str) -> None:
        super().__init__()
        self._session, self._name = session, name
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.hint = label(
            "None yet. A parameter such as “channels” can be used in all numbers inside: =channels*4.", "dim", wrap=True
        )
        column.addWidget(self.hint)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(6)
        column.addLayout(self._cards)
        row = QHBoxLayout()
        self.add = button("Add a parameter", self._add, "link", "A number, a switch or a word that instances can set.")
        row.addWidget(self.add)
        row.addStretch(1)
        column.addLayout(row)
        self._shown: object = None
        self._open = ""
        self.cards: dict[str, ParamCard] = {}

    def show_block(self, block: Block) -> None:
        """Lists the parameters; an unchanged list is left alone."""
        self.hint.setVisible(not block.params)
        if block.params == self._shown:
            return
        self._shown = block.params
        clear(self._cards)
        self.cards = {}
        for param in block.params:
            card = self.cards[param.name] = ParamCard(self._session, self._name, param, param.name == self._open)
            card.more.clicked.connect(lambda _=False, card=card: self._remember(card))
            self._cards.addWidget(card)

    def _remember(self, card: ParamCard) -> None:
        self._open = card.param.name if card.details.isVisibleTo(card) else ""

    def _add(self) -> None:
        block = self._session.front.project.blocks[self._name]
        taken = {param.name for param in block.params}
        wished = ("channels", "stride", "features", "depth", *(f"parameter_{n}" for n in range(1, len(taken) + 2)))
        name = next(each for each in wished if each not in taken)
        default = 1 if name in ("stride", "depth") else 64
        param = BlockParam(name, default, low=1)
        if self._session.edit(f"Add the parameter {name}", [with_param(block, param)]):
            self.show_block(block)
            self.cards[name].name.setFocus()
            self.cards[name].name.selectAll()


class ParamCard(QFrame):
    """One parameter: its name and default in a line, the rest folded below."""

    def __init__(self, session: Session, block: str, param: BlockParam, is_open: bool) -> None:
        super().__init__()
        self._session, self._block, self.param = session, block, param
        self.setProperty("role", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        line = QHBoxLayout()
        line.setSpacing(4)
        self.name = QLineEdit(param.name)
        self.name.setFont(mono())
        self.name.setAccessibleName(f"Name of the parameter {param.name}")
        self.name.setToolTip(f"The name that formulas use: ={param.name}*2. Renaming it changes them all.")
        self.name.editingFinished.connect(self._rename)
        line.addWidget(self.name, 1)
        self.more = _tool("⋯", "Type, bounds and meaning", self._unfold)
        line.addWidget(self.more)
        line.addWidget(_tool("✕", f"Delete {param.name}: formulas take its default instead", self._delete))
        column.addLayout(line)
        default = msgspec.structs.replace(param, doc="What an instance has that does not say otherwise.").param
        self.default = self._row(
            column, replace(default, title="Default"), param.default, lambda value: {"default": value}
        )
        self.details = QWidget()
        rows = QVBoxLayout(self.details)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        self.type = QComboBox()
        self.type.setAccessibleName("Type")
        for type_, (title, _) in TYPES.items():
            self.type.addItem(title, type_)
        self.type.setCurrentIndex(self.type.findData(param.type))
        self.type.activated.connect(self._set_type)
        rows.addWidget(self.type)
        if param.type in ("int", "float", "ints"):
            self._row(rows, _LOW, param.low, lambda value: {"low": value})
            self._row(rows, _HIGH, param.high, lambda value: {"high": value})
        if param.type == "choice":
            self._row(rows, _CHOICES, ", ".join(param.choices), _choices)
        self._row(rows, _DOC, param.doc, lambda value: {"doc": value})
        column.addWidget(self.details)
        self.details.setVisible(is_open)

    def _row(self, column: QVBoxLayout, param: Param, value: Value, change: Any) -> Row:
        row = Row(param)
        row.show_value(value)
        row.reset.hide()
        row.edited.connect(lambda value: self._set(change(value)))
        column.addWidget(row)
        return row

    def _unfold(self) -> None:
        self.details.setVisible(not self.details.isVisibleTo(self))

    def _set(self, changes: dict[str, Any]) -> None:
        block = self._session.front.project.blocks[self._block]
        if "choices" in changes and self.param.default not in changes["choices"] and changes["choices"]:
            changes["default"] = changes["choices"][0]
        new = msgspec.structs.replace(self.param, **changes)
        self._session.edit(f"Change the parameter {self.param.name}", [with_param(block, new, self.param.name)])

    def _set_type(self) -> None:
        type_ = str(self.type.currentData())
        if type_ == self.param.type:
            return
        default = TYPES[type_][1]
        choices = ("a", "b") if type_ == "choice" else ()
        changed = BlockParam(self.param.name, default, self.param.doc, choices=choices)
        block = self._session.front.project.blocks[self._block]
        self._session.edit(f"Change the type of {self.param.name}", [with_param(block, changed, self.param.name)])

    def _rename(self) -> None:
        to, old = self.name.text().strip(), self.param.name
        if to == old:
            return
        project = self._session.front.project
        if not self._session.edit(f"Rename the parameter {old}", renamed_param(project, self._block, old, to)):
            self.name.setText(old)

    def _delete(self) -> None:
        ops = without_param(self._session.front.project, self._block, self.param.name)
        self._session.edit(f"Delete the parameter {self.param.name}", ops)


def _choices(value: Value) -> dict[str, Any]:
    words = tuple(dict.fromkeys(word.strip() for word in str(value).split(",") if word.strip()))
    return {"choices": words} if words else {}


def _tool(text: str, doc: str, clicked: Any) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setToolTip(doc)
    made.setAccessibleName(doc)
    made.clicked.connect(lambda: clicked())
    return made
