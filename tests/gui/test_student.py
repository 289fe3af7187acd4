"""A student's first hour in the real window: build a network by mouse, train it, undo, redo, export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from core.model.file import encode
from core.model.graph import Edge
from core.model.ops import SetData, SetParams
from core.model.settings import Data
from gui.canvas.view import CanvasView
from gui.panes import Pane
from gui.settings_store import Settings
from gui.start import fit_to_screen, make_window
from gui.views.learning import LearningView
from gui.window import Window

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    window = make_window(Settings(theme="dark", folder=str(tmp_path)))
    qtbot.addWidget(window, before_close_func=forget)
    window.resize(1600, 1000)
    with qtbot.waitExposed(window):
        window.show()
    window.wake()
    window.session.engine.load()
    window.session.new_document()
    yield window
    window.session.close()


def forget(window: Window) -> None:
    """Nobody asks about unsaved work at the end of a test."""
    for _ in list(window.session.documents):
        window.session.close_document(0)


def canvas_of(window: Window) -> CanvasView:
    canvas = window.places.documents.canvas
    assert isinstance(canvas, CanvasView)
    return canvas


def drop(view: CanvasView, kind: str, x: float, y: float) -> None:
    """Drags a layer from the palette to a place of the scene."""
    data = QMimeData()
    data.setData("application/x-layerloom-kind", kind.encode())
    at = view.mapFromScene(QPointF(x, y))
    rest = (Qt.DropAction.CopyAction, data, LEFT, NONE)
    enter = QDragEnterEvent(at, *rest)
    QApplication.sendEvent(view.viewport(), enter)
    assert enter.isAccepted()
    QApplication.sendEvent(view.viewport(), QDragMoveEvent(at, *rest))
    QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(at), *rest))


def spot(view: CanvasView, node: str, port: str, is_input: bool) -> QPoint:
    item = view.network.nodes[node]
    found = item.spot(port, is_input)
    assert found is not None
    return view.mapFromScene(item.pos() + found.at)


def wire(view: CanvasView, text: str) -> None:
    """Wires an output to an input by mouse."""
    edge = Edge.parse(text)
    start, end = spot(view, edge.source, edge.output, False), spot(view, edge.target, edge.input, True)
    port = view.viewport()
    QTest.mousePress(port, LEFT, NONE, start)
    for share in (0.2, 0.5, 0.8, 1.0):
        at = QPointF(start + (end - start) * share)
        event = QMouseEvent(QEvent.Type.MouseMove, at, port.mapToGlobal(at), LEFT, LEFT, NONE)
        QApplication.sendEvent(port, event)
    QTest.mouseRelease(port, LEFT, NONE, end)


NETWORK = (("input", -300, -80), ("linear", 0, -80), ("cross_entropy", 300, -80), ("input", 0, 120))
WIRES = (
    "input_1.output -> linear_1.input",
    "linear_1.output -> cross_entropy_1.input",
    "input_2.output -> cross_entropy_1.target",
)


def build(window: Window) -> None:
    """Drops four layers, wires them and has them learn irises; the second Input takes the answers by itself."""
    view, session = canvas_of(window), window.session
    session.edit("Use irises", [SetData(Data("iris"))])
    view.zoom = 1.0
    view.centerOn(0, 0)
    for kind, x, y in NETWORK:
        drop(view, kind, x, y)
    for text in WIRES:
        wire(view, text)
    session.edit("Set units", [SetParams("linear_1", {"out_features": 3})])
    session.infer()


def learning_pane(window: Window) -> Pane:
    pane = window.places.views.pane_of("learning")
    assert pane is not None
    return pane


def shown_values(window: Window) -> str:
    view = learning_pane(window).widget("learning")
    assert isinstance(view, LearningView)
    return view.loss_plot.readout.text()


def test_a_student_builds_trains_undoes_redoes_and_exports(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    session = window.session
    start = encode(session.front.project)
    build(window)
    assert {str(edge) for edge in session.graph.edges} == set(WIRES)
    assert session.can_start() == ""

    window.show_place("learning")
    QTest.mouseClick(window.top.step, LEFT)
    qtbot.waitUntil(lambda: "train" in shown_values(window), timeout=60_000)
    early = shown_values(window)
    assert window.top.train.text() == "Continue"
    QTest.mouseClick(window.top.train, LEFT)
    qtbot.waitUntil(lambda: session.run is not None and session.run.state == "done", timeout=60_000)
    qtbot.waitUntil(lambda: shown_values(window) != early, timeout=60_000)
    run = session.run
    assert run is not None
    assert run.epochs[-1].train["loss"] < run.steps[0].loss

    end = encode(session.front.project)
    while session.history.undo_text:
        session.undo()
    assert encode(session.front.project) == start
    assert run.stale
    while session.history.redo_text:
        session.redo()
    assert encode(session.front.project) == end

    told: list[str] = []
    session.noticed.connect(lambda message, level: told.append(message))
    session.export("python", tmp_path / "flowers.py")
    qtbot.waitUntil(lambda: bool(told), timeout=60_000)
    assert "flowers.py" in told[-1]
    assert "differ" in told[-1]
    assert (tmp_path / "flowers.py").read_text().startswith('"""')
    assert (tmp_path / "flowers.safetensors").exists()
    assert window.toast.isVisible()
    assert window.toast.text.text() == told[-1]


