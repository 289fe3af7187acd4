"""Every command of the window in one table; menus, shortcuts, the palette and the help all read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget


def _can() -> str:
    return ""


@dataclass(frozen=True)
class Command:
    """One command. `reason` says why it cannot be done now, or nothing.

    `keys` are shortcuts in Qt's portable writing. `on` is where they count: the whole window, the canvas alone (so that
    text fields keep theirs), or nowhere, because the canvas itself answers to them and they are only told.
    """

    id: str
    text: str
    group: str
    do: Callable[[], object]
    keys: tuple[str, ...] = ()
    reason: Callable[[], str] = _can
    checked: Callable[[], bool] | None = None
    on: str = "window"
    line: bool = False
    """Whether a line stands above it in its menu."""

    @property
    def shown_keys(self) -> str:
        """The first shortcut as this system writes it."""
        return QKeySequence(self.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if self.keys else ""


class Actions(QObject):
    """Qt's actions for a table of commands, kept up to date by `refresh`."""

    def __init__(self, commands: Iterable[Command], window: QWidget, canvas: QWidget | None = None) -> None:
        super().__init__(window)
        self.commands = {command.id: command for command in commands}
        self._actions: dict[str, QAction] = {}
        self._window = window
        for command in self.commands.values():
            action = self._actions[command.id] = QAction(command.text, self)
            action.setCheckable(command.checked is not None)
            action.triggered.connect(lambda _=False, command=command: self.run(command.id))
            if command.on == "window":
                action.setShortcuts([QKeySequence(key) for key in command.keys])
                window.addAction(action)
            elif command.on == "canvas":
                action.setShortcuts([QKeySequence(key) for key in command.keys])
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def give_to_canvas(self, canvas: QWidget) -> None:
        """Lets the shortcuts count that belong to the canvas alone."""
        for command in self.commands.values():
            if command.on == "canvas":
                canvas.addAction(self._actions[command.id])

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def __iter__(self) -> Iterator[Command]:
        return iter(self.commands.values())

    def run(self, id: str) -> str:
        """Does a command; returns why it cannot be done, or nothing."""
        command = self.commands[id]
        reason = command.reason()
        if not reason:
            command.do()
        self.refresh()
        return reason

    def refresh(self) -> None:
        """Enables what can be done, and says of the rest why it cannot."""
        for id, command in self.commands.items():
            action, reason = self._actions[id], command.reason()
            action.setEnabled(not reason)
            keys = f" ({command.shown_keys})" if command.keys else ""
            action.setToolTip(reason or f"{command.text}{keys}")
            action.setStatusTip(reason)
            if command.checked is not None:
                action.setChecked(command.checked())

    def groups(self) -> dict[str, list[Command]]:
        """The commands by menu, in the order of the table."""
        found: dict[str, list[Command]] = {}
        for command in self.commands.values():
            found.setdefault(command.group, []).append(command)
        return found

    def fill(self, menu: QMenu, group: str) -> None:
        """Puts a group's commands into a menu; those whose keys the canvas answers to show them as text."""
        for command in self.groups()[group]:
            if command.line:
                menu.addSeparator()
            self.put(menu, command.id)

    def put(self, menu: QMenu, id: str) -> None:
        """Puts one command into a menu."""
        command, action = self.commands[id], self._actions[id]
        if command.on == "told" and command.keys:
            action.setText(f"{command.text}\t{command.shown_keys}")
        menu.addAction(action)

    def menu(self, parent: QWidget) -> QMenu:
        """One menu that holds all groups."""
        whole = QMenu(parent)
        whole.aboutToShow.connect(self.refresh)
        for group in self.groups():
            part = whole.addMenu(group)
            part.setToolTipsVisible(True)
            self.fill(part, group)
        return whole
