"""All shortcuts at a glance, from the same table as the menus, and what the mouse does on the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.actions import Actions
from gui.fonts import mono
from gui.overlay import Overlay

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
    """Two columns of groups."""

    def __init__(self, actions: Actions, over: QWidget) -> None:
        super().__init__(over, 860)
        head = QLabel("Shortcuts", objectName="head")
        self.body.addWidget(head)
        columns = QHBoxLayout()
        columns.setSpacing(36)
        sides = (QVBoxLayout(), QVBoxLayout())
        for side in sides:
            side.setSpacing(14)
            columns.addLayout(side, 1)
        self.body.addLayout(columns)
        groups = {
            name: [(command.shown_keys, command.text) for command in commands if command.keys]
            for name, commands in actions.groups().items()
        }
        groups["On the canvas"] = list(MOUSE)
        for name, rows in groups.items():
            sides[0 if name in ("File", "Edit") else 1].addLayout(_group(name, rows))
        for side in sides:
            side.addStretch(1)


def _group(name: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(3)
    grid.setHorizontalSpacing(12)
    grid.setColumnMinimumWidth(0, 120)
    grid.setColumnStretch(1, 1)
    title = QLabel(name, objectName="crumb")
    grid.addWidget(title, 0, 0, 1, 2)
    for index, (keys, text) in enumerate(rows, 1):
        shown = QLabel(keys)
        shown.setFont(mono(12))
        shown.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(shown, index, 0)
        grid.addWidget(QLabel(text.removesuffix(" …")), index, 1)
    return grid