def test_a_run_goes_on_while_its_network_is_edited(qtbot: QtBot, window: Window) -> None:
    session = window.session
    build(window)
    QTest.mouseClick(window.top.step, LEFT)
    qtbot.waitUntil(lambda: session.run is not None and len(session.run.steps) == 1, timeout=60_000)
    session.select(["linear_1"])
    session.delete_selection()
    run = session.run
    assert run is not None
    assert run.stale
    QTest.mouseClick(window.top.train, LEFT)
    qtbot.waitUntil(lambda: run.state == "done", timeout=60_000)
    assert run.failure is None
    assert "linear_1" in run.project.graph.nodes


def test_the_canvas_turns_light_with_the_window(qtbot: QtBot, window: Window) -> None:
    view = canvas_of(window)
    corner = QPoint(30, 30)
    assert view.viewport().grab().toImage().pixelColor(corner).lightness() < 60
    window.switches.turn_theme()
    assert view.viewport().grab().toImage().pixelColor(corner).lightness() > 200


def test_the_run_buttons_stay_where_they_are_in_every_project(window: Window) -> None:
    window.session.open_preset("mlp-xor")
    QApplication.processEvents()
    place = window.top.train.mapTo(window, QPoint(0, 0))
    window.session.new_document()
    QApplication.processEvents()
    assert window.top.train.mapTo(window, QPoint(0, 0)) == place


def test_the_titles_of_choices_are_not_cut(qtbot: QtBot, window: Window) -> None:
    window.session.open_preset("lenet-5")
    window.show_place("training")

    def titles() -> list[QLabel]:
        found = window.findChildren(QLabel)
        return [each for each in found if each.text() in ("Optimizer", "Schedule") and each.isVisible()]

    qtbot.waitUntil(lambda: len(titles()) == 2, timeout=10_000)
    for _ in range(20):
        QApplication.processEvents()
    for title in titles():
        assert title.width() >= title.fontMetrics().horizontalAdvance(title.text())


def test_after_a_presentation_the_layers_are_back(window: Window) -> None:
    window.present()
    assert not window.is_shown("left")
    window.present()
    assert window.is_shown("left")


def test_a_window_larger_than_the_screen_is_maximised(qtbot: QtBot) -> None:
    window = make_window(Settings(theme="dark"))
    qtbot.addWidget(window)
    screen = window.screen().availableSize()
    window.resize(screen)
    fit_to_screen(window)
    assert window.isMaximized()
    window.session.close()


def test_a_broken_file_leaves_the_open_project_alone(window: Window, tmp_path: Path) -> None:
    session = window.session
    build(window)
    before, document = encode(session.front.project), session.document
    broken = tmp_path / "broken.loom"
    broken.write_bytes(before[: len(before) // 2])
    assert not session.open_file(broken)
    assert session.document is document
    assert encode(session.front.project) == before
    assert "broken.loom" in window.toast.text.text()
    assert window.toast.isVisible()
