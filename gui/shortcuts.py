"""All shortcuts at a glance, from the same table as the menus, and what the mouse does on the canvas."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.actions import Actions
from gui.fonts import mono, scale
from gui.overlay import Overlay

HEAD = 2
"""Lines that the title of a group and the room above it take."""
MOUSE = (
    ("Double-click", "Find a layer and put it there"),
    ("Drag a port", "Wire; Escape lets go"),
    ("Drop on a wire", "Insert between two layers"),
    ("Wheel", "Zoom at the pointer"),
    ("Space + drag", "Move the canvas"),
    ("Arrows", "Nudge; with Shift farther"),
    ("Tab", "Next layer"),
)


class ShortcutSheet(Overlay):
    """Two columns of groups, about equally high; it scrolls where the window is lower."""

    def __init__(self, actions: Actions, over: QWidget) -> None:
        super().__init__(over, 860)
        self.body.addWidget(QLabel("Shortcuts", objectName="head"))
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # So that arrows and Page Down scroll it.
        self.setFocusProxy(self.area)
        whole = QWidget()
        columns = QHBoxLayout(whole)
        columns.setContentsMargins(0, 0, 8, 0)
        columns.setSpacing(36)
        self.sides = (QVBoxLayout(), QVBoxLayout())
        for side in self.sides:
            side.setSpacing(14)
            columns.addLayout(side, 1)
        groups = {
            name: [(command.shown_keys, command.text) for command in commands if command.keys]
            for name, commands in actions.groups().items()
        }
        groups["On the canvas"] = list(MOUSE)
        lines = [len(rows) + HEAD for rows in groups.values()]
        for place, (name, rows) in enumerate(groups.items()):
            self.sides[place >= first_of_second(lines)].addLayout(_group(name, rows))
        for side in self.sides:
            side.addStretch(1)
        self.area.setWidget(whole)
        self.area.setMinimumHeight(120)
        self.body.addWidget(self.area, 1)

    def place(self) -> None:
        """As high as all groups ask for, where the window is."""
        super().place()
        room = self.parentWidget().height() - 40
        wanted = self.sheet.sizeHint().height() - self.area.sizeHint().height() + self.area.widget().sizeHint().height()
        height = min(room, wanted)
        left, width = self.sheet.x(), self.sheet.width()
        self.sheet.setGeometry(left, (self.height() - height) // 2, width, height)


def first_of_second(lines: Sequence[int]) -> int:
    """Where the second of two columns begins, so that the higher one is as low as it can be."""
    return min(range(len(lines) + 1), key=lambda cut: max(sum(lines[:cut]), sum(lines[cut:])))


def _group(name: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(3)
    grid.setHorizontalSpacing(12)
    grid.setColumnMinimumWidth(0, round(100 * scale()))
    grid.setColumnStretch(1, 1)
    title = QLabel(name, objectName="crumb")
    grid.addWidget(title, 0, 0, 1, 2)
    for index, (keys, text) in enumerate(rows, 1):
        shown = QLabel(keys)
        shown.setFont(mono(round(12 * scale())))
        shown.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(shown, index, 0)
        told = QLabel(text.removesuffix(" …"))
        told.setWordWrap(True)
        grid.addWidget(told, index, 1)
    return grid
