"""Old and new digits: what trains, what is held out, where a digit stands and what is behind it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits, load_sample_image

from core.data.dataset import Dataset, open_dataset
from core.data.registry import sources
from core.model.fault import ProjectError
from core.model.settings import Data, Split

PLAIN = {"size": 8, "canvas": 8, "background": "paper", "places": 1}


def opened(split: Split | None = None, **params: Any) -> Dataset:
    return open_dataset(Data("digits-transfer", params, split or Split()))


def numbers(images: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Which of the 1,797 digits each plain image is."""
    known = {digit.astype(np.float32).tobytes(): index for index, digit in enumerate(load_digits().images / 16)}
    return np.array([known[image.tobytes()] for image in images[:, 0]])


@pytest.mark.parametrize("labelled", [1, 10, 120])
def test_of_new_digits_a_few_train_and_no_digit_is_in_two_parts(labelled: int) -> None:
    dataset = opened(Split(0.2, 0.3, 3), labelled=labelled, **PLAIN)
    labels = load_digits().target
    seen: dict[str, tuple[set[int], set[int]]] = {}
    for part in dataset.parts:
        old, new = (numbers(dataset.column(part, name)) for name in ("x", "new_x"))
        assert np.array_equal(labels[old], dataset.column(part, "y"))
        assert np.array_equal(labels[new] - 5, dataset.column(part, "new_y"))
        seen[part] = set(old.tolist()), set(new.tolist())
        assert len(seen[part][0]) == len(old), "an old digit in one place is there once"
    for task in (0, 1):
        sets = [part[task] for part in seen.values()]
        assert len(set.union(*sets)) == sum(map(len, sets))
    trained = np.array(sorted(seen["train"][1]))
    assert np.bincount(labels[trained], minlength=10).tolist() == [0] * 5 + [labelled] * 5
    held = {part: len(dataset.column(part, "new_y")) for part in ("validation", "test")}
    rest = 896 - 5 * labelled
    assert held == {"validation": int(rest * 0.2), "test": int(rest * 0.3)}
    assert len(seen["test"][1]) == held["test"], "a held-out digit is there once"
    assert len(seen["train"][0]) == 901 - sum(held.values())


@settings(max_examples=15, deadline=None)
@given(st.integers(8, 20), st.integers(0, 12), st.integers(1, 4))
def test_a_digit_stands_whole_in_each_of_its_places(size: int, more: int, places: int) -> None:
    params = {"size": size, "canvas": size + more, "background": "paper", "places": places}
    arrays = sources["digits-transfer"].load(params)
    ink = arrays["x"].sum((1, 2, 3))
    first = ink[:901]
    for place in range(places):
        assert np.allclose(ink[place * 901 : (place + 1) * 901], first, rtol=1e-4), "nothing is cut off"
    assert np.allclose(ink[places * 901 :], first[: len(ink) - places * 901], rtol=1e-4)
    if more > 4 and places > 1:
        assert not np.array_equal(arrays["x"][:901], arrays["x"][901:1802]), "elsewhere"


def test_the_labelled_digits_stay_where_they_are() -> None:
    dataset = opened(labelled=2, places=5)
    assert len(np.unique(dataset.column("train", "new_x").reshape(len(dataset.parts["train"]), -1), axis=0)) == 10


def test_behind_a_digit_is_a_patch_of_a_photograph() -> None:
    params = {"size": 8, "canvas": 12, "places": 1}
    before = sources["digits-transfer"].load({**params, "background": "paper"})["x"]
    after = sources["digits-transfer"].load({**params, "background": "photographs"})["x"]
    assert after.min() >= 0
    assert after.max() <= 1
    # Where there is no ink the photograph shows: a pixel is the mean of 2 × 2, in grey by ITU-R 601.
    weights = np.array([0.299, 0.587, 0.114])
    greys = [load_sample_image(name) @ weights / 255 for name in ("china.jpg", "flower.jpg")]
    patches = [
        np.lib.stride_tricks.sliding_window_view(
            grey[: len(grey) // 2 * 2].reshape(len(grey) // 2, 2, -1, 2).mean((1, 3)), (12, 12)
        )
        for grey in greys
    ]
    for index in (0, 1, 2):
        paper = before[index, 0] == 0
        patch = after[index, 0]
        errors = [np.abs(all_of - patch)[:, :, paper].max(-1).min() for all_of in patches]
        assert min(errors) < 0.01
        place = np.unravel_index(
            np.abs(patches[int(np.argmin(errors))] - patch)[:, :, paper].max(-1).argmin(), patches[0].shape[:2]
        )
        behind = patches[int(np.argmin(errors))][place]
        assert np.allclose(patch, np.abs(before[index, 0] - behind), atol=0.01), "the difference of both"


def test_the_seed_chooses_which_digits_are_labelled() -> None:
    first, again, other = (
        set(numbers(opened(seed=seed, **PLAIN).column("train", "new_x")).tolist()) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_nothing_held_out_trains_with_every_old_digit() -> None:
    dataset = opened(Split(0, 0), **PLAIN)
    assert len(dataset.column("train", "y")) == 901
    assert len(dataset.column("test", "y")) == len(dataset.column("validation", "y")) == 0


@pytest.mark.parametrize(
    ("params", "place"),
    [({"size": 20, "canvas": 16}, "data.params.canvas"), ({"places": 50}, "data.params.places")],
)
def test_what_does_not_fit_is_refused(params: dict[str, Any], place: str) -> None:
    with pytest.raises(ProjectError) as refused:
        sources["digits-transfer"].fields(params)
    assert refused.value.place == place
