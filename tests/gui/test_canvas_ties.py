"""Nodes that share weights are tied by a line on the canvas, which follows them and says what they share."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

import presets
from core.model.graph import Weights
from core.model.ops import SetNode
from gui.canvas.view import CanvasView
from gui.session import Session


@pytest.fixture
def view(ready: Session, qtbot: QtBot) -> CanvasView:
    ready.open_project(presets.load("gan"))
    made = CanvasView(ready)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    return made


def test_a_tie_says_what_is_shared_while_an_end_is_selected(view: CanvasView, ready: Session) -> None:
    (tie,) = view.network.ties.drawn
    assert (tie.words, tie.told) == ("shared weights", False)
    ready.select(["discriminator_2"])
    assert [each.told for each in view.network.ties.drawn] == [True]
    ready.select(["generator_1"])
    assert [each.told for each in view.network.ties.drawn] == [False]


def test_a_tie_ends_at_its_nodes_wherever_they_go(view: CanvasView, ready: Session) -> None:
    for place in ((0.0, 900.0), (1500.0, 0.0), (-900.0, 30.0)):
        view.network.place("discriminator_2", view.network.nodes["discriminator_1"].pos() + QPointF(*place))
        (tie,) = view.network.ties.drawn
        for end, name in zip((tie.line.p1(), tie.line.p2()), _by_place(view), strict=True):
            assert view.network.nodes[name].scene_box.adjusted(-1, -1, 1, 1).contains(end)


def test_weights_of_its_own_end_the_tie_and_undo_brings_it_back(view: CanvasView, ready: Session) -> None:
    node = ready.graph.nodes["discriminator_2"]
    ready.edit("Own weights", [SetNode(msgspec.structs.replace(node, weights=Weights()))])
    assert view.network.ties.drawn == []
    ready.undo()
    assert len(view.network.ties.drawn) == 1


def test_another_project_has_its_own_ties(view: CanvasView, ready: Session) -> None:
    ready.open_project(presets.load("byol"))
    assert sorted(each.words for each in view.network.ties.drawn) == ["moving average"] * 2 + ["shared weights"]
    ready.open_project(presets.load("mlp-xor"))
    assert view.network.ties.drawn == []


def _by_place(view: CanvasView) -> tuple[str, str]:
    """The tied nodes in the order in which the line runs: downwards, else to the right."""
    first, second = (view.network.nodes[f"discriminator_{index}"].scene_box for index in (1, 2))
    apart = first.bottom() <= second.top() or second.bottom() <= first.top()
    ahead = first.center().y() <= second.center().y() if apart else first.center().x() <= second.center().x()
    return ("discriminator_1", "discriminator_2") if ahead else ("discriminator_2", "discriminator_1")
