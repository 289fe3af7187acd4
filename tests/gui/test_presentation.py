"""In presentation everything is twice as large, what has a face of its own, too."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from core.training.records import Epoch
from gui.documents import LiveRun
from gui.panels.inspector import InspectorPanel
from gui.panels.parts import label
from gui.panels.runs import RunsPanel
from gui.window import Window


@pytest.fixture
def shown(window: Window, qtbot: QtBot) -> Window:
    window.session.open_preset("mlp-xor")
    window.session.infer()
    window.show()
    qtbot.waitExposed(window)
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
