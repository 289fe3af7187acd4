"""What is typed into forms, the data panel and notes in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent, QFont
from pytestqt.qtbot import QtBot

from core.model.spec import Param
from gui.markdown import Note, split
from gui.panels.columns import names_in, text_of
from gui.panels.data import DataPanel
from gui.panels.entry import entered, shown, stepped
from gui.search import fit, fit_all
from gui.session import Session
from gui.theme import DARK, LIGHT

INT = Param("n", "Number", "int", 3, "", low=1, high=10_000)
FLOAT = Param("lr", "Rate", "float", 0.001, "", above=0.0)
INTS = Param("k", "Kernel", "ints", 3, "", low=1, lengths=(2,), words=("same",))
FLOATS = Param("w", "Weights", "floats", (1.0, 1.0), "", low=-9, high=9)
NONE = Param("m", "Margin", "float", None, "", optional=True)


@pytest.mark.parametrize(
    ("param", "text", "value"),
    [
        (INT, "1,024", 1024), (INT, " 7 ", 7), (INT, "1e3", 1000), (FLOAT, "1e-3", 0.001), (FLOAT, "0.5", 0.5),
        (INTS, "5", 5), (INTS, "5 × 3", (5, 3)), (INTS, "5x3", (5, 3)), (INTS, "(5, 3)", (5, 3)),
        (INTS, "Same", "same"),
        (FLOATS, "1 × −0.5", (1.0, -0.5)), (FLOATS, "0.5; 2, 3", (0.5, 2.0, 3.0)), (FLOATS, "2", 2.0),
        (NONE, "none", None), (NONE, "", None),
    ],
)  # fmt: skip
def test_what_is_typed_is_understood(param: Param, text: str, value: object) -> None:
    assert entered(param, text) == (value, "")


@pytest.mark.parametrize(
    ("param", "text", "told"),
    [
        (INT, "", "needs a value"), (INT, "2.5", "whole number"), (INT, "0", "at least 1"),
        (INT, "99999", "at most 10,000"), (FLOAT, "0", "more than 0"), (FLOAT, "inf", "finite"),
        (FLOAT, "0,5", "such as 0.001"), (FLOATS, "1 10", "at most 9"), (FLOATS, "one", "such as 0.5"),
        (INTS, "1 2 3", "2 numbers"), (INTS, "big", "or “same”"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_plain_words(param: Param, text: str, told: str) -> None:
    assert told in entered(param, text)[1]


@pytest.mark.parametrize("value", [1e-5, 0.001, 0.1, 1.0, 3.25, 1e-8])
def test_floats_are_shown_so_that_they_are_read_back(value: float) -> None:
    assert entered(FLOAT, shown(FLOAT, value)) == (value, "")


def test_arrows_go_by_tenths_of_the_size_and_stay_within_bounds() -> None:
    assert stepped(FLOAT, 0.001, 1) == 0.002
    assert stepped(FLOAT, 0.01, -1) == 0.009
    assert stepped(FLOAT, 0.009, 1) == 0.01
    assert stepped(INT, 1, -1) == 1
    assert stepped(INTS, (3, 5), 2) == (5, 7)
    assert stepped(FLOATS, (0.5, 8.5), 1) == (1.5, 9.0)


def test_search_prefers_beginnings_and_finds_letters_in_order() -> None:
    assert fit("conv", "Conv 2D") > fit("conv", "Deep conv") > fit("conv", "Deconvolution") > 0
    assert fit("mxpl", "Max pool 2D") > 0
    assert fit("xyz", "Max pool 2D") == 0
    assert fit_all("pool max", "Max pool 2D") > 0


def test_formulas_are_taken_out_of_markdown_and_code_is_left_alone() -> None:
    text, parts = split("a $x^2$ and `$no$` for \\$5\n\n$$y = 1$$")
    assert [(part.text, part.display) for part in parts] == [("x^2", False), ("y = 1", True)]
    assert "`$no$`" in text
    assert "$5" in text


def test_a_full_stop_is_not_torn_off_its_formula() -> None:
    text, parts = split("is $a$, or $b$. It ($c$) costs $x$5 or $d$.5.")
    assert [part.text for part in parts] == ["a,", "b.", "c", "d"]
    assert text.endswith(".5.")


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_note_holds_its_formulas_as_pictures_and_its_links(qtbot: QtBot, theme) -> None:  # type: ignore[no-untyped-def]
    font = QFont()
    font.setPixelSize(13)
    note = Note("# T\n\n$x$ and $\\frac{a$ see [c](node:conv2d_1)\n\n$$\\sum_i x_i$$", theme, 280, font, font)
    html = note.toHtml()
    assert html.count("<img") == 2
    assert "\\frac{a" in note.toPlainText()
    assert 'href="node:conv2d_1"' in html
    assert not note.loadResource(2, QUrl("formula:0")).isNull()


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    made = Session()
    made.engine.load()
    made.open_preset("mlp-playground")
    yield made
    made.close()


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> DataPanel:
    made = DataPanel(session)
    qtbot.addWidget(made)
    made.resize(320, 900)
    made.show()
    qtbot.waitUntil(lambda: made.look is not None, timeout=20_000)
    return made


def test_another_source_brings_its_own_form_and_fields(panel: DataPanel, session: Session, qtbot: QtBot) -> None:
    assert session.document is not None
    assert "noise" in panel.form.form.rows
    panel.form.chooser.editor.changed.emit("iris")
    assert session.document.project.data.source == "iris"
    assert session.document.project.data.standardise == ("x",)
    qtbot.waitUntil(lambda: list(panel.form.form.rows) == ["features"])
    qtbot.waitUntil(lambda: panel.look is not None and panel.look.total == 150, timeout=20_000)
    session.undo()
    qtbot.waitUntil(lambda: "noise" in panel.form.form.rows)


def test_shares_are_percent_and_leave_something_to_train_on(panel: DataPanel, session: Session, qtbot: QtBot) -> None:
    assert session.document is not None
    split_form = panel.form.split
    split_form.edited.emit("validation", 20.0)
    assert session.document.project.data.split.validation == 0.2
    split_form.edited.emit("test", 90.0)
    assert session.document.project.data.split.test != 0.9
    assert "at most 95" in split_form.rows["test"].error.text()


def test_a_dropped_table_is_read_and_its_columns_are_offered(
    panel: DataPanel, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    assert session.document is not None
    path = tmp_path / "people.csv"
    rows = [
        f"{20 + i % 40},{'Rome' if i % 2 else 'Oslo'},{'' if i % 7 == 0 else i},{'yes' if i % 3 else 'no'}"
        for i in range(60)
    ]
    path.write_text("age,city,income,bought\n" + "\n".join(rows) + "\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    panel.dropEvent(event)
    assert session.document.project.data.source == "csv"
    qtbot.waitUntil(lambda: panel.form.columns is not None, timeout=20_000)
    target = panel.form.form.rows["target"].editor
    assert [target.itemData(i) for i in range(target.count())] == ["", "age", "city", "income", "bought"]
    lines = panel.form.columns.lines
    assert lines.item(2, 2).text() == "9"
    lines.item(0, 0).setCheckState(Qt.CheckState.Unchecked)
    assert session.document.project.data.params["features"] == "city,income"
    target.changed.emit("age")
    assert session.document.project.data.params["target"] == "age"


def test_a_missing_file_is_told_under_its_field(panel: DataPanel, session: Session, qtbot: QtBot) -> None:
    panel.form.chooser.editor.changed.emit("csv")
    qtbot.waitUntil(lambda: "path" in panel.form.form.rows)
    row = panel.form.form.rows["path"]
    qtbot.waitUntil(lambda: "file" in row.error.text(), timeout=20_000)
    row.editor.take("/nowhere/none.csv")
    qtbot.waitUntil(lambda: "no file" in row.error.text(), timeout=20_000)


def test_column_names_with_commas_survive() -> None:
    names = ["a", "b, c", 'd "e"']
    assert names_in(text_of(names)) == names
