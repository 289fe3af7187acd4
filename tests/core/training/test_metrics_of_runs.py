"""Metrics as a run tells them: which parts, which names, and where a feed reports."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from sklearn.metrics import f1_score, roc_auc_score

from core.model.fault import ProjectError
from core.training.metrics.episodes import reported
from core.training.trainer import Trainer
from tests.core.training_data import digits


def last(**settings: Any) -> tuple[Trainer, Any]:
    trainer = Trainer(digits(**settings))
    ended = [step.ended for step in trainer if step.ended]
    return trainer, ended[-1]


def test_metrics_of_a_whole_part_agree_with_scikit_learn() -> None:
    trainer, epoch = last(metrics=("accuracy", "f1", "roc_auc", "top_3"))
    x, y = trainer.feed.all("validation")
    with trainer.looking():
        [scores] = trainer.network.program([trainer.judged[0].prediction])(x)
    rows = scores.softmax(1).double()
    assert epoch.validation["f1"] == pytest.approx(f1_score(y, rows.argmax(1), average="macro"))
    assert epoch.validation["roc_auc"] == pytest.approx(roc_auc_score(y, rows, multi_class="ovr"), rel=1e-4)
    # What needs all predictions is told for validation alone.
    assert list(epoch.train) == ["loss", "accuracy", "top_3"]
    assert list(epoch.validation) == ["loss", "accuracy", "top_3", "f1", "roc_auc"]


def test_without_a_validation_part_training_tells_them() -> None:
    project = digits(metrics=("f1_by_class",))
    project.data = type(project.data)("digits", {"size": 8}, type(project.data.split)(0.0, 0.1))
    trainer = Trainer(project)
    epoch = next(step.ended for step in trainer if step.ended)
    assert epoch.validation == {}
    assert [name for name in epoch.train if name != "loss"] == [f"f1_by_class: {i}" for i in range(10)]
    assert set(trainer.test()) == set(epoch.train)


def test_metrics_change_no_weight() -> None:
    usual, more = last()[0], last(metrics=("accuracy", "f1", "roc_auc"))[0]
    pairs = zip(usual.network.root.parameters(), more.network.root.parameters(), strict=True)
    assert all(torch.equal(first, second) for first, second in pairs)


def test_a_metric_that_fits_nothing_is_left_out_and_an_unknown_one_is_refused() -> None:
    assert set(last(metrics=("r2", "iou"))[1].validation) == {"loss"}
    with pytest.raises(ProjectError, match="no metric “f2”"):
        Trainer(digits(metrics=("f2",)))


def test_a_feed_that_acts_tells_its_returns() -> None:
    trainer = Trainer(digits(epochs=1))
    assert reported(trainer.feed) == {}

    class Playing(type(trainer.feed)):  # type: ignore[misc]
        def report(self) -> dict[str, float]:
            return {"return": 21.5, "episodes": 4.0}

    trainer.feed.__class__ = Playing
    epoch = next(step.ended for step in trainer if step.ended)
    assert (epoch.train["return"], epoch.train["episodes"]) == (21.5, 4.0)
