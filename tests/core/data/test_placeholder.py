"""Random numbers in the shapes that architectures ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.data.dataset import Dataset, fields_of, open_dataset
from core.model.fault import ProjectError
from core.model.settings import Data, Split


def opened(**params: Any) -> Dataset:
    return open_dataset(Data("placeholder", params, Split(0, 0, 0)))


def test_images_are_standard_normal_and_classes_uniform() -> None:
    data = opened(shape=(3, 32, 32), classes=4, samples=400)
    x, y = data.column("train", "x"), data.column("train", "y")
    assert x.shape == (400, 3, 32, 32)
    assert abs(x.mean()) < 0.01
    assert abs(x.std() - 1) < 0.01
    assert np.bincount(y, minlength=4).min() > 60
    assert data.fields["y"].classes == 4


@pytest.mark.parametrize(("map", "expected"), [((20, 24), (20, 24)), (20, (20, 20)), (0, (40, 48))])
def test_a_map_has_its_own_size_or_that_of_the_image(map: Any, expected: tuple[int, int]) -> None:
    data = opened(kind="images with a map", shape=(1, 40, 48), classes=2, samples=3, map=map)
    assert data.fields["y"].shape == expected
    assert data.column("train", "y").shape == (3, *expected)


def test_the_next_token_is_the_next_token() -> None:
    data = opened(kind="next token", shape=9, classes=11, samples=5)
    x, y = data.column("train", "x"), data.column("train", "y")
    assert np.array_equal(x[:, 1:], y[:, :-1])
    assert y.max() < 11


def test_masked_tokens_are_asked_for_where_they_are_hidden() -> None:
    data = opened(kind="masked tokens", shape=40, classes=100, samples=50)
    x, y, segment = (data.column("train", name) for name in ("x", "y", "segment"))
    asked = y != -100
    assert asked.any(axis=1).all()
    assert (x[asked] == 99).all()
    assert 0.1 < asked.mean() < 0.2
    assert (segment == (np.arange(40) >= 20)).all()


def test_the_decoder_reads_what_came_before() -> None:
    data = opened(kind="sentence pairs", shape=7, classes=13, samples=4)
    start, y = data.column("train", "start"), data.column("train", "y")
    assert np.array_equal(start[:, 1:], y[:, :-1])
    assert data.column("train", "x").shape == (4, 7)


def test_a_seed_draws_the_same_again_and_another_does_not() -> None:
    first, again, other = (opened(shape=(1, 4, 4), seed=seed).column("train", "x") for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"kind": "images", "shape": 5}, "shape"),
        ({"kind": "next token", "shape": (3, 4, 5)}, "shape"),
        ({"shape": (3, 2000, 2000), "samples": 1000}, "samples"),
        ({"kind": "images with a map", "shape": (1, 8, 8), "map": (9_000, 9_000)}, "map"),
    ],
)
def test_what_cannot_be_drawn_is_said_at_its_parameter(params: Any, place: str) -> None:
    with pytest.raises(ProjectError) as caught:
        fields_of(Data("placeholder", params))
    assert caught.value.place == f"data.params.{place}"
    assert caught.value.fix
