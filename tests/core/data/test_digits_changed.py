"""Digits of two values, shifted, with names, with rare or wrong labels: what is changed is what is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from core.data.bundled.digits import WORDS
from core.data.dataset import open_dataset
from core.data.registry import Arrays, sources
from core.data.text import decode
from core.model.fault import ProjectError
from core.model.settings import Data, Split


def load(name: str, **params: Any) -> Arrays:
    return sources[name].load(params)


@pytest.mark.parametrize(("values", "low"), [("0 and 1", 0), ("−1 and +1", -1)])
def test_binary_digits_have_two_values_and_so_many_flipped_pixels(values: str, low: int) -> None:
    arrays = load("binary-digits", values=values, flipped=0.2, threshold=0.5)
    assert set(np.unique(arrays["x"])) == {low, 1}
    assert np.array_equal(arrays["x"][:, 0] == 1, load_digits().images >= 8)
    assert np.array_equal(arrays["pixels"], arrays["x"][:, 0] == 1)
    differ = (arrays["noisy"] != arrays["x"]).reshape(len(arrays["x"]), -1).sum(1)
    assert (differ == 13).all(), "20 % of 64 pixels, rounded"
    assert set(np.unique(arrays["noisy"])) == {low, 1}
    where = (arrays["noisy"] != arrays["x"]).mean(0)
    assert 0.13 < where.min() < where.max() < 0.28, "any pixel is flipped as often as another"
    assert np.array_equal(load("binary-digits", flipped=0.0)["noisy"], load("binary-digits")["x"])


def test_a_few_patterns_of_each_digit_are_the_first_ones() -> None:
    arrays, whole = load("binary-digits", per_class=2), load("binary-digits")
    assert np.bincount(arrays["y"]).tolist() == [2] * 10
    for label in range(10):
        assert np.array_equal(arrays["x"][arrays["y"] == label], whole["x"][whole["y"] == label][:2])


@pytest.mark.parametrize("size", [8, 16])
def test_three_chosen_digits_are_recalled_by_hebbs_rule(size: int) -> None:
    params = {"size": size, "values": "−1 and +1", "digits": (5, 6, 7), "per_class": 1, "threshold": 0.4}
    arrays = load("binary-digits", **params)
    assert arrays["y"].tolist() == [5, 6, 7]
    stored, states = (arrays[name].reshape(3, -1).astype(np.float64) for name in ("x", "noisy"))
    weights = stored.T @ stored
    np.fill_diagonal(weights, 0)
    assert (states != stored).any(1).all()
    for _ in range(10):
        for unit in range(states.shape[1]):
            states[:, unit] = np.sign(states @ weights[unit])
    assert (states == stored).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(8, 20), st.integers(0, 12), st.integers(0, 12))
def test_a_shifted_digit_is_the_same_digit_elsewhere(size: int, more: int, most: int) -> None:
    params = {"size": size, "canvas": size + more, "most": most}
    arrays = load("shifted-digits", **params)
    assert np.abs(arrays["shift"]).max(initial=0) <= most
    assert np.allclose(arrays["x"].sum((1, 2, 3)), arrays["shifted"].sum((1, 2, 3)), rtol=1e-4), "nothing is cut off"
    for index in range(0, 1_797, 300):
        right, down = arrays["shift"][index].astype(int)
        moved = np.roll(arrays["x"][index, 0], (down, right), (0, 1))
        assert np.array_equal(moved, arrays["shifted"][index, 0])


def test_shifts_go_as_far_as_is_asked_in_all_directions() -> None:
    shift = load("shifted-digits", canvas=20, most=3)["shift"]
    assert shift.min(0).tolist() == [-3, -3]
    assert shift.max(0).tolist() == [3, 3]
    assert np.abs(shift.mean(0)).max() < 0.2
    with pytest.raises(ProjectError, match="does not fit") as refused:
        sources["shifted-digits"].fields({"size": 20, "canvas": 16})
    assert refused.value.place == "data.params.canvas"


def test_names_are_those_of_the_digits() -> None:
    arrays, fields = load("digit-names"), sources["digit-names"].fields({})
    for words, y, label in zip(arrays["words"], arrays["y"], arrays["label"], strict=True):
        assert decode(words, fields["words"].labels).rstrip("·") == WORDS[label]
        assert decode(y, fields["y"].labels).rstrip("·") == WORDS[label] + "◁"
    assert np.array_equal(arrays["label"], load_digits().target)
    assert fields["words"].labels == fields["start"].labels == fields["y"].labels


@pytest.mark.parametrize(("rare", "ratio"), [(8, 20.0), ((0, 3, 3), 5.0), (4, 1.0)])
def test_only_training_lacks_the_rare_digit(rare: int | tuple[int, ...], ratio: float) -> None:
    split = Split(0.2, 0.2, 1)
    dataset = open_dataset(Data("rare-digit", {"rare": rare, "ratio": ratio}, split))
    plain = open_dataset(Data("digits", split=split))
    for part in ("validation", "test"):
        assert np.array_equal(dataset.column(part, "x"), plain.column(part, "x"))
    chosen = set(rare) if isinstance(rare, tuple) else {rare}
    counts, before = np.bincount(dataset.column("train", "y")), np.bincount(plain.column("train", "y"))
    for label in range(10):
        assert counts[label] == (round(before[label] / ratio) if label in chosen else before[label])


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_so_many_labels_are_wrong_and_no_other(share: float) -> None:
    arrays = load("wrong-labels", share=share)
    assert np.array_equal(arrays["truth"], load_digits().target)
    assert np.array_equal(arrays["y"] != arrays["truth"], arrays["wrong"] == 1)
    assert arrays["wrong"].sum() == round(share * 1_797)
    if share == 1:
        offsets = np.bincount((arrays["y"] - arrays["truth"]) % 10, minlength=10)
        assert offsets[0] == 0
        assert offsets[1:].min() > 150, "any other digit is as likely"


def test_every_part_has_its_share_of_wrong_labels() -> None:
    dataset = open_dataset(Data("wrong-labels", {"share": 0.1}))
    for part in dataset.parts:
        assert abs(dataset.column(part, "wrong").mean() - 0.1) < 0.01
    x, y = dataset.column("train", "x").reshape(-1, 64), dataset.column("train", "y")
    held_x, truth = dataset.column("test", "x").reshape(-1, 64), dataset.column("test", "truth")
    assert KNeighborsClassifier(9).fit(x, y).score(held_x, truth) > 0.95, "the images themselves are unharmed"
