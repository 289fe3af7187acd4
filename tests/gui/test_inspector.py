"""The inspector with a real session: settings, faults, formulas, undo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.model.spec import registry
from gui.formulas import FormulaError, fitted, formula, lines_of
from gui.panels.inspector import InspectorPanel
from gui.panels.node_card import NodeCard
from gui.panels.overview import Overview, SelectionCard
from gui.panels.parts import Finding
from gui.session import Session


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    made = Session()
    made.engine.load()
    made.open_preset("lenet-5")
    made.infer()
    yield made
    made.close()


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> InspectorPanel:
    made = InspectorPanel(session)
    qtbot.addWidget(made)
    made.resize(320, 800)
    made.show()
    return made


def card(panel: InspectorPanel, session: Session, id: str, qtbot: QtBot) -> NodeCard:
    session.select((id,))
    qtbot.waitUntil(lambda: panel.node_card is not None and panel.node_card.id == id)
    assert panel.node_card is not None
    return panel.node_card


def test_a_node_shows_what_it_is(panel: InspectorPanel, session: Session, qtbot: QtBot) -> None:
    shown = card(panel, session, "conv2d_1", qtbot)
    assert shown.title.text() == "Conv 2D"
    assert shown.facts.text().startswith("conv2d_1 · 156 parameters · ")
    assert list(shown.form.rows) == [param.name for param in registry["conv2d"].params]
    assert shown.form.rows["out_channels"].editor.value == 6


def test_a_setting_is_edited_and_undone(panel: InspectorPanel, session: Session, qtbot: QtBot) -> None:
    shown = card(panel, session, "conv2d_1", qtbot)
    box = shown.form.rows["kernel_size"].editor
    box.lineEdit().selectAll()
    qtbot.keyClicks(box.lineEdit(), "3 x 5")
    qtbot.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    assert session.graph.nodes["conv2d_1"].params["kernel_size"] == (3, 5)
    qtbot.waitUntil(lambda: box.lineEdit().text() == "3 × 5")
    session.undo()
    assert session.graph.nodes["conv2d_1"].params["kernel_size"] == 5
    qtbot.waitUntil(lambda: box.lineEdit().text() == "5")


def test_wrong_input_is_told_and_not_applied(panel: InspectorPanel, session: Session, qtbot: QtBot) -> None:
    shown = card(panel, session, "conv2d_1", qtbot)
    row, depth = shown.form.rows["out_channels"], session.history.depth
    row.editor.setFocus()
    for text, told in (("six", "whole number"), ("0", "at least 1"), ("", "needs a value")):
        row.editor.lineEdit().selectAll()
        qtbot.keyClick(row.editor.lineEdit(), Qt.Key.Key_Delete)
        qtbot.keyClicks(row.editor.lineEdit(), text)
        qtbot.keyClick(row.editor.lineEdit(), Qt.Key.Key_Return)
        assert told in row.error.text()
        assert row.error.isVisible()
    assert session.graph.nodes["conv2d_1"].params["out_channels"] == 6
    assert session.history.depth == depth
    qtbot.keyClick(row.editor, Qt.Key.Key_Escape)
    assert row.editor.lineEdit().text() == "6"
    assert not row.error.isVisible()


def test_spinning_is_one_undo_step(panel: InspectorPanel, session: Session, qtbot: QtBot) -> None:
    shown = card(panel, session, "linear_1", qtbot)
    depth = session.history.depth
    for _ in range(5):
        qtbot.keyClick(shown.form.rows["out_features"].editor, Qt.Key.Key_Up)
    assert session.graph.nodes["linear_1"].params["out_features"] == 125
    assert session.history.depth == depth + 1
    shown.form.left.emit()
    qtbot.keyClick(shown.form.rows["out_features"].editor, Qt.Key.Key_Down)
    assert session.history.depth == depth + 2
    session.undo()
    session.undo()
    assert session.graph.nodes["linear_1"].params["out_features"] == 120


def test_switches_resets_and_titles(panel: InspectorPanel, session: Session, qtbot: QtBot) -> None:
    shown = card(panel, session, "conv2d_1", qtbot)
    shown.form.rows["bias"].editor.click()
    assert session.graph.nodes["conv2d_1"].params["bias"] is False
    qtbot.waitUntil(shown.form.rows["bias"].reset.isVisible)
    shown.form.rows["bias"].reset.click()
    assert "bias" not in session.graph.nodes["conv2d_1"].params
    shown.trainable.editor.click()
    assert not session.graph.nodes["conv2d_1"].trainable
    shown.title.setText("Edges")
    shown.title.editingFinished.emit()
    assert session.graph.nodes["conv2d_1"].title == "Edges"
    shown.title.setText("")
    shown.title.editingFinished.emit()
    assert session.graph.nodes["conv2d_1"].title == ""


def test_the_input_chooses_among_the_fields(panel: InspectorPanel, session: Session, qtbot: QtBot) -> None:
    shown = card(panel, session, "input_1", qtbot)
    editor = shown.form.rows["field"].editor
    assert [editor.itemData(i) for i in range(editor.count())] == list(session.fields)


def test_a_fault_is_told_at_the_node_and_mended(panel: InspectorPanel, session: Session, qtbot: QtBot) -> None:
    shown = card(panel, session, "conv2d_2", qtbot)
    box = shown.form.rows["kernel_size"].editor
    box.lineEdit().setText("99")
    qtbot.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(shown.findChildren(Finding)))
    session.mend(session.inference.faults_of("conv2d_2")[0])
    qtbot.waitUntil(lambda: not shown.findChildren(Finding))
    assert not session.inference.faults_of("conv2d_2")


def test_pointing_at_a_setting_explains_it(panel: InspectorPanel, session: Session, qtbot: QtBot) -> None:
    shown = card(panel, session, "conv2d_1", qtbot)
    shown.form.rows["stride"].explained.emit(registry["conv2d"].param("stride").doc)
    assert panel.explainer.text.text() == registry["conv2d"].param("stride").doc


def test_nothing_and_several_selected(panel: InspectorPanel, session: Session, qtbot: QtBot) -> None:
    session.select(())
    qtbot.waitUntil(lambda: isinstance(panel.card, Overview))
    assert isinstance(panel.card, Overview)
    assert "61,706 parameters" in panel.card.facts.text()
    session.select(("conv2d_1", "linear_1"))
    qtbot.waitUntil(lambda: isinstance(panel.card, SelectionCard))


@pytest.mark.parametrize("kind", [spec.kind for spec in registry])
def test_every_kind_has_a_formula_that_can_be_set(qtbot: QtBot, kind: str) -> None:
    for width in (200, 290):
        made = fitted(registry[kind].formula, "#E6E8EE", width, 14.0)
        assert not made.pixmap.isNull()
        assert made.width <= width + 1
        assert made.height <= 120


def test_brackets_around_tall_sums_stay_as_tall_as_the_sums(qtbot: QtBot) -> None:
    for text in (
        r"\left( \sum_i x_i \right)^{1/p}",
        r"\left\{ \sum_i x_i \right.",
        r"\left[ \frac{1}{N} \left( \sum_i x_i \right) \right]",
    ):
        assert 30 <= formula(text, "#000000", 14.0).height <= 60


def test_formulas_that_cannot_be_set_are_errors(qtbot: QtBot) -> None:
    with pytest.raises(FormulaError, match="frac"):
        formula(r"\frac{a", "#000000")


def test_formulas_break_at_wide_spaces_outside_of_braces() -> None:
    assert lines_of(r"a, \quad b") == ["a,", "b"]
    assert lines_of(r"\frac{a \quad b}{c}") == [r"\frac{a \quad b}{c}"]
    assert lines_of(r"a \; b", narrow=True) == ["a", "b"]
