"""The learning view draws what runs gave, tells values under the mouse and failures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from core.training.records import Failure, Step
from gui.panels.runs_columns import result
from gui.session import Session
from gui.views.learning import LearningView
from gui.views.plotting import Plot
from gui.views.together import groups, members
from tests.gui.live_views import add_run, opened

# The offscreen platform has no window manager that size hints could be told to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def session(ready: Session) -> Session:
    return ready


def test_learning_draws_the_losses_that_the_run_gave(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    assert "Press Train" in view.hint()
    add_run(session, [3.0, 2.0, 1.0, 0.5, 0.25])
    session.frame.emit()
    trace = view._traces[0]
    x, y = trace.raw.getData()
    assert x.tolist() == [1, 2, 3, 4, 5]
    assert y.tolist() == [3.0, 2.0, 1.0, 0.5, 0.25]
    assert trace.validation.getData()[1].tolist() == [1.25]
    assert trace.metric_train.getData()[1].tolist() == [0.5]
    assert "validation 1.250" in view.loss_plot.readout.text().replace("&nbsp;", " ")
    assert "25.0 %" in view.metric_plot.readout.text()


def test_learning_takes_only_what_is_new_and_grows(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    run = add_run(session, [1.0] * 3)
    session.frame.emit()
    run.steps += [Step(index, 1, 2.0, 8) for index in range(4, 5000)]
    session.frame.emit()
    x, y = view._traces[0].raw.getData()
    assert len(x) <= 2 * view.loss_plot.plot_width() + 16
    assert (y.min(), y.max()) == (1.0, 2.0)


def test_log_axis_leaves_out_zero_and_not_a_number(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    add_run(session, [100.0, 0.0, float("nan"), -1.0, 1.0])
    session.frame.emit()
    view.log.setChecked(True)
    y = view._traces[0].raw.getData()[1]
    assert y[0] == 2.0
    assert y[-1] == 0.0
    assert np.isnan(y[1:4]).all()
    assert not view.grab().isNull()


def test_several_runs_have_names_and_colors_and_can_be_hidden(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    first, second = add_run(session, [1.0] * 5, name="narrow"), add_run(session, [2.0] * 5, name="wide")
    session.frame.emit()
    text = view.loss_plot.readout.text()
    assert "narrow" in text
    assert "wide" in text
    assert len({trace.train_color for trace in view._traces}) == 2
    first.shown = False
    session.run_changed.emit()
    assert [trace.run for trace in view._traces] == [second]


def test_the_read_out_shows_the_values_under_the_mouse(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    view.slider.setValue(0)
    add_run(session, [5.0, 4.0, 3.0, 2.0, 1.0])
    session.frame.emit()
    view.loss_plot.pointed.emit(2.4)
    text = view.loss_plot.readout.text()
    assert "step 2" in text
    assert "train 4.000" in text
    view.loss_plot.pointed.emit(None)
    assert "train 1.000" in view.loss_plot.readout.text()


def test_a_failure_is_told_where_the_curves_are(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    run = add_run(session, [1.0, float("nan")])
    run.state, run.failure = "failed", Failure("The loss became not a number.", node="conv2d_1")
    session.run_changed.emit()
    assert "not a number" in view.status.text()


def test_the_losses_of_several_objectives_are_drawn_together(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    run = add_run(session, [3.0, 2.0, 1.5, 1.2, 1.0])
    (end,) = run.epochs
    losses = {"loss": 1.0, "loss (plain)": 0.75, "loss (residual)": 0.25}
    run.epochs[:] = [replace(end, train=losses, validation={**losses, "loss (plain)": 0.9})]
    session.frame.emit()
    assert view.chooser.itemText(0) == "Loss of each"
    assert view.metric == "loss (*)"
    plain, residual = view._together._curves
    assert [curve.getData()[1].tolist() for curve in (*plain, *residual)] == [[0.75], [0.9], [0.25], [0.25]]
    told = view.metric_plot.readout.text().replace("&nbsp;", " ")
    assert "plain  0.750" in told
    assert "residual  0.250" in told
    low, high = view.metric_plot.getViewBox().viewRange()[1]
    assert low < 0.25 < 0.9 < high
    view.chooser.setCurrentIndex(view.chooser.findData("loss (plain)"))
    assert not any(curve.isVisible() for curve in (*plain, *residual))
    assert view._traces[0].metric_train.getData()[1].tolist() == [0.75]


def offered(view: LearningView) -> list[str]:
    return [view.chooser.itemText(index) for index in range(view.chooser.count())]


def test_the_headline_of_a_run_is_offered_as_that_of_its_objective(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    run = add_run(session, [3.0, 2.0, 1.5, 1.2, 1.0])
    (end,) = run.epochs
    told = {"loss": 1.0, "accuracy (plain)": 0.75, "accuracy": 0.75, "accuracy (a (b))": 0.25}
    run.epochs[:] = [replace(end, train=told, validation={})]
    session.frame.emit()
    assert offered(view) == ["Accuracy of each", "Accuracy (plain)", "Accuracy (a (b))"]
    readout = view.metric_plot.readout.text().replace("&nbsp;", " ")
    assert "plain  75.0 %" in readout
    assert "a (b)  25.0 %" in readout


def test_runs_that_were_kept_with_the_names_of_losses_are_still_shown(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    run = add_run(session, [3.0, 2.0, 1.5, 1.2, 1.0])
    (end,) = run.epochs
    told = {"loss": 1.0, "accuracy": 0.75, "accuracy (loss_2)": 0.25}
    run.epochs[:] = [replace(end, train=told, validation={})]
    session.frame.emit()
    assert offered(view) == ["Accuracy", "Accuracy (loss_2)"]
    assert view._traces[0].metric_train.getData()[1].tolist() == [0.75]


def test_the_table_of_runs_says_whose_accuracy_it_is() -> None:
    assert result({"loss": 1.0, "accuracy": 0.75}) == "75.0 %"
    assert result({"loss": 1.0, "accuracy (new head)": 0.75, "accuracy": 0.75}) == "75.0 % (new head)"


def test_names_that_stand_together() -> None:
    names = ["loss", "loss (a)", "loss (b)", "accuracy (x)", "f1: cat (x)", "f1: cat (y)"]
    assert groups(names) == ["loss (*)", "f1: cat (*)"]
    assert members("loss (*)", names) == ["loss (a)", "loss (b)"]


def test_a_long_name_in_a_narrow_plot_gives_way_to_its_value(qtbot: QtBot) -> None:
    plot = Plot("loss")
    qtbot.addWidget(plot)
    plot.resize(220, 160)
    with qtbot.waitExposed(plot):
        plot.show()
    plot.show_readout([("#0072B2", "Reconstruction <error> of everything  0.314")])
    told = plot.readout.text()
    assert "0.314" in told
    assert "…" in told
    assert "Reconstr" in told
    assert plot.readout.x() >= 46, "the figures of the axis stay free"
    assert plot.readout.geometry().right() <= plot.width()
    plot.resize(520, 160)
    assert "Reconstruction &lt;error&gt; of everything" in plot.readout.text()
    assert plot.readout.geometry().right() <= plot.width()


def test_an_epoch_of_one_step_is_not_averaged_until_somebody_asks(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    add_run(session, [4.0, 2.0, 1.0, 0.5], per_epoch=1)
    session.frame.emit()
    assert view.smoothing == 0
    curve = view._traces[0].train
    assert curve.isVisible()
    assert curve.getData()[1].tolist() == [4.0, 2.0, 1.0, 0.5]
    view.slider.triggerAction(QSlider.SliderAction.SliderPageStepAdd)
    session.frame.emit()
    assert view.smoothing > 0
    assert curve.getData()[1][-1] > 0.5


def test_many_losses_without_an_average_are_drawn_clearly(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    run = add_run(session, [1.0] * 3)
    run.steps += [Step(index, 1, 1.0, 8) for index in range(4, 5000)]
    session.frame.emit()
    raw = view._traces[0].raw
    faint = raw.opts["pen"].color().alphaF()
    view.slider.setValue(0)
    assert not view._traces[0].train.isVisible()
    assert raw.opts["pen"].color().alphaF() == 1 > 2 * faint
    view.slider.setValue(20)
    assert raw.opts["pen"].color().alphaF() == pytest.approx(faint)


def test_epochs_of_many_steps_are_averaged(qtbot: QtBot, session: Session) -> None:
    view = opened(qtbot, session, LearningView)
    add_run(session, [4.0, 2.0], per_epoch=1)
    session.frame.emit()
    add_run(session, [4.0, 2.0, 1.0, 0.5], per_epoch=50, name="run 2")
    session.frame.emit()
    assert view.smoothing > 0.5
