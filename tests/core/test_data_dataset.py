"""Splits, standardisation, forms and reopening, seen through an opened data set."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from core.data.dataset import fields_of, open_dataset
from core.data.recent import Recent
from core.data.registry import GROUPS, Arrays, sources
from core.data.split import split_in_order, split_samples
from core.model.fault import ProjectError
from core.model.settings import Data, Split

WITHOUT_FILES = [name for name, source in sources.items() if not source.files]


@pytest.mark.parametrize("name", WITHOUT_FILES)
def test_what_a_source_gives_is_what_its_fields_say(name: str) -> None:
    data = Data(name)
    dataset = open_dataset(data)
    assert dataset.fields == fields_of(data)
    for part in ("train", "validation", "test"):
        for field in dataset.fields.values():
            column = dataset.column(part, field.name)
            assert column.shape == (dataset.size(part), *field.shape)
            assert str(column.dtype) == field.dtype
            assert column.flags.c_contiguous
            assert column.flags.writeable
            assert np.isfinite(column).all()
            if field.labels and field.meaning in ("class", "token"):
                assert column.max(initial=0) < len(field.labels)
            if field.meaning == "vector":
                assert len(field.labels) == field.shape[0]


@pytest.mark.parametrize("source", sources.values(), ids=sources)
def test_a_source_is_described_for_people(source) -> None:
    assert source.title
    assert source.doc.endswith(".")
    assert source.source.endswith(".")
    assert source.group in GROUPS
    assert set(source.files) <= {param.name for param in source.params}
    for param in source.params:
        assert not param.complaint(param.default)
        assert param.doc.endswith(".")


@pytest.mark.parametrize("name", WITHOUT_FILES)
def test_no_sample_is_in_two_parts(name: str) -> None:
    parts = open_dataset(Data(name, split=Split(0.2, 0.3, 4))).parts
    together = np.concatenate(list(parts.values()))
    assert len(np.unique(together)) == len(together)


def test_every_class_keeps_its_share() -> None:
    dataset = open_dataset(Data("digits", split=Split(0.15, 0.15)))
    assert dataset.size("validation") == dataset.size("test") == 269
    whole = np.bincount(np.concatenate([dataset.column(part, "y") for part in dataset.parts]))
    for part, share in (("train", 0.7), ("validation", 0.15), ("test", 0.15)):
        assert np.abs(np.bincount(dataset.column(part, "y")) - share * whole).max() <= 1.5


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=60),
    st.floats(0, 0.9),
    st.floats(0, 0.9),
    st.integers(0, 2**32 - 1),
)
def test_any_split_covers_everything_and_trains_every_class(
    classes: list[int], validation: float, test: float, seed: int
) -> None:
    labels, split = np.array(classes), Split(validation, test, seed)
    parts = split_samples(len(labels), split, labels)
    assert sorted(np.concatenate(list(parts.values()))) == list(range(len(labels)))
    assert set(labels[parts["train"]]) == set(classes)
    assert len(parts["test"]) <= test * len(labels) + 1e-6
    assert len(parts["validation"]) <= validation * len(labels) + 1e-6
    again = split_samples(len(labels), split, labels)
    assert all((parts[part] == again[part]).all() for part in parts)


def test_the_seed_decides_the_split() -> None:
    first, second = (open_dataset(Data("iris", split=Split(seed=seed))).parts["test"] for seed in (0, 1))
    assert set(first) != set(second)
    assert len(first) == len(second)


def test_a_tiny_set_trains_with_all_it_has() -> None:
    dataset = open_dataset(Data("xor"))
    assert {part: dataset.size(part) for part in dataset.parts} == {"train": 4, "validation": 0, "test": 0}
    assert dataset.notes == (), "nobody asked for parts"
    assert dataset.column("validation", "x").shape == (0, 2)
    assert dataset.column("train", "x").tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 300), st.floats(0, 0.45), st.floats(0, 0.45), st.integers(0, 20))
def test_blocks_stay_apart(samples: int, validation: float, test: float, gap: int) -> None:
    held_out = math.floor(samples * validation + 1e-9) + math.floor(samples * test + 1e-9)
    if held_out and samples - held_out <= gap:
        with pytest.raises(ProjectError, match="too few"):
            split_in_order(samples, Split(validation, test), gap)
        return
    parts = split_in_order(samples, Split(validation, test), gap)
    blocks = [block for block in parts.values() if len(block)]
    assert len(parts["train"]) >= 1
    for before, after in pairwise(blocks):
        assert after[0] - before[-1] >= gap + 1
    if len(parts["validation"]):
        assert parts["validation"][0] - parts["train"][-1] == gap + 1, "no more is left out than need be"


def test_standardisation_is_fitted_on_the_training_part_alone() -> None:
    data = Data("wine", standardise=("x",))
    raw, dataset = open_dataset(Data("wine")), open_dataset(data)
    scaler = StandardScaler().fit(raw.column("train", "x").astype(np.float64))
    assert np.allclose(dataset.mean["x"], scaler.mean_, rtol=1e-5)
    assert np.allclose(dataset.std["x"], scaler.scale_, rtol=1e-5)
    for part in raw.parts:
        assert np.allclose(dataset.column(part, "x"), scaler.transform(raw.column(part, "x")), atol=1e-3)
        assert np.allclose(dataset.unstandardise("x", dataset.column(part, "x")), raw.column(part, "x"), rtol=1e-3)
    assert np.array_equal(dataset.unstandardise("y", np.arange(3)), np.arange(3))


def test_a_constant_column_is_not_divided_by_zero(tmp_path) -> None:
    table = tmp_path / "flat.csv"
    table.write_text("a,flat,y\n" + "".join(f"{n},0.1,{n}.5\n" for n in range(40)))
    dataset = open_dataset(Data("csv", {"path": str(table)}, standardise=("x", "y")))
    assert dataset.std["x"][1] == 1
    assert not dataset.column("train", "x")[:, 1].any()
    assert abs(dataset.column("train", "y").mean()) < 1e-6


def test_images_are_standardised_by_channel() -> None:
    dataset = open_dataset(Data("digits", {"size": 16}, standardise=("x",)))
    assert dataset.mean["x"].shape == (1, 1, 1)
    column = dataset.column("train", "x")
    assert abs(column.mean()) < 1e-4
    assert abs(column.std() - 1) < 1e-4


def test_forms_of_a_class() -> None:
    dataset = open_dataset(Data("credit"))
    stored = dataset.column("train", "y")
    assert dataset.column("train", "y", "number").tolist() == [[float(label)] for label in stored]
    assert dataset.column("train", "y", "sign").tolist() == [[2.0 * label - 1] for label in stored]
    one_hot = dataset.column("train", "y", "one-hot")
    assert one_hot.dtype == np.float32
    assert (one_hot.argmax(1) == stored).all()
    assert (one_hot.sum(1) == 1).all()


@pytest.mark.parametrize(
    ("name", "field"), [("digits", "y"), ("xor", "y"), ("line", "y"), ("text", "y"), ("iris", "x")]
)
@pytest.mark.parametrize("form", ["as stored", "number", "sign", "one-hot"])
def test_a_form_gives_the_field_it_promises(name: str, field: str, form: str) -> None:
    dataset = open_dataset(Data(name))
    try:
        formed = dataset.fields[field].formed(form)
    except ProjectError:
        with pytest.raises(ProjectError):
            dataset.column("train", field, form)
        return
    column = dataset.column("train", field, form)
    assert column.shape == (dataset.size("train"), *formed.shape)
    assert str(column.dtype) == formed.dtype


def test_reopening_gives_the_same_data_set_and_edits_of_a_column_stay_outside() -> None:
    first = open_dataset(Data("moons"))
    first.column("train", "x")[:] = 0
    assert open_dataset(Data("moons")) is first
    assert first.column("train", "x").any()
    assert open_dataset(Data("moons", {"noise": 0.3})) is first, "a default that is written out is the same data"


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (Data("digit"), "data.source", "Did you mean “digits”"),
        (Data("digits", {"sise": 8}), "data.params.sise", "Did you mean “size”"),
        (Data("digits", {"size": "large"}), "data.params.size", "whole number"),
        (Data("digits", {"size": 1_000_000_000}), "data.params.size", "at most"),
        (Data("moons", {"samples": 0}), "data.params.samples", "at least"),
        (Data("iris", standardise=("z",)), "data.standardise", "no field “z”"),
        (Data("iris", standardise=("y",)), "data.standardise", "class"),
        (Data("gaussians", {"margin": 5.0, "separation": 4.0}), "data.params.margin", "at most 2"),
        (Data("text", {"characters": 100, "length": 400}), "data.params.length", "shorter"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(data: Data, place: str, words: str) -> None:
    with pytest.raises(ProjectError) as refused:
        open_dataset(data)
    assert refused.value.place == place
    assert words in str(refused.value)


def test_data_that_do_not_fit_into_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(given: object) -> Arrays:
        raise MemoryError

    monkeypatch.setitem(sources, "moons", replace(sources["moons"], read=too_much))
    with pytest.raises(ProjectError, match="do not fit into the memory"):
        open_dataset(Data("moons", {"samples": 12_345}))


def test_an_unknown_field_or_part_is_named() -> None:
    dataset = open_dataset(Data("iris"))
    with pytest.raises(ProjectError, match="no field “z”"):
        dataset.column("train", "z")
    with pytest.raises(ProjectError, match="no part “exam”"):
        dataset.column("exam", "x")


def test_two_threads_that_want_the_same_make_it_once() -> None:
    made: list[int] = []
    begun, go_on = threading.Event(), threading.Event()
    recent: Recent[int] = Recent(2)

    def make() -> int:
        made.append(1)
        begun.set()
        go_on.wait(10)
        return 7

    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(recent.get("key", make))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert results == [7, 7, 7]
    assert len(made) == 1


def test_the_memory_forgets_the_oldest_and_never_remembers_a_failure() -> None:
    recent: Recent[int] = Recent(2)
    for key in (1, 2, 1, 3):
        recent.get(key, lambda key=key: key)
    assert recent.get(1, lambda: -1) == 1
    assert recent.get(2, lambda: -1) == -1
    with pytest.raises(ZeroDivisionError):
        recent.get(9, lambda: 1 // 0)
    assert recent.get(9, lambda: 9) == 9
