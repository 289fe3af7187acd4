"""The trash of runs and sweeps in the window: listed, brought back, and deleted for good once that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.model.project import Project
from core.training.sweeps.plan import Sweep
from gui.documents import LiveRun
from gui.panels.runs import RunsPanel
from gui.panels.trash import TrashDialog, show_trash
from gui.session import Session
from gui.window import Window
from tests.gui.prepared_sweeps import LR, axis, prepared
from tests.gui.runs_by_hand import WAIT, finish

YES, CANCEL = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.Cancel


@pytest.fixture
def session(ready: Session, playground: Project) -> Iterator[Session]:
    ready.open_project(playground)
    ready.infer()
    return ready


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked; the answer is yes."""
    texts: list[str] = []

    def answer(parent: object, title: str, text: str, *more: object) -> QMessageBox.StandardButton:
        texts.append(text)
        return YES

    monkeypatch.setattr(QMessageBox, "question", answer)
    return texts


def trained(session: Session, qtbot: QtBot) -> tuple[LiveRun, Path]:
    session.start()
    run = finish(session, qtbot)
    assert run.folder is not None
    return run, run.folder


def opened(session: Session, qtbot: QtBot, number: int) -> TrashDialog:
    dialog = TrashDialog(session)
    qtbot.addWidget(dialog)
    dialog.show()
    lies(dialog, qtbot, number)
    return dialog


def lies(dialog: TrashDialog, qtbot: QtBot, number: int) -> None:
    qtbot.waitUntil(lambda: dialog.text.text() != "Reading …" and dialog.lines.rowCount() == number, timeout=WAIT)


def test_how_much_lies_in_the_trash_is_told_and_it_is_emptied(session: Session, qtbot: QtBot, asked: list[str]) -> None:
    run, folder = trained(session, qtbot)
    session.sweeps.delete(prepared(session.front.project, Sweep((axis(LR, 0.1),)), trained=1))
    session.kept.delete([run])
    dialog = opened(session, qtbot, 2)
    held = dialog.text.text()
    assert held.startswith("1 run and 1 sweep, ")
    assert "30 days" in held
    assert {dialog.lines.item(line, 1).text() for line in range(2)} == {run.name, "optimizer.lr"}
    dialog.empty_button.click()
    lies(dialog, qtbot, 0)
    assert asked[0].startswith(held.partition(". ")[0])
    assert dialog.text.text() == "The trash is empty."
    assert list(session.kept.trash.folder.iterdir()) == []
    assert not folder.exists()
    assert session.kept.deleted == [], "there is nothing left to undo"
    assert session.sweeps.deleted == []
    assert not dialog.empty_button.isEnabled()


def test_nothing_goes_where_the_question_is_answered_with_no(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = trained(session, qtbot)
    session.kept.delete([run])
    monkeypatch.setattr(QMessageBox, "question", lambda *words: CANCEL)
    dialog = opened(session, qtbot, 1)
    dialog.empty_button.click()
    assert not session.kept.at_trash
    assert len(session.kept.trash.contents()) == 1
    session.kept.undo_delete()
    assert session.front.runs == [run]
    lies(dialog, qtbot, 0)


def test_one_of_two_is_deleted_for_good_and_the_other_comes_back(
    session: Session, qtbot: QtBot, asked: list[str]
) -> None:
    first, folder = trained(session, qtbot)
    second, _ = trained(session, qtbot)
    session.kept.delete([first])
    session.kept.delete([second])
    dialog = opened(session, qtbot, 2)
    assert not dialog.remove_button.isEnabled()
    dialog.lines.selectRow([each.name for each in dialog.contents].index(second.name))
    dialog.remove_button.click()
    lies(dialog, qtbot, 1)
    assert asked[0].startswith("1 run, ")
    dialog.lines.selectRow(0)
    dialog.back_button.click()
    lies(dialog, qtbot, 0)
    qtbot.waitUntil(lambda: [run.folder for run in session.front.runs] == [folder], timeout=WAIT)
    assert folder.is_dir()
    assert session.front.runs[0].name == first.name


def test_a_deleted_run_comes_back_where_its_folder_is_taken_again(session: Session, qtbot: QtBot) -> None:
    run, folder = trained(session, qtbot)
    session.kept.delete([run])
    newer, taken = trained(session, qtbot)
    assert taken == folder
    session.kept.undo_delete()
    assert session.front.runs == [run, newer]
    assert run.folder is not None
    assert run.folder != folder
    assert run.folder.is_dir()
    assert session.kept.cannot_go_on(run) == ""


def test_the_trash_can_be_opened_without_any_run(window: Window, qtbot: QtBot) -> None:
    panel = RunsPanel(window.session)
    qtbot.addWidget(panel)
    panel.show()
    menu = panel.more_menu
    menu.aboutToShow.emit()
    assert panel.more_button.isEnabled()
    assert [action.text() for action in menu.actions()] == ["Columns", "Trash of runs …"]
    assert "trash" in window.actions_.commands
    dialog = show_trash(window.session, window)
    lies(dialog, qtbot, 0)
    dialog.close()
