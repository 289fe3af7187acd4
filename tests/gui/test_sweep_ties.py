"""Parameters of a sweep that take the same values together: chosen, trained, in the table and in the plot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from core.training.sweeps.plan import Axis, Sweep
from gui.session import Session
from gui.sweeps.axis_form import RANGE
from gui.sweeps.found import in_one, lines_of, short
from gui.sweeps.panel import SweepPanel
from gui.sweeps.ties import Ties
from tests.gui.conftest import shortened
from tests.gui.prepared_sweeps import BATCH, LR, prepared

WAIT = 120_000
WIDTHS = ("linear_1.out_features", "linear_2.out_features")


@pytest.fixture
def session(ready: Session) -> Iterator[Session]:
    """A network with two hidden layers."""
    ready.open_project(shortened("mlp-playground", 1))
    ready.infer()
    return ready


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> SweepPanel:
    panel = SweepPanel(session)
    qtbot.addWidget(panel)
    panel.resize(1200, 420)
    panel.show()
    qtbot.waitUntil(lambda: bool(panel.setup.axes[0].address), timeout=WAIT)
    return panel


def counted(panel: SweepPanel, qtbot: QtBot, text: str) -> None:
    qtbot.waitUntil(lambda: text in (panel.setup.wrong.text() or panel.setup.count.text()), timeout=WAIT)


def tie(ties: Ties, words: str) -> None:
    ties.add_button.click()
    field = ties.fields[-1]
    field.setText(words)
    field.editingFinished.emit()


def test_two_widths_take_the_same_values(panel: SweepPanel, qtbot: QtBot) -> None:
    form = panel.setup.axes[0]
    form.choose(WIDTHS[0])
    assert form.list.cursorPosition() == 0, "a long list is seen from its first value"
    tie(form.ties, WIDTHS[1])
    assert form.ties.addresses == (WIDTHS[1],)
    assert form.now.text() == f"{WIDTHS[0]} = 4\n{WIDTHS[1]} = 2"
    form.list.setText("3, 5, 8")
    form.changed.emit()
    counted(panel, qtbot, "3 runs")
    assert panel.setup.sweep()[0] == Sweep((Axis(WIDTHS, (3, 5, 8)),))
    form.way.setCurrentText(RANGE)
    found = panel.setup.sweep()[0]
    assert found is not None
    assert found.axes[0].addresses == WIDTHS


def test_only_what_takes_such_values_is_offered_and_each_once(panel: SweepPanel, qtbot: QtBot) -> None:
    first, second = panel.setup.axes
    first.choose("training.objectives[0].optimizer")
    assert not first.ties.add_button.isVisible(), "nothing else is an optimizer"
    first.choose(WIDTHS[0])
    first.ties.add_button.click()
    field = first.ties.fields[0]
    assert field.found(WIDTHS[0]) == []
    assert field.found("optimizer kind adam") == []
    assert field.found(WIDTHS[1])[0] == WIDTHS[1]
    field.editingFinished.emit()
    assert first.ties.fields == [], "left empty, it goes"
    tie(first.ties, WIDTHS[1])
    second.choose(WIDTHS[1])
    counted(panel, qtbot, "stands twice")


def test_a_tie_goes_when_it_is_emptied_or_its_values_do_not_fit_any_more(panel: SweepPanel) -> None:
    form = panel.setup.axes[0]
    form.choose(WIDTHS[0])
    tie(form.ties, WIDTHS[1])
    form.ties.fields[0].setText("")
    form.ties.fields[0].textEdited.emit("")
    assert form.ties.addresses == ()
    tie(form.ties, WIDTHS[1])
    form.choose(BATCH)
    assert form.ties.addresses == (WIDTHS[1],), "both are whole numbers"
    form.choose("training.objectives[0].schedule")
    assert form.ties.addresses == ()


def test_what_one_of_them_cannot_be_is_told(panel: SweepPanel, qtbot: QtBot) -> None:
    form = panel.setup.axes[0]
    form.choose(LR)
    tie(form.ties, WIDTHS[0])
    counted(panel, qtbot, "whole number")
    assert not panel.setup.start_button.isEnabled()


def test_start_is_seen_however_long_the_form_is(panel: SweepPanel, qtbot: QtBot) -> None:
    panel.resize(440, 260)
    form = panel.setup.axes[0]
    form.way.setCurrentText(RANGE)
    tie(form.ties, BATCH)
    tie(form.ties, WIDTHS[0])
    qtbot.waitUntil(lambda: panel.setup.column.verticalScrollBar().maximum() > 0)
    start = panel.setup.start_button
    assert start.visibleRegion().boundingRect().size() == start.size()


def test_the_results_name_all_of_them(session: Session, panel: SweepPanel, qtbot: QtBot) -> None:
    folder = prepared(session.front.project, Sweep((Axis(WIDTHS, (2, 3)),)))
    session.sweeps.changed.emit()
    qtbot.waitUntil(lambda: panel.found is not None and panel.found.folder == folder, timeout=WAIT)
    assert panel.found is not None
    assert panel.found.titles == ("linear_1, linear_2: Output features",)
    assert panel.table.horizontalHeaderItem(0).text() == "Output features"
    assert " = ".join(WIDTHS) in panel.table.horizontalHeaderItem(0).toolTip()
    assert [panel.table.item(line, 0).text() for line in range(2)] == ["2", "3"]
    assert [len(line.x) for line in lines_of(panel.found, "train loss").lines] == [2]
    # 2 → w → w → 1 has w² + 5w + 1 parameters.
    assert [row.parameters for row in panel.found.table.rows] == [15, 25]
    panel.open_row(panel.found.table.rows[1])
    assert [session.front.project.graph.nodes[f"linear_{n}"].params["out_features"] for n in (1, 2)] == [3, 3]


@pytest.mark.parametrize(
    ("titles", "whole", "head"),
    [
        (["a: Units", "b: Units"], "a, b: Units", "Units"),
        (["a: Units", "b: Channels"], "a: Units = b: Channels", "Units = Channels"),
        (["Batch size"], "Batch size", "Batch size"),
        (["Batch size", "a: Units"], "Batch size = a: Units", "Batch size = Units"),
    ],
)
def test_titles_of_parameters_that_go_together(titles: list[str], whole: str, head: str) -> None:
    assert in_one(titles) == whole
    assert short(whole) == head
