"""The table of runs: sorted, filtered, tagged, compared, coloured as its curves, deleted with undo, exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from core.model.file import decode, encode
from core.model.ops import SetParams
from core.model.project import Project
from core.model.settings import Objective, Optimizer
from core.training.records import Epoch, Failure, Step
from gui.documents import LiveRun
from gui.panels.runs import RunsPanel
from gui.panels.runs_columns import COLUMNS, PLACES
from gui.session import Session
from gui.theme import CURVES
from gui.views.learning import LearningView

WAIT = 60_000
LOSSES = {"run 1": 0.5, "run 2": 0.1, "run 10": 0.3}


@pytest.fixture
def session(ready: Session, playground: Project) -> Iterator[Session]:
    ready.open_project(playground)
    ready.infer()
    return ready


def of(session: Session, name: str, loss: float) -> LiveRun:
    run = LiveRun(name, decode(encode(session.front.project)), "done", total_epochs=3, seconds=1.5)
    run.epochs.append(Epoch(1, 4, {"loss": loss}, {"loss": loss, "accuracy": 1 - loss}, 0.1, 0.5))
    run.test, run.began = {"loss": loss}, f"2026-01-02T10:00:{len(session.front.runs):02d}+00:00"
    session.front.runs.append(run)
    return run


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> RunsPanel:
    """Three runs: the optimizer of the second is another one, and so is the width of the third."""
    made = [of(session, name, loss) for name, loss in LOSSES.items()]
    training = made[1].project.training
    objective = Objective(optimizer=Optimizer("sgd", {"lr": 0.5}))
    made[1].project.training = msgspec.structs.replace(training, objectives=(objective,))
    SetParams("linear_1", {"out_features": 9}).apply(made[2].project)
    panel = RunsPanel(session)
    qtbot.addWidget(panel)
    panel.resize(900, 320)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.refresh()
    return panel


def names(panel: RunsPanel) -> list[str]:
    return [panel.table.item(line, 0).text() for line in range(panel.table.rowCount())]


def click_header(panel: RunsPanel, qtbot: QtBot, title: str) -> None:
    header = panel.table.horizontalHeader()
    at = header.sectionViewportPosition(PLACES[title]) + header.sectionSize(PLACES[title]) // 2
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, header.height() // 2))


def test_a_click_on_a_head_sorts_downwards_upwards_and_by_the_start(panel: RunsPanel, qtbot: QtBot) -> None:
    assert names(panel) == ["run 10", "run 2", "run 1"]
    click_header(panel, qtbot, "Val. loss")
    assert names(panel) == ["run 1", "run 10", "run 2"]
    click_header(panel, qtbot, "Val. loss")
    assert names(panel) == ["run 2", "run 10", "run 1"]
    click_header(panel, qtbot, "Val. loss")
    assert names(panel) == ["run 10", "run 2", "run 1"]
    click_header(panel, qtbot, "Run")
    assert names(panel) == ["run 10", "run 2", "run 1"], "numbers in names count as numbers"


@pytest.mark.parametrize("place", range(len(COLUMNS)), ids=[column.title for column in COLUMNS])
def test_every_column_sorts_also_where_something_is_not_known(panel: RunsPanel, place: int) -> None:
    empty = LiveRun("empty", panel.runs[0].project, "failed", failure=Failure("Broke.", "Mend."))
    panel.session.front.runs.append(empty)
    for _ in range(2):
        panel.table.sort(place)
        assert set(names(panel)) == {*LOSSES, "empty"}
        if COLUMNS[place].key(empty) is None:
            assert names(panel)[-1] == "empty"


def test_columns_are_chosen(panel: RunsPanel) -> None:
    menu = QMenu(panel)
    panel.table.fill_columns(menu)
    batch = next(action for action in menu.actions() if action.text() == "Batch")
    assert not batch.isChecked()
    assert panel.table.isColumnHidden(PLACES["Batch"])
    batch.trigger()
    assert not panel.table.isColumnHidden(PLACES["Batch"])
    assert panel.table.item(0, PLACES["Batch"]).text() == "10"


def test_the_filter_finds_tags_and_optimizers(panel: RunsPanel, qtbot: QtBot) -> None:
    panel.session.kept.tag(panel.session.front.runs[0], "good, first try")
    for words, found in (("GOOD", ["run 1"]), ("sgd", ["run 2"]), ("first good", ["run 1"]), ("none such", [])):
        panel.filter.setText(words)
        qtbot.waitUntil(lambda found=found: names(panel) == found)
    assert not panel.delete_button.isEnabled()
    panel.filter.clear()
    qtbot.waitUntil(lambda: len(names(panel)) == 3)


def test_tags_and_names_are_written_into_the_table(panel: RunsPanel, qtbot: QtBot) -> None:
    panel.table.item(2, PLACES["Tags"]).setText(" wide,good , wide")
    run = panel.session.front.runs[0]
    assert run.tags == ("wide", "good")
    qtbot.waitUntil(lambda: panel.table.item(2, PLACES["Tags"]).text() == "wide, good")
    panel.table.item(2, 0).setText("the first")
    assert run.name == "the first"
    panel.table.item(2, 0).setText("  ")
    qtbot.waitUntil(lambda: panel.table.item(2, 0).text() == "the first")
    assert not panel.table.item(2, PLACES["Seed"]).flags() & Qt.ItemFlag.ItemIsEditable


def test_two_selected_runs_are_compared(panel: RunsPanel, qtbot: QtBot) -> None:
    first, second, third = panel.session.front.runs
    panel.table.choose([first])
    assert not panel.differences.isVisible()
    panel.table.choose([first, second])
    assert panel.differences.isVisible()
    lines = panel.differences.lines
    cells = [[lines.item(row, column).text() for column in range(3)] for row in range(lines.rowCount())]
    assert ["optimizer", "sgd", "adam"] in cells
    assert not any("linear_1" in row[0] for row in cells)
    panel.table.choose([first, third])
    cells = [[lines.item(row, column).text() for column in range(3)] for row in range(lines.rowCount())]
    assert cells == [["linear_1.out_features", "9", "4"]]
    third.project = first.project
    panel.table.choose([])
    panel.resize(440, 280)
    panel.table.choose([first, third])
    same = panel.differences.same
    qtbot.waitUntil(lambda: same.visibleRegion().boundingRect().width() > 100)
    assert same.visibleRegion().boundingRect().height() >= 2 * same.fontMetrics().height()


@pytest.mark.parametrize("size", [QSize(420, 500), QSize(1200, 260)])
def test_differences_stand_where_there_is_room(panel: RunsPanel, size: QSize, qtbot: QtBot) -> None:
    panel.resize(size)
    panel.table.choose(panel.session.front.runs)
    qtbot.waitUntil(lambda: panel.differences.lines.isVisible())
    table, differences = panel.table.geometry(), panel.differences.geometry()
    if size.width() > size.height():
        assert differences.left() >= table.right()
    else:
        assert differences.top() >= table.bottom()


def test_a_run_has_the_colour_of_its_curve(panel: RunsPanel, qtbot: QtBot) -> None:
    session = panel.session
    view = LearningView(session)
    qtbot.addWidget(view)
    view.resize(900, 300)
    view.show()
    for run in session.front.runs:
        run.steps.append(Step(1, 1, 0.5, 8, {"a": 0.5}))
    view.refresh()

    def colours() -> dict[str, str]:
        found = {}
        for line, run in enumerate(panel.table.runs):
            if run.shown:
                image = panel.table.item(line, 0).icon().pixmap(10, 10).toImage()
                found[run.name] = image.pixelColor(5, 5).name().upper()
        return found

    curves = {trace.run.name: trace.train_color.upper() for trace in view._traces}
    assert colours() == curves
    assert len(set(curves.values())) == 3
    panel.table.item(2, 0).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: len(colours()) == 2)
    view.refresh()
    kept = {name: color for name, color in curves.items() if name != "run 1"}
    assert colours() == kept, "the others keep theirs"
    assert set(kept.values()) == {CURVES[1], CURVES[2]}


def test_several_runs_are_deleted_and_come_back_in_their_places(panel: RunsPanel, qtbot: QtBot) -> None:
    runs = list(panel.session.front.runs)
    panel.table.choose([runs[0], runs[2]])
    assert panel.delete_button.text() == "Delete 2 runs"
    assert not panel.undo_button.isVisible()
    panel.delete_button.click()
    qtbot.waitUntil(lambda: names(panel) == ["run 2"])
    assert panel.undo_button.isVisible()
    panel.undo_button.click()
    qtbot.waitUntil(lambda: names(panel) == ["run 10", "run 2", "run 1"])
    assert panel.session.front.runs == runs
    assert not panel.undo_button.isVisible()


def test_a_run_that_trains_is_neither_deleted_nor_gone_on_with(panel: RunsPanel) -> None:
    run = panel.session.front.runs[2]
    run.state = "running"
    panel.table.choose([])
    panel.table.choose([run])
    assert not panel.delete_button.isEnabled()
    assert "stop" in panel.delete_button.toolTip()
    assert not panel.go_on_button.isEnabled()
    assert panel.go_on_button.toolTip()


def entry(panel: RunsPanel, text: str) -> QAction:
    panel._fill(panel.more_menu)
    return next(action for action in panel.more_menu.actions() if action.text() == text)


def test_what_is_not_on_disk_cannot_be_exported_and_says_why(panel: RunsPanel) -> None:
    action = entry(panel, "Export to TensorBoard …")
    assert not action.isEnabled()
    assert "not kept" in action.toolTip()


def test_a_narrow_panel_shows_its_buttons_whole(panel: RunsPanel, qtbot: QtBot) -> None:
    for width in (460, 1000):
        panel.resize(width, 400)
        qtbot.waitUntil(lambda width=width: panel.open_button.isVisible() == (width == 1000))
        for button in (panel.go_on_button, panel.delete_button, panel.more_button, panel.filter):
            assert button.geometry().right() <= panel.width()
            assert button.width() >= min(button.minimumSizeHint().width(), 90)
    assert entry(panel, "Open its network").isEnabled()


def test_a_kept_run_goes_on_is_exported_and_its_folder_opened(
    session: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.start()
    qtbot.waitUntil(lambda: session.run is not None and not session.run.active, timeout=WAIT)
    panel = RunsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(panel.go_on_button.isEnabled)
    assert "8 epochs in all" in panel.go_on_button.toolTip()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *words: str(tmp_path / "board"))
    with qtbot.waitSignal(session.noticed, timeout=WAIT) as told:
        entry(panel, "Export to TensorBoard …").trigger()
    assert "tensorboard --logdir" in told.args[0]
    assert list((tmp_path / "board").iterdir())
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True)
    entry(panel, "Open its folder").trigger()
    assert session.run is not None
    assert opened == [str(session.run.folder)]
    panel.go_on_button.click()
    qtbot.waitUntil(lambda: session.run is not None and len(session.run.epochs) == 8, timeout=WAIT)
