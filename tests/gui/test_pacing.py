"""Frames: as often as painting may take time, which depends on what it holds up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from core.training.records import Step
from core.worker.isolated import IsolatedRunner
from core.worker.looks import SMALL
from core.worker.task import News, Task
from core.worker.threaded import ThreadRunner
from gui.documents import LiveRun
from gui.frames import Frames
from gui.hanging import Hanging
from gui.pacing import APART, FASTEST, FLUENT, SHARES, SLOWEST, STEPS, WATCHED, Pacer, share
from gui.session import Session


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_painting_may_take_more_beside_longer_steps(one: float, other: float) -> None:
    least, most = SHARES
    assert (
        least
        <= share(min(one, other), SMALL + 1, apart=False)
        <= share(max(one, other), SMALL + 1, apart=False)
        <= most
    )


def test_short_steps_are_held_up_least() -> None:
    assert share(0.0005, SMALL + 1, apart=False) == SHARES[0]
    assert share(sum(STEPS) / 2, SMALL + 1, apart=False) == pytest.approx(sum(SHARES) / 2)
    assert share(0.1, SMALL + 1, apart=False) == SHARES[1]


def test_a_small_network_is_watched_rather_than_waited_for() -> None:
    assert share(0.0005, SMALL, apart=False) == WATCHED > SHARES[1]
    assert share(0.0005, SMALL, apart=True) == share(0.0005, SMALL + 1, apart=True) == APART


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("parameters", [SMALL, SMALL + 1])
def test_fluent_pictures_have_their_share_beside_everything(parameters: int, apart: bool) -> None:
    assert share(0.0005, parameters, apart=apart, fluent=True) == FLUENT > max(*SHARES, WATCHED, APART)


@pytest.mark.parametrize(
    ("cost", "allowed", "interval"),
    [(0.02, 0.02, 1000.0), (0.02, 0.06, 333.3), (0.001, 0.06, FASTEST), (0.2, 0.02, SLOWEST)],
)
def test_dear_frames_come_seldom(
    cost: float, allowed: float, interval: float, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, frames = 0.0, 0

    def worked() -> float:
        nonlocal now
        now += cost
        return now

    def tick() -> bool:
        nonlocal frames
        frames += 1
        return True

    monkeypatch.setattr(time, "thread_time", worked)
    pacer = Pacer(tick)
    pacer.share = allowed
    pacer.start()
    # The median of five says what a frame costs, and the first of them cost nothing.
    qtbot.waitUntil(lambda: frames > 3, timeout=20_000)
    pacer.stop()
    assert pacer.interval == pytest.approx(interval, rel=0.001)


def test_the_time_that_a_frame_waits_is_no_pause_on_top_of_the_fastest_pace(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trainer that holds the interpreter's lock makes a frame take long, though its painting costs little."""
    worked, waited, frames = 0.0, 0.0, 0

    def work() -> float:
        nonlocal worked
        worked += 0.001
        return worked

    def wait() -> float:
        nonlocal waited
        waited += 0.05
        return waited

    def tick() -> bool:
        nonlocal frames
        frames += 1
        return True

    pacer = Pacer(tick)
    pacer.share = FLUENT
    monkeypatch.setattr(time, "thread_time", work)
    monkeypatch.setattr("gui.pacing.time.perf_counter", wait)
    pacer.start()
    qtbot.waitUntil(lambda: frames > 3, timeout=20_000)
    pacer.stop()
    assert pacer._timer.interval() == pytest.approx(FASTEST - 50, abs=1)


class Slow(ThreadRunner):
    """A runner that made two steps within 40 ms."""

    def news(self, picture: bool = True) -> News:
        return News([Step(1, 1, 0.5, 10), Step(2, 1, 0.4, 10)], seconds=0.04)


class SlowApart(IsolatedRunner):
    def news(self, picture: bool = True) -> News:
        return News([Step(1, 1, 0.5, 10), Step(2, 1, 0.4, 10)], seconds=0.04)


@pytest.mark.parametrize(
    ("kind", "preset", "expected"),
    [
        (Slow, "lenet-5", SHARES[1]),
        (Slow, "mlp-playground", WATCHED),
        (SlowApart, "lenet-5", APART),
        (SlowApart, "mlp-playground", APART),
    ],
)
def test_a_frame_looks_at_what_trains_how_long_its_steps_take_and_where(
    kind: type[Slow] | type[SlowApart], preset: str, expected: float, ready: Session, qtbot: QtBot
) -> None:
    ready.open_preset(preset)
    ready.infer()
    document, run = ready.front, LiveRun("run 1", ready.front.project, "running")
    document.runs.append(run)
    frames = Frames(ready, {document: kind(Task())}, Hanging(ready))
    assert frames.pacer.share == SHARES[0]
    frames.start()
    qtbot.waitUntil(lambda: len(run.steps) > 0, timeout=20_000)
    frames.stop()
    assert frames.pacer.share == expected
