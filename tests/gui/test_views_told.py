"""What live views say: the right numbers, names as on the canvas, and nothing that is not so (any more)."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import presets
from core.training.records import Boundary, Step, Surface
from gui.canvas.face import face_of
from gui.progress import progress_of
from gui.session import Session
from gui.theme import CURVES
from gui.views.activations import ActivationsView
from gui.views.answer import BAR_LEFT, BAR_ROOM, bar_of
from gui.views.boundary import BoundaryView
from gui.views.confusion import ConfusionView
from gui.views.learning import LearningView
from gui.views.pane import ArrayPane, rounded
from gui.views.plotting import Curve, Plot
from gui.views.room import BOTTOM_RIGHT, TOP_RIGHT, best_spot
from gui.views.surface import SurfaceView, read_off
from gui.window import Window
from tests.gui.live_views import add_run, give, opened

# The offscreen platform has no window manager that size hints could be told to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def session(ready: Session) -> Session:
    return ready


def test_nobody_is_told_to_press_train_while_a_run_prepares(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    assert view._hint.text().startswith("Press Train: the loss")
    add_run(session, []).state = "starting"
    session.run_changed.emit()
    assert view._hint.text().startswith("Training has begun: the loss")
    session.front.runs[-1].state = "stopped"
    session.run_changed.emit()
    assert view._hint.text().startswith("Press Train: the loss")


def test_cards_of_inputs_are_called_as_on_the_canvas(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, ActivationsView, "mlp-playground")
    assert isinstance(view, ActivationsView)
    give(session, activations={name: {"output": np.ones(2, np.float32)} for name in session.graph.order()})
    project = session.front.project
    inputs = [card for card in view.cards.cards if project.graph.nodes[card.node].kind == "input"]
    assert [card.title for card in inputs] == ["Circles", "Class labels"]
    for card in inputs:
        assert card.title == face_of(session, project, project.graph.nodes[card.node]).title


def test_bars_of_negative_scores_go_to_the_left_of_zero() -> None:
    low, zero, high = (bar_of(value, (-2.0, 6.0)) for value in (-2.0, 0.0, 6.0))
    assert (low.left(), low.right() + 1) == (BAR_LEFT, BAR_LEFT + BAR_ROOM // 4)
    assert (high.left(), high.right() + 1) == (BAR_LEFT + BAR_ROOM // 4, BAR_LEFT + BAR_ROOM)
    assert (zero.left(), zero.width()) == (high.left(), 1)
    assert bar_of(0.25, (0.0, 1.0)).width() == BAR_ROOM // 4
    assert bar_of(0.0, (0.0, 0.0)).width() == 1


def test_the_loss_of_a_bowl_is_read_off_exactly_between_the_lines_of_the_grid() -> None:
    x, y = np.linspace(-1, 3, 41), np.linspace(-2, 2, 41)
    path = np.array([[0.013, 0.057], [2.99, -1.97], [0.9996, 0.0]])
    one = 7 / 3 * (x - 1) ** 2
    np.testing.assert_allclose(read_off((x,), one, path[:, :1]), 7 / 3 * (path[:, 0] - 1) ** 2, atol=1e-12)
    two = 2 * (x[:, None] - 1) ** 2 + x[:, None] * y + y**2
    wanted = 2 * (path[:, 0] - 1) ** 2 + path[:, 0] * path[:, 1] + path[:, 1] ** 2
    np.testing.assert_allclose(read_off((x, y), two, path), wanted, atol=1e-12)
    # Beside a corner the parabola would dip below everything; a loss that never does is not said to.
    assert read_off((x,), np.abs(x - 0.95), np.array([[0.94], [0.96]])).min() >= 0


def test_at_the_best_weight_the_surface_tells_no_loss(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, SurfaceView, "linreg-1d")
    axis = np.linspace(-1, 2.5, 41, dtype=np.float32)
    path = np.array([[-0.5], [0.9996]], np.float32)
    give(session, surface=Surface(("w",), (axis,), (7 / 3 * (axis - 1) ** 2).astype(np.float32), path))
    assert view.status.text() == "loss 0 · 1 step · w 0.9996"
    assert view.plot.caption.text() == ""


def test_the_map_of_two_weights_says_what_its_colors_mean(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, SurfaceView, "hebb")
    axis = np.linspace(-1, 1, 41, dtype=np.float32)
    losses = (0.25 + axis[:, None] ** 2 + 2 * axis**2).astype(np.float32)
    path = np.array([[-0.5, 0.5], [0.1, 0.2]], np.float32)
    give(session, surface=Surface(("w[0, 0]", "w[1, 0]"), (axis, axis), losses, path))
    assert "loss from 0.25 (dark) to 3.25 (light)" in view.plot.caption.text()
    # White with a dark rim: what is seen on every colour of the map.
    assert view.path.opts["pen"].color().name() == "#ffffff"
    assert view.status.text() == "loss 0.34 · 1 step · w[0, 0] 0.1, w[1, 0] 0.2"


def test_a_run_that_is_over_tells_the_loss_of_its_last_epoch(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    run = add_run(session, [8.0, 6.0, 4.0, 2.0, 1.0])
    session.frame.emit()
    assert "train 1.000" not in view.loss_plot.readout.text()  # the average lags behind
    run.state = "done"
    session.run_changed.emit()
    assert "train 1.000" in view.loss_plot.readout.text()


def test_a_single_epoch_is_a_dot(qtbot: QtBot) -> None:
    plot, curve = Plot(), Curve("#FF0000")
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.addItem(curve)
    plot.span(0, 2, 0, 2)
    plot.show()

    def red() -> int:
        image = plot.grab().toImage()
        pixels = [QColor(image.pixel(x, y)) for x in range(image.width()) for y in range(image.height())]
        return sum(color.red() > 200 and color.green() < 60 for color in pixels)

    assert not red()
    curve.show_points(np.array([1.0]), np.array([1.0]))
    assert red() > 10


def test_the_read_out_gives_way_to_what_is_drawn(qtbot: QtBot) -> None:
    plot = Plot()
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.span(0, 10, 0, 1)
    plot.show()
    plot.show_readout([("", "train 1.000"), ("", "validation 1.000")])
    x = np.arange(11.0)
    usual = TOP_RIGHT
    plot.find_room([(x, 0.5 - 0.04 * x)], usual)
    assert plot.spot == usual
    before = plot.readout.y()
    plot.find_room([(x, np.full(11, 0.97))], usual)
    assert plot.spot == BOTTOM_RIGHT
    assert plot.readout.y() > before
    plot.find_room([(x, np.full(11, np.nan))], usual)
    assert plot.spot == usual


def test_words_lie_between_curves_where_no_corner_is_free() -> None:
    x = np.arange(11.0)
    curves = [(x, np.full(11, height)) for height in (0.02, 0.98)]
    found = best_spot(curves, (0, 10, 0, 1), (0.4, 0.2), TOP_RIGHT, TOP_RIGHT)
    assert found.right
    assert 0.2 < found.up < 0.8
    # Where another place is hardly better, words stay where they are.
    fuller = [*curves, *((x, np.full(11, height)) for height in (0.3, 0.5, 0.7))]
    assert best_spot(fuller, (0, 10, 0, 1), (0.4, 0.2), TOP_RIGHT, found) == found
    # What the plot does not show is not in the way.
    assert best_spot([(x, np.full(11, 1.5))], (0, 10, 0, 1), (0.4, 0.2), TOP_RIGHT, found) == TOP_RIGHT


def test_where_the_run_is_is_said_shorter_rather_than_cut(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    run = add_run(session, [1.0] * 10)
    run.steps.append(Step(11, 3, 1.0, 8))
    said = {}
    for width in (900, 420, 240):
        view.resize(width, 200)
        session.frame.emit()
        assert view.status.fits(view.status.text())
        said[width] = view.status.text()
    assert said[900].startswith("epoch 3 of 10 · step 11")
    assert said[420] == "epoch 3 of 10"
    assert said[240] in ("epoch 3", "")


def test_what_a_plot_shows_is_said_shorter_rather_than_cut(qtbot: QtBot) -> None:
    plot = Plot()
    qtbot.addWidget(plot)
    plot.resize(600, 200)
    plot.show_caption("Mean absolute error over epoch", "Mean absolute error")
    assert plot.caption.text() == "Mean absolute error over epoch"
    plot.resize(240, 200)
    plot.show_caption("Mean absolute error over epoch", "Mean absolute error")
    assert plot.caption.text() == "Mean absolute error"
    plot.resize(140, 200)
    plot.show_caption("Mean absolute error over epoch", "Mean absolute error")
    assert plot.caption.text().endswith("…")
    assert plot.caption.geometry().right() <= plot.width()


def test_a_narrow_window_still_tells_how_a_run_ended(window: Window, qtbot: QtBot) -> None:
    window.session.open_project(presets.load("hinge-svm"))
    run = add_run(window.session, [1.0] * 5)
    run.state, run.seconds, run.test = "done", 1.0, {"accuracy": 0.75}
    window.resize(1024, 700)
    window.show()
    window.session.run_changed.emit()
    QApplication.processEvents()
    top = window.top
    told = top.told.shown()
    assert told.startswith("done · 1 epoch")
    # The title of the project is cut in words, not by the edge.
    shown = top.crumbs.title.text()
    assert shown.endswith("…") or shown == "A linear support vector machine"
    assert top.crumbs.title.sizeHint().width() <= top.crumbs.title.width()


def test_classes_that_are_read_as_signs_are_called_so(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, BoundaryView, "perceptron")
    points, targets = np.array([[0.0, 0.5], [1.0, -0.5]], np.float32), np.array([-1.0, 1.0], np.float32)
    give(session, boundary=Boundary(np.ones((4, 4, 1), np.float32), (-1.0, -2.0, 3.0, 2.0), points, targets))
    assert "−1" in view.legend.text()
    assert "+1" in view.legend.text()


def test_samples_without_a_target_are_on_no_side(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, BoundaryView, "hebb")
    points = np.array([[0.0, 0.5], [1.0, -0.5]], np.float32)
    values = np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4, 1)
    give(session, boundary=Boundary(values, (-1.0, -2.0, 3.0, 2.0), points, np.zeros(2, np.float32)))
    assert [brush.color().name().upper() for brush in view.points.data["brush"]] == [session.theme.text.upper()] * 2
    for word in ("low output", "high output", "samples"):
        assert word in view.legend.text()


def test_curves_have_the_colors_of_their_losses_and_lie_below_the_samples(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, BoundaryView, "polynomial-overfit")
    values = np.zeros((1, 5, 3), np.float32)
    samples, heights = np.array([[0.0], [2.0]], np.float32), np.array([0.0, 1.0], np.float32)
    give(session, boundary=Boundary(values, (0.0, 0.0, 2.0, 1.0), samples, heights, ("a", "b", "c")))
    assert [curve.opts["pen"].color().name().upper() for curve in view.curves[:3]] == [c.upper() for c in CURVES[:3]]
    assert all(view.points.zValue() > curve.zValue() for curve in view.curves)


def test_a_network_that_is_not_asked_for_classes_says_so(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, ConfusionView, "som")
    assert "no loss of this network compares" in view.hint()
    assert "Press Train" in opened(qtbot, session, ConfusionView, "mlp-xor").hint()


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ({"loss": 2.0, "r2": -0.727}, "test R² -0.727"),
        ({"loss": 2.0, "accuracy": 0.75}, "test accuracy 75.0 %"),
        ({"loss": 2.0}, "test loss 2"),
    ],
)
def test_the_result_of_a_run_has_the_name_of_its_metric(session: Session, test: dict[str, float], told: str) -> None:
    session.open_project(presets.load("linreg-1d"))
    run = add_run(session, [1.0] * 5)
    run.state, run.test = "done", test
    assert told in progress_of(session)[1]


def test_a_small_matrix_bears_its_figures(qtbot: QtBot, session: Session) -> None:
    pane = ArrayPane(session)
    qtbot.addWidget(pane)
    pane.resize(400, 200)
    flat, empty = np.full((2, 2), 0.5, np.float32), np.full((2, 80), 0.5, np.float32)

    def shades(array: np.ndarray) -> int:
        """How many colours stand in the picture itself; one, but for figures."""
        pane.show_array(array, "signed")
        image = pane.grab().toImage()
        inside = pane._frame().adjusted(2, 2, -2, -2)
        across, down = range(inside.left(), inside.right()), range(inside.top(), inside.bottom())
        return len({image.pixel(x, y) for x in across for y in down})

    assert shades(flat) > 2
    assert shades(empty) == 1  # no room for figures


def test_counts_have_whole_figures(qtbot: QtBot) -> None:
    axis = Plot().getAxis("left")
    assert any(mark % 1 for _, marks in axis.tickValues(0, 1.1, 200) for mark in marks)
    axis.counts = True
    assert {mark for _, marks in axis.tickValues(0, 1.1, 200) for mark in marks} == {0.0, 1.0}
    assert all(mark % 1 == 0 for _, marks in axis.tickValues(0, 3.2, 200) for mark in marks)


@pytest.mark.parametrize(
    ("value", "told"), [(213.4, "213"), (-213.4, "-213"), (0.0, "0"), (0.126, "0.13"), (3e7, "3e+07"), (12.3, "12")]
)
def test_figures_of_a_scale(value: float, told: str) -> None:
    assert rounded(value) == told


def test_a_hair_beside_zero_is_zero_on_a_scale(qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[float] = []
    monkeypatch.setattr("gui.views.pane.rounded", lambda value: str(written.append(value)))
    pane = ArrayPane(session)
    qtbot.addWidget(pane)
    pane.resize(400, 200)
    pane.show_array(np.linspace(4.1e-10, 1, 400, dtype=np.float32).reshape(20, 20), "magnitude")
    pane.grab()
    assert sorted(written) == [0.0, 1.0]
