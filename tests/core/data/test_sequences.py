"""Generated sequences follow their rules, checked against the rules written out, and can be answered by them alone."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from core.data.registry import sources
from core.model.fault import ProjectError


def test_waves_are_sines_of_the_periods_that_are_asked() -> None:
    params = {"length": 60, "shortest": 7.0, "longest": 13.0, "samples": 400}
    arrays = sources["waves"].load(params)
    x = arrays["x"][:, :, 0].astype(np.float64)
    # A sine obeys x[t+1] + x[t−1] = 2 cos(2π / period) x[t]: the factor gives the period away.
    factor = (x[:, 1:-1] * (x[:, 2:] + x[:, :-2])).sum(1) / (x[:, 1:-1] ** 2).sum(1)
    periods = 2 * np.pi / np.arccos(factor / 2)
    assert 7 - 1e-3 <= periods.min() < 7.2
    assert 12.8 < periods.max() <= 13 + 1e-3
    assert np.allclose(arrays["y"][:, 0], factor * x[:, -1] - x[:, -2], atol=1e-4)
    assert (arrays["next"][:, :-1] == arrays["x"][:, 1:]).all()
    assert abs(arrays["x"].mean()) < 0.02
    assert abs(arrays["x"].std() - np.sqrt(0.5)) < 0.02
    noisy = sources["waves"].load({**params, "noise": 0.5})
    assert abs((noisy["x"] - arrays["x"]).std() - 0.5) < 0.01


def test_more_than_one_step_ahead_is_a_vector() -> None:
    arrays = sources["waves"].load({"length": 10, "horizon": 4, "samples": 50})
    assert arrays["y"].shape == (50, 4)
    assert (arrays["next"][:, -1, 0] == arrays["y"][:, 0]).all()
    with pytest.raises(ProjectError, match="longer than the longest"):
        sources["waves"].load({"shortest": 20.0})


def test_the_adding_problem_of_1997_is_as_published() -> None:
    params = {"variant": "1997", "length": 40, "samples": 20_000}
    x, y = sources["adding"].load(params).values()
    values, marks = x[:, :, 0].astype(np.float64), x[:, :, 1]
    assert (np.abs(values) <= 1).all()
    assert set(np.unique(marks)) == {-1, 0, 1}
    assert ((marks == 1).sum(1) == 2).all()
    assert (marks[:, -1] == -1).all()
    assert (marks[marks[:, 0] != 1, 0] == -1).all()
    assert ((marks == -1).sum(1) == 2 - (marks[:, 0] == 1)).all(), "nothing else bears −1"
    assert (values[marks[:, 0] == 1, 0] == 0).all(), "a first step that is marked counts nothing"
    assert np.allclose(y[:, 0], 0.5 + (values * (marks == 1)).sum(1) / 4)
    places = np.stack([np.flatnonzero(row == 1) for row in marks])
    assert (places[:, 0] < 10).all()
    assert places.max() == 18, "one of the first T/2 − 1 = 19 steps"
    assert 0 <= y.min() < y.max() <= 1
    assert abs(y.mean() - 0.5) < 0.01


def test_the_adding_problem_of_two_halves() -> None:
    x, y = sources["adding"].load({"length": 31, "samples": 20_000}).values()
    values, marks = x[:, :, 0].astype(np.float64), x[:, :, 1]
    assert (marks[:, :15].sum(1) == 1).all()
    assert (marks[:, 15:].sum(1) == 1).all()
    assert np.allclose(y[:, 0], (values * marks).sum(1), atol=1e-6)
    # Who guesses the mean errs by the variance of the sum of two uniform numbers, 1/6.
    assert abs(y.mean() - 1) < 0.01
    assert abs(y.var() - 1 / 6) < 0.005
    assert (marks[:, :15].mean(0) > 0.05).all(), "every step is marked at times"
    with pytest.raises(ProjectError, match="first ten steps"):
        sources["adding"].load({"variant": "1997", "length": 9})


def test_the_copy_task_asks_for_its_letters_after_the_lag() -> None:
    params = {"length": 4, "symbols": 6, "lag": 7, "samples": 500}
    arrays, labels = sources["copy"].load(params), sources["copy"].fields(params)["x"].labels
    x, y = arrays["x"], arrays["y"]
    assert labels == ("·", "?", *"abcdef")
    assert x.shape == y.shape == (500, 15)
    assert set(np.unique(x[:, :4])) == set(range(2, 8))
    assert (x[:, 4:10] == 0).all()
    assert (x[:, 10] == 1).all(), "the question mark stands lag steps after the last letter"
    assert (x[:, 11:] == 0).all()
    assert (y[:, 11:] == x[:, :4]).all()
    assert (y[:, :11] == -100).all()
    blank = sources["copy"].load({**params, "blanks": True})["y"]
    assert (blank[:, :11] == 0).all()
    assert (blank[:, 11:] == y[:, 11:]).all()


def test_parity_is_that_of_the_ones() -> None:
    arrays = sources["parity"].load({"length": 9, "samples": 4_000})
    bits = arrays["x"][:, :, 0]
    assert (arrays["bits"] == bits).all()
    for step in range(9):
        assert (arrays["steps"][:, step] == bits[:, : step + 1].sum(1) % 2).all()
    assert (arrays["y"] == arrays["steps"][:, -1]).all()
    assert abs(arrays["y"].mean() - 0.5) < 0.03
    assert LogisticRegression().fit(bits, arrays["y"]).score(bits, arrays["y"]) < 0.56, "no line separates parity"


def test_labels_from_both_sides_cannot_be_told_from_the_past() -> None:
    arrays = sources["labelling"].load({"length": 12, "reach": 2, "samples": 4_000})
    bits, y = arrays["bits"], arrays["y"]
    for step in range(12):
        before = bits[:, step - 2] if step >= 2 else np.zeros(4_000, int)
        after = bits[:, step + 2] if step + 2 < 12 else np.zeros(4_000, int)
        assert (y[:, step] == (before != after)).all()
    middle = y[:, 6]
    table = {tuple(row): [] for row in bits[:, :7]}
    for row, label in zip(bits[:, :7], middle, strict=True):
        table[tuple(row)].append(label)
    best = sum(max(sum(labels), len(labels) - sum(labels)) for labels in table.values()) / 4_000
    assert best < 0.58, "even the best rule of the past is little better than a coin"
    assert ((bits[:, 4] != bits[:, 8]) == middle).all()


def test_too_many_numbers_are_refused_before_they_are_made() -> None:
    with pytest.raises(ProjectError, match="more than this source makes") as refused:
        sources["adding"].load({"length": 2_000, "samples": 100_000})
    assert refused.value.place == "data.params.samples"
    most = int(refused.value.fix.split("at most ")[1].split()[0].replace(",", ""))
    assert sources["adding"].fields({"length": 2_000, "samples": most})


def test_a_linear_model_goes_on_with_a_wave_but_not_with_the_adding_problem() -> None:
    wave = sources["waves"].load({"shortest": 10.0, "longest": 10.0})
    flat = wave["x"].reshape(len(wave["x"]), -1)
    assert LinearRegression().fit(flat, wave["y"]).score(flat, wave["y"]) > 0.999
    adding = sources["adding"].load({"samples": 5_000})
    flat = adding["x"].reshape(5_000, -1)
    assert LinearRegression().fit(flat[:4_000], adding["y"][:4_000]).score(flat[4_000:], adding["y"][4_000:]) < 0.3
