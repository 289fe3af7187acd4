"""Looks at a run that trains: cheap ones often, dear ones seldom, all within a share of the time."""

from __future__ import annotations

import time

import pytest

from core.training.records import Snapshot, Watch
from core.worker.looks import FLUENT, SHARE, SMALL, WATCHED, Looks


class Counting:
    """A probe that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[Watch] = []

    def snapshot(self, watch: Watch) -> Snapshot:
        self.asked.append(watch)
        return Snapshot(len(self.asked), 1, text="long" if watch.text else "")


def test_what_is_dear_is_looked_at_seldom_and_carried_on() -> None:
    probe = Counting()
    looks = Looks(probe, 10_000)  # type: ignore[arg-type]
    watch = Watch(activations=frozenset({"a"}), text=40)
    first, second = looks.take(watch), looks.take(watch)
    assert [bool(each.text) for each in probe.asked] == [True, False]
    assert (first.text, second.text) == ("long", "long")
    assert second.step == 2
    looks.take(watch, whole=True)
    assert probe.asked[-1].text == 40


@pytest.mark.parametrize(
    ("parameters", "fluent", "share"),
    [(SMALL, False, WATCHED), (SMALL + 1, False, SHARE), (SMALL, True, FLUENT), (SMALL + 1, True, FLUENT)],
)
def test_a_network_that_is_small_or_shall_be_seen_fluently_is_looked_at_more_often(
    parameters: int, fluent: bool, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)

    class Slow(Counting):
        def snapshot(self, watch: Watch) -> Snapshot:
            nonlocal now
            now += 1.0
            return super().snapshot(watch)

    looks = Looks(Slow(), parameters)  # type: ignore[arg-type]
    watch = Watch(activations=frozenset({"a"}), fluent=fluent)
    looks.take(watch)
    now = 1 + 0.99 / share
    assert not looks.is_due()
    now = 1 + 1.01 / share
    assert looks.is_due()
