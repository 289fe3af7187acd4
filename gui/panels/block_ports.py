"""The ports of a block: their names and order, which of them may stay free, and new ones."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from core.model.block import Block
from core.model.fault import EditError
from core.model.graph import Node, slug_complaint
from core.model.layout import GAP_X, HEIGHT
from core.model.ops import AddNode, SetParams
from core.model.ports import moved_port, renamed_port
from gui.panels.parts import button, clear, label
from gui.panels.style import mono
from gui.session import Session


class BlockPorts(QWidget):
    """A line for each port, inputs first."""

    def __init__(self, session: Session, name: str) -> None:
        super().__init__()
        self._session, self._name = session, name
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(3)
        self._column.addLayout(self._lines)
        row = QHBoxLayout()
        row.addWidget(button("Add an input", lambda: self._add("input"), "link", "Another value that goes in."))
        row.addWidget(button("Add an output", lambda: self._add("output"), "link", "Another value that comes out."))
        row.addStretch(1)
        self._column.addLayout(row)
        self._shown: object = None
        self.names: dict[str, QLineEdit] = {}

    def show_block(self, block: Block) -> None:
        """Lists the ports; an unchanged list is left alone."""
        ports = [(node.id, node.kind, node.params.get("optional") is True) for node in block.graph.of_kind("input")]
        ports += [(node.id, node.kind, False) for node in block.graph.of_kind("output")]
        if ports == self._shown:
            return
        self._shown = ports
        clear(self._lines)
        self.names = {}
        for id, kind, optional in ports:
            side = [each for each, other, _ in ports if other == kind]
            self._lines.addLayout(self._line(id, kind, optional, side.index(id), len(side)))
        if not ports:
            text = "None yet: an Input node inside is an input port, an Output node an output port."
            self._lines.addWidget(label(text, "dim", wrap=True))

    def _line(self, id: str, kind: str, optional: bool, place: int, count: int) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        sign = label("in" if kind == "input" else "out", "dim")
        sign.setFixedWidth(sign.fontMetrics().horizontalAdvance("out") + 4)
        row.addWidget(sign)
        field = self.names[id] = QLineEdit(id)
        field.setFont(mono())
        field.setAccessibleName(f"Name of the port {id}")
        field.setToolTip("The name of the port: lower-case letters, digits and _.")
        field.editingFinished.connect(lambda: self._rename(id, field))
        row.addWidget(field, 1)
        if kind == "input":
            free = QCheckBox("optional")
            free.setToolTip("Whether the port may stay without a wire.")
            free.setChecked(optional)
            free.clicked.connect(lambda on: self._set_optional(id, on))
            row.addWidget(free)
        for step, text, on in ((-1, "↑", place > 0), (1, "↓", place < count - 1)):
            move = QToolButton()
            move.setText(text)
            move.setEnabled(on)
            doc = "Moves the port up" if step < 0 else "Moves the port down"
            move.setToolTip(doc if on else f"It is the {'first' if step < 0 else 'last'} port of its side.")
            move.setAccessibleName(f"{doc}: {id}")
            move.clicked.connect(lambda _=False, step=step: self._move(id, step))
            row.addWidget(move)
        return row

    def _rename(self, id: str, field: QLineEdit) -> None:
        to, session = field.text().strip(), self._session
        if to == id:
            return
        if wrong := slug_complaint(to):
            session.noticed.emit(wrong, "error")
            field.setText(id)
            return
        try:
            ops = renamed_port(session.front.project, self._name, id, to)
        except EditError as error:
            session.noticed.emit(f"{error.message} {error.fix}".strip(), "error")
            field.setText(id)
            return
        session.edit(f"Rename the port {id}", ops)

    def _set_optional(self, id: str, on: bool) -> None:
        self._session.edit(f"{'Free' if on else 'Require'} {id}", [SetParams(id, {"optional": on}, self._name)])

    def _move(self, id: str, step: int) -> None:
        if ops := moved_port(self._session.front.project, self._name, id, step):
            self._session.edit(f"Move the port {id}", ops)

    def _add(self, kind: str) -> None:
        graph = self._session.front.project.blocks[self._name].graph
        others = graph.of_kind(kind)
        if others:
            x, y = others[-1].x, max(node.y for node in others) + HEIGHT + 24
        else:
            ends = [node.x for node in graph.nodes.values()] or [0.0]
            x, y = (min(ends) - 180 if kind == "input" else max(ends) + 220 + GAP_X), 0.0
        node = Node(graph.new_id(kind), kind, x=x, y=y)
        if self._session.edit(f"Add an {kind}", [AddNode(node, self._name)]):
            self._session.select([node.id])
