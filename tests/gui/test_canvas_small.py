"""Titles on the small cards of nodes that are seen from afar."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from core.model.layout import HEIGHT, NARROWEST
from gui.canvas.chrome import told_of
from gui.canvas.headline import Headlines
from gui.canvas.style import Style
from gui.theme import DARK

ROOM = NARROWEST - 28, HEIGHT - 12


@pytest.fixture
def titles(qtbot: QtBot) -> Headlines:
    return Style(DARK).headlines


@pytest.mark.parametrize(
    "title",
    ["Tanh", "Average pool 2D", "Cross-entropy", "Attention", "Restricted Boltzmann machine", "Layer normalisation"],
)
def test_no_line_is_wider_than_its_card_and_none_falls_off(titles: Headlines, title: str) -> None:
    face, text = titles.of(title, *ROOM)
    metrics, lines = QFontMetricsF(face), text.split("\n")
    assert all(metrics.horizontalAdvance(line) <= ROOM[0] for line in lines)
    assert len(lines) * metrics.lineSpacing() <= ROOM[1]
    # Either every word is there, or an ellipsis says that something is not.
    assert "…" in text or "".join(text.split()) == "".join(title.split())


def test_a_long_word_is_set_smaller_before_it_is_cut(titles: Headlines) -> None:
    large, _ = titles.of("Tanh", *ROOM)
    small, text = titles.of("Attention", *ROOM)
    assert small.pixelSize() < large.pixelSize()
    assert text == "Attention"
    assert titles.of("Hyperparametrisation", *ROOM)[1].endswith("…")


def test_where_not_even_three_letters_fit_there_is_none(titles: Headlines) -> None:
    assert titles.of("Attention", 16.0, 40.0)[1] == ""
    assert titles.of("Attention", 60.0, 40.0)[1].endswith("…")
    assert titles.of("", *ROOM)[1] == ""


def test_the_title_goes_before_the_telling_parameter(qtbot: QtBot) -> None:
    style = Style(DARK)
    room = 110.0
    telling, title = told_of(style, "Action a", "class labels", room)
    assert title == "Action a"
    assert telling.endswith("…")
    telling, title = told_of(style, "A title that is very, very long", "12 · 5×5", 2 * room)
    assert telling == "12 · 5×5"
    assert title.endswith("…")
    for telling, title in (told_of(style, "Reward r", "number", room), told_of(style, "Attention", "axis 1", room)):
        wide = style.mono_metrics.horizontalAdvance(telling) + style.title_metrics.horizontalAdvance(title)
        assert wide + 10 <= room
    assert told_of(style, "Conv 2D", "", room) == ("", "Conv 2D")
