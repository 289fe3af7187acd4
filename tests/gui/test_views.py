"""The live views show what the run says, watch only what is seen, and answer to the mouse."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

import presets
from core.model.project import Project
from core.training.records import Boundary, Confusion
from gui.session import Session
from gui.views import VIEWS
from gui.views.activations import ActivationsView
from gui.views.base import View
from gui.views.boundary import BoundaryView, span_of
from gui.views.code import CodeView
from gui.views.confusion import ConfusionView, recalls, tell_cell, worst_pairs
from gui.views.learning import LearningView
from gui.views.weights import WeightsView
from tests.gui.live_views import add_run, give, opened, watched

# The offscreen platform has no window manager that size hints could be told to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def session(ready: Session) -> Session:
    return ready


@pytest.mark.parametrize(("name", "title", "place"), VIEWS)
def test_every_view_opens_empty_says_what_to_do_and_draws_in_both_themes(
    qtbot: QtBot, session: Session, name: str, title: str, place: str
) -> None:
    module, _, class_name = place.partition(":")
    view = getattr(importlib.import_module(module), class_name)(session)
    qtbot.addWidget(view)
    view.resize(500, 200)
    view.show()
    assert view.hint()
    for theme in ("light", "dark"):
        session.set_theme(theme)
        assert not view.grab().isNull()


@pytest.mark.parametrize("view_class", [WeightsView, ActivationsView, ConfusionView])
def test_a_view_watches_only_while_it_is_seen(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch, view_class: type[View]
) -> None:
    asked = watched(session, monkeypatch)
    view = opened(qtbot, session, view_class)
    session.frame.emit()
    assert view in asked
    view.hide()
    assert view not in asked


def test_a_hidden_view_does_not_draw(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    view.hide()
    add_run(session, [1.0] * 5)
    session.frame.emit()
    assert view._traces == []


def test_weights_follow_the_selection_and_tell_the_size_of_a_step(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = watched(session, monkeypatch)
    view = opened(qtbot, session, WeightsView)
    session.select(["conv2d_1"])
    assert asked[view].weights == {"conv2d_1"}
    weights = np.ones((6, 1, 5, 5), np.float32)
    give(session, step=10, weights={"conv2d_1": {"weight": weights, "bias": np.zeros(6, np.float32)}})
    give(session, step=20, weights={"conv2d_1": {"weight": weights * 2, "bias": np.zeros(6, np.float32)}})
    assert "conv2d_1 · 6 filters 5×5" in view.statistics.text()
    assert "|Δw|/|w| 5.0e-2" in view.statistics.text()
    view.parameters.setCurrentText("bias")
    assert "conv2d_1 · 6 " in view.statistics.text()
    assert not view.grab().isNull()


def test_weights_that_are_not_numbers_are_drawn(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, WeightsView)
    give(session, weights={"conv2d_1": {"weight": np.full((6, 1, 5, 5), np.nan, np.float32)}})
    assert not view.grab().isNull()


def test_another_sample_changes_the_watch(qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = watched(session, monkeypatch)
    view = opened(qtbot, session, ActivationsView)
    view.sample.setValue(7)
    assert asked[view].sample == 7
    assert "conv2d_1" in asked[view].activations


def test_activations_show_every_node_in_order_and_a_click_selects(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, ActivationsView)
    graph = session.graph
    scores = np.zeros(10, np.float32)
    scores[4] = 9.0
    shown = {name: {"output": np.ones((2, 4, 4), np.float32)} for name in graph.order() if name.startswith("conv")}
    loss = graph.of_family("loss")[0].id
    prediction, target = graph.into(loss, "input")[0].source, graph.into(loss, "target")[0].source
    shown |= {prediction: {"output": scores}, target: {"output": np.array(9.0, np.float32)}}
    give(session, activations=shown, samples=30)
    nodes = [card.node for card in view.cards.cards]
    assert nodes == [name for name in graph.order() if name in shown]
    assert view.answer_pane.sentence() == "true 9 · predicted 4"
    assert view.sample.maximum() == 29
    place = view.cards.box(nodes.index("conv2d_1")).center()
    qtbot.mouseClick(view.cards.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.selection == ("conv2d_1",)


def test_only_cards_that_can_be_seen_are_painted(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, ActivationsView)
    give(session, activations={name: {"output": np.ones((6, 9, 9), np.float32)} for name in session.graph.order()})
    view.grab()
    assert 0 < sum(card.picture is not None for card in view.cards.cards) < len(view.cards.cards)


CONFUSION = Confusion(np.array([[5, 3, 0], [1, 9, 0], [0, 0, 0]]), ("cat", "dog", "cow"))


def test_a_confusion_is_told_in_words() -> None:
    assert tell_cell(CONFUSION, 0, 1) == "true cat, predicted dog: 3 samples"
    assert tell_cell(CONFUSION, 1, 0) == "true dog, predicted cat: 1 sample"
    assert np.allclose(recalls(CONFUSION)[:2], [5 / 8, 0.9])
    assert np.isnan(recalls(CONFUSION)[2])
    assert worst_pairs(CONFUSION, 5) == [(0, 1), (1, 0)]


def test_the_matrix_finds_the_cell_under_the_mouse(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, ConfusionView)
    give(session, confusion=CONFUSION)
    place = view.matrix.cell_box(0, 1).center().toPoint()
    assert view.matrix.cell_at(place) == (0, 1)
    assert view.matrix.cell_at(QPoint(0, 0)) is None
    assert view.status.text() == "14 of 18 right · accuracy 77.8 %"
    assert not view.grab().isNull()


def test_the_boundary_of_two_inputs_and_its_samples(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = watched(session, monkeypatch)
    view = opened(qtbot, session, BoundaryView, "mlp-playground")
    session.frame.emit()
    assert asked[view].boundary > 1
    points, targets = np.array([[0.0, 0.5], [1.0, -0.5]], np.float32), np.array([0.0, 1.0], np.float32)
    values = np.full((4, 4, 1), np.nan, np.float32)
    values[:2] = 3.0
    give(session, boundary=Boundary(values, (-1.0, -2.0, 3.0, 2.0), points, targets))
    rect = view.image.mapRectToParent(view.image.boundingRect())
    assert (rect.left(), rect.top(), rect.width(), rect.height()) == (-1.0, -2.0, 4.0, 4.0)
    assert len(view.points.data) == 2
    assert not view.grab().isNull()


def test_one_of_several_outputs_is_drawn_and_stays_chosen(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, BoundaryView, "mlp-playground")
    points, targets = np.array([[0.0, 0.5], [1.0, -0.5]], np.float32), np.array([0.0, 1.0], np.float32)
    low, high = np.full((4, 4, 1), -9.0, np.float32), np.full((4, 4, 1), 9.0, np.float32)

    def show() -> tuple[int, ...]:
        names = ("SGD", "Adam")
        give(session, boundary=Boundary(low.copy(), (-1.0, -2.0, 3.0, 2.0), points, targets, names, (high.copy(),)))
        return tuple(view.image.image[0, 0])

    first = show()
    assert view.output.isVisible()
    assert [view.output.itemText(index) for index in range(view.output.count())] == ["SGD", "Adam"]
    view.output.setCurrentIndex(1)
    view.output.activated.emit(1)
    second = tuple(view.image.image[0, 0])
    assert second != first
    assert show() == second, "the next picture is of the same output"
    give(session, boundary=Boundary(low.copy(), (-1.0, -2.0, 3.0, 2.0), points, targets))
    assert not view.output.isVisible()
    assert tuple(view.image.image[0, 0]) == first


def test_the_boundary_of_one_input_is_a_curve(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, BoundaryView, "linreg-1d")
    values = np.linspace(0, 1, 5, dtype=np.float32).reshape(1, 5, 1)
    samples = np.array([[0.0], [2.0]], np.float32)
    give(session, boundary=Boundary(values, (0.0, 0.0, 2.0, 1.0), samples, np.array([0.0, 1.0], np.float32)))
    x, y = view.curves[0].getData()
    assert x.tolist() == [0, 0.5, 1, 1.5, 2]
    assert y.tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_several_outputs_of_one_input_are_as_many_curves(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, BoundaryView, "linreg-1d")
    # The second one runs away, and leaves the picture at the height of the samples' span above them.
    values = np.stack([np.linspace(0, 1, 5), np.linspace(0, 100, 5)], 1).astype(np.float32)[None]
    samples, heights = np.array([[0.0], [2.0]], np.float32), np.array([0.0, 1.0], np.float32)
    give(session, boundary=Boundary(values, (0.0, 0.0, 2.0, 100.0), samples, heights, ("degree 1", "degree 7")))
    assert [curve.isVisible() for curve in view.curves[:3]] == [True, True, False]
    assert view.curves[1].getData()[1].tolist() == [0, 25, 50, 75, 100]
    assert "degree 1" in view.legend.text()
    assert "degree 7" in view.legend.text()
    assert span_of(values[0].astype(np.float64), heights.astype(np.float64)) == pytest.approx((-0.16, 2.16))


def test_images_have_no_boundary(qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = watched(session, monkeypatch)
    view = opened(qtbot, session, BoundaryView)
    session.frame.emit()
    assert "reads more" in view.hint()
    assert view not in asked


def test_the_code_selects_nodes_and_shows_the_selected_ones(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, CodeView)
    session.inferred.emit()
    text = view.source.toPlainText()
    assert "class LeNet5" in text
    line = next(each for each in text.splitlines() if "self.conv2d_2" in each)
    view.choose_line(line)
    assert session.selection == ("conv2d_2",)
    marked = [mark.cursor.block().text() for mark in view.source.extraSelections()]
    assert marked
    assert all("conv2d_2" in each for each in marked)
    view.copy.click()
    assert QGuiApplication.clipboard().text() == text


def test_code_is_colored(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, CodeView)
    session.inferred.emit()
    document = view.source.document()
    block = document.findBlockByNumber(0)
    assert view.source.toPlainText().startswith(("from", "import", '"""'))
    assert block.layout().formats()


