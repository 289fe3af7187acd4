"""Nodes put onto the canvas by real events: from the palette, onto a wire, by search."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode, RemoveEdge
from gui.canvas.insert import LooseEnd, insert
from gui.canvas.view import CanvasView
from tests.gui.canvas_by_hand import body, drag, drop, graph, shown, small_project, spot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CanvasView]:
    view = shown(qtbot, small_project())
    yield view
    view.session.close()


def test_a_layer_is_dropped_from_the_palette_and_the_drop_is_undone(view: CanvasView) -> None:
    before = set(graph(view).nodes)
    assert drop(view, "conv2d", QPoint(700, 560))
    assert set(graph(view).nodes) - before == {"conv2d_1"}
    middle = view.network.nodes["conv2d_1"].scene_box.center()
    assert (middle - view.mapToScene(QPoint(700, 560))).manhattanLength() < 12
    assert view.session.selection == ("conv2d_1",)
    assert view.session.history.depth == 1
    view.session.undo()
    assert "conv2d_1" not in view.network.nodes


def test_an_unknown_kind_is_not_taken(view: CanvasView) -> None:
    assert not drop(view, "teapot", QPoint(700, 560))


def test_dropping_on_a_wire_inserts_and_the_rest_moves_aside_in_one_step(view: CanvasView) -> None:
    at = (spot(view, "linear_1", "output", False) + spot(view, "cross_entropy_1", "input", True)) / 2
    assert drop(view, "relu", at, release=False)
    assert view.network.wires[("cross_entropy_1", "input", 0)].hovered
    before = graph(view).nodes["cross_entropy_1"].x
    assert drop(view, "relu", at)
    edges = {str(edge) for edge in graph(view).edges}
    assert {"linear_1.output -> relu_1.input", "relu_1.output -> cross_entropy_1.input"} <= edges
    assert "linear_1.output -> cross_entropy_1.input" not in edges
    assert graph(view).nodes["cross_entropy_1"].x > before
    boxes = [(n.x, n.x + view.network.nodes[n.id].width) for n in graph(view).nodes.values() if n.y == 0]
    assert all(a[1] < b[0] for a, b in zip(sorted(boxes), sorted(boxes)[1:], strict=False))
    assert view.session.history.depth == 1
    view.session.undo()
    view.network.motion.finish()
    assert view.network.nodes["cross_entropy_1"].x() == before


def test_a_block_on_a_wire_takes_the_channels_that_arrive_in_the_same_step(qtbot: QtBot) -> None:
    project = small_project()
    RemoveEdge(Edge.parse("input_1.output -> flatten_1.input")).apply(project)
    AddNode(Node("conv2d_1", "conv2d", {"out_channels": 6}, 130, 200)).apply(project)
    for text in ("input_1.output -> conv2d_1.input", "conv2d_1.output -> flatten_1.input"):
        AddEdge(Edge.parse(text)).apply(project)
    view = shown(qtbot, project)
    qtbot.waitUntil(lambda: bool(view.session.fields))
    view.session.infer()
    before = {fault.message for fault in view.session.inference.faults}
    wire = Edge.parse("conv2d_1.output -> flatten_1.input")
    name = insert(view.network, "library:residual", QPointF(260, 200), wire)
    view.session.infer()
    assert graph(view).nodes[name].params == {"block": "residual", "channels": 6}
    assert {fault.message for fault in view.session.inference.faults} <= before
    assert view.session.history.depth == 1
    view.session.undo()
    assert wire in graph(view).edges
    assert not view.session.front.project.blocks
    end = insert(view.network, "library:residual", QPointF(260, 400), end=LooseEnd("conv2d_1", "output", False))
    assert graph(view).nodes[end].params["channels"] == 6
    view.session.close()


def test_a_wire_dropped_on_empty_ground_asks_what_to_put_there(view: CanvasView) -> None:
    drag(view, spot(view, "linear_1", "output", False), QPoint(800, 600))
    box = view.search_box
    assert box is not None
    assert box.isVisible()
    assert "input" not in box.kinds()
    QTest.keyClicks(box.field, "softmax")
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    assert Edge("linear_1", "output", "softmax_1", "input") in set(graph(view).edges)
    assert view.session.history.depth == 1


def test_double_click_searches_and_inserts(view: CanvasView) -> None:
    place = QPoint(800, 600)
    QTest.mouseDClick(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)
    box = view.search_box
    assert box is not None
    QTest.keyClicks(box.field, "conv")
    assert box.kinds()[0].startswith("conv")
    QTest.keyClick(box.field, Qt.Key.Key_Down)
    QTest.keyClick(box.field, Qt.Key.Key_Up)
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    assert view.session.selection[0].startswith("conv")
    assert view.search_box is None


def test_search_says_when_nothing_fits_and_escape_closes_it(view: CanvasView) -> None:
    view.open_search(QPointF(0, 0))
    box = view.search_box
    assert box is not None
    QTest.keyClicks(box.field, "zzzz")
    assert box.kinds() == []
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    QTest.keyClick(box.field, Qt.Key.Key_Escape)
    assert view.search_box is None


def test_a_lonely_node_dragged_onto_a_wire_is_inserted(view: CanvasView) -> None:
    end = (spot(view, "linear_1", "output", False) + spot(view, "cross_entropy_1", "input", True)) / 2
    drag(view, body(view, "dropout_1"), end)
    edges = {str(edge) for edge in graph(view).edges}
    assert {"linear_1.output -> dropout_1.input", "dropout_1.output -> cross_entropy_1.input"} <= edges
    assert view.session.history.depth == 1
