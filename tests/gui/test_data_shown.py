"""What the data panel says of data: the class of each picture, series as curves, and what a table leaves out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QApplication, QTableWidget
from pytestqt.qtbot import QtBot

from core.model.ops import SetData
from core.model.settings import Data, Transform
from core.model.tensor import Field
from gui.panels.data import DataPanel
from gui.panels.data_look import class_of, fields_in_words, look_at
from gui.panels.data_series import MOST_STEPS, SeriesStrips, is_series
from gui.panels.parts import label
from gui.theme import LIGHT


def show(data_panel: DataPanel, qtbot: QtBot, data: Data) -> str:
    data_panel.session.edit("Use", [SetData(data)])
    qtbot.waitUntil(lambda: data_panel.seen == data and not data_panel.is_loading, timeout=20_000)
    # What was just made is shown with the next events.
    QApplication.processEvents()
    return "\n".join(each.text() for each in data_panel.findChildren(type(label())) if each.isVisibleTo(data_panel))


@pytest.mark.parametrize(
    ("source", "balance", "captions"),
    [
        ("digits-transfer", "y", {"x": "y", "new_x": "new_y"}),
        ("digit-triplets", "y", {"anchor": "y", "positive": "", "negative": "", "other": ""}),
        ("digit-questions", "y", {"x": "y"}),
        ("sunspots", "rises", {}),
        ("photographs", "", {"content": "", "style": ""}),
    ],
)
def test_pictures_bear_the_class_of_what_they_show(source: str, balance: str, captions: dict[str, str]) -> None:
    look = look_at(Data(source))
    assert look.class_field == balance
    images = [name for name, field in look.stored.items() if field.meaning == "image"]
    assert {name: class_of(name, look.stored, look) for name in images} == captions


def test_both_views_of_a_digit_bear_its_class() -> None:
    look = look_at(Data("digits"))
    views = {**look.stored, **{f"x_{n}": look.stored["x"] for n in (1, 2)}}
    assert [class_of(name, views, look) for name in ("x", "x_1", "x_2")] == ["y"] * 3


def test_series_are_curves_on_one_scale(data_panel: DataPanel, qtbot: QtBot) -> None:
    said = show(data_panel, qtbot, Data("adding"))
    assert "x, over 50 steps" in said
    [strips] = data_panel.findChildren(SeriesStrips)
    area = QRectF(0, 0, 98, 40)
    mark = strips.curve(0, 1, area)
    assert len(mark) == 50
    assert {point.y() for point in mark.toList()} == {0.0, 40.0}
    assert (mark.toList()[0].x(), mark.toList()[-1].x()) == (0.0, 98.0)
    assert strips.low == 0
    assert not strips.grab().isNull()


def test_a_long_series_keeps_its_peaks(qtbot: QtBot) -> None:
    values = np.zeros((1, 100_001, 1), np.float32)
    values[0, 77_777] = 5
    values[0, 3] = np.nan
    field = Field("x", (100_001, 1), "float32", "series")
    assert is_series(field)
    strips = SeriesStrips(values, field, LIGHT)
    qtbot.addWidget(strips)
    curve = strips.curve(0, 0, QRectF(0, 0, 100, 40)).toList()
    assert len(curve) <= MOST_STEPS + 2
    assert min(point.y() for point in curve) == 0
    assert (strips.low, strips.high) == (0, 5)


def test_a_column_that_is_left_out_is_named_with_its_reason(
    data_panel: DataPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.csv"
    rows = [f"{'oops' if n % 10 == 3 else n},{n},,someone number {n},{n % 2}" for n in range(60)]
    path.write_text("\n".join(["a,b,gap,name,y", *rows]), "utf-8")
    said = show(data_panel, qtbot, Data("csv", {"path": str(path)}))
    assert "“a” is left out: 54 of its cells are numbers, but “oops” is none. Write numbers there" in said
    assert "“gap” is left out: it is empty in every row." in said
    assert "“name” is left out: 60 different texts are too many to be categories." in said
    assert "“b” is left out" not in said
    # The target is no feature anyway.
    assert "“a” is left out" not in show(data_panel, qtbot, Data("csv", {"path": str(path), "target": "a"}))


def test_rows_that_lack_a_value_are_counted(data_panel: DataPanel, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    rows = [f"{n if n % 5 else ''},{n},{n % 2}" for n in range(40)]
    path.write_text("\n".join(["a,b,y", *rows]), "utf-8")
    said = show(data_panel, qtbot, Data("csv", {"path": str(path)}))
    assert "8 of 40 rows are left out, for they lack a value." in said
    said = show(data_panel, qtbot, Data("csv", {"path": str(path), "missing": "mean"}))
    assert "rows are left out" not in said


def test_what_is_wrong_stays_told_when_its_card_is_opened(data_panel: DataPanel, qtbot: QtBot) -> None:
    wrong = Data("digits", {"size": 8}, transforms=(Transform("grayscale", ("x",)),))
    show(data_panel, qtbot, wrong)
    ours = data_panel.form.transforms
    assert "does not fit" in ours.cards[0].error.text()
    qtbot.mouseClick(ours.cards[0].fold, Qt.MouseButton.LeftButton)
    assert ours.cards[0].form is not None
    assert "does not fit" in ours.cards[0].error.text()
    data_panel.refresh()
    assert "does not fit" in ours.cards[0].error.text()
    ours.cards[0].switch.click()
    off = Data("digits", {"size": 8}, transforms=(Transform("grayscale", ("x",), {}, False),))
    qtbot.waitUntil(lambda: data_panel.seen == off and not data_panel.is_loading, timeout=20_000)
    assert ours.cards[0].error.text() == ""


def test_a_vector_of_one_number_is_called_so() -> None:
    fields = {"x": Field("x", (1,), "float32", "vector", "features"), "y": Field("y", (1,), "float32", "number")}
    assert fields_in_words(fields) == [("x", "vector of 1 (features)"), ("y", "number")]


@pytest.mark.parametrize("source", ["cartpole", "ring", "line"])
def test_statistics_stand_side_by_side_in_a_narrow_panel(data_panel: DataPanel, qtbot: QtBot, source: str) -> None:
    show(data_panel, qtbot, Data(source))
    tables = {each.accessibleName(): each for each in data_panel.findChildren(QTableWidget)}
    table = tables["Statistics of the training part"]
    heads = [table.horizontalHeaderItem(index) for index in range(1, table.columnCount())]
    assert [head.text() for head in heads] == ["mean", "std", "min", "max"]
    assert all(head.toolTip() for head in heads)
    qtbot.waitUntil(lambda: table.viewport().width() > 200)
    assert not table.horizontalScrollBar().maximum()


def test_what_a_folder_holds_beside_its_classes_is_told(data_panel: DataPanel, qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("cats", "dogs", "mice"):
        (tmp_path / name).mkdir()
    for number in range(12):
        Image.new("L", (4, 4)).save(tmp_path / ("cats" if number % 2 else "dogs") / f"{number}.png")
    (tmp_path / "cats" / "notes.txt").write_text("of no use")
    said = show(data_panel, qtbot, Data("image-folder", {"path": str(tmp_path), "size": 4}))
    assert "“mice” is no class: its folder holds no pictures." in said
    assert "1 file of another type is left out: cats/notes.txt." in said
