"""Settings that have no effect as the others are: greyed, with the reason, and back as soon as they count."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.model.ops import SetData
from core.model.settings import Data
from gui.panels.data import DataPanel
from gui.session import Session

WHY = "It has no effect while Points is “truth table”."
CLOUD = ("samples", "noise", "seed")


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[DataPanel]:
    session = Session()
    session.open_preset("mlp-xor")
    made = DataPanel(session)
    qtbot.addWidget(made)
    made.resize(320, 1400)
    made.show()
    yield made
    session.close()


def use(panel: DataPanel, qtbot: QtBot, data: Data) -> None:
    panel.session.edit("Use", [SetData(data)])
    qtbot.waitUntil(lambda: panel.seen == data and not panel.is_loading, timeout=20_000)


def test_settings_of_the_cloud_wait_for_the_cloud(panel: DataPanel, qtbot: QtBot) -> None:
    use(panel, qtbot, Data("xor"))
    assert panel.form.form is not None
    rows = panel.form.form.rows
    for name in CLOUD:
        assert not rows[name].editor.isEnabled()
        assert not rows[name].title.isEnabled()
        assert rows[name].toolTip() == f"{rows[name].param.doc} {WHY}"
    assert rows["points"].editor.isEnabled()
    chooser = rows["points"].editor
    chooser.activated.emit(chooser.findData("cloud"))
    qtbot.waitUntil(lambda: all(rows[name].editor.isEnabled() for name in CLOUD), timeout=20_000)
    assert all(WHY not in rows[name].toolTip() for name in CLOUD)
    assert panel.session.history.project.data.params == {"points": "cloud"}
    panel.session.history.undo()
    qtbot.waitUntil(lambda: not any(rows[name].editor.isEnabled() for name in CLOUD), timeout=20_000)


def test_the_reason_is_read_where_settings_are_explained(panel: DataPanel, qtbot: QtBot) -> None:
    use(panel, qtbot, Data("xor"))
    assert panel.form.form is not None
    row = panel.form.form.rows["noise"]
    with qtbot.waitSignal(panel.form.explained) as told:
        QApplication.sendEvent(row, QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1)))
    assert told.args == [f"{row.param.doc} {WHY}"]


def test_a_number_of_zero_is_a_reason_too(panel: DataPanel, qtbot: QtBot) -> None:
    for share, why in ((0.0, "It has no effect while Wrong is 0."), (0.05, "")):
        use(panel, qtbot, Data("wrong-labels", {"share": share}))
        assert panel.form.form is not None
        assert panel.form.form.rows["seed"].idle == why
        assert panel.form.form.rows["seed"].editor.isEnabled() == (not why)
