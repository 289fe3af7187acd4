"""The canvas by real events: select, move, delete, nudge, zoom and pan."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.model.graph import Edge
from gui.canvas.gestures.menu import menu_for
from gui.canvas.view import CanvasView
from tests.gui.canvas_by_hand import body, drag, drop, graph, shown, small_project, spot, wheel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CanvasView]:
    view = shown(qtbot, small_project())
    yield view
    view.session.close()


def test_every_node_and_wire_has_an_item(view: CanvasView) -> None:
    assert set(view.network.nodes) == set(graph(view).nodes)
    assert set(view.network.wires) == set(graph(view).wires)


def test_moving_is_one_step_and_can_be_undone(view: CanvasView) -> None:
    before = (graph(view).nodes["dropout_1"].x, graph(view).nodes["dropout_1"].y)
    start = body(view, "dropout_1")
    drag(view, start, start + QPoint(160, 80))
    after = (graph(view).nodes["dropout_1"].x, graph(view).nodes["dropout_1"].y)
    assert abs(after[0] - before[0] - 160) < 12
    assert abs(after[1] - before[1] - 80) < 12
    assert view.session.history.depth == 1
    view.session.undo()
    view.network.motion.finish()
    assert view.network.nodes["dropout_1"].pos() == QPointF(*before)


def test_escape_takes_a_drag_back(view: CanvasView) -> None:
    start = body(view, "dropout_1")
    drag(view, start, start + QPoint(160, 80), release=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.network.nodes["dropout_1"].pos() == QPointF(0, 300)
    assert view.session.history.depth == 0


def test_click_shift_click_and_rubber_band_select(view: CanvasView) -> None:
    port = view.viewport()
    QTest.mouseClick(port, LEFT, Qt.KeyboardModifier.NoModifier, body(view, "linear_1"))
    assert view.session.selection == ("linear_1",)
    QTest.mouseClick(port, LEFT, Qt.KeyboardModifier.ShiftModifier, body(view, "flatten_1"))
    assert set(view.session.selection) == {"linear_1", "flatten_1"}
    QTest.mouseClick(port, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(900, 650))
    assert view.session.selection == ()
    corner = view.mapFromScene(QPointF(240, -40))
    drag(view, corner, view.mapFromScene(QPointF(600, 100)))
    assert set(view.session.selection) == {"flatten_1", "linear_1"}


def test_delete_takes_nodes_with_their_wires_and_undo_brings_them_back(view: CanvasView) -> None:
    view.session.select(["linear_1"])
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert "linear_1" not in view.network.nodes
    assert ("cross_entropy_1", "input", 0) not in view.network.wires
    view.session.undo()
    assert "linear_1" in view.network.nodes
    assert ("cross_entropy_1", "input", 0) in view.network.wires


def test_arrows_nudge_as_one_step_and_tab_walks(view: CanvasView) -> None:
    view.session.select(["dropout_1"])
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert graph(view).nodes["dropout_1"].x == 24
    assert view.session.history.depth == 1
    view.session.select([])
    QTest.keyClick(view, Qt.Key.Key_Tab)
    first = view.session.selection
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert first
    assert view.session.selection != first


def test_the_wheel_zooms_at_the_cursor(view: CanvasView, qtbot: QtBot) -> None:
    at = QPoint(300, 200)
    before = view.mapToScene(at)
    with qtbot.waitSignal(view.zoom_changed):
        wheel(view, 240, at)
    assert view.zoom > 1.3
    assert (view.mapToScene(at) - before).manhattanLength() < 3


def test_the_middle_button_pans(view: CanvasView) -> None:
    port, middle = view.viewport(), Qt.MouseButton.MiddleButton
    before = view.mapToScene(QPoint(0, 0))
    QTest.mousePress(port, middle, Qt.KeyboardModifier.NoModifier, QPoint(500, 500))
    to = QPointF(400, 470)
    QApplication.sendEvent(
        port,
        QMouseEvent(QEvent.Type.MouseMove, to, port.mapToGlobal(to), middle, middle, Qt.KeyboardModifier.NoModifier),
    )
    QTest.mouseRelease(port, middle, Qt.KeyboardModifier.NoModifier, to.toPoint())
    moved = view.mapToScene(QPoint(0, 0)) - before
    assert abs(moved.x() - 100) < 2
    assert abs(moved.y() - 30) < 2


def test_the_context_menu_freezes_and_bypasses(view: CanvasView) -> None:
    view.session.select(["linear_1"])
    at = view.network.nodes["linear_1"].scene_box.center() + QPointF(0, 20)
    menu = menu_for(view.stage, view.stage.hit(at), at)
    actions = {action.text(): action for action in menu.actions()}
    actions["Freeze its weights"].trigger()
    assert not graph(view).nodes["linear_1"].trainable
    assert view.network.nodes["linear_1"].face.frozen
    actions["Bypass"].trigger()
    assert Edge("flatten_1", "output", "cross_entropy_1", "input") in set(graph(view).edges)


def test_random_edits_undone_leave_the_same_items(view: CanvasView) -> None:
    before = {name: item.pos() for name, item in view.network.nodes.items()}
    drop(view, "relu", QPoint(700, 600))
    drag(view, spot(view, "linear_1", "output", False), spot(view, "relu_1", "input", True))
    view.session.select(["flatten_1", "linear_1"])
    QTest.keyClick(view, Qt.Key.Key_Delete)
    while view.session.history.depth:
        view.session.undo()
    view.network.motion.finish()
    assert {name: item.pos() for name, item in view.network.nodes.items()} == before
    assert set(view.network.wires) == set(graph(view).wires)
