"""The trial that finds a learning rate: on a valley whose limits are known, and without a trace."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.cli import main
from core.model.fault import ProjectError
from core.model.file import encode
from core.model.project import Project
from core.model.settings import Objective, Optimizer
from core.training.rate_finder import evened, find_rate, judged, one_digit, smooth
from core.training.trainer import Trainer
from tests.core.networks import chain
from tests.core.training_data import data, digits, plan

X = np.array([[1.0], [2.0], [3.0]])
LINE = data(X, X, meaning="number")


def line(**settings: object) -> Project:
    """Linear regression without a bias through (1, 1), (2, 2), (3, 3) in one batch; half the squared error."""
    project = chain([("linear", {"out_features": 1, "bias": False})], loss="half_mse")
    return plan(project, "sgd", **{"batch_size": 3, **settings})


def test_the_loss_of_a_parabola_runs_away_where_theory_says() -> None:
    """J″ = mean(x²) = 14/3: gradient descent diverges for rates above 2 / J″ ≈ 0.43, and is fastest at 1 / J″."""
    search = find_rate(line(), LINE, lowest=1e-4, highest=10.0, steps=60)
    assert search.diverged
    assert 0.43 < search.rates[-1] < 5.0
    assert 1e-3 < search.suggestion < 0.43
    assert search.steepest < 10 * search.below
    assert f"Use {search.suggestion:g}:" in search.advice
    assert len(search.rates) == len(search.losses) == len(search.smoothed) < 60


def test_a_rate_that_is_found_trains() -> None:
    project = digits()
    rate = find_rate(project, steps=60).suggestion
    assert 1e-4 <= rate <= 0.3
    trainer = Trainer(digits(lr=rate))
    losses = [step.loss for step in trainer]
    assert losses[-1] < 0.5 * losses[0]


def test_project_and_run_are_untouched() -> None:
    project = digits([("flatten", {}), ("dropout", {}), ("linear", {"out_features": 10})], lr=0.02, patience=3)
    before = encode(project)
    unbroken, broken = Trainer(project), Trainer(project)
    for _ in unbroken:
        pass
    steps = iter(broken)
    for _ in range(7):
        next(steps)
    found = [find_rate(project, broken.dataset, steps=12, start_from=broken.network).losses for _ in range(2)]
    assert np.array_equal(*found)
    for _ in steps:
        pass
    assert encode(project) == before
    assert broken.history.losses == unbroken.history.losses


def test_it_can_be_watched_and_ended() -> None:
    heard: list[float] = []
    search = find_rate(digits(), steps=20, told=heard.append, is_over=lambda: len(heard) == 7)
    assert heard == pytest.approx([(index + 1) / 20 for index in range(7)])
    assert len(search.losses) == 7
    assert not search.diverged


def test_only_the_chosen_objective_changes_its_rate() -> None:
    project = digits()
    each = tuple(Objective(name, trains=(node,)) for name, node in (("a", "linear_1"), ("b", "linear_2")))
    plan(project, objectives=each)
    for index, name in enumerate("ab"):
        assert find_rate(project, steps=8, objective=index).objective == name
    with pytest.raises(ProjectError, match="no objective 3"):
        find_rate(project, objective=2)


def test_batches_that_are_added_up_share_a_rate() -> None:
    objective = Objective(optimizer=Optimizer("adam", {}), accumulate=3)
    search = find_rate(plan(digits(), objectives=(objective,)), steps=4, lowest=1e-4, highest=1e-1)
    assert search.rates == pytest.approx(np.repeat([1e-4, 1e-3, 1e-2, 1e-1], 3))


def test_a_range_that_is_none_is_refused() -> None:
    with pytest.raises(ProjectError, match="2 steps"):
        find_rate(line(), LINE, lowest=1.0, highest=0.1)


def test_the_verdict_on_curves_written_by_hand() -> None:
    rates = np.geomspace(1e-5, 10, 61)
    falling = [1.0] * 20 + [1.0 - 0.02 * i for i in range(25)] + [0.5 + 0.4 * i for i in range(5)]
    search = judged("a", rates, falling, diverged=True)
    assert rates[20] < search.steepest < rates[46]
    assert search.below == pytest.approx(search.rates[search.smoothed.argmin()] / 10)
    flat = judged("a", rates, [1.0] * 60, diverged=False)
    assert flat.suggestion == 0
    assert "none of these rates" in flat.advice
    assert one_digit(0.0034) == 0.003


def test_hard_batches_are_told_from_bad_rates() -> None:
    assert evened([3.0, 1.0, 2.5], [3.0, 1.0, 2.0]) == pytest.approx([2.0, 2.0, 2.5])
    assert smooth([2.0, 2.0, 2.0]) == pytest.approx([2.0, 2.0, 2.0])
    # 0.8 · 0.2 · 1 + 0.2 · 2 over 1 − 0.8².
    assert smooth([1.0, 2.0])[1] == pytest.approx((0.16 + 0.4) / 0.36)


def test_the_command_prints_a_table_and_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rates", "mlp-xor", "--steps", "60", "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["rate", "loss", "smoothed"]
    assert len(lines) <= 30
    assert "Use " in lines[-1]
    assert main(["rates", "mlp-xor", "--steps", "60", "--device", "cpu", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["suggestion"] > 0
    assert len(found["rates"]) == len(found["losses"])
    assert main(["rates", "mlp-xor", "--objective", "2"]) == 1
    assert "no objective 2" in capsys.readouterr().err
