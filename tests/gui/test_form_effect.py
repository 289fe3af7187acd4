"""Settings that have no effect as the others are: greyed, with the reason, and back as soon as they count."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.data.seeding import ALL_TRAIN
from core.model.ops import SetData
from core.model.settings import Data, Split
from gui.panels.data import DataPanel

WHY = "It has no effect while Points is “truth table”."
CLOUD = ("samples", "noise", "seed")


def use(data_panel: DataPanel, qtbot: QtBot, data: Data) -> None:
    data_panel.session.edit("Use", [SetData(data)])
    qtbot.waitUntil(lambda: data_panel.seen == data and not data_panel.is_loading, timeout=20_000)


def test_settings_of_the_cloud_wait_for_the_cloud(data_panel: DataPanel, qtbot: QtBot) -> None:
    use(data_panel, qtbot, Data("xor"))
    assert data_panel.form.form is not None
    rows = data_panel.form.form.rows
    for name in CLOUD:
        assert not rows[name].editor.isEnabled()
        assert not rows[name].title.isEnabled()
        assert rows[name].toolTip() == f"{rows[name].param.doc} {WHY}"
    assert rows["points"].editor.isEnabled()
    chooser = rows["points"].editor
    chooser.activated.emit(chooser.findData("cloud"))
    qtbot.waitUntil(lambda: all(rows[name].editor.isEnabled() for name in CLOUD), timeout=20_000)
    assert all(WHY not in rows[name].toolTip() for name in CLOUD)
    assert data_panel.session.history.project.data.params == {"points": "cloud"}
    data_panel.session.history.undo()
    qtbot.waitUntil(lambda: not any(rows[name].editor.isEnabled() for name in CLOUD), timeout=20_000)


def test_the_reason_is_read_where_settings_are_explained(data_panel: DataPanel, qtbot: QtBot) -> None:
    use(data_panel, qtbot, Data("xor"))
    assert data_panel.form.form is not None
    row = data_panel.form.form.rows["noise"]
    with qtbot.waitSignal(data_panel.form.explained) as told:
        QApplication.sendEvent(row, QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1)))
    assert told.args == [f"{row.param.doc} {WHY}"]


def test_a_number_of_zero_is_a_reason_too(data_panel: DataPanel, qtbot: QtBot) -> None:
    for share, why in ((0.0, "It has no effect while Wrong is 0."), (0.05, "")):
        use(data_panel, qtbot, Data("wrong-labels", {"share": share}))
        assert data_panel.form.form is not None
        assert data_panel.form.form.rows["seed"].idle == why
        assert data_panel.form.form.rows["seed"].editor.isEnabled() == (not why)


def test_the_seed_of_the_parts_waits_for_a_part(data_panel: DataPanel, qtbot: QtBot) -> None:
    row = data_panel.form.split.rows["seed"]
    for split, why in ((Split(0.0, 0.0), ALL_TRAIN), (Split(0.0, 0.2), ""), (Split(0.2, 0.0), "")):
        use(data_panel, qtbot, Data("moons", {}, split))
        assert row.idle == why
        assert row.editor.isEnabled() == row.title.isEnabled() == (not why)
        assert row.toolTip() == f"{row.param.doc} {why}".strip()


def test_a_text_that_is_left_empty_says_what_that_means(data_panel: DataPanel, qtbot: QtBot) -> None:
    use(data_panel, qtbot, Data("cartpole"))
    assert data_panel.form.form is not None
    row = data_panel.form.form.rows["policy"]
    assert row.empty.isVisible()
    assert row.empty.text() == "Empty: the first output of the network decides."
    use(data_panel, qtbot, Data("cartpole", {"policy": "linear_3"}))
    assert row.empty.isHidden()
    assert data_panel.form.form.rows["batches"].empty.isHidden()
