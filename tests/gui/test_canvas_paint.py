"""What the canvas repaints while something trains, and that what it keeps looks like what it paints."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import presets
from core.compiler import shapes
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from core.training.records import Snapshot, Step
from gui.canvas.body import BodyPicture
from gui.canvas.curve import LossCurve
from gui.canvas.plates import Plates
from gui.canvas.style import FULL
from gui.canvas.view import CanvasView
from gui.session import LiveRun, Session
from tests.gui.painting import Regions


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CanvasView]:
    """input → flatten → linear with a loss, faulty dropout below, and a run that has begun."""
    project = Project("Small")
    for node in (
        Node("input_1", "input", {}, 0, 0),
        Node("flatten_1", "flatten", {}, 300, 0),
        Node("linear_1", "linear", {"out_features": 10}, 500, 0),
        Node("input_2", "input", {"field": "y"}, 500, 200),
        Node("cross_entropy_1", "cross_entropy", {}, 700, 0),
        Node("dropout_1", "dropout", {}, 0, 300),
    ):
        AddNode(node).apply(project)
    for text in (
        "input_1.output -> flatten_1.input",
        "flatten_1.output -> linear_1.input",
        "linear_1.output -> cross_entropy_1.input",
        "input_2.output -> cross_entropy_1.target",
    ):
        AddEdge(Edge.parse(text)).apply(project)
    session = Session()
    session.engine.shapes = shapes
    session.engine.is_ready = True
    session.open_project(project)
    session.infer()
    view = CanvasView(session)
    session.setParent(view)
    qtbot.addWidget(view)
    view.resize(1100, 700)
    with qtbot.waitExposed(view):
        view.show()
    view.zoom = 0.9
    view.centerOn(420, 170)
    session.front.runs.append(LiveRun("run 1", session.front.project))
    session.run_changed.emit()
    yield view
    session.close()


def give(view: CanvasView, value: float) -> np.ndarray:
    """A new snapshot and a frame; returns what flows out of `linear_1`."""
    run = view.session.run
    assert run is not None
    array = np.full(10, value, np.float32)
    step = len(run.steps)
    run.steps.append(Step(step, 1, 1.0 / (step + 1), 32))
    run.snapshot = Snapshot(step, 1, activations={"linear_1": {"output": array}})
    view.session.frame.emit()
    return array


def shown(view: CanvasView) -> np.ndarray | None:
    return view.network.nodes["linear_1"].picture._array


def test_the_last_values_are_shown_though_frames_come_faster(view: CanvasView, qtbot: QtBot) -> None:
    first = give(view, 1.0)
    for value in (2.0, 3.0):
        last = give(view, value)
    assert shown(view) is first
    qtbot.waitUntil(lambda: shown(view) is last)


def test_a_run_that_pauses_or_ends_shows_its_last_values_at_once(view: CanvasView) -> None:
    give(view, 1.0)
    last = give(view, 2.0)
    view.session.run_changed.emit()
    assert shown(view) is last


def test_a_frame_repaints_the_pictures_and_nothing_else(view: CanvasView, qtbot: QtBot) -> None:
    give(view, 1.0)
    view.session.run_changed.emit()
    QApplication.processEvents()
    regions = Regions()
    view.viewport().installEventFilter(regions)
    last = give(view, 2.0)
    qtbot.waitUntil(lambda: shown(view) is last)
    qtbot.waitUntil(lambda: not regions.painted.isEmpty())

    def place(node: str, room: QRectF) -> QPoint:
        return view.mapFromScene(view.network.nodes[node].mapRectToScene(room).center())

    item = view.network.nodes["linear_1"]
    assert regions.painted.contains(place("linear_1", item.box))
    assert not regions.painted.contains(place("linear_1", QRectF(20, 4, 60, 10)))
    assert not regions.painted.contains(place("flatten_1", view.network.nodes["flatten_1"].box))
    assert not regions.painted.contains(view.mapFromScene(300, 320))


def test_values_that_stayed_are_not_painted_again() -> None:
    picture = BodyPicture()
    assert picture.show(np.arange(4.0))
    assert not picture.show(np.arange(4.0))
    assert not picture.show(None)
    assert picture.show(np.arange(5.0))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("zoom", [0.2, 0.37, 0.63, 1.0, 1.45, 2.0])
def test_kept_pixels_look_like_painted_ones(view: CanvasView, zoom: float, theme: str) -> None:
    view.session.set_theme(theme)
    view.session.select(["linear_1"])
    view.network.hover(view.network.nodes["cross_entropy_1"])
    give(view, 1.0)
    view.session.run_changed.emit()
    view.zoom = zoom
    view.centerOn(420, 170)
    view.network._plates.clear()
    painted, kept, again = (grabbed(view) for _ in range(3))
    assert bool(view.network._plates.pixels) == (zoom >= FULL)
    # Where a smooth edge meets the ground it is blended once more, so the last bits may differ.
    assert np.abs(painted - kept).max() <= 8
    assert (kept == again).all()


def test_a_changed_look_is_painted_anew(view: CanvasView) -> None:
    item = view.network.nodes["flatten_1"]
    before = [grabbed(view) for _ in range(3)][-1]
    view.session.select(["flatten_1"])
    assert (grabbed(view) != before).any()
    view.session.select([])
    assert np.abs(grabbed(view) - before).max() <= 8
    item.states = {("output", False): "dimmed"}
    item.update()
    assert (grabbed(view) != before).any()


def test_kept_pixels_are_bounded(view: CanvasView) -> None:
    plates = Plates(most_pixels=60_000)
    image = QImage(400, 400, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)
    for _ in range(2):
        for name, item in view.network.nodes.items():
            for _ in range(2):
                plates.paint(painter, name, item._look(True), item.boundingRect(), (20, 20), 1.0)
    painter.end()
    assert 0 < plates.pixels <= 60_000


def grabbed(view: CanvasView) -> np.ndarray:
    image = view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_ARGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).astype(np.int16)


def test_the_curve_of_a_loss_keeps_its_course_however_long_the_run() -> None:
    run = LiveRun("run 1", Project("Small"))
    whole, bit_by_bit = LossCurve(), LossCurve()
    losses = [1 / (1 + i / 1000) for i in range(9001)]
    losses[5000] = float("nan")
    for first in range(0, 9001, 700):
        run.steps += [Step(i + 1, 1, losses[i], 32) for i in range(first, min(first + 700, 9001))]
        assert bit_by_bit.follow(run)
    assert not bit_by_bit.follow(run)
    whole.follow(run)
    room = QRectF(0, 0, 144, 50)
    heights = [[point.y() for point in curve.points(room).toList()] for curve in (whole, bit_by_bit)]
    assert len(heights[0]) == LossCurve.POINTS
    assert heights[0] == sorted(heights[0])
    assert heights[0] == pytest.approx(heights[1], abs=0.5)
    assert whole.last == pytest.approx(np.mean(losses[-20:]))
    assert whole.figure == "0.100"


@pytest.mark.parametrize(
    ("loss", "told"),
    [(0.25, "0.250"), (0.000165, "1.6e-4"), (0.0, "0.000"), (12_345.0, "1.23e+04"), (-0.002, "-2.0e-3")],
)
def test_a_small_loss_is_told_with_its_power_of_ten(loss: float, told: str) -> None:
    run = LiveRun("run 1", presets.load("mlp-xor"))
    run.steps = [Step(1, 1, loss, 4)]
    curve = LossCurve()
    curve.follow(run, "mse_1")
    assert curve.figure == told
