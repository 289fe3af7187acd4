"""What the canvas shows: faults, shapes, bodies, tooltips, every level of detail."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import presets
from core.model.graph import Edge, Node
from core.model.layout import tidy
from core.model.ops import AddEdge, AddNode, MoveNodes
from core.model.project import Project
from core.training.records import Snapshot, Step, Watch
from gui.canvas.curve import LossCurve
from gui.canvas.view import CanvasView
from gui.session import LiveRun
from gui.steplog import StepLog
from tests.gui.canvas_by_hand import graph, shown, small_project, wheel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CanvasView]:
    view = shown(qtbot, small_project())
    yield view
    view.session.close()


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


def test_a_loss_with_an_objective_of_its_own_draws_that_one() -> None:
    project = presets.load("l1-l2-outliers")
    run = LiveRun("run 1", project)
    run.steps = [Step(i, 1, 10.0, 20, {"L2": 7.0, "L1": 1.0, "Huber": 1.5, "L_q": 0.5}) for i in range(30)]
    for loss, mean in (("mse_1", 7.0), ("l1_1", 1.0), ("lq_1", 0.5)):
        curve = LossCurve()
        assert curve.follow(run, loss)
        assert curve.last == pytest.approx(mean)
    logged = StepLog(run.steps)
    assert list(logged.numbers(28, "L1")[1]) == [1.0, 1.0]
    turns = StepLog([Step(i, 1, float(i), 20, {("critic", "maker")[i % 2]: float(i)}) for i in range(4)])
    np.testing.assert_equal(turns.numbers(0, "maker")[1], [math.nan, 1.0, math.nan, 3.0])
    assert [step.losses for step in turns][2:] == [{"critic": 2.0}, {"maker": 3.0}]
    # Of a run that was kept only the whole loss is known.
    assert list(StepLog.of_losses([1.0, 2.0], 1, 20).numbers(0, "L1")[1]) == [1.0, 2.0]
    # One objective, or one of several losses: what is told is all there is.
    plain = LiveRun("run 1", presets.load("mlp-xor"))
    plain.steps = [Step(1, 1, 10.0, 4, {"objective": 10.0})]
    curve = LossCurve()
    assert curve.follow(plain, "mse_1")
    assert curve.last == 10


def test_a_port_tells_its_name_and_type(view: CanvasView) -> None:
    item = view.network.nodes["linear_1"]
    words = view.hands.words(view.stage.hit(item.pos() + item.inputs[0].at))
    assert "input" in words
    assert "N×" in words
    assert view.hands.words(view.stage.hit(item.scene_box.center() + QPointF(0, 20))).startswith("linear_1")


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
