"""Wires by real events: drawn, refused, moved to another port, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.model.graph import Edge
from core.model.ops import AddEdge
from gui.canvas.view import CanvasView
from gui.session import Session
from tests.gui.canvas_by_hand import drag, graph, shown, small_project, spot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CanvasView]:
    view = shown(qtbot, small_project())
    yield view
    view.session.close()


def view_removal(view: CanvasView, node: str, port: str):  # type: ignore[no-untyped-def]
    from core.model.ops import RemoveEdge

    return [RemoveEdge(edge) for edge in graph(view).into(node, port)]


def test_a_wire_is_drawn_from_an_output_to_an_input(view: CanvasView) -> None:
    drag(view, spot(view, "flatten_1", "output", False), spot(view, "dropout_1", "input", True))
    assert Edge("flatten_1", "output", "dropout_1", "input") in set(graph(view).edges)
    assert ("dropout_1", "input", 0) in view.network.wires


def test_a_wire_is_drawn_backwards_from_an_input(view: CanvasView) -> None:
    drag(view, spot(view, "dropout_1", "input", True), spot(view, "flatten_1", "output", False))
    assert Edge("flatten_1", "output", "dropout_1", "input") in set(graph(view).edges)


def test_possible_ports_light_up_and_others_dim(view: CanvasView) -> None:
    start = spot(view, "dropout_1", "output", False)
    drag(view, start, start + QPoint(60, 60), release=False)
    states = {name: item.states for name, item in view.network.nodes.items()}
    assert states["linear_1"]["input", True] == "dimmed"
    assert states["dropout_1"]["input", True] == "dimmed"
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not any(item.states for item in view.network.nodes.values())
    assert view.session.history.depth == 0


def test_a_second_wire_into_an_input_is_refused_with_the_reason_at_the_cursor(view: CanvasView) -> None:
    start, end = spot(view, "dropout_1", "output", False), spot(view, "linear_1", "input", True)
    drag(view, start, end, release=False)
    assert view.stage.whisper.isVisible()
    assert "already has a wire" in view.stage.whisper.text()
    assert view.viewport().cursor().shape() == Qt.CursorShape.ForbiddenCursor
    QTest.mouseRelease(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, end)
    assert not view.stage.whisper.isVisible()
    assert view.session.history.depth == 0


def test_a_cycle_is_refused_with_the_reason_at_the_cursor(view: CanvasView) -> None:
    view.session.edit("Wire", [AddEdge(Edge("linear_1", "output", "dropout_1", "input"))])
    view.session.edit("Free", view_removal(view, "flatten_1", "input"))
    drag(view, spot(view, "dropout_1", "output", False), spot(view, "flatten_1", "input", True), release=False)
    assert "cycle" in view.stage.whisper.text()


def test_the_end_of_a_wire_is_put_on_another_input(view: CanvasView) -> None:
    drag(view, spot(view, "linear_1", "input", True), spot(view, "dropout_1", "input", True))
    assert Edge("flatten_1", "output", "dropout_1", "input") in set(graph(view).edges)
    assert not graph(view).into("linear_1")
    assert view.session.history.depth == 1


def test_the_end_of_a_wire_dropped_on_empty_ground_deletes_it(view: CanvasView) -> None:
    start = spot(view, "linear_1", "input", True)
    drag(view, start, start + QPoint(0, 300))
    assert not graph(view).into("linear_1")


def test_a_wire_is_selected_and_deleted(view: CanvasView) -> None:
    middle = (spot(view, "linear_1", "output", False) + spot(view, "cross_entropy_1", "input", True)) / 2
    QTest.mouseClick(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, middle)
    assert view.network.selected_wires == {("cross_entropy_1", "input", 0)}
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert not graph(view).into("cross_entropy_1", "input")


@pytest.mark.parametrize("id", ["vae", "polynomial-overfit", "dqn", "ridge-lambda", "seq2seq-attention"])
def test_the_words_of_two_wires_never_lie_on_each_other(qtbot: QtBot, ready: Session, id: str) -> None:
    ready.open_preset(id)
    ready.infer()
    view = CanvasView(ready)
    qtbot.addWidget(view)
    words = [wire.words for wire in view.network.wires.values() if wire.words_shown]
    assert words
    assert not [(one, other) for one, other in combinations(words, 2) if one.intersects(other)]
