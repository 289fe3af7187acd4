"""The canvas by real events: select, move, wire, insert, search, delete, and what it paints."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.compiler import shapes
from core.model.graph import Edge, Node
from core.model.layout import tidy
from core.model.ops import AddEdge, AddNode, MoveNodes
from core.model.project import Project
from core.training.records import Snapshot, Step, Watch
from gui.canvas.gestures.menu import menu_for
from gui.canvas.view import CanvasView
from gui.session import LiveRun, Session

LEFT = Qt.MouseButton.LeftButton


def small_project() -> Project:
    """input → linear → relu, a loss with its target, and a lonely dropout below."""
    project = Project("Small")
    nodes = [
        Node("input_1", "input", {}, 0, 0),
        Node("flatten_1", "flatten", {}, 260, 0),
        Node("linear_1", "linear", {"out_features": 10}, 440, 0),
        Node("input_2", "input", {"field": "y"}, 440, 200),
        Node("cross_entropy_1", "cross_entropy", {}, 640, 0),
        Node("dropout_1", "dropout", {}, 0, 300),
    ]
    edges = ["input_1.output -> flatten_1.input", "flatten_1.output -> linear_1.input"]
    edges += ["linear_1.output -> cross_entropy_1.input", "input_2.output -> cross_entropy_1.target"]
    for node in nodes:
        AddNode(node).apply(project)
    for text in edges:
        AddEdge(Edge.parse(text)).apply(project)
    return project


def opened(project: Project) -> Session:
    session = Session()
    session.engine.shapes = shapes
    session.engine.is_ready = True
    session.open_project(project)
    session.infer()
    return session


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CanvasView]:
    view = shown(qtbot, small_project())
    yield view
    view.session.close()


def shown(qtbot: QtBot, project: Project) -> CanvasView:
    session = opened(project)
    view = CanvasView(session)
    session.setParent(view)
    qtbot.addWidget(view)
    view.resize(1100, 700)
    with qtbot.waitExposed(view):
        view.show()
    view.zoom = 1.0
    view.centerOn(400, 150)
    return view


def spot(view: CanvasView, node: str, port: str, is_input: bool) -> QPoint:
    item = view.network.nodes[node]
    found = item.spot(port, is_input)
    assert found is not None
    return view.mapFromScene(item.pos() + found.at)


def body(view: CanvasView, node: str) -> QPoint:
    return view.mapFromScene(view.network.nodes[node].scene_box.center() + QPointF(0, 20))


def hover(view: CanvasView, at: QPointF, held: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
    port, none = view.viewport(), Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, port.mapToGlobal(at), held, held, none)
    QApplication.sendEvent(port, event)


def drag(view: CanvasView, start: QPoint, end: QPoint, *, release: bool = True) -> None:
    port = view.viewport()
    QTest.mousePress(port, LEFT, Qt.KeyboardModifier.NoModifier, start)
    for share in (0.3, 0.7, 1.0):
        at = start + (end - start) * share
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at),
            port.mapToGlobal(QPointF(at)),
            LEFT,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(port, event)
    if release:
        QTest.mouseRelease(port, LEFT, Qt.KeyboardModifier.NoModifier, end)


def drop(view: CanvasView, kind: str, at: QPoint, *, release: bool = True) -> bool:
    data = QMimeData()
    data.setData("application/x-layerloom-kind", kind.encode())
    args = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(at, *args)
    QApplication.sendEvent(view.viewport(), enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(view.viewport(), QDragMoveEvent(at, *args))
    if release:
        QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(at), *args))
    return True


def graph(view: CanvasView):  # type: ignore[no-untyped-def]
    return view.session.graph


def test_every_node_and_wire_has_an_item(view: CanvasView) -> None:
    assert set(view.network.nodes) == set(graph(view).nodes)
    assert set(view.network.wires) == set(graph(view).wires)


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


def view_removal(view: CanvasView, node: str, port: str):  # type: ignore[no-untyped-def]
    from core.model.ops import RemoveEdge

    return [RemoveEdge(edge) for edge in graph(view).into(node, port)]


def test_the_end_of_a_wire_is_put_on_another_input(view: CanvasView) -> None:
    drag(view, spot(view, "linear_1", "input", True), spot(view, "dropout_1", "input", True))
    assert Edge("flatten_1", "output", "dropout_1", "input") in set(graph(view).edges)
    assert not graph(view).into("linear_1")
    assert view.session.history.depth == 1


def test_the_end_of_a_wire_dropped_on_empty_ground_deletes_it(view: CanvasView) -> None:
    start = spot(view, "linear_1", "input", True)
    drag(view, start, start + QPoint(0, 300))
    assert not graph(view).into("linear_1")


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


def test_a_lonely_node_dragged_onto_a_wire_is_inserted(view: CanvasView) -> None:
    end = (spot(view, "linear_1", "output", False) + spot(view, "cross_entropy_1", "input", True)) / 2
    drag(view, body(view, "dropout_1"), end)
    edges = {str(edge) for edge in graph(view).edges}
    assert {"linear_1.output -> dropout_1.input", "dropout_1.output -> cross_entropy_1.input"} <= edges
    assert view.session.history.depth == 1


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


def test_a_wire_is_selected_and_deleted(view: CanvasView) -> None:
    middle = (spot(view, "linear_1", "output", False) + spot(view, "cross_entropy_1", "input", True)) / 2
    QTest.mouseClick(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, middle)
    assert view.network.selected_wires == {("cross_entropy_1", "input", 0)}
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert not graph(view).into("cross_entropy_1", "input")


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


def wheel(view: CanvasView, delta: int, at: QPoint) -> None:
    event = QWheelEvent(
        QPointF(at), view.viewport().mapToGlobal(QPointF(at)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)


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


def test_a_fault_stands_on_its_node_and_is_mended_in_place(view: CanvasView) -> None:
    view.session.select(["flatten_1"])
    QTest.keyClick(view, Qt.Key.Key_Delete)
    view.session.edit("Wire", [AddEdge(Edge("input_1", "output", "linear_1", "input"))])
    view.session.infer()
    item = view.network.nodes["linear_1"]
    assert item.faults
    card = view.network.cards.by_node["linear_1"]
    assert card.isVisible()
    assert not any(card.scene_box.intersects(other.scene_box) for other in view.network.nodes.values())
    fault = next(fault for fault in item.faults if fault.mendable)
    at = view.mapFromScene(card.fix_center(item.faults.index(fault)))
    QTest.mouseClick(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)
    view.session.infer()
    assert any(node.kind == fault.insert for node in graph(view).nodes.values())
    assert not view.network.nodes["linear_1"].faults
    assert "linear_1" not in view.network.cards.by_node


def test_shapes_stand_in_the_corner_and_on_wires_with_room(view: CanvasView) -> None:
    face = view.network.nodes["linear_1"].face
    assert face.shape == "10 logits"
    assert view.network.nodes["input_2"].face.title == "Class labels"
    wire = view.network.wires[("linear_1", "input", 0)]
    assert wire.text.startswith("N×")
    view.network.place("linear_1", QPointF(900, 0))
    assert wire.words_shown
    view.network.place("linear_1", QPointF(410, 0))
    assert not wire.words_shown


@pytest.mark.parametrize("zoom", [0.1, 0.25, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_level_of_detail_paints(view: CanvasView, zoom: float, theme: str) -> None:
    view.session.set_theme(theme)
    view.session.select(["linear_1"])
    view.zoom = zoom
    view.centerOn(400, 100)
    image = view.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colors) > 5


def test_tidy_is_one_step_without_overlaps(view: CanvasView) -> None:
    view.session.edit("Move", [MoveNodes(dict.fromkeys(graph(view).nodes, (5.0, 5.0)))])
    view.tidy()
    view.network.motion.finish()
    boxes = [item.scene_box for item in view.network.nodes.values()]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    assert view.session.history.undo_text == "Tidy"
    assert all(item.pos() == QPointF(graph(view).nodes[name].x, graph(view).nodes[name].y)
               for name, item in view.network.nodes.items())  # fmt: skip


def test_the_canvas_watches_only_what_its_zoom_shows(view: CanvasView, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Watch | None] = []
    monkeypatch.setattr(view.session, "set_watch", lambda owner, watch: told.append(watch))
    view.zoom = 0.2
    view._watching.update()
    assert told[-1] is None
    view.zoom = 1.0
    view.centerOn(400, 150)
    view._watching.update()
    assert told[-1] is not None
    assert "linear_1" in told[-1].activations
    view.hide()
    assert told[-1] is None


def test_a_snapshot_fills_the_bodies_and_the_loss_draws_its_curve(view: CanvasView) -> None:
    front = view.session.front
    run = LiveRun("run 1", front.project)
    run.steps = [Step(i, 1, 2.0 / (i + 1), 32) for i in range(50)]
    activations = {"linear_1": {"output": np.linspace(-1, 1, 10, dtype=np.float32)}}
    run.snapshot = Snapshot(50, 1, activations=activations)
    front.runs.append(run)
    view.session.run_changed.emit()
    view.session.frame.emit()
    assert view.network.nodes["linear_1"].picture.filled
    curve = view.network.nodes["cross_entropy_1"].curve
    assert curve is not None
    assert curve.last is not None
    assert not view.grab().isNull()


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


def test_a_port_tells_its_name_and_type(view: CanvasView) -> None:
    item = view.network.nodes["linear_1"]
    words = view.hands.words(view.stage.hit(item.pos() + item.inputs[0].at))
    assert "input" in words
    assert "N×" in words
    assert view.hands.words(view.stage.hit(item.scene_box.center() + QPointF(0, 20))).startswith("linear_1")


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


def test_an_empty_canvas_says_what_to_do(qtbot: QtBot) -> None:
    view = shown(qtbot, Project())
    assert view.network.nodes == {}
    assert not view.minimap.isVisible()
    assert not view.grab().isNull()
    view.fit()
    view.tidy()
    QTest.keyClick(view, Qt.Key.Key_Tab)
    QTest.keyClick(view, Qt.Key.Key_Delete)


def test_documents_keep_their_places(view: CanvasView) -> None:
    view.zoom = 0.6
    wheel(view, 120, QPoint(200, 200))
    zoom = view.zoom
    view.session.history.do("Nudge", [MoveNodes({"dropout_1": (8.0, 300.0)})])
    view.session.open_project(Project("Other"))
    assert view.network.nodes == {}
    view.session.activate(0)
    assert "linear_1" in view.network.nodes
    assert view.zoom == pytest.approx(zoom)


def test_a_thousand_nodes_paint(qtbot: QtBot) -> None:
    project = Project("Long")
    for index in range(1000):
        AddNode(Node(f"relu_{index + 1}", "relu")).apply(project)
        if index:
            AddEdge(Edge(f"relu_{index}", "output", f"relu_{index + 1}", "input")).apply(project)
    MoveNodes(tidy(project.graph)).apply(project)
    view = shown(qtbot, project)
    for zoom in (0.05, 0.2, 1.0):
        view.zoom = zoom
        assert not view.grab().isNull()
    QApplication.sendEvent(view, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier))
    assert len(view.session.selection) == 1000
