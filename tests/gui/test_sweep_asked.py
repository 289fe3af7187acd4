"""A right click on a setting leads to a sweep over it, wherever the setting stands."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from core.training.sweeps.address import places
from gui.panels.form import Row
from gui.sweeps.panel import SweepPanel
from gui.window import Window


@pytest.fixture
def menus(monkeypatch: pytest.MonkeyPatch) -> list[QMenu]:
    """Every menu that opens; none is drawn, which the platform of tests cannot."""
    opened: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, at: opened.append(menu))
    return opened


def click(watched: QWidget) -> None:
    """A right click."""
    at = watched.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, watched.mapToGlobal(at))
    QApplication.sendEvent(watched, event)


def rows(window: Window, address: str) -> list[Row]:
    return [row for row in window.findChildren(Row) if row.address == address and row.isVisible()]


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("inspector", "linear_1.out_features"),
        ("training", "training.batch_size"),
        ("training", "training.objectives[0].optimizer.lr"),
        ("training", "training.objectives[0].schedule"),
        ("data", "data.samples"),
        ("data", "data.split.test"),
    ],
)
def test_a_right_click_leads_to_the_sweep(
    window: Window, qtbot: QtBot, menus: list[QMenu], place: str, address: str
) -> None:
    window.session.select({"linear_1"})
    window.show_place(place)
    qtbot.waitUntil(lambda: len(rows(window, address)) == 1)
    (row,) = rows(window, address)
    assert address in places(window.session.front.project)
    field = next(iter(row.editor.findChildren(QLineEdit)), row)
    text = f"Sweep over {row.param.title.lower()} …"
    click(field)
    (menu,) = menus
    next(action for action in menu.actions() if action.text() == text).trigger()
    pane = window.places.views.pane_of("sweep")
    assert pane is not None
    panel = pane.widget("sweep")
    assert isinstance(panel, SweepPanel)
    qtbot.waitUntil(lambda: panel.isVisible() and panel.setup.axes[0].address == address)


def test_what_a_sweep_cannot_vary_offers_none(window: Window, qtbot: QtBot, menus: list[QMenu]) -> None:
    window.show_place("training")
    # What ends a run early is none of the parameters that a sweep may change.
    qtbot.waitUntil(lambda: any(row.param.name == "loss_below" for row in rows(window, "")))
    for row in rows(window, ""):
        click(row)
    assert not [action.text() for menu in menus for action in menu.actions() if "Sweep" in action.text()]
