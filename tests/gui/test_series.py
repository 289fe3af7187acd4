"""The numbers behind curves come bit by bit and are the same as if they had come at once."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import presets
from core.model.project import Project
from core.training.records import Epoch, Step
from gui.documents import LiveRun
from gui.steplog import StepLog
from gui.views.series import Growing, RunSeries

CHUNKS = st.lists(st.lists(st.floats(allow_nan=False), max_size=700), max_size=8)


@given(CHUNKS)
def test_numbers_that_grow_are_all_there_in_order(chunks: list[list[float]]) -> None:
    growing = Growing()
    for chunk in chunks:
        growing.extend(chunk)
    assert growing.values.tolist() == [value for chunk in chunks for value in chunk]
    assert len(growing) == sum(map(len, chunks))


def test_a_run_that_is_looked_at_bit_by_bit_gives_the_same_curves() -> None:
    chance = np.random.default_rng(0)
    run = LiveRun("run 1", presets.load(presets.FIRST))
    watched = RunSeries(run)
    for index in range(1, 3001):
        ended = None
        if index % 10 == 0:
            validation = {"loss": float(chance.random())} if index % 20 else {}
            ended = Epoch(index // 10, index, {"loss": float(chance.random())}, validation, 0.1, 1.0)
            run.epochs.append(ended)
        run.steps.append(Step(index, (index - 1) // 10 + 1, float(chance.random()), 4, {"": 0.0}, ended))
        if index % 357 == 0:
            watched.take()
            watched.smoothed(0.9)
            watched.epochs("validation", "loss")
    assert watched.take()
    assert not watched.take()
    fresh = RunSeries(run)
    fresh.take()
    assert fresh.steps.tolist() == watched.steps.tolist() == list(range(1, 3001))
    assert fresh.losses.tolist() == watched.losses.tolist() == list(run.steps.losses)
    np.testing.assert_allclose(watched.smoothed(0.9), fresh.smoothed(0.9), rtol=1e-9)
    x, y = watched.epochs("validation", "loss")
    assert x.tolist() == list(range(10, 3001, 10))
    assert [math.isnan(value) for value in y] == [index % 20 == 0 for index in range(10, 3001, 10)]
    np.testing.assert_array_equal(y, fresh.epochs("validation", "loss")[1])


def test_a_run_that_begins_anew_has_new_curves() -> None:
    run = LiveRun("run 1", presets.load(presets.FIRST))
    series = RunSeries(run)
    for end in (40, 20):
        run.epochs[:] = [Epoch(each, each, {"loss": 1.0 / end}, {}, 0.1, 1.0) for each in range(1, end + 1)]
        x, y = series.epochs("train", "loss")
        assert x.tolist() == list(range(1, end + 1))
        assert set(y.tolist()) == {1.0 / end}


def test_the_pace_follows_the_size_of_the_latest_batches(playground: Project) -> None:
    steps = [Step(number, 1, 0.5, 10 if number <= 100 else 30) for number in range(1, 201)]
    for kept in (StepLog(steps), steps):
        run = LiveRun("run 1", playground, steps=kept, seconds=2.0)
        assert run.samples_per_second == 30 * 200 / 2
    assert LiveRun("run 2", playground).samples_per_second == 0
