"""Metrics, stop criteria, forecast and the learning-rate finder in the Training panel."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.model.ops import SetTraining
from core.model.project import Project
from core.model.settings import Stop
from core.training import forecast
from gui.documents import LiveRun
from gui.panels.parts import Column
from gui.panels.rate_dialog import RateDialog
from gui.panels.training import TrainingPanel
from gui.progress import progress_of
from gui.session import Session
from gui.views.learning import LearningView
from gui.window import Window


@pytest.fixture
def panel(qtbot: QtBot, ready: Session, playground: Project) -> TrainingPanel:
    ready.open_project(playground)
    ready.infer()
    made = TrainingPanel(ready)
    qtbot.addWidget(made)
    made.resize(340, 900)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: made.judging is not None and "accuracy" in made.judging.list.boxes)
    return made


def boxes(panel: TrainingPanel) -> dict[str, bool]:
    assert panel.judging is not None
    return {name: box.isChecked() for name, box in panel.judging.list.boxes.items()}


def click(panel: TrainingPanel, qtbot: QtBot, name: str) -> None:
    assert panel.judging is not None
    box = panel.judging.list.boxes[name]
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() - box.rect().bottomRight() / 4)


def test_metrics_are_chosen_from_those_that_fit(panel: TrainingPanel, qtbot: QtBot) -> None:
    found = boxes(panel)
    assert found["accuracy"]
    assert not found["f1"]
    assert not {"r2", "bits", "box_iou", "return"} & set(found)
    training = lambda: panel.session.front.project.training  # noqa: E731 - read anew at every look
    panel.judging.list.boxes["f1"].click()  # type: ignore[union-attr]
    assert training().metrics == ("accuracy", "f1")
    panel.session.undo()
    qtbot.waitUntil(lambda: not boxes(panel)["f1"])
    assert training().metrics == ()
    panel.judging.list.boxes["accuracy"].click()  # type: ignore[union-attr]
    assert training().metrics == ("loss",)
    qtbot.waitUntil(lambda: not any(boxes(panel).values()))
    panel.judging.list.boxes["accuracy"].click()  # type: ignore[union-attr]
    assert training().metrics == ()


def test_a_chosen_metric_has_a_curve(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.judging.list.boxes["f1"].click()  # type: ignore[union-attr]
    panel.session.start()
    run = panel.session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.state == "done", timeout=60_000)
    assert "f1" in run.epochs[-1].validation
    assert "f1" in run.test
    view = LearningView(panel.session)
    qtbot.addWidget(view)
    view.refresh()
    titles = [view.chooser.itemText(index) for index in range(view.chooser.count())]
    assert titles == ["Accuracy", "F₁"]
    view.chooser.setCurrentIndex(1)
    view.refresh()
    assert view.metric == "f1"
    assert view.metric_plot.caption.text() == "F₁, % over epoch"


def test_stop_criteria_are_edits_of_the_project(panel: TrainingPanel) -> None:
    assert panel.judging is not None
    panel.judging.stop.edited.emit("above", 0.9)
    panel.judging.stop.edited.emit("seconds", 30.0)
    panel.judging.stop.edited.emit("metric", "f1")
    panel.refresh()
    panel.judging.stop.edited.emit("loss_below", 0.1)
    assert panel.session.front.project.training.stop == Stop(0.1, "f1", 0.9, 30.0)


def show_stop(panel: TrainingPanel, stop: Stop, **others: object) -> str:
    """Takes other stop criteria; what the panel says of them."""
    training = msgspec.structs.replace(panel.session.front.project.training, stop=stop, **others)
    panel.session.edit("Set", [SetTraining(training)])
    panel.refresh()
    assert panel.judging is not None
    return "" if panel.judging.idle.isHidden() else panel.judging.idle.text()


def offered(panel: TrainingPanel) -> list[str]:
    """The metrics by which a run can be ended."""
    assert panel.judging is not None
    editor = panel.judging.stop.rows["metric"].editor
    return [editor.itemData(index) for index in range(editor.count())]


def regress(panel: TrainingPanel, qtbot: QtBot) -> None:
    """Opens a network whose loss has no accuracy."""
    panel.session.open_preset("linreg-1d")
    panel.session.infer()
    qtbot.waitUntil(lambda: panel.judging is not None and "r2" in panel.judging.list.boxes)


def test_a_run_can_be_ended_by_what_some_loss_has(panel: TrainingPanel, qtbot: QtBot) -> None:
    assert "accuracy" in offered(panel)
    assert "r2" not in offered(panel)
    regress(panel, qtbot)
    assert panel.judging is not None
    assert "accuracy" not in offered(panel)
    assert set(offered(panel)) == set(panel.judging.list.boxes)
    first = panel.judging.stop.rows["metric"].editor.currentData()
    assert first == offered(panel)[0]
    assert panel.session.front.project.training.stop == Stop()
    assert panel.judging.stop.rows["metric"].reset.isHidden()
    # The metric that is shown is the one that the number is for.
    panel.judging.stop.edited.emit("above", 0.9)
    assert panel.session.front.project.training.stop == Stop(metric=first, above=0.9)


def test_a_stored_criterion_that_no_loss_has_stays_and_says_why(panel: TrainingPanel, qtbot: QtBot) -> None:
    regress(panel, qtbot)
    said = show_stop(panel, Stop(metric="accuracy", above=0.9))
    assert said == (
        "Accuracy does not end the run: no loss of this network has it. Choose another metric, or empty “Metric above”."
    )
    assert offered(panel)[-1] == "accuracy"
    assert panel.judging.stop.rows["metric"].editor.currentText() == "Accuracy"  # type: ignore[union-attr]
    assert show_stop(panel, Stop(metric="r2", above=0.9)) == ""
    assert "accuracy" not in offered(panel)


def test_a_criterion_by_a_metric_that_is_not_computed_says_so(panel: TrainingPanel) -> None:
    by_f1 = Stop(metric="f1", above=0.9)
    assert show_stop(panel, by_f1) == "F₁ does not end the run: it is not computed. Check F₁ under Metrics."
    assert show_stop(panel, by_f1, metrics=("f1",)) == ""
    assert show_stop(panel, Stop(metric="accuracy", above=0.9), metrics=()) == ""
    assert show_stop(panel, Stop(metric="accuracy", above=0.9), metrics=("f1",)).startswith("Accuracy does not end")


def test_without_any_metric_nothing_can_be_chosen(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.session.open_preset("gan")
    panel.session.infer()
    told = "No metric besides the loss fits the losses of this network."
    qtbot.waitUntil(lambda: told in [each.text() for each in panel.judging.list.findChildren(QLabel)])
    assert panel.judging is not None
    rows = panel.judging.stop.rows
    assert not rows["metric"].editor.isEnabled()
    assert rows["above"].idle == "It has no effect: no loss of this network has a metric besides the loss itself."
    assert rows["loss_below"].editor.isEnabled()
    assert show_stop(panel, Stop(above=0.5)).endswith("has it. Empty “Metric above”.")
    assert rows["above"].editor.isEnabled()


def test_a_run_that_ends_early_says_why(panel: TrainingPanel, qtbot: QtBot) -> None:
    session, said = panel.session, list[str]()
    session.noticed.connect(lambda message, level: said.append(message))
    panel.judging.stop.edited.emit("loss_below", 100.0)  # type: ignore[union-attr]
    session.start()
    run = session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.state == "done", timeout=60_000)
    assert len(run.epochs) == 1
    assert any(message.startswith("Ended early. The validation loss fell to") for message in said)
    assert "ended early" in progress_of(session)[1]


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.52, "1.5 s"), (12.0, "12 s"), (100.0, "1:40 min"), (7500.0, "2:05 h")]
)
def test_times_are_told_with_their_unit(panel: TrainingPanel, seconds: float, text: str) -> None:
    run = LiveRun("run 1", panel.session.front.project, "done", seconds=seconds)
    panel.session.front.runs.append(run)
    assert progress_of(panel.session)[1].startswith(f"done · 0 epochs in {text}")


def test_the_panel_says_what_a_run_takes(panel: TrainingPanel, qtbot: QtBot) -> None:
    line = panel.forecast
    assert line is not None
    qtbot.waitUntil(lambda: line.text.text().startswith("A run: about"), timeout=10_000)
    assert "\u00a0KiB, " in line.text.text()
    assert line.text.text().endswith("\u00a0s"), "no line breaks before a unit"
    assert "activations" in line.text.toolTip()
    assert not line.warning.isVisible()
    few = line.text.text()
    panel.run_form.edited.emit("epochs", 90_000)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: line.text.text() != few, timeout=10_000)


def test_the_panel_says_when_the_memory_is_a_guess(
    panel: TrainingPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looks(*_: object) -> int:
        raise forecast.NeedsNumbersError("own_1")

    line = panel.forecast
    assert line is not None
    qtbot.waitUntil(lambda: bool(line.text.text()), timeout=10_000)
    assert not line.remark.isVisibleTo(panel)
    monkeypatch.setattr(forecast, "kept_by_autograd", looks)
    panel.run_form.edited.emit("epochs", 90_000)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: line.remark.isVisibleTo(panel), timeout=10_000)
    assert line.remark.text().startswith("The memory is a guess: own_1 looks at numbers")


def test_a_rate_is_found_and_taken(panel: TrainingPanel, qtbot: QtBot) -> None:
    before = panel.session.front.project.training
    panel.find_button.click()
    dialog = panel.rates
    assert isinstance(dialog, RateDialog)
    assert not dialog.isModal()
    assert not dialog.use_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.search is not None, timeout=30_000)
    assert panel.session.front.project.training is before
    search = dialog.search
    assert search is not None
    assert search.suggestion > 0
    assert dialog.use_button.text() == f"Use {search.suggestion:g}"
    dialog.grab()
    dialog.use_button.click()
    assert panel.session.front.project.training.objectives[0].optimizer.params["lr"] == search.suggestion
    assert panel.session.history.undo_text == "Use the rate that was found"
    panel.session.undo()
    assert panel.session.front.project.training == before
    qtbot.waitUntil(lambda: panel.rates is None)


def test_no_trial_without_a_sound_network(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.session.selection_changed.emit()
    loss = panel.session.front.project.graph.of_family("loss")[0].id
    panel.session.select((loss,))
    panel.session.delete_selection()
    panel.session.infer()
    qtbot.waitUntil(lambda: not panel.find_button.isEnabled())
    assert "loss" in panel.find_button.toolTip()
    panel.find_rate()
    assert panel.rates is None


def test_what_became_of_compiling_the_step_is_told(window: Window, qtbot: QtBot) -> None:
    session, said = window.session, list[str]()
    session.noticed.connect(lambda message, level: said.append(message))
    training = session.front.project.training
    # A step that moves nothing but by turns of two batches stays as it is, with a compiler or without.
    objectives = tuple(msgspec.structs.replace(each, accumulate=2) for each in training.objectives)
    session.edit("As fast", [SetTraining(msgspec.structs.replace(training, speed="fast", objectives=objectives))])
    session.start()
    run = session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.state == "done", timeout=60_000)
    assert run.tier.startswith("The step stays as it is: ")
    assert said.count(run.tier) == 1
    window.top.show_progress()
    assert run.tier in window.top.told.toolTip()


def test_long_names_of_metrics_do_not_push_the_panel_out_of_its_column(qtbot: QtBot, ready: Session) -> None:
    ready.open_preset("vae")
    ready.infer()
    panel = TrainingPanel(ready)
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    with qtbot.waitExposed(panel):
        panel.show()
    qtbot.waitUntil(lambda: panel.judging is not None and "mae" in panel.judging.list.boxes)
    column = panel.findChild(Column)
    assert panel.judging is not None
    assert isinstance(column, Column)
    boxes = list(panel.judging.list.boxes.values())
    qtbot.waitUntil(lambda: len({box.x() for box in boxes}) == 1)
    assert column.widget().width() <= column.viewport().width()
    assert all(box.geometry().right() <= panel.judging.list.width() for box in boxes)
    panel.resize(700, 900)
    qtbot.waitUntil(lambda: len({box.x() for box in boxes}) == 2)
