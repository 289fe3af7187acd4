"""Sweeps in the window: set up, counted, trained by a worker, stopped, gone on with, looked at, deleted with undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from core.model.ops import SetParams
from core.training.sweeps.plan import Sweep
from gui.session import Session
from gui.sweeps.axis_form import RANDOM, RANGE
from gui.sweeps.panel import SweepPanel
from gui.window import Window
from tests.gui.prepared_sweeps import BATCH, LR, axis, prepared, xor

WAIT = 120_000
WIDTH = "linear_1.out_features"


@pytest.fixture
def session(ready: Session) -> Iterator[Session]:
    ready.open_project(xor())
    ready.infer()
    return ready


def shown(session: Session, qtbot: QtBot, width: int = 1200) -> SweepPanel:
    panel = SweepPanel(session)
    qtbot.addWidget(panel)
    panel.resize(width, 420)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def read(panel: SweepPanel, qtbot: QtBot, folder: Path) -> None:
    qtbot.waitUntil(lambda: panel.found is not None and panel.found.folder == folder, timeout=WAIT)


def cells(panel: SweepPanel, column: int) -> list[str]:
    return [panel.table.item(line, column).text() for line in range(panel.table.rowCount())]


def counted(panel: SweepPanel, qtbot: QtBot, text: str) -> None:
    def said() -> bool:
        return text in (panel.setup.wrong.text() or panel.setup.count.text())

    qtbot.waitUntil(said, timeout=WAIT)


def test_a_parameter_is_found_by_words_and_by_its_address(session: Session, qtbot: QtBot) -> None:
    field = shown(session, qtbot).setup.axes[0].parameter
    assert field.address == LR
    assert field.found("learning rate")[0] == LR
    assert field.found("batch")[0] == BATCH
    assert field.found("linear 1 out")[0] == WIDTH
    assert field.found("zzz") == []
    field.setText(WIDTH)
    field.editingFinished.emit()
    assert field.address == WIDTH
    assert "Output features" in field.text()
    field.setText("batch")
    field.editingFinished.emit()
    assert field.address == BATCH
    field.setText("zzz")
    field.editingFinished.emit()
    assert (field.address, field.text()) == (BATCH, "Batch size")


def test_what_a_sweep_comes_to_is_told_before_it_starts(session: Session, qtbot: QtBot) -> None:
    panel = shown(session, qtbot)
    setup, (first, second) = panel.setup, panel.setup.axes
    counted(panel, qtbot, "3 runs, about")
    second.choose(WIDTH)
    second.list.setText("2, 4")
    setup.seeds.show_value(5)
    second.changed.emit()
    counted(panel, qtbot, "30 runs, about")
    first.way.setCurrentText(RANGE)
    first.count.show_value(4)
    first.changed.emit()
    counted(panel, qtbot, "40 runs")
    first.way.setCurrentText(RANDOM)
    first.draws.show_value(7)
    first.changed.emit()
    counted(panel, qtbot, "70 runs")
    sweep, wrong = setup.sweep()
    assert wrong == ""
    assert sweep is not None
    assert (sweep.draws, sweep.seeds) == (7, (0, 1, 2, 3, 4))
    assert sweep.axes[0].random
    assert sweep.axes[1].values == (2, 4)


@pytest.mark.parametrize(
    ("address", "text", "word"),
    [(LR, "0.1, quick", "quick"), (LR, "0.1, -1", "more than 0"), (WIDTH, "0", "at least 1"), (WIDTH, "", "List")],
)
def test_a_list_that_does_not_fit_stops_the_start(
    session: Session, qtbot: QtBot, address: str, text: str, word: str
) -> None:
    panel = shown(session, qtbot)
    panel.setup.axes[0].choose(address)
    panel.setup.axes[0].list.setText(text)
    panel.setup.axes[0].changed.emit()
    counted(panel, qtbot, word)
    assert not panel.setup.start_button.isEnabled()
    panel.setup.start()
    assert session.sweeps.folder is None


def test_the_same_parameter_twice_and_ends_the_wrong_way_round_are_told(session: Session, qtbot: QtBot) -> None:
    panel = shown(session, qtbot)
    first, second = panel.setup.axes
    second.choose(LR)
    counted(panel, qtbot, "stands twice")
    second.choose("")
    first.way.setCurrentText(RANGE)
    first.low.setText("2")
    first.high.setText("1")
    first.changed.emit()
    counted(panel, qtbot, "no range")
    first.low.setText("much")
    first.changed.emit()
    counted(panel, qtbot, "“much”")


def test_one_worker_trains_a_sweep_and_its_table_fills(window: Window, qtbot: QtBot) -> None:
    session, told = window.session, []
    session.noticed.connect(lambda text, severity: told.append(text))
    session.open_project(xor(2))
    session.infer()
    assert window.actions_.run("sweep") == ""
    pane = window.places.views.pane_of("sweep")
    assert pane is not None
    panel = pane.widget("sweep")
    assert isinstance(panel, SweepPanel)
    qtbot.waitUntil(lambda: panel.setup.axes[0].address == LR, timeout=WAIT)
    panel.setup.axes[0].list.setText("0.01, 0.5")
    panel.setup.workers.show_value(1)
    panel.setup.start()
    folder = session.sweeps.folder
    assert folder is not None
    assert session.sweeps.cannot_begin() == "Another sweep is training; stop it first."
    qtbot.waitUntil(lambda: panel.head.folder == folder, timeout=WAIT)
    session.sweeps.delete(folder)
    assert folder.is_dir()
    qtbot.waitUntil(lambda: session.sweeps.folder is None, timeout=WAIT)
    assert "The sweep is over: 2 runs done." in told
    qtbot.waitUntil(lambda: panel.found is not None and panel.found.done == 2, timeout=WAIT)
    assert cells(panel, 0) == ["0.01", "0.5"]
    qtbot.waitUntil(lambda: panel.head.told.text() == "2 of 2 runs", timeout=WAIT)
    assert not panel.head.resume_button.isVisible()


def test_a_sweep_of_an_earlier_start_is_listed_and_goes_on(session: Session, qtbot: QtBot) -> None:
    folder = prepared(session.front.project, Sweep((axis(LR, 0.1, 0.5),)), trained=1)
    other = xor()
    other.lecture = "perceptron-xor"
    prepared(other, Sweep((axis(LR, 0.1),)), trained=0)
    panel = shown(session, qtbot)
    read(panel, qtbot, folder)
    assert panel.head.list.count() == 1
    assert panel.head.told.text() == "1 of 2 runs"
    assert panel.head.resume_button.isVisible()
    panel.head.resume_button.click()
    assert session.sweeps.busy == "starting"
    qtbot.waitUntil(lambda: session.sweeps.running is not None, timeout=WAIT)
    session.sweeps.stop()
    assert session.sweeps.busy == "stopping"
    qtbot.waitUntil(lambda: session.sweeps.folder is None, timeout=WAIT)
    assert folder.is_dir()


def test_a_damaged_sweep_says_so(session: Session, qtbot: QtBot) -> None:
    folder = prepared(session.front.project, Sweep((axis(LR, 0.1),)), trained=0)
    (folder / "project.loom").unlink()
    panel = shown(session, qtbot)
    qtbot.waitUntil(lambda: "no sweep in this folder" in panel.results.hint.text(), timeout=WAIT)
    with qtbot.waitSignal(session.noticed, timeout=WAIT) as told:
        session.sweeps.resume(folder)
    assert "no sweep" in told.args[0]
    assert session.sweeps.folder is None


def test_results_are_a_table_that_sorts_and_is_copied(session: Session, qtbot: QtBot) -> None:
    folder = prepared(session.front.project, Sweep((axis(WIDTH, 10, 2, 4),), (0, 1)))
    panel = shown(session, qtbot)
    read(panel, qtbot, folder)
    assert panel.found is not None
    table, rows = panel.table, panel.found.table.rows
    titles = [table.horizontalHeaderItem(place).text() for place in range(table.columnCount())]
    assert titles == ["Output features", "Loss, training", "Accuracy, training", "Runs", "Size"]
    assert cells(panel, 0) == ["10", "2", "4"]
    # (2 + 1) · width of the first layer, width + 1 of the second.
    assert cells(panel, 4) == ["41", "9", "17"]
    assert cells(panel, 3) == ["2", "2", "2"]
    assert f"{rows[0].mean('train loss'):.4g} ± " in cells(panel, 1)[0]
    table.sortItems(0, Qt.SortOrder.AscendingOrder)
    assert cells(panel, 0) == ["2", "4", "10"]
    table.sortItems(1, Qt.SortOrder.DescendingOrder)
    losses = [float(text.split(" ")[0]) for text in cells(panel, 1)]
    assert losses == sorted(losses, reverse=True)
    panel.head.copy_action.trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith(f"{WIDTH},runs,parameters,train loss mean,train loss sd")
    assert [line.split(",")[:3] for line in lines[1:]] == [["10", "2", "41"], ["2", "2", "9"], ["4", "2", "17"]]


def test_the_plot_has_a_line_for_each_second_value_and_fits_a_scaling_law(session: Session, qtbot: QtBot) -> None:
    folder = prepared(session.front.project, Sweep((axis(WIDTH, 2, 4, 8), axis(LR, 0.1, 0.5))))
    panel = shown(session, qtbot)
    read(panel, qtbot, folder)
    results = panel.results
    assert results.log_x.isChecked()
    assert [name for _, name in results.plot._legend] == ["Learning rate 0.1", "Learning rate 0.5"]
    assert results.part.count() == 1, "this preset has neither validation nor test"
    results.measure.setCurrentIndex(results.measure.findData("loss"))
    results.over.setCurrentIndex(results.over.findData("size"))
    results.fit.click()
    assert results.log_y.isChecked()
    assert results.plot._legend[-1][1].startswith("y = ")
    near = sorted({round(10 ** point[0]) for point in results.plot._points})
    assert near == [9, 17, 33]


def test_a_click_on_a_point_opens_that_network(session: Session, qtbot: QtBot) -> None:
    folder = prepared(session.front.project, Sweep((axis(WIDTH, 2, 6),)))
    panel = shown(session, qtbot)
    read(panel, qtbot, folder)
    x, y, *_ = panel.results.plot._points[1]
    plot = panel.results.plot
    at = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(x, y)))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert session.front.project.graph.nodes["linear_1"].params["out_features"] == 6
    # What is edited there is another project than the run's.
    assert panel.found is None or panel.found.folder == folder


def test_why_a_run_failed_stands_in_the_table(session: Session, qtbot: QtBot) -> None:
    project = xor()
    folder = prepared(project, Sweep((axis(LR, 0.1),)), trained=0)
    session.sweeps.failed[folder] = {"point-0000-seed-0": "The loss became nan."}
    panel = shown(session, qtbot)
    read(panel, qtbot, folder)
    assert panel.head.told.text() == "0 of 1 run, 1 failed"
    assert cells(panel, 1) == ["failed"]
    assert panel.table.item(0, 1).toolTip() == "The loss became nan."
    assert panel.results.hint.text() == "The loss became nan."


def test_deleting_a_sweep_can_be_undone(session: Session, qtbot: QtBot) -> None:
    folder = prepared(session.front.project, Sweep((axis(LR, 0.1),)), trained=0)
    panel = shown(session, qtbot)
    read(panel, qtbot, folder)
    panel.head.delete_action.trigger()
    qtbot.waitUntil(lambda: panel.head.list.count() == 0, timeout=WAIT)
    assert not folder.exists()
    assert panel.head.undo_button.isVisible()
    panel.head.undo_button.click()
    qtbot.waitUntil(lambda: panel.head.folder == folder, timeout=WAIT)
    assert (folder / "sweep.json").is_file()


@pytest.mark.parametrize(
    ("width", "front", "parts"),
    [
        (500, "Setup", ["Setup"]),
        (500, "Table", ["Table"]),
        (800, "Setup", ["Setup", "Plot"]),
        (800, "Table", ["Plot", "Table"]),
        (1200, "Plot", ["Setup", "Plot", "Table"]),
    ],
)
def test_as_many_parts_stand_beside_each_other_as_fit(
    session: Session, qtbot: QtBot, width: int, front: str, parts: list[str]
) -> None:
    panel = shown(session, qtbot, width)
    panel.show_part(front)
    assert [name for name, part in panel._by_name.items() if part.isVisible()] == parts
    assert panel.head.parts["Setup"].isVisible() is (len(parts) < 3)


def test_the_form_follows_edits_of_the_project(session: Session, qtbot: QtBot) -> None:
    panel = shown(session, qtbot)
    form = panel.setup.axes[0]
    form.choose(WIDTH)
    assert form.now.text() == f"{WIDTH} = 2"
    session.edit("Wider", [SetParams("linear_1", {"out_features": 7})])
    qtbot.waitUntil(lambda: form.now.text() == f"{WIDTH} = 7", timeout=WAIT)
