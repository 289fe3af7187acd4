"""The window when its last project was closed: every panel says what to do, none speaks of what is gone."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from gui.panels.data import DataPanel
from gui.panels.note import NotePanel
from gui.panels.overview import Overview
from gui.panels.runs import RunsPanel
from gui.panels.training import TrainingPanel
from gui.views.learning import LearningView
from gui.window import Window


def words(widget: QWidget) -> str:
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if each.isVisibleTo(widget))


def test_a_window_without_a_project_says_what_to_do(window: Window, qtbot: QtBot) -> None:
    overview = window.findChild(Overview)
    qtbot.waitUntil(lambda: "Circles" in words(overview))
    window.session.close_document(0)
    assert window.session.document is None
    qtbot.waitUntil(lambda: "Choose a lecture at the left" in words(overview))
    assert "No project is open." in words(overview)
    assert "Circles" not in words(overview)

    note = window.findChild(NotePanel)
    qtbot.waitUntil(lambda: "Choose one at the left" in note.browser.toPlainText())
    assert "This project" not in note.browser.toPlainText()

    for place, panel, what in (
        ("training", TrainingPanel, "how it trains"),
        ("runs", RunsPanel, "its runs are kept"),
        ("data", DataPanel, "its data are chosen"),
    ):
        window.show_place(place)
        told = window.findChild(panel)
        qtbot.waitUntil(lambda told=told, what=what: what in words(told))
        assert "choose a lecture at the left" in words(told)

    window.show_place("learning")
    assert "Open a project or a lecture and press Train" in words(window.findChild(LearningView))
