"""The generated sets have the properties for which they are shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
from sklearn.neighbors import KNeighborsClassifier

from core.data.generators.credit import BIAS, INCOME, SAVINGS
from core.data.registry import sources

PLANE = ["xor", "gaussians", "circles", "moons", "spiral"]


def load(name: str, **params: object) -> tuple[np.ndarray, np.ndarray]:
    arrays = sources[name].load(params)
    return arrays["x"], arrays["y"]


def linear_accuracy(x: np.ndarray, y: np.ndarray) -> float:
    return float(LogisticRegression(C=1e6, max_iter=5000).fit(x, y).score(x, y))


@pytest.mark.parametrize("name", [*PLANE, "line", "sine", "credit"])
def test_the_seed_decides_the_points(name: str) -> None:
    extra = {"points": "cloud"} if name == "xor" else {}
    first, again, other = (load(name, seed=seed, **extra) for seed in (3, 3, 4))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("name", PLANE)
@pytest.mark.parametrize("samples", [4, 5, 401])
def test_classes_are_balanced_and_shuffled(name: str, samples: int) -> None:
    extra = {"points": "cloud"} if name == "xor" else {}
    x, y = load(name, samples=samples, **extra)
    assert len(x) == samples
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1
    if samples > 100:
        assert 50 < y[:200].sum() < 150


def test_xor_is_its_truth_table_and_no_line_separates_it() -> None:
    x, y = load("xor")
    assert {(*row, label) for row, label in zip(x.tolist(), y.tolist(), strict=True)} == {
        (0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0),
    }  # fmt: skip
    x, y = load("xor", points="cloud", noise=0.0)
    assert linear_accuracy(x, y) < 0.7
    assert (y == (x[:, 0] * x[:, 1] < 0)).all()


def test_gaussians_with_a_margin_are_linearly_separable() -> None:
    x, y = load("gaussians", noise=3.0, separation=4.0, margin=0.5, samples=2000)
    direction = np.ones(2) / np.sqrt(2)
    along = x @ direction
    assert along[y == 0].min() >= 0.5 - 1e-5
    assert along[y == 1].max() <= -0.5 + 1e-5
    assert Perceptron(tol=None, max_iter=1000).fit(x, y).score(x, y) == 1
    x, y = load("gaussians", noise=3.0, separation=4.0, samples=2000)
    assert linear_accuracy(x, y) < 0.95


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 8), st.floats(0.1, 20), st.floats(0, 0.5), st.floats(0, 5), st.integers(4, 60))
def test_any_margin_that_fits_is_kept(
    classes: int, separation: float, share: float, noise: float, samples: int
) -> None:
    margin = share * separation
    x, y = load("gaussians", classes=classes, separation=separation, margin=margin, noise=noise, samples=samples)
    angles = np.pi / 4 + 2 * np.pi * np.arange(classes) / classes
    centres = np.stack([np.cos(angles), np.sin(angles)], 1) * separation / (2 * np.sin(np.pi / classes))
    if margin:
        distances = np.linalg.norm(x[:, None] - centres, axis=2)
        assert (np.take_along_axis(distances, y[:, None], 1)[:, 0] <= distances.min(1) + 1e-3).all()


def test_gaussians_lie_about_centres_as_far_apart_as_asked() -> None:
    x, y = load("gaussians", classes=4, samples=20_000, separation=6.0, noise=0.5)
    centres = np.stack([x[y == label].mean(0) for label in range(4)])
    neighbours = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    assert np.allclose(neighbours, 6, atol=0.05)
    assert np.allclose([x[y == label].std(0) for label in range(4)], 0.5, atol=0.02)
    assert sources["gaussians"].fields({"classes": 4})["y"].labels == ("0", "1", "2", "3")


def test_circles_are_a_disc_in_a_ring() -> None:
    x, y = load("circles", noise=0.0)
    radius = np.linalg.norm(x, axis=1)
    assert radius[y == 1].max() <= 2.5 < 3.5 <= radius[y == 0].min() + 1e-5
    assert linear_accuracy(x, y) < 0.7


def test_moons_reach_into_each_other() -> None:
    x, y = load("moons", noise=0.0)
    assert 0.8 < linear_accuracy(x, y) < 1
    assert KNeighborsClassifier(1).fit(x[:300], y[:300]).score(x[300:], y[300:]) == 1


def test_the_spiral_has_two_arms_that_turn() -> None:
    x, y = load("spiral", noise=0.0, turns=1.75)
    assert linear_accuracy(x, y) < 0.75
    arms = [arm[np.argsort(np.linalg.norm(arm, axis=1))] for arm in (x[y == 0], x[y == 1])]
    assert np.allclose(arms[0], -arms[1], atol=1e-5), "one arm is the other turned by half a circle"
    angle = np.unwrap(np.arctan2(arms[0][:, 0], arms[0][:, 1]))
    assert abs((angle[-1] - angle[0]) / (2 * np.pi) - 1.75) < 0.02


def test_noise_is_the_standard_deviation_that_is_asked() -> None:
    still, moved = load("circles", noise=0.0, samples=20_000)[0], load("circles", noise=0.7, samples=20_000)[0]
    assert abs((moved - still).std() - 0.7) < 0.02


def test_the_lecture_line_and_the_noisy_one() -> None:
    x, y = load("line", points="exact")
    assert x.tolist() == y.tolist() == [[1], [2], [3]]
    x, y = load("line", slope=-2.0, intercept=4.0, noise=0.3, samples=5000)
    (slope, intercept), residual, *_ = np.linalg.lstsq(np.hstack([x, np.ones_like(x)]), y[:, 0], rcond=None)
    assert abs(slope + 2) < 0.02
    assert abs(intercept - 4) < 0.02
    assert abs(np.sqrt(residual[0] / 5000) - 0.3) < 0.02


def test_the_sine_is_one() -> None:
    x, y = load("sine", noise=0.0, frequency=2.0)
    assert np.allclose(y, np.sin(2 * x), atol=1e-5)
    assert LinearRegression().fit(x, y).score(x, y) < 0.5


def test_credit_follows_the_documented_truth() -> None:
    x, y = load("credit", samples=50_000)
    found = LogisticRegression(C=np.inf, max_iter=2000).fit(x, y)
    assert np.allclose(found.coef_[0], [INCOME, SAVINGS], rtol=0.06)
    assert abs(found.intercept_[0] - BIAS) < 0.3
    assert 0.3 < y.mean() < 0.7
    assert (x > 0).all()
    x, y = load("credit", noise=0.0)
    assert ((BIAS + x @ np.array([INCOME, SAVINGS]) > 0) == y).mean() > 0.999
