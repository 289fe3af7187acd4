"""Where the parts' seed changes nothing is what is said, found out by opening the data with another seed."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from core.data.dataset import open_dataset
from core.data.seeding import ALL_TRAIN, IN_ORDER, seed_idle
from core.data.split import PARTS
from core.model.settings import Data, Split, Transform

NOTHING_HELD_OUT = Split(0.0, 0.0)
CASES = (
    (Data("moons", {"samples": 40}, NOTHING_HELD_OUT), ALL_TRAIN),
    (Data("moons", {"samples": 40}, Split(0.25, 0.0)), ""),
    (Data("moons", {"samples": 40}, Split(0.0, 0.25)), ""),
    (Data("moons", {"samples": 40}, NOTHING_HELD_OUT, ("x",)), ALL_TRAIN),
    (Data("digits", {}, NOTHING_HELD_OUT, (), (Transform("binarise", ("x",), {"how": "sampled"}),)), ""),
    (Data("sunspots", {}, Split(0.2, 0.2)), IN_ORDER),
    (Data("sunspots", {}, NOTHING_HELD_OUT), IN_ORDER),
)


def all_of(data: Data, seed: int) -> list[np.ndarray]:
    """Every field of every part."""
    opened = open_dataset(msgspec.structs.replace(data, split=msgspec.structs.replace(data.split, seed=seed)))
    return [opened.column(part, field) for part in PARTS if opened.size(part) for field in opened.fields]


@pytest.mark.parametrize(("data", "why"), CASES)
def test_the_seed_is_idle_where_another_one_gives_the_same(data: Data, why: str) -> None:
    assert seed_idle(data) == why
    same = all(np.array_equal(a, b) for a, b in zip(all_of(data, 0), all_of(data, 5), strict=True))
    assert same == bool(why)


def test_nothing_is_said_of_data_that_are_not_there() -> None:
    assert seed_idle(Data("nowhere", {}, NOTHING_HELD_OUT)) == ""
