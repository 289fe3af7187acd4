"""In presentation everything is twice as large, what has a face of its own, too."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QTextDocument, QTextImageFormat
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from core.model.ops import SetAbout
from core.training.records import Epoch, Watch
from gui import settings_store
from gui.documents import LiveRun
from gui.markdown import Note
from gui.panels.inspector import InspectorPanel
from gui.panels.note import NotePanel
from gui.panels.parts import Column, label
from gui.panels.runs import RunsPanel
from gui.panels.style import face, mono
from gui.theme import DARK
from gui.views.activations import ActivationsView
from gui.views.cards import Card
from gui.views.code import CodeView
from gui.views.learning import LearningView
from gui.views.text import TextView
from gui.window import Window


@pytest.fixture
def shown(window: Window, qtbot: QtBot) -> Window:
    window.session.open_preset("mlp-xor")
    window.session.infer()
    with qtbot.waitExposed(window):
        window.show()
    return window


def test_texts_with_a_face_of_their_own_grow_and_shrink_again(shown: Window, qtbot: QtBot) -> None:
    panel = shown.findChild(InspectorPanel)
    assert isinstance(panel, InspectorPanel)
    text = label("dim", "dim")
    panel.body.addWidget(text)
    before = text.font().pixelSize()
    shown.present()
    qtbot.waitUntil(lambda: text.font().pixelSize() == 2 * before)
    shown.present()
    qtbot.waitUntil(lambda: text.font().pixelSize() == before)


def test_lines_of_the_table_of_runs_grow(shown: Window, qtbot: QtBot) -> None:
    session = shown.session
    run = LiveRun("run 1", session.front.project, "done", total_epochs=1)
    run.epochs.append(Epoch(1, 4, {"loss": 0.5}, {}, 0.1, 0.5))
    session.front.runs.append(run)
    panel = RunsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    panel.refresh()
    table = panel.table
    before, height = table.item(0, 3).font().pixelSize(), table.rowHeight(0)
    shown.present()
    qtbot.waitUntil(lambda: table.item(0, 3).font().pixelSize() >= 2 * before - 1)
    assert table.rowHeight(0) > 1.5 * height
    assert table.rowHeight(0) >= table.fontMetrics().height()


def formulas(document: QTextDocument) -> list[QTextImageFormat]:
    """The formulas of a note in order, with the sizes at which they are drawn."""
    found, block = [], document.begin()
    while block.isValid():
        walker = block.begin()
        while not walker.atEnd():
            if (form := walker.fragment().charFormat()).isImageFormat():
                found.append(form.toImageFormat())
            walker += 1
        block = block.next()
    return found


def test_headings_and_formulas_of_a_note_grow_and_shrink_again(shown: Window, qtbot: QtBot) -> None:
    shown.wake()
    panel = shown.findChild(NotePanel)
    assert isinstance(panel, NotePanel)
    shown.session.edit("Write", [SetAbout("XOR", "# Head\n\nSo $x_1$ is.")])
    qtbot.waitUntil(lambda: "So " in panel.browser.toPlainText())

    def sizes() -> tuple[float, float]:
        document = panel.browser.document()
        head = document.begin().begin().fragment().charFormat().font().pixelSize()
        return head, formulas(document)[0].height()

    head, tall = sizes()
    shown.present()
    qtbot.waitUntil(lambda: sizes()[0] >= 2 * head - 1 and sizes()[1] > 1.8 * tall)
    shown.present()
    qtbot.waitUntil(lambda: sizes() == (head, tall))


def test_a_formula_in_a_line_is_not_wider_than_its_line(qtbot: QtBot) -> None:
    note = Note("- So $400 \\cdot 120 + 120 = 48{,}120$.", DARK, 220, face(2.0), mono(2.0))
    (form,) = formulas(note)
    assert 120 < form.width() < 220 - note.indentWidth()
    assert note.size().width() <= 220


def test_cards_and_answers_of_the_activations_grow(shown: Window, qtbot: QtBot) -> None:
    view = ActivationsView(shown.session)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    view.cards.show_cards([Card(f"n{i}", "ReLU", "activation", np.zeros((3, 4), np.float32)) for i in range(12)])
    pane, box, count = view.answer_pane.width(), view.cards.box(0), view.count.font().pixelSize()
    shown.present()
    assert view.answer_pane.width() == 2 * pane
    assert view.cards.box(0).width() > 1.5 * box.width()
    assert view.count.font().pixelSize() == 2 * count
    shown.present()
    assert abs(view.cards.box(0).width() - box.width()) < 10
    assert view.answer_pane.width() == pane


def test_in_a_small_window_the_buttons_of_the_bar_do_not_lie_on_each_other(shown: Window, qtbot: QtBot) -> None:
    shown.resize(1024, 700)
    shown.present()
    top = shown.top
    row = [each for each in (top.train, top.step, top.stop, top.device, top.export) if each.isVisible()]
    qtbot.waitUntil(lambda: all(each.width() >= each.minimumSizeHint().width() for each in row))
    assert all(one.geometry().right() < other.x() for one, other in pairwise(row))
    assert (top.step.text(), top.step.accessibleName()) == ("", "Step")
    line = shown.status
    told = [each for each in (line.parameters, line.cost, line.undo, line.saved) if each.isVisible()]
    assert line.parameters in told
    qtbot.waitUntil(lambda: all(each.width() >= each.sizeHint().width() for each in told))
    shown.present()
    assert top.step.text() == "Step"
    assert top.brand.isVisible()
    assert line.undo.isVisible()


def test_letters_of_plots_grow_and_shrink_again(shown: Window, qtbot: QtBot) -> None:
    shown.session.control.start()
    qtbot.waitUntil(lambda: bool(shown.session.run.epochs), timeout=20_000)
    shown.show_place("learning")
    view = shown.findChild(LearningView)
    plot = view.loss_plot
    qtbot.waitUntil(lambda: bool(plot.readout.text()), timeout=20_000)

    def sizes() -> list[float]:
        ticks = plot.getAxis("left").style["tickFont"].pixelSize()
        return [ticks, plot.readout.font().pixelSize(), plot.caption.font().pixelSize(), plot.getAxis("left").width()]

    before = sizes()
    shown.present()
    qtbot.waitUntil(lambda: sizes() == [2 * size for size in before])
    assert plot.caption.geometry().right() <= plot.width()
    assert plot.readout.y() >= plot.caption.geometry().bottom() - 4
    shown.present()
    qtbot.waitUntil(lambda: sizes() == before)
    shown.session.stop()


def test_the_right_column_grows_with_the_letters_and_shrinks_to_what_was_chosen(shown: Window, qtbot: QtBot) -> None:
    shown.resize(1920, 1080)
    columns, right = shown.places.columns, shown.places.right
    left = columns.sizes()[0]
    columns.setSizes([left, 1920 - left - 300, 300])
    qtbot.waitUntil(lambda: right.width() == 300)
    shown.present()
    qtbot.waitUntil(lambda: right.width() == 600)
    # Never more than its share: in a small window the canvas keeps the most.
    shown.resize(1300, 800)
    qtbot.waitUntil(lambda: right.width() == round(0.42 * columns.width()))
    shown.resize(1920, 1080)
    qtbot.waitUntil(lambda: right.width() == 600)
    shown.present()
    qtbot.waitUntil(lambda: right.width() == 300)
    assert columns.sizes()[0] == left


def test_who_drags_the_edge_in_presentation_is_obeyed(shown: Window, qtbot: QtBot) -> None:
    shown.resize(1920, 1080)
    columns, right = shown.places.columns, shown.places.right
    before = right.width()
    shown.present()
    columns.moveSplitter(1920 - 700, 2)
    qtbot.waitUntil(lambda: abs(right.width() - 700) < 4)
    shown.resize(1900, 1080)
    assert abs(right.width() - 700) < 30
    shown.present()
    qtbot.waitUntil(lambda: right.width() == before)


def test_nothing_in_the_panels_is_cut_in_presentation(shown: Window, qtbot: QtBot) -> None:
    shown.resize(1920, 1080)
    shown.present()
    for id in ("training", "inspector", "data"):
        shown.show_place(id)
        panel = shown.places.details.stack.currentWidget()
        qtbot.waitUntil(lambda panel=panel: not panel.findChild(Column).horizontalScrollBar().maximum())
        column = panel.findChild(Column)
        qtbot.waitUntil(lambda column=column: column.widget().width() <= column.viewport().width())
    shown.present()


def test_a_view_that_is_first_opened_in_presentation_is_as_large_as_the_others(shown: Window, qtbot: QtBot) -> None:
    def letters() -> list[int]:
        views = ActivationsView(shown.session), TextView(shown.session), CodeView(shown.session)
        for view in views:
            qtbot.addWidget(view)
            view.show()
        first, second, third = views
        return [each.font().pixelSize() for each in (first.sample, second.page, third.findChild(QPlainTextEdit))]

    before = letters()
    shown.present()
    assert letters() == [2 * size for size in before]
    shown.present()


def test_pictures_are_fluent_in_presentation_and_where_somebody_wants_them(shown: Window, qtbot: QtBot) -> None:
    control, actions = shown.session.control, shown.actions_
    control.set_watch(shown, Watch(weights=frozenset({"linear_1"})))

    def fluent() -> set[bool]:
        watch = control._watch
        assert watch is not None
        return {watch.fluent, control._frames.fluent}

    assert fluent() == {False}
    shown.present()
    assert fluent() == {True}
    assert "presentation" in actions.run("fluent"), "it cannot be switched off there"
    shown.present()
    assert fluent() == {False}
    assert not actions.run("fluent")
    assert fluent() == {True}
    assert settings_store.load().fluent
    actions.run("fluent")
    assert fluent() == {False}
    assert not settings_store.load().fluent
