"""The table of runs remembers its columns, their order and its sorting."""

from __future__ import annotations

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from core.model.file import decode, encode
from core.model.project import Project
from core.training.records import Epoch
from gui.documents import LiveRun
from gui.panels.runs_columns import COLUMNS, PLACES
from gui.panels.runs_table import RunTable
from gui.session import Session
from gui.settings_store import RunColumns, Settings
from gui.window import Window

USUAL = [column.title for column in COLUMNS if column.usual]


@pytest.fixture
def runs(ready: Session, playground: Project) -> list[LiveRun]:
    ready.open_project(playground)
    made = [LiveRun(name, decode(encode(playground)), "done", total_epochs=1) for name in ("a", "b", "c")]
    for run, loss in zip(made, (0.3, 0.1, 0.2), strict=True):
        run.epochs.append(Epoch(1, 4, {"loss": loss}, {"loss": loss}, 0.1, 0.5))
    return made


def table(session: Session, qtbot: QtBot, runs: list[LiveRun]) -> RunTable:
    made = RunTable(session)
    qtbot.addWidget(made)
    made.sorted_anew.connect(lambda: made.show_runs(runs))
    made.show_runs(runs)
    return made


def heads(table: RunTable) -> list[str]:
    """The titles of the columns that are shown, from left to right."""
    header = table.horizontalHeader()
    places = [header.logicalIndex(number) for number in range(header.count())]
    return [COLUMNS[place].title for place in places if not table.isColumnHidden(place)]


def names(table: RunTable) -> list[str]:
    return [table.item(line, 0).text() for line in range(table.rowCount())]


def test_what_was_chosen_is_there_at_the_next_start(ready: Session, qtbot: QtBot, runs: list[LiveRun]) -> None:
    first = table(ready, qtbot, runs)
    assert heads(first) == USUAL
    first.turn_column(PLACES["State"])
    first.turn_column(PLACES["Batch"])
    header = first.horizontalHeader()
    header.moveSection(header.visualIndex(PLACES["Seed"]), 1)
    for _ in range(2):
        first.sort(PLACES["Val. loss"])
    settings = Settings(run_columns=ready.kept.columns)
    ready.kept.columns = msgspec.json.decode(msgspec.json.encode(settings), type=Settings).run_columns
    again = table(ready, qtbot, runs)
    assert heads(again) == heads(first)
    assert heads(again)[:3] == ["Run", "Seed", "Epochs"]
    assert set(USUAL) ^ set(heads(again)) == {"State", "Batch"}
    assert names(again) == ["b", "c", "a"]
    assert again.horizontalHeader().sortIndicatorSection() == PLACES["Val. loss"]
    again.usual_columns()
    assert heads(again) == USUAL
    assert names(again) == ["b", "c", "a"], "it stays sorted"


def test_the_first_column_stays_first(ready: Session, qtbot: QtBot, runs: list[LiveRun]) -> None:
    ready.kept.columns = RunColumns(["Rate", "Run", "Of another version"], "Gone", False)
    shown = table(ready, qtbot, runs)
    assert heads(shown) == ["Run", "Rate"]
    assert names(shown) == ["a", "b", "c"]


def test_the_window_keeps_it_among_its_settings(window: Window) -> None:
    assert window.session.kept.columns is window.settings.run_columns
