"""The table of commands, and what is made of it: shortcuts, menus, the palette, the help."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gui.window import Window


def test_no_two_commands_share_a_key(window: Window) -> None:
    keys = Counter(key for command in window.actions_ for key in command.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_what_cannot_be_done_says_why(window: Window) -> None:
    window.session.select([])
    window.actions_.refresh()
    for command in window.actions_:
        action, reason = window.actions_[command.id], command.reason()
        assert action.isEnabled() == (not reason)
        if reason:
            assert action.toolTip() == reason
    assert not window.actions_["delete"].isEnabled()


def test_the_menu_holds_every_command_once(window: Window) -> None:
    parts = [action.menu() for action in window.top.menu.menu().actions()]
    texts = [a.text().split("\t")[0] for part in parts for a in part.actions() if not a.isSeparator()]  # type: ignore[union-attr]
    assert sorted(texts) == sorted(command.text for command in window.actions_)


def test_the_help_lists_every_shortcut(window: Window) -> None:
    sheet = window.show_shortcuts()
    texts = {label.text() for label in sheet.findChildren(QLabel)}
    for command in window.actions_:
        if command.keys:
            assert command.shown_keys in texts
    sheet.close_sheet()


def test_the_palette_finds_commands_layers_kinds_and_lectures(window: Window, qtbot: QtBot) -> None:
    palette = window.open_palette()
    for letters, expected in (
        ("tidy", "Tidy the network"),
        ("conv 2", "Add Conv 2D"),
        ("lenet", "LeNet-5"),
        ("linear_2", "Linear"),
    ):
        palette.field.setText(letters)
        assert palette.found[0].title == expected
    palette.field.setText("add dropout")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.session.selection == ("dropout_1",)


def test_the_palette_walks_past_what_cannot_be_done(window: Window, qtbot: QtBot) -> None:
    window.session.select([])
    palette = window.open_palette()
    palette.field.setText("stop")
    stop = next(find for find in palette.found if find.title == "Stop")
    assert stop.reason == "Nothing is training."
    qtbot.keyClick(palette, Qt.Key.Key_Escape)
    assert palette.isHidden()
