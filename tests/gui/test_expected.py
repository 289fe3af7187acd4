"""What a loss takes its input for is said once, at its port; the canvas and the views read it there."""

from __future__ import annotations

import numpy as np
import pytest

from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from core.model.spec import LayerSpec, registry
from core.model.tensor import Field
from core.training.records import Snapshot
from gui.canvas.face import logits_of
from gui.theme import DARK
from gui.views.plane import background
from gui.views.sample import answer_of, expected_by, shares_of

TAKEN = {
    "cross_entropy": "logits",
    "focal": "logits",
    "nll": "log-probabilities",
    "bce": "probabilities",
    "dice": "probabilities",
    "iou": "probabilities",
    "bce_with_logits": "binary logits",
    "binary_focal": "binary logits",
    "soft_margin": "binary logits",
    "ctc": "logits",
    "mse": "",
    "hinge": "",
    "linear": "",
}


@pytest.mark.parametrize(("kind", "meaning"), TAKEN.items())
def test_losses_say_what_they_take(kind: str, meaning: str) -> None:
    assert expected_by(kind) == meaning


@pytest.mark.parametrize("spec", registry, ids=lambda spec: spec.kind)
def test_words_and_meaning_agree(spec: LayerSpec) -> None:
    for port in spec.inputs:
        if "logits" in port.expects:
            assert "score" in port.doc.lower(), port.name
        elif port.expects == "log-probabilities":
            assert port.doc.startswith("Log-probabilities"), port.name
        elif port.expects == "probabilities":
            assert port.doc.startswith("Probabilities"), port.name
        elif spec.family == "loss" and port.name == "input":
            assert not port.doc.startswith(("Log-probabilities", "Probabilities")), port.name


def test_shares_are_the_probabilities_that_scores_stand_for() -> None:
    scores = np.array([0.0, np.log(3.0)])
    assert shares_of(scores, "logits") == pytest.approx([0.25, 0.75])
    assert shares_of(scores, "binary logits") == pytest.approx([0.5, 0.75])
    assert shares_of(np.log([0.2, 0.8]), "log-probabilities") == pytest.approx([0.2, 0.8])
    assert shares_of(np.array([0.2, 0.8]), "probabilities") == pytest.approx([0.2, 0.8])
    assert shares_of(np.array([np.log(3.0)]), "logits") == pytest.approx([0.75])
    assert shares_of(np.array([-4.0, 9.0]), "").tolist() == [-4.0, 9.0]


def network(loss: str, *, port: str = "input") -> Project:
    project = Project("Small")
    for node in (
        Node("input_1", "input"),
        Node("linear_1", "linear", {"out_features": 3}),
        Node("input_2", "input", {"field": "y"}),
        Node("loss_1", loss),
    ):
        AddNode(node).apply(project)
    AddEdge(Edge("input_1", "output", "linear_1", "input")).apply(project)
    AddEdge(Edge("linear_1", "output", "loss_1", port)).apply(project)
    if port == "input":
        AddEdge(Edge("input_2", "output", "loss_1", "target")).apply(project)
    return project


@pytest.mark.parametrize("kind", ["cross_entropy", "focal", "bce_with_logits", "binary_focal"])
def test_scores_before_any_loss_on_logits_are_called_logits(kind: str) -> None:
    assert logits_of(network(kind).graph) == {"linear_1"}


@pytest.mark.parametrize("kind", ["nll", "mse", "bce"])
def test_what_other_losses_read_is_not(kind: str) -> None:
    assert not logits_of(network(kind).graph)


def test_a_student_gives_logits_at_a_port_of_another_name() -> None:
    assert logits_of(network("distillation", port="student").graph) == {"linear_1"}


@pytest.mark.parametrize(
    ("kind", "scores", "shares"),
    [
        ("focal", [0.0, 0.0, np.log(2.0)], [0.25, 0.25, 0.5]),
        ("binary_focal", [0.0, 0.0, np.log(3.0)], [0.5, 0.5, 0.75]),
        ("nll", np.log([0.1, 0.2, 0.7]), [0.1, 0.2, 0.7]),
        ("mse", [4.0, 5.0, 6.0], None),
    ],
)
def test_the_answer_to_a_sample_is_in_shares(kind: str, scores: list[float], shares: list[float] | None) -> None:
    fields = {"y": Field("y", (), "int64", "class", labels=("a", "b", "c"))}
    values = {"linear_1": {"output": np.array(scores)}, "input_2": {"output": np.array(1)}}
    answer = answer_of(network(kind).graph, fields, Snapshot(1, 1, activations=values))
    assert answer is not None
    assert (answer.true, answer.predicted, answer.shares) == (1, 2, shares is not None)
    assert answer.scores == pytest.approx(shares or scores)


def test_the_boundary_is_where_the_share_is_one_half() -> None:
    scores = np.array([[[0.0], [8.0]]], np.float32)
    drawn = background(scores, "binary logits", False, DARK)
    as_shares = background(shares_of(scores, "logits").astype(np.float32), "probabilities", False, DARK)
    assert (drawn == as_shares).all()
    assert (drawn[0, 0] != drawn[0, 1]).any()
