"""The criteria that end a run, as pure functions of its history."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from core.cli import main
from core.model.file import write
from core.model.settings import Stop
from core.training.records import Epoch, History
from core.training.stopping import reason
from core.training.trainer import Trainer
from tests.core.training_data import digits


def history(*epochs: tuple[dict[str, float], dict[str, float], bool]) -> History:
    found = History()
    for number, (train, validation, best) in enumerate(epochs, 1):
        found.epochs.append(Epoch(number, 10 * number, train, validation, 0.1, 1.0, best))
    return found


ONE = history(({"loss": 0.9, "accuracy": 0.5}, {"loss": 0.3, "accuracy": 0.9}, True))


def test_a_metric_of_one_of_several_objectives_says_whose_it_is() -> None:
    told = {"loss": 0.9, "accuracy (new head)": 0.9, "accuracy": 0.9, "accuracy (old head)": 0.5}
    why = reason(history((told, {}, True)), 0, Stop(above=0.8))
    assert why == "Accuracy (new head) of the training part reached 90.0 %, more than 80.0 %."
    assert not reason(history((told, {}, True)), 0, Stop(metric="accuracy (old head)", above=0.8))
    # Runs that were kept before metrics had the names of objectives told the first one's without any.
    older = {"loss": 0.9, "accuracy": 0.9, "accuracy (loss_2)": 0.5}
    assert "Accuracy of the" in reason(history((older, {}, True)), 0, Stop(above=0.8))


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        (Stop(), ""),
        (Stop(loss_below=0.3), ""),
        (Stop(loss_below=0.31), "The validation loss fell to 0.3, below 0.31."),
        (Stop(above=0.9), ""),
        (Stop(above=0.85), "Accuracy of the validation part reached 90.0 %, more than 85.0 %."),
        (Stop(metric="f1", above=0.1), ""),
        (Stop(seconds=12.0), ""),
        (Stop(seconds=11.0), "The time of 11 s is over."),
    ],
)
def test_each_criterion_says_in_words_when_it_is_met(stop: Stop, words: str) -> None:
    assert reason(ONE, 11.5, stop) == words


def test_without_a_validation_part_the_training_part_counts() -> None:
    found = reason(history(({"loss": 0.2, "r2": 0.95}, {}, True)), 1.0, Stop(metric="r2", above=0.9))
    assert found == "R² of the training part reached 0.95, more than 0.9."


def test_a_metric_that_is_not_a_number_ends_nothing() -> None:
    assert reason(history(({"loss": 0.2, "r2": math.nan}, {}, True)), 1.0, Stop(metric="r2", above=0.9)) == ""


def test_patience_counts_epochs_since_the_best() -> None:
    losses = [0.5, 0.4, 0.6, 0.45]
    run = history(*(({"loss": each}, {}, each in (0.5, 0.4)) for each in losses))
    assert reason(run, 1.0, Stop(), patience=3) == ""
    assert reason(run, 1.0, Stop(), patience=2) == (
        "The training loss was not lower for 2 epochs; the best was epoch 2."
    )


def test_a_run_that_has_not_ended_an_epoch_goes_on() -> None:
    assert reason(History(), 99.0, Stop(seconds=1.0), patience=1) == ""


def test_a_run_ends_and_says_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    project = digits(epochs=50, lr=0.01, stop=Stop(above=0.8))
    trainer = Trainer(project)
    epochs = [step.ended for step in trainer if step.ended]
    assert len(epochs) < 50
    assert epochs[-1].validation["accuracy"] > 0.8
    assert all(epoch.validation["accuracy"] <= 0.8 for epoch in epochs[:-1])
    assert trainer.ended_by.startswith("Accuracy of the validation part reached 8")
    write(project, tmp_path / "short.loom")
    assert main(["train", str(tmp_path / "short.loom"), "--out", str(tmp_path / "run")]) == 0
    assert f"ended early: {trainer.ended_by}" in capsys.readouterr().out
    assert Trainer(digits(epochs=1)).ended_by == ""
