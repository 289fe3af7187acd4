"""The cards of activations: only what is new about them is painted."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.session import Session
from gui.views.cards import Card, Cards
from tests.gui.painting import Regions


def card(node: str, *values: float) -> Card:
    return Card(node, node.title(), "dense", np.array(values, np.float32))


def test_a_card_that_stays_is_not_painted_again(qtbot: QtBot, ready: Session) -> None:
    cards, regions = Cards(ready), Regions()
    qtbot.addWidget(cards)
    cards.resize(700, 260)
    with qtbot.waitExposed(cards):
        cards.show()
    cards.show_cards([card("x", 1, 2, 3), card("hidden", 0, 1, 2), card("scores", 4, 5, 6)])
    cards.grab()
    drawn = [each.picture for each in cards.cards]
    assert all(drawn)
    QApplication.processEvents()
    cards.viewport().installEventFilter(regions)

    cards.show_cards([card("x", 1, 2, 3), card("hidden", 0, 1, 9), card("scores", 4, 5, 6)])
    qtbot.waitUntil(lambda: not regions.painted.isEmpty())

    assert [regions.painted.intersects(cards.box(index)) for index in range(3)] == [False, True, False]
    assert [new.picture is old for new, old in zip(cards.cards, drawn, strict=True)] == [True, False, True]


def test_another_number_of_cards_paints_all(qtbot: QtBot, ready: Session) -> None:
    cards, regions = Cards(ready), Regions()
    qtbot.addWidget(cards)
    cards.resize(700, 260)
    with qtbot.waitExposed(cards):
        cards.show()
    cards.show_cards([card("x", 1, 2, 3)])
    cards.grab()
    QApplication.processEvents()
    cards.viewport().installEventFilter(regions)
    cards.show_cards([card("x", 1, 2, 3), card("hidden", 0, 1, 2)])
    qtbot.waitUntil(lambda: not regions.painted.isEmpty())
    assert all(regions.painted.intersects(cards.box(index)) for index in range(2))
