"""Tab reaches everything, in the order in which it stands, and is caught nowhere; what has no words has a name."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QSlider, QSpinBox, QTableView, QWidget

from gui.tab_walk import can_stop
from gui.views.base import View
from gui.window import Window
from tests.gui.live_views import add_run

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def open_window(window: Window) -> Window:
    window.session.open_preset("mlp-xor")
    window.session.infer()
    window.resize(1600, 1000)
    add_run(window.session, [2.0, 1.0, 0.5, 0.25, 0.1, 0.05])
    for place in ("lectures", "runs", "training", "inspector"):
        window.show_place(place)
    return window


def walked(window: Window, key: Qt.Key, most: int = 200) -> list[QWidget]:
    """Every widget at which the focus comes by, from the Train button until it is there again."""
    window.top.train.setFocus()
    seen = [window.top.train]
    for _ in range(most):
        now = window.focusWidget()
        QTest.keyClick(now, key)
        if window.focusWidget() is window.top.train:
            return seen
        if window.focusWidget() is not seen[-1]:
            seen.append(window.focusWidget())
    raise AssertionError(f"The focus is caught in {window.focusWidget()}.")


def test_tab_goes_round_and_through_the_parts_in_their_order(open_window: Window) -> None:
    # Made late, the settings of a node still come between the views and the lecture.
    open_window.session.select([next(iter(open_window.session.graph.nodes))])
    seen = walked(open_window, Qt.Key.Key_Tab)
    parts = [open_window.places.left, open_window.places.documents, open_window.places.views.panes[0]]
    parts += [open_window.places.views.panes[1], open_window.places.details, open_window.places.note]
    parts.append(open_window.status)
    passed = [next((i for i, part in enumerate(parts) if part.isAncestorOf(each)), -1) for each in seen]
    inner = [each for each in passed if each >= 0]
    assert inner == sorted(inner)
    assert set(inner) == set(range(len(parts)))
    for pane in (open_window.places.left, open_window.places.details):
        first = next(each for each in seen if pane.isAncestorOf(each))
        assert first is pane.tabs


def test_shift_tab_goes_the_same_way_back(open_window: Window) -> None:
    canvas, top = open_window.places.documents.canvas, open_window.top

    def passed(key: Qt.Key) -> list[QWidget]:
        # The canvas has stops of its own; buttons for a run come and go with its state.
        return [each for each in walked(open_window, key) if each is not canvas and not top.isAncestorOf(each)]

    assert passed(Qt.Key.Key_Backtab) == passed(Qt.Key.Key_Tab)[::-1]


def test_no_table_keeps_the_tab_key(open_window: Window) -> None:
    for place in ("runs", "sweep", "data", "activations"):
        open_window.show_place(place)
    tables = open_window.findChildren(QTableView)
    assert tables
    assert not [table.accessibleName() for table in tables if table.tabKeyNavigation()]


@pytest.mark.parametrize("place", ["learning", "weights", "activations", "boundary", "surface", "samples", "code"])
def test_controls_of_views_have_names(open_window: Window, place: str) -> None:
    open_window.show_place(place)
    view = next(each for each in open_window.findChildren(View) if each.isVisible() and place in type(each).__module__)
    for control in view.findChildren(QWidget):
        if isinstance(control, (QAbstractButton, QComboBox, QSlider, QSpinBox)) and can_stop(control):
            words = control.text() if isinstance(control, QAbstractButton) else ""
            assert control.accessibleName() or len(words) > 1, control
