"""The one form in which the objectives of a project are edited."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from core.model.settings import Objective
from gui.panels.training import TrainingPanel
from gui.session import Session


@pytest.fixture
def panel(ready: Session, qtbot: QtBot) -> TrainingPanel:
    session = ready
    session.open_preset("mlp-playground")
    session.infer()
    made = TrainingPanel(session)
    qtbot.addWidget(made)
    made.resize(340, 700)
    made.show()
    qtbot.waitUntil(lambda: bool(made.objectives) and bool(made.objectives[0].layers.rows))
    return made


def objectives(panel: TrainingPanel) -> tuple[Objective, ...]:
    return panel.session.front.project.training.objectives


def test_one_objective_with_one_loss_shows_only_what_can_be_chosen(panel: TrainingPanel) -> None:
    form = panel.objectives[0]
    assert not form.losses.isVisible()
    assert not form.name.isVisible()
    assert not form.layers.isVisible()
    form.layers_fold.button.click()
    assert form.layers.isVisible()
    assert {"begin", "end", "every", "steps"}.isdisjoint(form.form.rows)


def test_layers_are_left_out_and_get_rates_of_their_own(panel: TrainingPanel, qtbot: QtBot) -> None:
    form = panel.objectives[0]
    first, *others = form.layers.rows
    form.layers.rows[first].check.click()
    assert objectives(panel)[0].trains == tuple(others)
    qtbot.waitUntil(lambda: not form.layers.rows[first].box.isVisibleTo(form.layers))
    form.layers.rows[first].check.click()
    assert objectives(panel)[0].trains == ()
    form.layers.rows[first].box.changed.emit(0.1)
    assert objectives(panel)[0].rates == {first: 0.1}
    panel.session.undo()
    assert objectives(panel)[0].rates == {}
    for name in (first, *others):
        form.layers.rows[name].check.click()
    assert len(objectives(panel)[0].trains) == 1
    assert "at least one layer" in form.layers.error.text()


def test_gradients_are_set_in_the_same_form(panel: TrainingPanel) -> None:
    form = panel.objectives[0].form
    for name, value in {"accumulate": 4, "clip_norm": 1.0, "l1": 0.01, "penalised": "matrices"}.items():
        form.rows[name].editor.changed.emit(value)
    found = objectives(panel)[0]
    assert (found.accumulate, found.clip_norm, found.l1, found.penalised) == (4, 1.0, 0.01, "matrices")


def test_objectives_are_added_named_put_in_a_cycle_and_removed(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.add_button.setFocus()
    panel.add_button.click()
    qtbot.waitUntil(lambda: len(panel.objectives) == 2)
    assert panel.window().focusWidget() is panel.add_button
    assert len({objective.name for objective in objectives(panel)}) == 2
    second = panel.objectives[1]
    second.name.setText("critic")
    second.name.editingFinished.emit()
    second.form.rows["begin"].editor.changed.emit(3)
    assert objectives(panel)[1].name == "critic"
    assert objectives(panel)[1].begin == 3
    assert "steps" not in second.form.rows
    panel.run_form.rows["turns"].editor.changed.emit("cycle")
    qtbot.waitUntil(lambda: "steps" in panel.objectives[1].form.rows)
    panel.objectives[1].form.rows["steps"].editor.changed.emit(5)
    assert objectives(panel)[1].steps == 5
    panel.objectives[0].removed.emit()
    qtbot.waitUntil(lambda: len(panel.objectives) == 1)
    assert [objective.name for objective in objectives(panel)] == ["critic"]
    assert (objectives(panel)[0].begin, objectives(panel)[0].steps) == (1, 1), "alone it works at every step"
    panel.session.undo()
    assert (objectives(panel)[1].begin, objectives(panel)[1].steps) == (3, 5)
    assert len(objectives(panel)) == 2


def test_losses_are_chosen_and_weighted(panel: TrainingPanel, qtbot: QtBot) -> None:
    session = panel.session
    session.add_node("mse", 0.0, 0.0)
    qtbot.waitUntil(lambda: len(panel.objectives[0].losses.rows) == 2)
    losses = panel.objectives[0].losses
    assert losses.isVisible()
    first, second = losses.rows
    losses.rows[second].box.changed.emit(0.5)
    assert objectives(panel)[0].losses == {first: 1.0, second: 0.5}
    losses.rows[second].check.click()
    assert objectives(panel)[0].losses == {first: 1.0}


def test_a_span_that_ends_before_it_begins_is_refused_in_words(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.add_button.click()
    qtbot.waitUntil(lambda: len(panel.objectives) == 2)
    form = panel.objectives[1].form
    form.rows["begin"].editor.changed.emit(5)
    told: list[str] = []
    panel.session.noticed.connect(lambda text, _kind: told.append(text))
    form.rows["end"].editor.changed.emit(2)
    assert objectives(panel)[1].end == 0
    assert any("before it begins" in text for text in told)


def test_an_objective_is_told_with_titles_and_its_turn(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.session.open_preset("gan")
    panel.session.infer()
    qtbot.waitUntil(lambda: len(panel.objectives) == 2 and bool(panel.objectives[1].layers.rows))
    second = panel.objectives[1]
    assert second.about.text() == "Minimises Pass for real; trains Generator; every step."
    panel.run_form.rows["turns"].editor.changed.emit("cycle")
    qtbot.waitUntil(lambda: panel.objectives[1].about.text().endswith("trains Generator; 1 step of each round."))
    epochs = panel.session.front.project.training.epochs
    panel.objectives[1].form.rows["begin"].editor.changed.emit(epochs + 1)
    qtbot.waitUntil(panel.objectives[1].idle.isVisible)
    assert "never works" in panel.objectives[1].idle.text()
    panel.run_form.rows["epochs"].editor.changed.emit(epochs + 1)
    qtbot.waitUntil(lambda: not panel.objectives[1].idle.isVisible())


def test_another_project_is_shown_from_its_top(panel: TrainingPanel, qtbot: QtBot) -> None:
    bar = panel.column.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    panel.explainer.explain("What is under the mouse.")
    bar.setValue(bar.maximum())
    assert panel.explainer.text.text() == panel.explainer.HINT, "the mouse points at something else now"
    panel.objectives[0].form.rows["l1"].editor.changed.emit(0.1)
    panel.refresh()
    assert bar.value() > 0, "an edit moves nothing"
    panel.session.open_preset("lenet-5")
    panel.session.infer()
    panel.refresh()
    assert bar.value() == 0
