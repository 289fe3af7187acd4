"""Which settings of a data source have no effect under others is what they say, found out by making the data."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import core.data  # noqa: F401 - fills the list of sources
from core.data.dataset import open_dataset
from core.data.registry import DataSource, sources
from core.data.transforms.spec import transforms
from core.model.condition import Only
from core.model.effect import only_with, without_effect
from core.model.fault import ProjectError
from core.model.settings import Data, Split, Transform
from core.model.spec import Param
from tests.core.data.test_readers_wav import save, tone

MADE = [source for source in sources.values() if not source.files and source.params and source.id != "fashion-mnist"]
# Small, and with room on both sides for another value.
SMALL: dict[str, dict[str, Any]] = {
    "placeholder": {"shape": (3, 8, 8), "classes": 12, "samples": 4},
    "cartpole": {"warmup": 20, "capacity": 16, "epsilon": 0.7, "epsilon_steps": 200, "longest": 12, "samples": 30},
}
FEW = {"samples": 24, "size": 8, "characters": 3_000}
# What only a run reads: the node that plays.
ELSEWHERE = {("cartpole", "policy")}
# Without noise every point is its centre, which keeps any margin that is allowed: too large ones are refused.
ELSEWHERE |= {("gaussians", "margin")}


def made(source: DataSource, params: dict[str, Any]) -> bytes | None:
    """All that a source gives with these settings; None where it refuses them."""
    try:
        given = source.given(params)
        found = {name: repr(field) for name, field in source.describe(given).items()}, source.read(given)
    except ProjectError:
        return None
    count = len(next(iter(found[1].values())))
    parts = source.parts(given, found[1], Split()) if source.parts else source.gap(given) if source.gap else count
    played = []
    if source.act:
        player = source.act(given, 0)
        played = [player.batches, *(player.batch(lambda states: states[:, :2], 8) for _ in range(9))]
    return pickle.dumps((found, parts, played))


def others(param: Param, value: Any) -> list[Any]:
    """Some other values of a parameter."""
    tried: list[Any] = []
    if param.type == "bool":
        tried = [not value]
    elif param.type == "choice":
        tried = [each for each in param.choices if each != value]
    elif param.type == "text":
        tried = ["1, 2, 3", "2"]
    elif param.type in ("int", "float"):
        half, high = (lambda number: number / 2 if param.type == "float" else number // 2), param.high or 10
        tried = [value + 1, value * 2, half(value), param.low, value + 3, half(value + min(high, 10))]
    else:
        several = value if isinstance(value, tuple) else (value,)
        tried = [tuple(each + 1 for each in several), several[:-1], (*several, 1), 7, (6, 6), several[0] + 1]
    return [each for each in tried if each != value and not param.complaint(each)]


def cases(source: DataSource) -> Iterator[dict[str, Any]]:
    """All combinations of choices, and each number on which another setting hangs at its least and above it."""
    small = {name: value for name, value in FEW.items() if any(param.name == name for param in source.params)}
    usual = {param.name: param.default for param in source.params} | small | SMALL.get(source.id, {})
    switches = [param for param in source.params if param.type in ("choice", "bool")]
    options = [param.choices if param.type == "choice" else (False, True) for param in switches]
    for chosen in itertools.product(*options):
        case = {**usual, **{param.name: value for param, value in zip(switches, chosen, strict=True)}}
        if source.id == "placeholder" and "images" not in case["kind"]:
            case["shape"] = 8
        yield case
    hanging = {only.name: only.above for param in source.params for only in param.only if not only.values}
    for param in source.params:
        if param.type in ("int", "float") and param.name != "seed" and (param.low == 0 or param.name in hanging):
            yield {**usual, param.name: param.low}
    for name, above in hanging.items():
        other = source.param(name)
        yield {**usual, name: above + 1 if other.type == "int" else (above + (other.high or 1.0)) / 2}


@pytest.mark.parametrize("source", MADE, ids=[source.id for source in MADE])
def test_a_setting_has_an_effect_exactly_where_it_says_so(source: DataSource) -> None:
    for case in cases(source):
        was = made(source, case)
        if was is None:
            continue  # settings that do not go together
        idle = without_effect(source.params, case)
        for param in source.params:
            if (source.id, param.name) not in ELSEWHERE:
                results = (made(source, {**case, param.name: each}) for each in others(param, case[param.name]))
                changes = any(result not in (None, was) for result in results)
                assert changes == (param.name not in idle), (param.name, case)


def test_a_spectrogram_alone_has_windows(tmp_path: Path) -> None:
    for name in ("high", "low"):
        (tmp_path / name).mkdir()
        save(tmp_path / name / "tone.wav", tone(440 if name == "high" else 220))
    source = sources["sound-folder"]
    for kind in ("spectrogram", "series"):
        params = {"path": str(tmp_path), "as": kind}
        results = {made(source, {**params, name: 64}) == made(source, params) for name in ("window", "hop")}
        assert results == {kind == "series"}
        assert set(without_effect(source.params, params)) == ({"window", "hop"} if kind == "series" else set())


@pytest.mark.parametrize(("kind", "source"), [("normalise", "wine"), ("binarise", "digits")])
def test_transforms_say_it_too(kind: str, source: str) -> None:
    spec, seen = transforms[kind], set()
    for param in spec.params:
        for only in param.only:
            for choice in next(each for each in spec.params if each.name == only.name).choices:
                params = {only.name: choice}
                other = next(
                    each for each in (0.25, *param.choices) if not param.complaint(each) and each != param.default
                )
                results = [
                    open_dataset(Data(source, transforms=(Transform(kind, ("x",), each),))).column("train", "x")
                    for each in (params, {**params, param.name: other})
                ]
                idle = param.name in without_effect(spec.params, params)
                assert (results[0] == results[1]).all() == idle
                seen.add((param.name, idle))
    assert len(seen) == 2 * sum(bool(param.only) for param in spec.params) > 0


def test_why_a_setting_has_no_effect_is_said() -> None:
    xor = sources["xor"].params
    why = "It has no effect while Points is “truth table”."
    assert without_effect(xor, {}) == {"samples": why, "noise": why, "seed": why}
    assert without_effect(xor, {"points": "cloud"}) == {}
    [told] = without_effect(sources["wrong-labels"].params, {"share": 0.0}).values()
    assert told == "It has no effect while Wrong is 0."


def test_conditions_name_settings_of_the_same_source_and_values_that_these_have() -> None:
    for source in sources.values():
        for param in source.params:
            for only in param.only:
                other = source.param(only.name)
                assert other is not param
                assert not any(other.complaint(value) for value in only.values)
                assert only.values or other.type in ("int", "float")


def test_of_a_formula_nobody_knows_what_it_gives() -> None:
    wide = Param("wide", "Wide", "bool", False, "Whether it is wide.")
    width = only_with(Param("width", "Width", "int", 3, "How wide."), "wide", True)
    assert width.only == (Only("wide", (True,)),)
    assert without_effect((wide, width), {"wide": "=a > 1"}) == {}
    assert without_effect((wide, width), {}) == {"width": "It has no effect while Wide is no."}
    assert without_effect((width,), {}) == {}, "a form without the other setting says nothing"
