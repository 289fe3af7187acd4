"""The real window: it opens, is built in by hand, trains, shows, changes its look, and closes without losing work."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core.model.graph import Edge
from core.model.ops import AddEdge, SetParams, SetTraining
from core.model.settings import Training
from gui.panels import PANELS
from gui.panels.layers import MIME
from gui.panels.overview import Overview
from gui.theme import DARK, LIGHT
from gui.views import VIEWS
from gui.window import Window

WAIT = 30_000


def drop(window: Window, kind: str, x: int, y: int) -> None:
    """A layer dragged from the palette and let go on the canvas."""
    canvas = window.places.documents.canvas
    assert canvas is not None
    data = QMimeData()
    data.setData(MIME, kind.encode())
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(canvas.viewport(), QDragEnterEvent(QPoint(x, y), copy, data, left, none))
    QApplication.sendEvent(canvas.viewport(), QDropEvent(QPointF(x, y), copy, data, left, none))


def trained(window: Window, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.session.run is not None and not window.session.run.active, timeout=WAIT)


def test_every_panel_and_view_can_be_made(window: Window, qtbot: QtBot) -> None:
    for id, title, _ in (*PANELS, *VIEWS):
        window.show_place(id)
        pane = next(
            p
            for p in (window.places.left, window.places.details, window.places.note, *window.places.views.panes)
            if id in p.ids
        )
        made = pane.widget(id)
        assert made is not None, title
        assert not (isinstance(made, QLabel) and made.objectName() == "empty"), made


def test_the_whole_way(window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drag layers from the palette, wire them, train, see the curve move, export, undo everything."""
    session = window.session
    session.new_document()
    for index, kind in enumerate(("input", "flatten", "linear", "input", "cross_entropy")):
        drop(window, kind, 60 + 150 * index, 120)
    assert list(session.graph.nodes) == ["input_1", "flatten_1", "linear_1", "input_2", "cross_entropy_1"]
    wires = [
        Edge("input_1", "output", "flatten_1", "input"),
        Edge("flatten_1", "output", "linear_1", "input"),
        Edge("linear_1", "output", "cross_entropy_1", "input"),
        Edge("input_2", "output", "cross_entropy_1", "target"),
    ]
    for wire in wires:
        if wire not in list(session.graph.edges):
            assert session.edit("Wire", [AddEdge(wire)])
    session.edit("Settings", [SetParams("input_2", {"field": "y"}), SetParams("linear_1", {"out_features": 10})])
    session.edit("Epochs", [SetTraining(Training(epochs=3, device="cpu"))])
    qtbot.waitUntil(lambda: session.can_start() == "", timeout=WAIT)
    assert window.top.train.isEnabled()
    QTest.mouseClick(window.top.train, Qt.MouseButton.LeftButton)
    trained(window, qtbot)
    run = session.run
    assert run is not None
    assert run.state == "done"
    assert run.epochs[-1].train["loss"] < run.steps[0].loss
    assert "test accuracy" in window.top.told.text()
    assert window.top.bar.value() == window.top.bar.maximum()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "digits.py"), ""))
    with qtbot.waitSignal(session.noticed, timeout=WAIT) as told:
        window.actions_.run("export_python")
    assert "differ by at most" in told.args[0]
    assert window.toast.isVisible()
    while session.history.depth:
        window.actions_.run("undo")
    assert session.graph.nodes == {}
    assert window.actions_.run("undo") == "There is nothing to undo."


def test_one_button_trains_pauses_and_goes_on(window: Window, qtbot: QtBot) -> None:
    session = window.session
    session.edit("Longer", [SetTraining(Training(epochs=100_000, device="cpu"))])
    session.infer()
    assert window.top.train.text() == "Train"
    window.actions_.run("train")
    assert window.top.train.text() == "Pause"
    qtbot.waitUntil(lambda: bool(session.run and session.run.steps), timeout=WAIT)
    qtbot.waitUntil(lambda: "samples/s" in window.top.told.text(), timeout=WAIT)
    window.actions_.run("train")
    qtbot.waitUntil(lambda: window.top.train.text() == "Continue", timeout=WAIT)
    assert window.top.told.text().startswith("paused")
    window.actions_.run("train")
    assert window.actions_.run("stop") == ""
    trained(window, qtbot)
    assert window.top.train.text() == "Train"


def test_while_pytorch_loads_the_controls_say_so(qtbot: QtBot, playground) -> None:  # type: ignore[no-untyped-def]
    from gui.settings_store import Settings
    from gui.start import make_window

    window = make_window(Settings(theme="light"))
    qtbot.addWidget(window)
    window.session.open_project(playground)
    window.actions_.refresh()
    assert not window.top.train.isEnabled()
    assert "PyTorch is loading" in window.top.train.toolTip()
    assert "PyTorch is loading" in window.top.told.text()
    overview = Overview(window.session)
    qtbot.addWidget(overview)
    overview.show_project()
    assert "parameter" not in overview.facts.text()
    window.session.close()


