"""Instances opened in place: the frame, what can be done in it, and how the others move aside and back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import presets
from core.model.ops import SetParams
from core.training.records import Snapshot
from gui.canvas.node_item import NodeItem
from gui.canvas.view import CanvasView
from gui.documents import LiveRun
from gui.session import Session

LEFT = Qt.MouseButton.LeftButton
NO = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def view(ready: Session, qtbot: QtBot) -> CanvasView:
    """A canvas with ResNet-18, zoomed so that headers can be hit."""
    ready.open_project(presets.load("resnet-18"))
    ready.infer()
    made = CanvasView(ready)
    qtbot.addWidget(made)
    made.resize(1400, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.show_node("layer1")
    return made


def settle(view: CanvasView) -> dict[str, NodeItem]:
    view.network.motion.finish()
    return view.network.items_by_name()


def press(view: CanvasView, scene: QPointF) -> None:
    view.centerOn(scene)
    QTest.mouseClick(view.viewport(), LEFT, NO, view.mapFromScene(scene))


def chevron(view: CanvasView, name: str) -> QPointF:
    return settle(view)[name].scene_box.topLeft() + QPointF(14, 15)


def overlaps(view: CanvasView) -> list[tuple[str, str]]:
    boxes: list[tuple[str, QRectF]] = [(name, item.scene_box) for name, item in view.network.nodes.items()]
    return [(a, b) for i, (a, one) in enumerate(boxes) for b, other in boxes[i + 1 :] if one.intersects(other)]


def test_the_chevron_opens_and_folds_and_everything_is_where_it_was(view: CanvasView) -> None:
    session = view.session
    before = {id: (node.x, node.y) for id, node in session.graph.nodes.items()}
    press(view, chevron(view, "layer1"))
    items = settle(view)
    assert session.graph.nodes["layer1"].open
    assert {"layer1/0/conv1", "layer1/0/add"} <= set(items)
    assert not overlaps(view)
    frame = items["layer1"].scene_box
    inner = [item for name, item in items.items() if name.startswith("layer1/")]
    assert all(frame.contains(item.scene_box) for item in inner)
    assert items["layer1"].outputs[0].at.y() == pytest.approx(68)
    press(view, chevron(view, "layer1"))
    settle(view)
    assert not session.graph.nodes["layer1"].open
    assert {id: (node.x, node.y) for id, node in session.graph.nodes.items()} == before
    session.undo()
    session.undo()
    assert session.history.depth == 0
    assert {id: (node.x, node.y) for id, node in session.graph.nodes.items()} == before


def test_opening_in_place_leaves_a_run_fresh(view: CanvasView) -> None:
    session = view.session
    session.front.runs.append(LiveRun("a run", session.front.project))
    session.blocks.toggle("layer1")
    assert session.run is not None
    assert not session.run.stale


def test_a_node_in_the_frame_is_selected_edited_everywhere_and_entered(view: CanvasView) -> None:
    session = view.session
    session.blocks.toggle("layer1")
    items = settle(view)
    press(view, items["layer1/0/conv1"].scene_box.center())
    assert session.inner == "layer1/0/conv1"
    assert session.selection == ()
    assert session.selected_paths == ("layer1/0/conv1",)
    assert items["layer1/0/conv1"].selected
    assert session.graph.nodes["layer1"].x == view.network.nodes["layer1"].x()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert "conv1" not in session.front.project.blocks["residual"].graph.nodes
    assert "layer1/0/conv1" not in settle(view)
    session.undo()
    at = settle(view)["layer1/0/bn1"].scene_box.center()
    QTest.mouseDClick(view.viewport(), LEFT, NO, view.mapFromScene(at))
    assert session.place.prefix == "layer1/0/"
    assert session.selection == ("bn1",)


def test_the_frame_shows_one_repetition_after_another_with_its_values(view: CanvasView) -> None:
    session = view.session
    session.blocks.toggle("layer1")
    item = settle(view)["layer1"]
    frame = item.frame
    assert frame is not None
    assert (frame.repetition, frame.repeat) == (0, 2)
    view.network.turn(item, 1)
    items = settle(view)
    assert "layer1/1/conv1" in items
    assert "layer1/0/conv1" not in items
    run = LiveRun("a run", session.front.project, state="running")
    values = np.ones((64, 8, 8), np.float32)
    run.snapshot = Snapshot(1, 1, activations={"layer1/1/conv1": {"output": values}})
    session.front.runs.append(run)
    view.centerOn(items["layer1/1/conv1"].scene_box.center())
    view._watching.update()
    assert items["layer1/1/conv1"].picture.filled
    view.network.turn(item, 1)
    assert frame.repetition == 1


def test_frames_stand_in_frames_and_those_around_grow(view: CanvasView) -> None:
    session = view.session
    session.select(["layer1", "layer2_0"])
    session.blocks.make()
    outer = session.selection[0]
    session.blocks.toggle(outer)
    small = settle(view)[outer].scene_box
    session.blocks.toggle(f"{outer}/layer1")
    items = settle(view)
    assert f"{outer}/layer1/0/conv2" in items
    assert items[outer].scene_box.width() > small.width()
    assert items[outer].scene_box.contains(items[f"{outer}/layer1"].scene_box)
    assert not overlaps(view)
    session.blocks.toggle(f"{outer}/layer1")
    assert settle(view)[outer].scene_box == small


def test_an_edit_of_the_block_shows_in_the_frame(view: CanvasView) -> None:
    session = view.session
    session.blocks.toggle("layer1")
    session.edit("Set", [SetParams("conv2", {"out_channels": 7}, "residual")])
    session.infer()
    items = settle(view)
    assert items["layer1/0/conv2"].face.telling.startswith("7")
    assert items["layer1/0/add"].faults


def test_dragging_a_frame_takes_along_what_is_inside(view: CanvasView) -> None:
    session = view.session
    session.blocks.toggle("layer1")
    items = settle(view)
    inner = items["layer1/0/conv1"].scene_box.topLeft()
    x = session.graph.nodes["layer1"].x
    start = view.mapFromScene(chevron(view, "layer1") + QPointF(160, 0))
    QTest.mousePress(view.viewport(), LEFT, NO, start)
    QTest.mouseMove(view.viewport(), start + QPoint(40, 40))
    QTest.mouseMove(view.viewport(), start + QPoint(80, 80))
    QTest.mouseRelease(view.viewport(), LEFT, NO, start + QPoint(80, 80))
    by = session.graph.nodes["layer1"].x - x
    assert by > 0
    assert items["layer1/0/conv1"].scene_box.left() == pytest.approx(inner.x() + by)
