"""Blocks in the inspector: formulas, the card of a block, and whose weights a node has."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import presets
from core.model.block import BlockParam
from core.model.file import decode, encode
from core.model.graph import Weights
from core.model.ops import SetParams
from core.model.ports import with_param
from gui.panels.block_card import BlockCard
from gui.panels.formula import FormulaField
from gui.panels.inspector import InspectorPanel
from gui.panels.node_card import NodeCard
from gui.panels.numberbox import NumberBox
from gui.session import Session

FIRST = ("conv2d_1", "tanh_1", "avg_pool2d_1")


@pytest.fixture
def session(ready: Session) -> Session:
    """LeNet-5 with its first three layers as a block that has a parameter."""
    ready.open_project(presets.load("lenet-5"))
    ready.select(FIRST)
    ready.blocks.make()
    block = ready.front.project.blocks["block_1"]
    ready.edit("Add", [with_param(block, BlockParam("channels", 6, low=1, high=64))])
    ready.infer()
    return ready


def shown(qtbot: QtBot, panel: QWidget) -> QWidget:
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def card_of(qtbot: QtBot, session: Session, path: str) -> NodeCard:
    card = NodeCard(session, path)
    shown(qtbot, card)
    node = session.node_at(path)[1]
    assert node is not None
    card.show_node(node)
    return card


def typed(box: QWidget, text: str) -> None:
    assert isinstance(box, NumberBox)
    box.lineEdit().selectAll()
    QTest.keyClicks(box.lineEdit(), text)
    QTest.keyClick(box, Qt.Key.Key_Return)


def test_a_number_takes_a_formula_and_shows_what_it_gives(qtbot: QtBot, session: Session) -> None:
    session.enter("block_1")
    card = card_of(qtbot, session, "conv2d_1")
    row = card.form.rows["out_channels"]
    typed(row.editor, "=channels*2")
    inside = session.front.project.blocks["block_1"].graph
    assert inside.nodes["conv2d_1"].params["out_channels"] == "=channels*2"
    card.show_node(inside.nodes["conv2d_1"])
    assert row.result.text() == "= 12"
    session.infer()
    assert str(session.inference.type_at("block_1", "output_1")) == "N×12×14×14"
    session.leave()
    outside = card_of(qtbot, session, "block_1")
    typed(outside.form.rows["channels"].editor, "5")
    session.infer()
    assert str(session.inference.type_at("block_1", "output_1")) == "N×10×14×14"


@pytest.mark.parametrize(
    ("text", "words"),
    [("=channls*2", "channls"), ("=channels*", "not a formula"), ("=channels//0", "zero"), ("=0-channels", "at least")],
)
def test_a_wrong_formula_is_told_in_plain_words_and_changes_nothing(
    qtbot: QtBot, session: Session, text: str, words: str
) -> None:
    session.enter("block_1")
    before = encode(session.front.project)
    card = card_of(qtbot, session, "conv2d_1")
    row = card.form.rows["out_channels"]
    typed(row.editor, text)
    assert words in row.error.text()
    assert encode(session.front.project) == before


def test_a_switch_takes_a_formula_too_and_gives_it_up_for_its_value(qtbot: QtBot, session: Session) -> None:
    session.enter("block_1")
    card = card_of(qtbot, session, "conv2d_1")
    row = card.form.rows["bias"]
    row.use_formula()
    assert isinstance(row.editor, FormulaField)
    QTest.keyClicks(row.editor, "=channels>9")
    QTest.keyClick(row.editor, Qt.Key.Key_Return)
    node = session.graph.nodes["conv2d_1"]
    assert node.params["bias"] == "=channels>9"
    card.show_node(node)
    assert row.result.text() == "= no"
    row.use_value()
    assert session.graph.nodes["conv2d_1"].params["bias"] is False


def test_inputs_are_ports_inside_and_fields_outside(qtbot: QtBot, session: Session) -> None:
    assert set(card_of(qtbot, session, "input_1").form.rows) == {"field", "form"}
    session.enter("block_1")
    assert set(card_of(qtbot, session, "input_1").form.rows) == {"optional"}


def test_the_title_of_an_only_instance_is_that_of_its_block(qtbot: QtBot, session: Session) -> None:
    card = card_of(qtbot, session, "block_1")
    card.title.setText("Stem")
    card.title.editingFinished.emit()
    assert session.front.project.blocks["block_1"].title == "Stem"
    session.select(["block_1"])
    session.duplicate()
    other = card_of(qtbot, session, "block_2")
    other.title.setText("Second stem")
    other.title.editingFinished.emit()
    assert session.front.project.blocks["block_1"].title == "Stem"
    assert session.graph.nodes["block_2"].title == "Second stem"
    session.enter("block_1")
    assert "all 2 instances" in card_of(qtbot, session, "conv2d_1").where.text()


def block_card(qtbot: QtBot, session: Session) -> BlockCard:
    session.enter("block_1")
    card = BlockCard(session, "block_1")
    shown(qtbot, card)
    card.show_block()
    return card


def test_the_inspector_shows_the_block_that_one_is_in(qtbot: QtBot, session: Session) -> None:
    panel = shown(qtbot, InspectorPanel(session))
    assert isinstance(panel, InspectorPanel)
    session.enter("block_1")
    panel.refresh()
    assert isinstance(panel.card, BlockCard)
    session.select(["conv2d_1"])
    panel.refresh()
    assert panel.node_card is not None


def test_parameters_are_added_renamed_with_their_formulas_and_deleted(qtbot: QtBot, session: Session) -> None:
    project = session.front.project
    session.edit("Set", [SetParams("conv2d_1", {"out_channels": "=channels*2"}, "block_1")])
    session.edit("Set", [SetParams("block_1", {"channels": 8})])
    card = block_card(qtbot, session)
    card.params.add.click()
    assert [param.name for param in project.blocks["block_1"].params] == ["channels", "stride"]
    name = card.params.cards["channels"].name
    name.setText("width")
    name.editingFinished.emit()
    assert project.graph.nodes["block_1"].params["width"] == 8
    assert session.graph.nodes["conv2d_1"].params["out_channels"] == "=width*2"
    card.show_block()
    card.params.cards["width"]._delete()
    assert "width" not in project.graph.nodes["block_1"].params
    assert session.graph.nodes["conv2d_1"].params["out_channels"] == "=6*2"
    session.infer()
    assert not session.inference.errors
    for _ in range(3):
        session.undo()
    assert session.graph.nodes["conv2d_1"].params["out_channels"] == "=channels*2"


def test_ports_are_renamed_moved_and_made_optional_with_their_wires(qtbot: QtBot, session: Session) -> None:
    card = block_card(qtbot, session)
    before = encode(session.front.project)
    field = card.ports.names["input_1"]
    field.setText("image")
    field.editingFinished.emit()
    project = session.front.project
    assert [port.name for port in project.blocks["block_1"].inputs] == ["image"]
    assert [edge.input for edge in project.graph.into("block_1")] == ["image"]
    session.infer()
    assert not session.inference.errors
    session.undo()
    assert encode(session.front.project) == before
    card.ports._add("input")
    assert [port.name for port in project.blocks["block_1"].inputs] == ["input_1", "input_2"]
    card.ports._move("input_2", -1)
    assert [port.name for port in project.blocks["block_1"].inputs] == ["input_2", "input_1"]
    card.ports._set_optional("input_2", True)
    assert project.blocks["block_1"].inputs[0].optional
    assert decode(encode(project)).blocks["block_1"].inputs[0].optional


def test_a_port_cannot_take_a_name_that_is_none(qtbot: QtBot, session: Session) -> None:
    card = block_card(qtbot, session)
    field = card.ports.names["input_1"]
    field.setText("My input")
    with qtbot.waitSignal(session.noticed) as told:
        field.editingFinished.emit()
    assert "My input" in told.args[0]
    assert field.text() == "input_1"


def test_colour_and_note_of_a_block(qtbot: QtBot, session: Session) -> None:
    card = block_card(qtbot, session)
    card.colors.swatches[3].click()
    assert session.front.project.blocks["block_1"].color == card.colors.swatches[3].color
    card.note.setPlainText("Edges, then a smaller picture.")
    card._annotate()
    spec = session.front.project.blocks["block_1"].spec
    assert spec.doc == "Edges, then a smaller picture."


def test_weights_are_shared_averaged_and_copied_in_the_form(qtbot: QtBot, session: Session) -> None:
    before = session.inference.parameters
    session.select(["block_1"])
    session.duplicate()
    session.infer()
    card = card_of(qtbot, session, "block_2")
    form = card.weights
    for mode, weights in (
        ("shared", Weights("shared", "block_1")),
        ("average", Weights("average", "block_1", 0.99)),
        ("start", Weights("start", "block_1")),
        ("copy", Weights("copy", "block_1", 100.0)),
    ):
        form._set_mode(mode)
        assert session.graph.nodes["block_2"].weights == weights
        form.show_node(session.graph.nodes["block_2"])
        assert form.share.isVisibleTo(form) == (mode == "average")
        assert form.steps.isVisibleTo(form) == (mode == "copy")
    typed(form.steps.editor, "500")
    assert session.graph.nodes["block_2"].weights == Weights("copy", "block_1", 500.0)
    form._set_mode("own")
    assert session.graph.nodes["block_2"].weights == Weights()
    lonely = card_of(qtbot, session, "block_1")
    assert lonely.weights.mode.editor.isEnabled()
    session.select(["block_2"])
    session.delete_selection()
    lonely.show_node(session.graph.nodes["block_1"])
    assert not lonely.weights.mode.editor.isEnabled()
    assert "no other node" in lonely.weights.mode.toolTip()
    session.infer()
    assert session.inference.parameters == before
