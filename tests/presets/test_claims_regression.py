"""The claims of the second lecture, regression and losses, at a fixed seed, through the engine that the app uses."""

from __future__ import annotations

import numpy as np
import pytest

import presets
from core.training.records import Metrics
from core.training.trainer import Trainer
from tests.presets.claims import trained, weight, with_data

DEGREES = range(1, 8)


def errors(metrics: Metrics, names: list[str]) -> list[float]:
    """The losses of the objectives by these names."""
    return [metrics[f"loss ({name})"] for name in names]


def by_degree(metrics: Metrics) -> list[float]:
    return errors(metrics, [f"degree {degree}" for degree in DEGREES])


@pytest.fixture(scope="module")
def polynomials() -> Trainer:
    return trained(presets.load("polynomial-overfit"))


def test_ten_points_train_and_ten_others_test(polynomials: Trainer) -> None:
    assert [polynomials.dataset.size(part) for part in ("train", "validation", "test")] == [10, 10, 10]


def test_training_error_falls_with_the_degree(polynomials: Trainer) -> None:
    assert np.diff(by_degree(polynomials.evaluate("train"))).max() < 0


def test_test_error_is_least_at_degree_2_or_3_and_explodes_at_7(polynomials: Trainer) -> None:
    for part in ("validation", "test"):
        tested = by_degree(polynomials.evaluate(part))
        assert int(np.argmin(tested)) + 1 in (2, 3)
        assert tested[-1] > 100 * min(tested)
        assert tested[-1] == max(tested)


def test_polynomials_are_those_of_least_squares(polynomials: Trainer) -> None:
    x, y = (polynomials.dataset.column("train", name).astype(float)[:, 0] for name in "xy")
    best = [float(((np.polyval(np.polyfit(x, y, degree), x) - y) ** 2).mean()) for degree in DEGREES]
    assert by_degree(polynomials.evaluate("train")) == pytest.approx(best, rel=0.01)


def test_more_points_tame_the_highest_degree() -> None:
    tested = by_degree(trained(with_data(presets.load("polynomial-overfit"), samples=100)).test())
    assert tested[-1] < 1.5 * min(tested)


LAMBDAS = {"0": 0.0, "0.001": 1e-3, "0.01": 1e-2, "0.1": 0.1, "1": 1.0, "100": 1e2, "100,000": 1e5}


@pytest.fixture(scope="module")
def ridges() -> Trainer:
    return trained(presets.load("ridge-lambda"))


def by_lambda(metrics: Metrics) -> list[float]:
    return errors(metrics, [f"λ = {name}" for name in LAMBDAS])


def test_training_error_rises_with_lambda(ridges: Trainer) -> None:
    decays = [one.optimizer.params.get("weight_decay", 0.0) for one in ridges.settings.objectives]
    assert decays == list(LAMBDAS.values())
    assert np.diff(by_lambda(ridges.evaluate("train"))).min() > 0


@pytest.mark.parametrize("part", ["validation", "test"])
def test_test_error_over_lambda_is_a_u(ridges: Trainer, part: str) -> None:
    tested = by_lambda(ridges.evaluate(part))
    best = int(np.argmin(tested))
    assert 0 < best < len(tested) - 1
    assert np.diff(tested[: best + 1]).max() < 0
    assert np.diff(tested[best:]).min() > 0
    assert tested[0] > 10 * tested[best]
    assert tested[-1] > 2 * tested[best]


def test_ridge_finds_the_solution_in_closed_form(ridges: Trainer) -> None:
    x, y = (ridges.dataset.column("train", name).astype(float) for name in "xy")
    powers = x ** np.arange(1, 8)
    centred, heights = powers - powers.mean(0), y - y.mean()
    for number, decay in list(enumerate(LAMBDAS.values(), 1))[2:]:
        best = np.linalg.solve(centred.T @ centred / len(x) + decay * np.eye(7), centred.T @ heights / len(x)).ravel()
        found = weight(ridges, f"linear_{number}.weight").numpy().ravel()
        np.testing.assert_allclose(found, best, rtol=0.01, atol=1e-3)
