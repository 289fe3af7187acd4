"""Where a network answers with a picture, it is shown as one, beside the picture that it should be."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from core.model.tensor import Field
from core.training.records import Snapshot
from gui.class_map import class_colors
from gui.session import Session
from gui.views.activations import ActivationsView
from gui.views.answer import AnswerPane, classes_seen, picture_of
from gui.views.sample import Answer, answer_of
from tests.gui.live_views import opened

IMAGE = Field("x", (1, 8, 8), meaning="image")
RAMP = np.linspace(0, 1, 64, dtype=np.float32).reshape(1, 8, 8)


def answers_with(loss: str, field: str = "x", *, reads: str = "x") -> Project:
    """A network that reads one field, and whose answer is compared with another."""
    project = Project("Small")
    for node in (
        Node("input_1", "input", {"field": reads}),
        Node("net", "conv2d", {"out_channels": 1}),
        Node("wanted", "input", {"field": field}),
        Node("loss_1", loss),
    ):
        AddNode(node).apply(project)
    source = "input_1" if field == reads else "wanted"
    for edge in (("input_1", "net", "input"), ("net", "loss_1", "input"), (source, "loss_1", "target")):
        AddEdge(Edge(edge[0], "output", edge[1], edge[2])).apply(project)
    return project


def answered(project: Project, fields: dict[str, Field], scores: np.ndarray, truth: np.ndarray) -> Answer:
    compared_with = project.graph.into("loss_1", "target")[0].source
    values = {"net": {"output": scores}, compared_with: {"output": truth}}
    found = answer_of(project.graph, fields, Snapshot(1, 1, activations=values))
    assert found is not None
    return found


def test_a_reconstruction_stands_beside_its_input() -> None:
    answer = answered(answers_with("mse"), {"x": IMAGE}, RAMP + 0.1, RAMP)
    assert answer.pictures is not None
    assert answer.pictures.names == ("input", "reconstruction")
    assert answer.pictures.true == pytest.approx(RAMP)
    assert answer.pictures.predicted == pytest.approx(RAMP + 0.1)
    assert answer.pictures.note == "mean squared error 0.01"


def test_logits_of_pixels_are_drawn_as_probabilities() -> None:
    scores = np.full((64,), np.log(3.0), np.float32)
    answer = answered(answers_with("bce_with_logits"), {"x": IMAGE}, scores, RAMP)
    assert answer.pictures is not None
    assert answer.pictures.predicted == pytest.approx(np.full((1, 8, 8), 0.75))


def test_a_picture_that_the_network_does_not_read_is_no_input() -> None:
    fields = {"x": IMAGE, "clean": Field("clean", (1, 8, 8), meaning="image")}
    answer = answered(answers_with("mse", "clean"), fields, RAMP, RAMP)
    assert answer.pictures is not None
    assert answer.pictures.names == ("true", "predicted")


def test_a_class_for_every_pixel_is_a_map() -> None:
    truth = np.zeros((4, 6), np.float32)
    truth[:, 3:] = 2
    scores = np.zeros((3, 4, 6), np.float32)
    scores[2, :2] = 5.0
    truth[0, 0] = -100
    fields = {"x": IMAGE, "y": Field("y", (4, 6), "int64", "class", labels=("sky", "sea", "sand"))}
    answer = answered(answers_with("cross_entropy", "y"), fields, scores, truth)
    assert answer.pictures is not None
    assert answer.pictures.predicted[0, :, 0].tolist() == [2, 2, 0, 0]
    # 6 of the upper 11 that are asked for, and 6 of the lower 12.
    assert answer.pictures.note == "52 % of the pixels are right"
    assert answer.pictures.classes == ("sky", "sea", "sand")
    assert classes_seen(answer.pictures) == [0, 2]
    true = picture_of(answer.pictures, answer.pictures.true)
    assert true.pixelColor(0, 0).alpha() == 0  # is not asked for
    assert [true.pixelColor(x, 1).name().upper() for x in (0, 5)] == [class_colors(3)[0], class_colors(3)[2]]


@pytest.mark.parametrize("size", [1, 5])
def test_numbers_stay_numbers(size: int) -> None:
    fields = {"x": IMAGE, "y": Field("y", (size,))}
    answer = answered(answers_with("mse", "y"), fields, np.ones(size, np.float32), np.zeros(size, np.float32))
    assert answer.pictures is None
    assert answer.scores.tolist() == [1.0] * size


def test_both_pictures_have_the_scale_of_the_true_one() -> None:
    answer = answered(answers_with("mse"), {"x": IMAGE}, RAMP * 4 - 1, RAMP)
    assert answer.pictures is not None
    shown = picture_of(answer.pictures, answer.pictures.predicted)
    assert (shown.width(), shown.height()) == (8, 8)
    assert shown.pixelColor(0, 0).lightness() < 10
    assert shown.pixelColor(7, 7) == picture_of(answer.pictures, RAMP).pixelColor(7, 7)


def test_the_pane_is_broader_for_pictures_and_tells_the_error(qtbot: QtBot) -> None:
    session = Session()
    pane = AnswerPane(session)
    qtbot.addWidget(pane)
    pane.resize(pane.width(), 200)
    plain = pane.width()
    pane.show_answer(answered(answers_with("mse"), {"x": IMAGE}, RAMP, RAMP))
    broad = pane.width()
    assert broad > plain
    # Low, it leaves the room to the others.
    pane.resize(pane.width(), 110)
    pane.show()
    assert plain < pane.width() < broad
    assert pane.sentence() == "mean squared error 0"
    pane.show_answer(Answer(np.ones(3, np.float32), (), -1, False))
    assert pane.width() == plain
    session.close()


@pytest.mark.parametrize("preset", ["autoencoder", "vae"])
def test_lectures_on_reconstructions_show_pictures(ready: Session, qtbot: QtBot, preset: str) -> None:
    view = opened(qtbot, ready, ActivationsView, preset)
    ready.start()
    qtbot.waitUntil(lambda: view.answer_pane.answer is not None, timeout=30_000)
    ready.stop()
    assert view.answer_pane.answer is not None
    pictures = view.answer_pane.answer.pictures
    assert pictures is not None
    assert pictures.names == ("input", "reconstruction")
    assert pictures.predicted.shape == pictures.true.shape == (1, 8, 8)
