"""Parts that are empty are told to who asked for them, with a share that fills them."""

from __future__ import annotations

import re

import msgspec
import pytest

import presets
from core.data.dataset import open_dataset
from core.data.registry import sources
from core.model.settings import Data, Split
from core.model.values import Params

TYPED: Params = {"x": "1 2 3 4 5 6 7", "x_shape": 1, "y": "0 1 0 1 0 1 0", "y_is": "classes"}


def notes(source: str, params: Params, **shares: float) -> tuple[str, ...]:
    return open_dataset(Data(source, dict(params), split=Split(**shares))).notes


@pytest.mark.parametrize("source", [source.id for source in sources.values() if not source.files])
def test_no_source_complains_as_it_comes(source: str) -> None:
    assert open_dataset(Data(source)).notes == ()


def test_no_preset_has_a_part_that_is_empty_in_vain() -> None:
    assert {id: found for id in presets.ids() if (found := open_dataset(presets.load(id).data).notes)} == {}


def test_who_asks_for_a_part_is_told_what_is_missing_and_how_much_would_do() -> None:
    [told] = notes("xor", {}, validation=0.2)
    assert told == (
        "Validation is empty, so a run is judged by its training loss: 20 % of 4 samples is less than one. "
        "Choose 25 % for it, or use more samples."
    )
    [told] = notes("xor", {}, validation=0.0, test=0.1)
    assert told == (
        "Test is empty, so nothing is measured at the end: 10 % of 4 samples is less than one. "
        "Choose 25 % for it, or use more samples."
    )
    assert notes("xor", {}, validation=0.0, test=0.0) == ()


@pytest.mark.parametrize(
    ("source", "params", "shares"),
    [
        ("xor", {}, {"validation": 0.1, "test": 0.2}),
        ("typed", TYPED, {"validation": 0.1, "test": 0.0}),
        ("typed", TYPED, {"validation": 0.5, "test": 0.1}),
        ("houses", {}, {"validation": 0.01, "test": 0.0}),
        ("sunspots", {}, {"validation": 0.05, "test": 0.1}),
    ],
)
def test_the_share_that_is_offered_fills_the_part(source: str, params: Params, shares: dict[str, float]) -> None:
    data = Data(source, dict(params), split=Split(**shares))
    told = open_dataset(data).notes
    assert told
    for note in told:
        part, percent = note.split(" ")[0].lower(), re.search(r"Choose (\d+) %", note)
        assert percent, note
        split = msgspec.structs.replace(data.split, **{part: int(percent.group(1)) / 100})
        filled = open_dataset(msgspec.structs.replace(data, split=split))
        assert filled.size(part)
        assert filled.size("train")


def test_many_samples_that_cannot_be_divided_are_told_unasked() -> None:
    # A class for each sample: every one is needed to train.
    numbers = " ".join(map(str, range(24)))
    params: Params = {"x": numbers, "x_shape": 1, "y": numbers, "y_is": "classes"}
    told = notes("typed", params)
    assert [note.split(" ")[0] for note in told] == ["Validation", "Test"]
    assert "15 % of 24 samples cannot be set apart. Use more samples, or choose 0 % for it." in told[0]


def test_a_single_sample_offers_nothing_that_does_not_help() -> None:
    [told] = notes("les-miserables", {}, validation=0.5, test=0.0)
    assert told.endswith("50 % of 1 sample is less than one. Use more samples, or choose 0 % for it.")
