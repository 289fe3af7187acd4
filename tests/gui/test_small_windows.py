"""Where the room is short, nothing is cut that can be shown whole, and nothing lies in the way."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QTabBar, QWidget
from pytestqt.qtbot import QtBot

import presets
from core.model.spec import Param
from core.training.records import Confusion
from gui.canvas.style import FULL
from gui.canvas.view import CanvasView
from gui.panels.form import Form
from gui.panels.numberbox import NumberBox
from gui.panels.parts import Panel
from gui.panels.title_field import TitleField
from gui.session import Session
from gui.style import contrast, ink_on
from gui.theme import DARK, LIGHT
from gui.views.cards import Card, Cards
from gui.views.confusion import ConfusionView
from gui.window import Window
from tests.gui.live_views import give, opened

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def view(qtbot: QtBot, ready: Session) -> CanvasView:
    ready.open_project(presets.load("lenet-5"))
    ready.infer()
    made = CanvasView(ready)
    qtbot.addWidget(made)
    made.resize(720, 300)
    made.show()
    made.fit()
    return made


def test_a_whole_network_takes_the_whole_canvas(view: CanvasView) -> None:
    # So that LeNet-5 shows its pictures in a window of 1,280 × 720.
    assert view.zoom > FULL
    room = view.mapToScene(view.viewport().rect()).boundingRect()
    boxes = [item.scene_box for item in view.network.nodes.values()]
    assert all(room.contains(box) for box in boxes)
    assert not view.minimap.isVisible()


def test_the_map_comes_back_with_what_is_out_of_sight(view: CanvasView) -> None:
    view.zoom = 1.0
    assert view.minimap.isVisible()
    view.fit()
    assert not view.minimap.isVisible()
    view.network.place("conv2d_1", QPointF(-3000, 0))
    view.network.lay_all()
    assert view.minimap.isVisible()


def test_a_map_that_covers_nothing_stays(view: CanvasView) -> None:
    view.resize(900, 900)
    view.fit()
    assert view.minimap.isVisible()


def test_one_card_is_never_broader_than_its_view(qtbot: QtBot) -> None:
    session = Session()
    cards = Cards(session)
    qtbot.addWidget(cards)
    cards.show_cards([Card(f"n{i}", "Average pool 2D", "pooling", np.zeros((6, 4, 4), np.float32)) for i in range(3)])
    for width in (90, 130, 150, 400):
        cards.resize(width, 200)
        cards.show()
        assert cards.viewport().rect().right() > cards.box(0).right()
    session.close()


def test_a_title_that_has_no_room_says_so(qtbot: QtBot) -> None:
    title = TitleField("Title", "What it is.")
    qtbot.addWidget(title)
    title.resize(120, 30)
    title.show()
    title.show_title("Sequence to sequence with attention")
    assert title.shown.endswith("…")
    assert title.text() == "Sequence to sequence with attention"
    title.resize(500, 30)
    assert title.shown == title.text()


@pytest.mark.parametrize("unit", ["%", "pixels", "characters"])
def test_fields_with_a_unit_end_where_the_others_end(qtbot: QtBot, unit: str) -> None:
    session = Session()
    panel = Panel(session)
    form = Form([Param("a", "Size", "int", 28, "A.", 1, 99_999, unit=unit), Param("b", "Seed", "int", 0, "B.", 0, 9)])
    panel.body.addWidget(form)
    panel.resize(320, 120)
    qtbot.addWidget(panel)
    panel.show()
    first, second = (form.rows[name].editor for name in "ab")
    assert right_of(first, panel) == right_of(second, panel)
    told = first.unit  # type: ignore[union-attr]
    line = first.lineEdit()  # type: ignore[union-attr]
    assert told.isVisible()
    assert told.text() == unit
    assert line.rect().contains(told.geometry())
    # Four figures stand beside it.
    assert line.textMargins().right() + line.fontMetrics().horizontalAdvance("9999") <= line.width()
    session.close()


def test_none_has_no_unit(qtbot: QtBot) -> None:
    box = NumberBox(Param("time", "Time", "float", None, "Seconds.", 0, optional=True, unit="s"))
    qtbot.addWidget(box)
    box.show()
    assert not box.unit.isVisible()
    box.show_value(2.5)
    assert box.unit.isVisible()
    box.show_value(None)
    assert not box.unit.isVisible()
    assert box.lineEdit().textMargins().right() == 0


def right_of(widget: QWidget, within: QWidget) -> int:
    return widget.mapTo(within, widget.rect().topRight()).x()


def test_counts_of_mistakes_have_room_in_their_cells(qtbot: QtBot, ready: Session) -> None:
    view = opened(qtbot, ready, ConfusionView, "lenet-5")
    view.resize(420, 290)
    give(ready, confusion=Confusion(np.full((4, 4), 2_700), ("0", "1", "2", "3")))
    cell = view.matrix.cell_box(0, 0)
    assert cell.width() > 40
    inside = QRect(0, 0, view.width(), view.height())
    assert inside.contains(view.recalls.geometry().translated(view.body.pos()).adjusted(0, 0, -8, 0))
    assert view.recalls.width() > 150
    middle = view.matrix.cell_box(3, 1).center().toPoint()
    assert view.matrix.cell_at(middle) == (3, 1)


@pytest.fixture
def small(window: Window) -> Window:
    window.session.open_preset("resnet-18")
    window.session.infer()
    window.resize(1280, 720)
    return window


def test_settings_keep_their_share_of_the_right_side(small: Window) -> None:
    above, below = small.places.right.sizes()
    assert above > below


def test_the_way_out_of_a_block_is_there_in_presentation(small: Window, qtbot: QtBot) -> None:
    session, way = small.session, small.places.documents.way
    instance = next(node.id for node in session.front.project.graph.nodes.values() if node.kind == "block")
    session.enter(instance)
    assert small.top.crumbs.isVisible()
    assert not way.isVisible()
    small.present()
    qtbot.waitUntil(way.isVisible)
    assert not small.top.crumbs.isVisible()
    assert right_of(way, small) < small.width()
    assert way.blocks[0].isVisible()
    way.title.pressed.emit()
    assert not session.place.steps
    assert not way.isVisible()
    session.enter(instance)
    small.present()
    assert small.top.crumbs.isVisible()
    assert not way.isVisible()


def test_large_letters_gather_the_views_in_one_pane(small: Window, qtbot: QtBot) -> None:
    views = small.places.views
    small.resize(1920, 1000)
    qtbot.waitUntil(lambda: views.panes[1].isVisible())
    small.show_place("activations")
    small.present()
    qtbot.waitUntil(lambda: not views.panes[1].isVisible())
    small.show_place("confusion")
    small.present()
    qtbot.waitUntil(lambda: views.panes[1].isVisible())
    # What was looked at last stays in front, and the other pane shows what it showed before.
    assert views.panes[1].current == "confusion"
    assert views.panes[0].current == "learning"


@pytest.mark.parametrize("large", [False, True])
def test_no_line_of_the_shortcuts_is_cut(small: Window, qtbot: QtBot, large: bool) -> None:
    if large:
        small.present()
    sheet = small.show_shortcuts()
    inside = sheet.area.widget()
    qtbot.waitUntil(lambda: sheet.sheet.isVisible() and inside.width() <= sheet.area.viewport().width())
    for told in inside.findChildren(QLabel):
        broad = told.heightForWidth(told.width()) if told.wordWrap() else told.sizeHint().height()
        assert told.height() >= broad, told.text()
        assert right_of(told, inside) < inside.width()
    # In a window of 1,280 × 720 all of them are seen at once; where they are not, keys scroll.
    assert bool(sheet.area.verticalScrollBar().maximum()) == large
    assert small.focusWidget() is sheet.area
    if large:
        QTest.keyClick(sheet.area, Qt.Key.Key_PageDown)
        assert sheet.area.verticalScrollBar().value() > 0
    QTest.keyClick(sheet.area, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_tabs_stand_closer_before_they_scroll(small: Window, qtbot: QtBot) -> None:
    small.resize(1440, 900)
    left, right = small.places.views.panes
    qtbot.waitUntil(right.isVisible)
    for tabs in (left.tabs, right.tabs):
        qtbot.waitUntil(lambda tabs=tabs: all_fit(tabs))
        measure = tabs.fontMetrics()
        for index in range(tabs.count()):
            assert tabs.tabRect(index).width() > measure.horizontalAdvance(tabs.tabText(index)) + 8
    before = left.tabs.tabRect(0).width()
    small.resize(2200, 900)
    qtbot.waitUntil(lambda: left.tabs.tabRect(0).width() > before)


def all_fit(tabs: QTabBar) -> bool:
    return all(tabs.rect().contains(tabs.tabRect(index)) for index in range(tabs.count()))


@pytest.mark.parametrize("color", [*LIGHT.families.values(), LIGHT.accent, DARK.accent, "#8FB4F5", "#E9C77B"])
def test_figures_on_a_colour_can_be_read(color: str) -> None:
    assert contrast(ink_on(QColor(color)), QColor(color)) >= 4.5
