"""The block that one is in: title, colour, note, parameters, ports, and how often it is used."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from core.model.amounts import counted
from core.model.block import Block
from gui.blocks import COLORS
from gui.panels.block_params import BlockParams
from gui.panels.block_ports import BlockPorts
from gui.panels.parts import button, heading, label, numbers
from gui.panels.swatches import Swatches
from gui.panels.title_field import TitleField
from gui.session import Session

HINT = "Double-click the canvas to add a layer. Input and Output nodes inside are the ports of the block."


class NoteField(QPlainTextEdit):
    """A few lines of text that are told when the field is left."""

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("What the block does, in a sentence; then where it is from.")
        self.setAccessibleName("Note of the block")
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * 4 + 16)


class BlockCard(QWidget):
    """It is built for one block and shows its present state whenever `show_block` is called."""

    def __init__(self, session: Session, name: str) -> None:
        super().__init__()
        self.session, self.name = session, name
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.title = TitleField("Title of the block")
        self.title.editingFinished.connect(self._rename)
        self.facts = numbers()
        self.colors = Swatches(COLORS)
        self.colors.chosen.connect(lambda color: session.blocks.set_block(name, "Colour the block", color=color))
        self.note = NoteField()
        self.note.installEventFilter(self)
        self.params = BlockParams(session, name)
        self.ports = BlockPorts(session, name)
        for widget in (self.title, self.facts, self.colors, self.note):
            column.addWidget(widget)
        column.addWidget(heading("Parameters"))
        column.addWidget(self.params)
        column.addWidget(heading("Ports"))
        column.addWidget(self.ports)
        buttons = QHBoxLayout()
        self.copy = button(
            "Duplicate as a new block", session.blocks.fork, doc="This instance gets a definition of its own."
        )
        self.out = button("Go out", session.leave, doc="Back to where the instance stands (Alt+Up).")
        buttons.addWidget(self.copy)
        buttons.addWidget(self.out)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self.hint = label(HINT, "dim", wrap=True)
        column.addWidget(self.hint)

    @property
    def block(self) -> Block | None:
        return self.session.front.project.blocks.get(self.name)

    def show_block(self) -> None:
        """Brings everything up to date."""
        block = self.block
        if block is None:
            return
        self.title.show_title(block.title)
        place, count = self.session.place, len(self.session.blocks.instances_of(self.name))
        parts = [counted(len(block.graph.nodes), "node"), counted(count, "instance")]
        if place.repeat > 1:
            parts.append(
                f"repetition {place.steps[-1].repetition + 1} of {place.repeat}".replace(" ", "\N{NO-BREAK SPACE}")
            )
        self.facts.setText(" · ".join(parts))
        self.colors.show_color(block.color)
        if not self.note.hasFocus() and self.note.toPlainText() != block.note:
            self.note.setPlainText(block.note)
        self.params.show_block(block)
        self.ports.show_block(block)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.note and event.type() == QEvent.Type.FocusOut:
            self._annotate()
        return super().eventFilter(watched, event)

    def _rename(self) -> None:
        block, title = self.block, self.title.text().strip()
        if block is not None and title and title != block.title:
            self.session.blocks.set_block(self.name, f"Rename {block.title}", title=title)
        elif block is not None:
            self.title.setText(block.title)

    def _annotate(self) -> None:
        block, text = self.block, self.note.toPlainText().strip()
        if block is not None and text != block.note:
            self.session.blocks.set_block(self.name, f"Describe {block.title}", note=text)
