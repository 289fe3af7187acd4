"""Text: windows, masks, the vocabulary, and blocks that keep validation out of training."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import open_dataset
from core.data.registry import sources
from core.data.text import IGNORED, MASK, RARE, decode
from core.model.settings import Data, Split

TEXT = sources["text"]


def test_the_target_is_the_next_character() -> None:
    arrays, fields = TEXT.load({"length": 40, "stride": 10}), TEXT.fields({"length": 40, "stride": 10})
    x, y = arrays["x"], arrays["y"]
    assert x.shape == y.shape == ((100_000 - 41) // 10 + 1, 40)
    assert (x[:, 1:] == y[:, :-1]).all()
    assert (x[1:, :-10] == x[:-1, 10:]).all()
    assert fields["x"].labels == fields["y"].labels


def test_it_is_readable_python_documentation_in_lower_case() -> None:
    arrays, fields = TEXT.load({"length": 2000, "stride": 2000}), TEXT.fields({"length": 2000})
    text = decode(arrays["x"].ravel(), fields["x"].labels)
    assert "expression" in text
    assert text == text.lower()
    assert "*****" not in text


@pytest.mark.parametrize("letters", ["lower case", "as is"])
@pytest.mark.parametrize("characters", [100, 20_000, 450_000])
def test_the_vocabulary_is_sorted_and_small(letters: str, characters: int) -> None:
    params = {"letters": letters, "characters": characters, "length": 16}
    labels = TEXT.fields(params)["x"].labels
    kept = [label for label in labels if label != RARE]
    assert kept == sorted(kept)
    assert len(set(labels)) == len(labels) <= 100
    assert TEXT.load(params)["x"].max() < len(labels)


def test_rare_characters_have_one_token_together() -> None:
    params = {"letters": "as is", "characters": 450_000, "length": 2000, "stride": 2000}
    labels = TEXT.fields(params)["x"].labels
    assert labels[-1] == RARE
    share = (TEXT.load(params)["x"] == len(labels) - 1).mean()
    assert 0 < share < 0.001


@pytest.mark.parametrize("length", [2, 20, 64])
def test_masked_characters_are_the_target_and_nothing_else_is(length: int) -> None:
    params = {"task": "masked character", "length": length}
    arrays, labels = TEXT.load(params), TEXT.fields(params)["x"].labels
    x, y = arrays["x"], arrays["y"]
    masked = x == len(labels) - 1
    assert labels[-1] == MASK
    assert (masked == (y != IGNORED)).all()
    assert (masked.sum(1) == max(1, round(0.15 * length))).all()
    plain = TEXT.load({"length": length})["x"]
    assert (np.where(masked, y, x) == plain).all()


def test_masks_follow_the_seed() -> None:
    first, again, other = (TEXT.load({"task": "masked character", "seed": seed})["x"] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 90), st.integers(1, 120))
def test_no_character_belongs_to_two_parts(length: int, stride: int) -> None:
    params = {"length": length, "stride": stride, "characters": 6000}
    dataset = open_dataset(Data("text", params, Split(0.2, 0.2)))
    seen = [
        {at for window in indices for at in range(window * stride, window * stride + length + 1)}
        for indices in dataset.parts.values()
    ]
    assert all(seen)
    assert not seen[0] & seen[1]
    assert not seen[1] & seen[2]
    assert not seen[0] & seen[2]


def test_an_ignored_target_reads_as_a_dot() -> None:
    assert decode([0, IGNORED, 1], ("a", "b")) == "a·b"