def test_the_theme_turns_and_is_remembered(window: Window) -> None:
    assert window.session.theme is DARK
    window.actions_.run("theme")
    assert window.session.theme is LIGHT
    assert QApplication.palette().window().color().name().upper() == LIGHT.panel
    assert window.settings.theme == "light"
    window.actions_.run("theme")
    assert QApplication.palette().window().color().name().upper() == DARK.panel


def test_presentation_doubles_the_letters(window: Window) -> None:
    before = QApplication.font().pixelSize()
    window.actions_.run("presentation")
    assert QApplication.font().pixelSize() == 2 * before
    window.actions_.run("presentation")
    assert QApplication.font().pixelSize() == before


@pytest.mark.parametrize("side", ["left", "bottom", "right"])
def test_each_side_folds_with_one_key(window: Window, qtbot: QtBot, side: str) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    keys = window.actions_.commands[f"fold_{side}"].keys
    code = QKeySequence(keys[0])[0].key()
    qtbot.keyClick(window, code)
    assert not window.is_shown(side)
    assert not window.actions_[f"fold_{side}"].isChecked()
    qtbot.keyClick(window, code)
    assert window.is_shown(side)


def test_a_narrow_window_folds_the_right_side_and_brings_it_back(window: Window) -> None:
    window.resize(1400, 800)
    assert window.is_shown("right")
    window.resize(1100, 700)
    assert not window.is_shown("right")
    window.show_place("inspector")
    assert window.is_shown("right")
    window.resize(1400, 800)
    assert window.is_shown("right")


def test_views_stand_side_by_side_and_in_windows_of_their_own(window: Window, qtbot: QtBot) -> None:
    views = window.places.views
    assert "weights" in views.panes[1].ids
    views.move_over("weights")
    assert "weights" in views.panes[0].ids
    assert views.panes[0].current == "weights"
    torn = views.tear_off("weights")
    assert torn is not None
    assert torn.isVisible()
    assert views.pane_of("weights") is None
    torn.close()
    assert views.pane_of("weights") is views.panes[0]


def test_tabs_follow_the_documents(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    session, tabs = window.session, window.places.documents.tabs
    session.edit("Wider", [SetParams("linear_1", {"out_features": 9})])
    assert "●" in tabs.tabText(0)
    session.open_preset("mlp-xor")
    assert tabs.count() == 2
    assert tabs.currentIndex() == 1
    tabs.setCurrentIndex(0)
    assert session.document is session.documents[0]
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Cancel)
    window.close_document(0)
    assert tabs.count() == 2
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Discard)
    window.close_document(0)
    assert tabs.count() == 1


def test_the_status_line_counts_and_leads_to_the_problems(window: Window, qtbot: QtBot) -> None:
    session = window.session
    assert window.status.parameters.text() == "25 parameters"
    assert window.status.findings.text() == "shapes ok"
    session.select(["linear_1"])
    session.delete_selection()
    session.infer()
    assert "finding" in window.status.findings.text()
    window.fold("bottom")
    window.status.findings.click()
    assert window.is_shown("bottom")
    assert window.places.views.pane_of("problems").current == "problems"  # type: ignore[union-attr]


def test_closing_asks_once_and_remembers_what_was_open(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gui import settings_store

    window.session.edit("Wider", [SetParams("linear_1", {"out_features": 9})])
    asked: list[QWidget] = []

    def answer(parent: QWidget, *_: object) -> QMessageBox.StandardButton:
        asked.append(parent)
        return QMessageBox.StandardButton.Save

    monkeypatch.setattr(QMessageBox, "question", answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    window.close()
    assert len(asked) == 1
    assert (tmp_path / "mine.loom").exists()
    assert settings_store.load().open == [str(tmp_path / "mine.loom")]


def test_the_device_is_chosen_as_an_undoable_setting(window: Window) -> None:
    session = window.session
    window.top.choose_device("auto")
    assert session.front.project.training.device == "auto"
    session.undo()
    assert session.front.project.training.device == "cpu"
    assert window.top.device.text() == "CPU ▾"


def test_none_keeps_its_references(window: Window) -> None:
    """Some releases of PySide lose a reference to None in every void call, until the interpreter aborts."""
    before = sys.getrefcount(None)
    for _ in range(300):
        window.update()
    assert sys.getrefcount(None) > before - 200
