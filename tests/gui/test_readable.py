"""What a student reads: nothing cut off, own units, faults beside what they are about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import presets
from core.model.settings import Data
from core.training.probe import Probe
from core.training.records import Epoch, Snapshot, Step, Watch
from core.training.trainer import Trainer
from gui.panels.data import DataPanel
from gui.session import LiveRun, Session
from gui.toast import Toast
from gui.views.activations import ActivationsView
from gui.views.base import Line
from gui.views.boundary import BoundaryView
from gui.views.learning import LearningView
from gui.views.text import TextView

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def session(ready: Session) -> Session:
    return ready


def open_preset(session: Session, id: str) -> None:
    session.open_project(presets.load(id))
    session.infer()


def add(qtbot: QtBot, widget: QWidget) -> None:
    """Closes the widget after the test, and keeps it until then: a widget that is collected as garbage may crash."""
    qtbot.addWidget(widget, before_close_func=lambda closed, kept=widget: None)


def run_of(session: Session, name: str) -> LiveRun:
    run = LiveRun(name, session.front.project, "done", steps_per_epoch=1, total_epochs=1)
    run.steps.append(Step(1, 1, 0.5, 8))
    run.epochs.append(Epoch(1, 1, {"loss": 0.5, "accuracy": 0.5}, {"loss": 0.6, "accuracy": 0.4}, 0.1, 1.0))
    session.front.runs.append(run)
    return run


def test_the_values_of_many_runs_fit_into_a_small_plot(qtbot: QtBot, session: Session) -> None:
    open_preset(session, "mlp-playground")
    for number in range(1, 9):
        run_of(session, f"run {number}")
    view = LearningView(session)
    add(qtbot, view)
    view.resize(520, 260)
    with qtbot.waitExposed(view):
        view.show()
    for plot in (view.loss_plot, view.metric_plot):
        assert plot.readout.x() > 4
        assert plot.readout.height() < plot.height() / 2
    assert "run 8" in view.loss_plot.readout.text()
    assert "and 3 more" in view.loss_plot.readout.text()


def test_a_long_line_is_cut_at_its_end_and_told_whole(qtbot: QtBot) -> None:
    line = Line()
    add(qtbot, line)
    line.resize(80, 20)
    line.show()
    line.setText("The loss became NaN at step 2")
    assert line.text() == line.toolTip() == "The loss became NaN at step 2"
    line.resize(600, 20)
    assert line.toolTip() == ""


def test_a_space_is_seen_among_the_classes(qtbot: QtBot, session: Session) -> None:
    open_preset(session, "char-rnn")
    labels = session.fields["y"].labels
    scores = np.zeros((64, len(labels)), np.float32)
    scores[:, labels.index(" ")] = 9
    y = np.full(64, labels.index("\n"), np.int64)
    run_of(session, "run 1").snapshot = Snapshot(
        1, 1, activations={"linear_1": {"output": scores}, "input_2": {"output": y}}
    )
    view = ActivationsView(session)
    add(qtbot, view)
    view.show()
    assert view.answer_pane.sentence() == "true ⏎ · predicted ␣"


def test_a_network_that_fills_gaps_is_not_waited_for_to_write(qtbot: QtBot, session: Session) -> None:
    open_preset(session, "transformer-encoder")
    view = TextView(session)
    add(qtbot, view)
    assert "next character" in view.hint()
    assert "Press Train" not in view.hint()


def test_a_boundary_has_the_units_of_the_data() -> None:
    project = presets.load("logistic-credit")
    assert "x" in project.data.standardise
    trainer = Trainer(project)
    boundary = Probe(trainer).snapshot(Watch(boundary=5)).boundary
    assert boundary is not None
    x = trainer.dataset.unstandardise("x", trainer.dataset.column("train", "x"))
    np.testing.assert_allclose(boundary.points, x[: len(boundary.points)], rtol=1e-4, atol=1e-3)
    x0, y0, x1, y1 = boundary.extent
    assert x0 < x[:, 0].min() < x[:, 0].max() < x1
    assert y0 < x[:, 1].min() < x[:, 1].max() < y1


def test_a_net_that_was_copied_to_race_itself_still_has_its_boundary(qtbot: QtBot, session: Session) -> None:
    open_preset(session, "mlp-playground")
    view = BoundaryView(session)
    add(qtbot, view)
    session.select(list(session.graph.nodes))
    session.duplicate()
    session.infer()
    assert view.watch() is not None
    assert "Press Train" in view.hint()
    trainer = Trainer(session.front.project)
    boundary = Probe(trainer).snapshot(Watch(boundary=5)).boundary
    assert boundary is not None
    assert boundary.values.shape == (5, 5, 1)


def test_a_long_message_stays_longer(qtbot: QtBot) -> None:
    over = QWidget()
    add(qtbot, over)
    toast = Toast(over)
    toast.say("Saved")
    short = toast.stays
    toast.say("Wrote lenet.onnx; read back, its outputs differ by at most 9.5e-07 on 8 samples.")
    assert toast.stays > short


def test_the_fault_of_a_table_stands_under_its_path(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    table = tmp_path / "ragged.csv"
    table.write_text("a,b,c\n1,2,3\n4,5\n")
    project = presets.load("mlp-playground")
    project.data = Data("csv", {"path": str(table)})
    session.open_project(project)
    panel = DataPanel(session)
    add(qtbot, panel)
    panel.show()

    def told() -> None:
        assert panel.form.form is not None
        assert "ragged.csv, line 3" in panel.form.form.rows["path"].error.text()

    qtbot.waitUntil(lambda: panel.look is not None)
    told()