def test_activations_name_a_block_and_show_its_inside_where_one_is(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, ActivationsView)
    assert isinstance(view, ActivationsView)
    session.select(["conv2d_1", "tanh_1"])
    session.blocks.make()
    session.infer()
    maps = np.zeros((6, 28, 28), np.float32)
    give(session, activations={"block_1": {"output_1": maps}, "block_1/conv2d_1": {"output": maps}}, samples=7)
    view.update_view()
    block = session.front.project.blocks["block_1"]
    (card,) = view.cards.cards
    assert (card.node, card.title, card.color_in(session.theme)) == ("block_1", "Block 1", block.color)
    session.enter("block_1")
    watch = view.watch()
    assert watch is not None
    assert {"block_1/conv2d_1", "block_1/tanh_1", "linear_3"} <= watch.activations
    view.update_view()
    assert [card.node for card in view.cards.cards] == ["conv2d_1"]


def test_weights_inside_a_block_are_listed_by_path_and_follow_the_selection(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, WeightsView)
    assert isinstance(view, WeightsView)
    session.select(["conv2d_1", "tanh_1"])
    session.blocks.make()
    session.infer()
    offered = [view.nodes.itemText(index) for index in range(view.nodes.count())]
    assert offered == ["block_1/conv2d_1", "conv2d_2", "linear_1", "linear_2", "linear_3"]
    view.nodes.setCurrentIndex(2)
    session.enter("block_1")
    session.select(["conv2d_1"])
    assert view.nodes.currentData() == "block_1/conv2d_1"
    kernels = np.zeros((6, 1, 5, 5), np.float32)
    give(session, weights={"block_1/conv2d_1": {"weight": kernels}})
    view.update_view()
    assert view.statistics.text().startswith("block_1/conv2d_1 · 6 filters 5×5")


def test_weights_of_another_project_are_offered_as_soon_as_it_is_known(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, WeightsView)
    session.open_project(Project(), beside=True)
    session.infer()
    assert "No layer" in view._hint.text()
    session.open_project(presets.load("lenet-5"), beside=True)
    session.infer()
    assert "Press Train" in view._hint.text()
