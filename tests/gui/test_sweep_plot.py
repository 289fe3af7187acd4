"""The plot of a sweep: what it shows first, and how its axes are marked."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from core.training.sweeps.plan import Axis, Sweep
from gui.session import Session
from gui.sweeps.found import Found, read_found
from gui.sweeps.panel import SweepPanel
from gui.sweeps.results import Results
from tests.gui.conftest import shortened
from tests.gui.prepared_sweeps import LR, axis, prepared

WIDTHS = ("linear_1.out_features", "linear_2.out_features")


@pytest.fixture
def results(ready: Session, qtbot: QtBot) -> Results:
    made = Results(ready)
    qtbot.addWidget(made)
    made.resize(480, 300)
    made.show()
    return made


def found(sweep: Sweep, trained: int | None = None) -> Found:
    return read_found(prepared(shortened("mlp-playground", 1), sweep, trained))


def marks(results: Results) -> list[str]:
    """What stands at the x axis."""
    axis = results.plot.getAxis("bottom")
    return [text for _, text in axis._tickLevels[0]] if axis._tickLevels else []


def test_validation_is_shown_first_also_of_a_sweep_that_has_just_begun(results: Results) -> None:
    sweep = Sweep((Axis(WIDTHS, (2, 4)),))
    begun = found(sweep, trained=0)
    results.show_found(begun)
    assert results.part.count() == 0
    assert not results.controls.isVisible()
    over = found(sweep)
    # The same sweep, once its runs are done.
    results.show_found(Found(begun.folder, sweep, over.table, 2, 2, {}, over.titles))
    assert results.part.currentText() == "Validation"
    assert results.controls.isVisible()
    results.part.setCurrentIndex(results.part.findData("test"))
    results.show_found(Found(begun.folder, sweep, over.table, 2, 2, {}, over.titles))
    assert results.part.currentText() == "Test", "what was chosen stays"


def test_few_values_are_marked_by_themselves(results: Results) -> None:
    results.show_found(found(Sweep((Axis(WIDTHS, (2, 4, 8)),))))
    assert results.log_x.isChecked()
    assert marks(results) == ["2", "4", "8"]
    results.log_x.click()
    assert marks(results) == ["2", "4", "8"]
    results.over.setCurrentIndex(results.over.findData("size"))
    # w² + 5w + 1 parameters.
    assert marks(results) == ["15", "37", "105"]


def test_values_that_stand_close_together_leave_the_marks_to_the_axis(results: Results) -> None:
    results.show_found(found(Sweep((axis(LR, 0.01, 0.011, 0.1),))))
    assert marks(results) == []


def test_a_share_is_drawn_in_percent_and_a_loss_is_not(results: Results) -> None:
    results.show_found(found(Sweep((axis(LR, 0.01, 0.1),))))
    results.measure.setCurrentIndex(results.measure.findData("accuracy"))
    plot = results.plot
    assert (plot.getAxis("left").scale, plot.caption.text()) == (100.0, "Accuracy, %, validation")
    results.log_y.click()
    assert (plot.getAxis("left").scale, plot.caption.text()) == (1.0, "Accuracy, validation")
    results.log_y.click()
    results.measure.setCurrentIndex(results.measure.findData("loss"))
    assert (plot.getAxis("left").scale, plot.caption.text()) == (1.0, "Loss, validation")


def test_everything_over_a_sweep_has_room_in_a_narrow_panel(ready: Session, qtbot: QtBot) -> None:
    project = shortened("mlp-playground", 1)
    ready.open_project(project)
    ready.infer()
    folder = prepared(project, Sweep((axis(LR, 0.01, 0.1),)), trained=1)
    panel = SweepPanel(ready)
    qtbot.addWidget(panel)
    for width in (440, 900):
        panel.resize(width, 300)
        panel.show()
        qtbot.waitUntil(lambda: panel.found is not None and panel.found.folder == folder, timeout=60_000)
        head = panel.head
        shown = [each for each in (*head.parts.values(), head.resume_button, head.more_button) if each.isVisible()]
        assert len(shown) == 5
        qtbot.waitUntil(lambda shown=shown: all(each.width() >= each.sizeHint().width() for each in shown))
        assert panel.width() == width, "it pushes nobody aside"
        assert head.told.text() == "1 of 2 runs"
        assert head.told.fits(head.told.text())
