"""Every data source that needs no file: fields agree with arrays, the seed decides, bounds are answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import core.data  # noqa: F401 - fills the list of sources
from core.data.dataset import open_dataset
from core.data.registry import Arrays, DataSource, sources
from core.model.fault import ProjectError
from core.model.settings import Data, Split
from core.model.spec import Param

SOURCES = [source for source in sources.values() if not source.files]
MADE = [source for source in SOURCES if any(param.name == "seed" for param in source.params)]
# Without these choices the seed decides nothing.
SEEDED = {"xor": {"points": "cloud"}, "text": {"task": "masked character"}, "karate-club": {"labelled": 5}}
FEW = 300


def values(param: Param) -> st.SearchStrategy[Any]:
    """What may be given for a parameter, its bounds among it; few samples, so that it stays quick."""
    if param.type == "choice":
        return st.sampled_from(param.choices)
    if param.type == "bool":
        return st.booleans()
    if param.type == "text":
        return st.sampled_from([str(param.default), "1 2 3 4 5 6", "1, 0", "one", ""])
    low, high = param.low or 0, param.high if param.high is not None else 1e6
    if param.name in ("samples", "held_out"):
        high = max(low, FEW)
    if param.type == "int":
        return st.integers(int(low), int(high)) | st.sampled_from([int(low), int(high)])
    if param.type == "float":
        return st.floats(low, high, allow_subnormal=False)
    one = st.integers(int(low), min(int(high), 40)) if param.type == "ints" else st.floats(low, high, width=32)
    several = st.sampled_from(param.lengths or (1, 2, 6)).flatmap(
        lambda length: st.lists(one, min_size=length, max_size=length).map(tuple)
    )
    return one | several


def check(arrays: Arrays, source: DataSource, params: dict[str, Any]) -> None:
    fields = source.fields(params)
    assert set(arrays) == set(fields)
    counts = {len(array) for array in arrays.values()}
    assert len(counts) == 1
    assert counts.pop() > 0
    for name, field in fields.items():
        array = arrays[name]
        assert field.name == name
        assert name.isidentifier()
        assert field.title
        assert array.shape[1:] == field.shape, name
        assert str(array.dtype) == field.dtype, name
        assert np.isfinite(array).all(), name
        if field.meaning in ("class", "token"):
            assert field.labels, name
            assert len(set(field.labels)) == len(field.labels), name
            kept = array[array != -100]
            assert kept.min(initial=0) >= 0, name
            assert kept.max(initial=0) < field.classes, name
        if field.meaning == "vector":
            assert len(field.labels) == field.shape[0], name
        if field.meaning == "number":
            assert field.shape[-1:] != (), name


def loaded(source: DataSource, params: dict[str, Any]) -> tuple[Arrays | None, ProjectError | None]:
    try:
        return source.load(params), None
    except ProjectError as error:
        return None, error


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_fields_agree_with_arrays_or_a_parameter_is_refused(source: DataSource, data: st.DataObject) -> None:
    params = {param.name: data.draw(values(param), label=param.name) for param in source.params}
    arrays, refused = loaded(source, params)
    if arrays is not None:
        check(arrays, source, params)
        return
    assert refused is not None
    assert refused.place.startswith("data.params."), refused
    assert refused.fix, refused


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_the_defaults_give_what_the_fields_say(source: DataSource) -> None:
    check(source.load({}), source, {})


@pytest.mark.parametrize("source", MADE, ids=lambda source: source.id)
def test_the_same_seed_gives_the_same_data_and_another_seed_others(source: DataSource) -> None:
    extra = SEEDED.get(source.id, {})
    first, again, other = (source.load({**extra, "seed": seed}) for seed in (7, 7, 8))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize(
    ("source", "param"),
    [(source, param) for source in SOURCES for param in source.params],
    ids=lambda each: each.id if isinstance(each, DataSource) else each.name,
)
def test_what_is_out_of_bounds_is_refused_in_a_sentence(source: DataSource, param: Param) -> None:
    wrong: list[Any] = [None] if not param.optional else []
    if param.type in ("int", "float", "ints", "floats"):
        assert param.low is not None, "every number has bounds"
        assert param.high is not None, "every number has bounds"
        wrong += [param.low - 1, param.high + 1, float("nan"), "many"]
    elif param.type in ("choice", "bool"):
        wrong += ["none of them", 3]
    for value in wrong:
        with pytest.raises(ProjectError) as refused:
            source.fields({param.name: value})
        assert refused.value.place == f"data.params.{param.name}"
        assert str(refused.value).count(param.title) >= 1
        assert refused.value.fix


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
@pytest.mark.parametrize("split", [Split(), Split(0.3, 0.0, 3), Split(0.0, 0.3, 3), Split(0.0, 0.0)])
def test_parts_do_not_meet_and_something_trains(source: DataSource, split: Split) -> None:
    dataset = open_dataset(Data(source.id, split=split))
    together = np.concatenate(list(dataset.parts.values()))
    assert len(np.unique(together)) == len(together)
    assert together.max() < dataset.samples
    assert dataset.size("train") > 0
    assert split.validation or not dataset.size("validation")
    assert split.test or not dataset.size("test")
    again = open_dataset(Data(source.id, split=split)).parts
    assert all(np.array_equal(dataset.parts[part], again[part]) for part in again)
