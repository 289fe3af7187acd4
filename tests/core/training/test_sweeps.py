"""Sweeps: addresses of parameters, points as data, and worker processes that train them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import presets
from core.blocks.library import open_block
from core.model.fault import ProjectError
from core.model.file import decode, encode
from core.model.project import Project
from core.model.settings import Data, Split
from core.training.sweeps.address import place_of, places, set_value
from core.training.sweeps.plan import Axis, Sweep, at, points, read_sweep, write_sweep
from core.training.sweeps.running import Running, begin, run_of
from core.training.sweeps.table import table
from core.training.trainer import Trainer
from tests.core.networks import chain
from tests.core.training_data import plan


def line(**settings: Any) -> Project:
    project = chain([("linear", {"out_features": 1})], loss="mse")
    project.data = Data("line", {"samples": 24}, Split(0.25, 0.25))
    return plan(project, "sgd", **{"epochs": 2, "batch_size": 6, **settings})


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("training.batch_size", 3),
        ("training.seed", 7),
        ("training.device", "mps"),
        ("training.objectives[0].optimizer.lr", 0.5),
        ("training.objectives[0].optimizer", "adam"),
        ("training.objectives[0].schedule", "cosine"),
        ("training.objectives[0].accumulate", 4),
        ("training.objectives[0].losses.mse_1", 0.25),
        ("training.objectives[0].rates.linear_1", 0.1),
        ("data.samples", 60),
        ("data.split.test", 0.5),
        ("linear_1.bias", False),
    ],
)
def test_every_kind_of_parameter_has_an_address(address: str, value: Any) -> None:
    project = line()
    set_value(project, address, value)
    assert place_of(project, address).value == value
    assert place_of(decode(encode(project)), address).value == value
    changed = [name for name, place in places(project).items() if place.value != places(line()).get(name, place).value]
    # Another optimizer has defaults of its own.
    assert [name for name in changed if not name.startswith(f"{address}.")] == [address]


def test_parameters_inside_blocks_have_addresses() -> None:
    project = open_block("residual")
    (name,) = project.blocks
    inside = [address for address in places(project) if address.startswith(f"{name}/")]
    assert any(address.endswith(".kernel_size") for address in inside)


@pytest.mark.parametrize("id", presets.ids())
def test_every_parameter_of_a_preset_can_be_set_to_what_it_is(id: str) -> None:
    project = presets.load(id)
    before = encode(project)
    for address, place in places(project).items():
        assert place.address == address
        if place.param.complaint(place.value) == "":
            place.put(project, place.value)
    again = places(decode(encode(project)))
    assert {a: p.value for a, p in again.items()} == {a: p.value for a, p in places(decode(before)).items()}


@pytest.mark.parametrize(
    ("address", "value", "word"),
    [
        ("training.batchsize", 3, "batch_size"),
        ("training.batch_size", 0, "at least"),
        ("training.objectives[1].optimizer.lr", 0.1, r"objectives\[1\]"),
        ("training.objectives[0].optimizer", "adamm", "adamm"),
        ("linear_9.bias", True, "linear_9"),
        ("", 1, "no parameter"),
    ],
)
def test_what_does_not_fit_is_told_with_its_address(address: str, value: Any, word: str) -> None:
    with pytest.raises(ProjectError, match=word) as caught:
        set_value(line(), address, value)
    assert caught.value.place == address
    assert caught.value.fix


LR = "training.objectives[0].optimizer.lr"


def test_a_grid_is_every_combination_with_every_seed() -> None:
    sweep = Sweep((Axis((LR,), (0.1, 0.2)), Axis(("training.batch_size",), (2, 3, 4))), seeds=(0, 1))
    made = points(sweep, line())
    assert len(made) == 12
    assert len({point.name for point in made}) == 12
    one = at(line(), sweep, made[-1])
    assert place_of(one, LR).value == 0.2
    assert (one.training.batch_size, one.training.seed) == (4, 1)


def test_ranges_are_even_or_even_by_their_logarithm() -> None:
    even = points(Sweep((Axis((LR,), low=1.0, high=2.0, count=5),)), line())
    assert [point.values[0] for point in even] == [1.0, 1.25, 1.5, 1.75, 2.0]
    log = points(Sweep((Axis((LR,), low=1e-4, high=1.0, count=5, log=True),)), line())
    assert [point.values[0] for point in log] == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    whole = points(Sweep((Axis(("training.batch_size",), low=1, high=3, count=9),)), line())
    assert [point.values[0] for point in whole] == [1, 2, 3]


@given(
    low=st.floats(1e-5, 1.0),
    width=st.floats(1.0, 1e4),
    log=st.booleans(),
    draws=st.integers(1, 20),
    seed=st.integers(0, 99),
)
def test_draws_are_within_their_range_and_the_same_for_the_same_seed(
    low: float, width: float, log: bool, draws: int, seed: int
) -> None:
    axis = Axis((LR,), low=low, high=low * width, log=log, random=True)
    sweep = Sweep((axis,), draws=draws, seed=seed)
    made = points(sweep, line())
    assert made == points(sweep, line())
    assert len(made) == draws
    for point in made:
        (value,) = point.values
        assert isinstance(value, float)
        assert low * 0.999 <= value <= low * width * 1.001


def test_parameters_can_take_a_value_together() -> None:
    sweep = Sweep((Axis(("data.split.validation", "data.split.test"), (0.1, 0.2)),))
    split = at(line(), sweep, points(sweep, line())[1]).data.split
    assert split.validation == split.test == 0.2


def test_a_whole_parameter_makes_those_whole_that_go_with_it() -> None:
    sweep = Sweep((Axis((LR, "linear_1.out_features"), low=1.0, high=4.0, count=4),))
    assert [point.values for point in points(sweep, line())] == [(1,), (2,), (3,), (4,)]


def test_the_seed_can_be_what_a_sweep_changes() -> None:
    sweep, project = Sweep((Axis(("training.seed",), (3, 5)),)), line()
    assert [at(project, sweep, point).training.seed for point in points(sweep, project)] == [3, 5]


@pytest.mark.parametrize(
    ("sweep", "word"),
    [
        (Sweep(), "nothing to change"),
        (Sweep((Axis((LR,)),)), "no values"),
        (Sweep((Axis((LR,), low=2.0, high=1.0, count=3),)), "no range"),
        (Sweep((Axis((LR,), low=0.0, high=1.0, count=3, log=True),)), "logarithm"),
        (Sweep((Axis((LR,), low=0.1, high=1.0, random=True),)), "draws"),
        (Sweep((Axis((LR,), (0.1, -1.0)),)), "more than 0"),
        (Sweep((Axis(("gone.lr",), (0.1,)),)), "gone.lr"),
        (Sweep((Axis((LR,), (0.1,)), Axis((LR,), (0.2,)))), "changed twice"),
        (Sweep((Axis((LR, LR), (0.1,)),)), "changed twice"),
        (Sweep((Axis(("training.seed",), (1, 2)),), seeds=(0, 1)), "the seed already"),
        (Sweep((Axis((LR,), low=0.1, high=1.0, count=20_000),)), "20,000"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused_before_it_starts(sweep: Sweep, word: str) -> None:
    with pytest.raises(ProjectError, match=word):
        points(sweep, line())


def test_a_sweep_is_a_file_that_comes_back(tmp_path: Path) -> None:
    sweep = Sweep((Axis((LR,), (0.1, 1)), Axis(("linear_1.bias",), (True, False))), seeds=(3,), draws=2, seed=5)
    write_sweep(tmp_path, sweep, line())
    back, project = read_sweep(tmp_path)
    assert back == sweep
    assert encode(project) == encode(line())
    (tmp_path / "sweep.json").write_text("{")
    with pytest.raises(ProjectError, match="no sweep"):
        read_sweep(tmp_path)
    with pytest.raises(ProjectError, match="no sweep"):
        read_sweep(tmp_path / "gone")


def test_workers_train_all_points_as_they_would_train_alone(tmp_path: Path) -> None:
    sweep = Sweep((Axis((LR,), (0.05, 1e30)),), seeds=(0, 1))
    with begin(tmp_path / "sweep", sweep, line(), workers=2) as running:
        while not running.progress.is_over:
            running.poll(timeout=60)
    # A rate that is far too high: two runs fail, and say why.
    assert len(running.progress.done) == 2
    assert all("loss became" in why for why in running.progress.failed.values())
    made = points(sweep, line())
    for point in made[:2]:
        alone = Trainer(at(line(), sweep, point))
        list(alone)
        run = run_of(tmp_path / "sweep", point)
        assert run is not None
        assert list(run.losses) == list(alone.history.losses)
    found = table(tmp_path / "sweep")
    assert found.axes == (LR,)
    good, bad = found.rows
    assert (good.runs, bad.runs) == (2, 0)
    losses = [run.test["loss"] for point in made[:2] if (run := run_of(tmp_path / "sweep", point))]
    assert good.mean("test loss") == pytest.approx(np.mean(losses))
    assert good.deviation("test loss") == pytest.approx(np.std(losses, ddof=1))
    assert math.isnan(bad.mean("test loss"))
    lines = found.text().splitlines()
    assert lines[0].startswith(f"{LR},runs,")
    assert len(lines) == 3


def test_a_sweep_that_is_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    folder, sweep = tmp_path / "sweep", Sweep((Axis((LR,), (0.01, 0.02)),))
    project = line(epochs=400)
    with begin(folder, sweep, project, workers=1) as running:
        while not running.progress.epochs:
            running.poll(timeout=60)
    first, second = points(sweep, project)
    broken = run_of(folder, first)
    assert broken is not None
    assert broken.state == "paused"
    assert 0 < broken.steps < broken.total_steps
    assert run_of(folder, second) is None
    with Running(folder, workers=1) as going_on:
        while not going_on.progress.is_over:
            going_on.poll(timeout=60)
    assert going_on.progress.failed == {}
    alone = Trainer(at(project, sweep, first))
    list(alone)
    whole = run_of(folder, first)
    assert whole is not None
    assert list(whole.losses) == list(alone.history.losses)
    with Running(folder, workers=1) as nothing:
        assert nothing.progress.is_over


def test_a_worker_that_is_killed_costs_one_point(tmp_path: Path) -> None:
    folder, sweep = tmp_path / "sweep", Sweep((Axis((LR,), (0.01, 0.02)),))
    with begin(folder, sweep, line(epochs=400), workers=1) as running:
        while not running.progress.epochs:
            running.poll(timeout=60)
        next(iter(running._workers.values())).kill()
        while not running.progress.is_over:
            running.poll(timeout=60)
    assert len(running.progress.done) == 1
    (why,) = running.progress.failed.values()
    assert "ended by the system" in why


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(ProjectError, match="not empty"):
        begin(tmp_path, Sweep((Axis((LR,), (0.1,)),)), line())
