"""Where runs of the window are kept, and that deleted ones come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.model.project import Project
from core.training.runs import RunStore
from gui.session import Session
from tests.gui.conftest import shortened
from tests.gui.runs_by_hand import WAIT, finish


@pytest.fixture
def session(ready: Session, playground: Project) -> Iterator[Session]:
    ready.open_project(playground)
    ready.infer()
    return ready


def test_nothing_is_written_where_runs_are_not_kept(session: Session, qtbot: QtBot) -> None:
    session.kept.on = False
    session.start()
    run = finish(session, qtbot)
    assert run.folder is None
    assert RunStore().runs() == []
    assert "not kept" in session.kept.cannot_go_on(run)


def test_runs_are_kept_where_it_is_said(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    session.kept.place = str(tmp_path / "mine")
    session.start()
    run = finish(session, qtbot)
    assert run.folder is not None
    assert run.folder.parent == tmp_path / "mine"


def test_a_place_that_cannot_be_written_hinders_no_run(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    session.kept.place = str(tmp_path / "file")
    told: list[str] = []
    session.noticed.connect(lambda message, level: told.append(message))
    session.start()
    assert finish(session, qtbot).state == "done"
    assert any("kept" in message for message in told)


def test_deleted_runs_come_back(session: Session, qtbot: QtBot) -> None:
    session.start()
    run = finish(session, qtbot)
    assert run.folder is not None
    session.kept.delete([run])
    assert session.front.runs == []
    assert not run.folder.exists()
    session.kept.undo_delete()
    assert session.front.runs == [run]
    assert run.folder.exists()
    assert session.kept.deleted == []
    assert session.kept.go_on(run)
    assert finish(session, qtbot).state == "done"


def test_a_run_that_is_deleted_goes_from_every_tab_of_its_project(ready: Session, qtbot: QtBot) -> None:
    session = ready
    session.open_project(shortened("mlp-xor", 1))
    session.infer()
    session.start()
    first = session.front
    run = finish(session, qtbot)
    session.open_project(shortened("mlp-xor", 1), beside=True)
    second = session.front
    assert second is not first
    qtbot.waitUntil(lambda: [each.folder for each in second.runs] == [run.folder], timeout=WAIT)
    session.kept.delete(second.runs[:])
    assert (first.runs, second.runs) == ([], [])
    session.kept.undo_delete()
    assert [each.folder for each in second.runs] == [run.folder]
    session.activate(session.documents.index(first))
    qtbot.waitUntil(lambda: [each.folder for each in first.runs] == [run.folder], timeout=WAIT)
