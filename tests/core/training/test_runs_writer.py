"""A run is kept while it trains: at its start, now and then, at pauses and at its end; and leaves no trace in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from core.model.fault import ProjectError
from core.training.checkpoint import read_state
from core.training.runs import RunFolder, RunWriter, continue_run, writer
from core.training.runs.weights import load_weights
from core.training.trainer import Trainer
from tests.core.training_data import digits


class Clock:
    """A clock that goes on by hand; every call costs `cost` seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.cost = 0.0

    def monotonic(self) -> float:
        self.now += self.cost
        return self.now

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(writer, "time", made)
    return made


def test_a_run_is_on_disk_before_its_first_step(tmp_path: Path) -> None:
    RunWriter(tmp_path / "run", Trainer(digits(seed=4)), name="run 1", origin="preset:lenet", tags=("try",))
    run = RunFolder.open(tmp_path / "run")
    assert (run.state, run.name, run.origin, run.tags, run.seed) == ("running", "run 1", "preset:lenet", ("try",), 4)
    assert (run.steps, run.epoch_count, run.epochs, run.losses) == (0, 0, (), ())
    assert run.is_held
    assert not run.can_continue


def test_a_start_from_other_weights_is_kept_at_once(tmp_path: Path) -> None:
    first = Trainer(digits(seed=4))
    next(iter(first))
    RunWriter(tmp_path / "plain", Trainer(digits(seed=5)))
    RunWriter(tmp_path / "carried", Trainer(digits(seed=5), start_from=first.network))
    assert not kept_now(tmp_path / "plain")
    broken_off(tmp_path / "carried")
    run = RunFolder.open(tmp_path / "carried")
    assert (run.state, run.can_continue, run.begins_anew) == ("crashed", True, False)
    going_on = continue_run(tmp_path / "carried")
    assert going_on.step == 0
    for name, value in first.network.state_dict().items():
        assert torch.equal(value, going_on.network.state_dict()[name]), name
    # Without that state nobody knows the weights that it began with.
    (tmp_path / "carried/state.safetensors").unlink()
    assert not RunFolder.open(tmp_path / "carried").can_continue
    with pytest.raises(ProjectError, match="No state was kept"):
        continue_run(tmp_path / "carried")


def broken_off(folder: Path) -> None:
    """As if the process that writes the run had gone."""
    facts = json.loads((folder / "run.json").read_text())
    facts["process"]["started"] = "long ago"
    (folder / "run.json").write_text(json.dumps(facts))


def test_it_is_written_now_and_then_within_a_share_of_the_time(tmp_path: Path, clock: Clock) -> None:
    trainer = Trainer(digits(epochs=100, batch_size=1000))
    kept = RunWriter(tmp_path, trainer)
    written: list[float] = []
    for step in trainer:
        before = (tmp_path / "state.safetensors").stat().st_mtime_ns if written else 0
        # Looking at the clock twice while it is written makes a writing last for a second.
        clock.cost = 1.0
        kept.after(step)
        clock.cost = 0.0
        if kept_now(tmp_path) != before:
            written.append(clock.now)
        clock.now += 9.0
    assert written[0] <= 20.0
    gaps = [later - earlier for earlier, later in pairwise(written)]
    assert min(gaps) >= 1.0 / writer.SHARE
    assert len(written) >= 3


def kept_now(folder: Path) -> int:
    file = folder / "state.safetensors"
    return file.stat().st_mtime_ns if file.exists() else 0


def test_checkpoints_are_kept_all_and_lead_on_exactly(tmp_path: Path) -> None:
    project = digits(epochs=7, batch_size=400, checkpoints=2)
    whole = Trainer(project)
    kept = RunWriter(tmp_path, whole)
    for step in whole:
        kept.after(step)
    kept.end("done")
    run = RunFolder.open(tmp_path)
    assert list(run.checkpoints) == [2, 4, 6]
    again = continue_run(tmp_path, checkpoint=4)
    assert again.step == 4 * whole.steps_per_epoch
    list(again)
    assert list(again.history.losses) == list(whole.history.losses)


def test_what_people_wrote_stays_while_it_trains(tmp_path: Path) -> None:
    trainer = Trainer(digits())
    kept = RunWriter(tmp_path, trainer, name="run 1", tags=("old",))
    facts = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps(facts | {"tags": ["good", "small"], "name": "the best"}))
    list(trainer)
    kept.end("done")
    run = RunFolder.open(tmp_path)
    assert (run.name, run.tags) == ("the best", ("good", "small"))


def test_a_pause_is_kept_once_and_going_on_is_said(tmp_path: Path) -> None:
    trainer = Trainer(digits())
    kept = RunWriter(tmp_path, trainer)
    steps = iter(trainer)
    kept.after(next(steps))
    kept.save("paused")
    first = kept_now(tmp_path)
    kept.save("paused")
    assert kept_now(tmp_path) == first
    assert RunFolder.open(tmp_path).state == "paused"
    kept.goes_on()
    assert RunFolder.open(tmp_path).state == "running"
    assert RunFolder.open(tmp_path).kept_step == 1


def test_keeping_leaves_no_trace(tmp_path: Path) -> None:
    plain, kept = Trainer(digits()), Trainer(digits())
    list(plain)
    keeper = RunWriter(tmp_path, kept)
    for step in kept:
        keeper.after(step)
        keeper.save("running")
    assert list(plain.history.losses) == list(kept.history.losses)
    for name, value in plain.network.state_dict().items():
        assert torch.equal(value, kept.network.state_dict()[name]), name


def test_a_disk_that_takes_nothing_more_is_told_and_hinders_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(digits())
    kept = RunWriter(tmp_path, trainer, every=0.0)

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writer, "write_atomically", full)
        for step in trainer:
            kept.after(step)
        assert "No space left" in kept.problem
    kept.end("done")
    assert kept.problem == ""
    assert RunFolder.open(tmp_path).steps == trainer.total_steps


def test_a_disk_with_room_for_small_files_alone_is_told_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(digits())
    kept = RunWriter(tmp_path, trainer, every=0.0)
    whole = writer.write_atomically

    def nearly_full(path: Path, content: bytes) -> None:
        if len(content) > 5_000:
            raise OSError(28, "No space left on device")
        whole(path, content)

    monkeypatch.setattr(writer, "write_atomically", nearly_full)
    for step in trainer:
        kept.after(step)
    assert kept.problem.endswith("No space left on device. Make room; it trains on.")
    kept.end("done")
    kept.keep_test({"loss": 1.0})
    assert kept.problem.endswith("No space left on device. Make room, and train again.")
    with pytest.raises(ProjectError, match="No weights were kept"):
        load_weights(trainer.network, tmp_path / "best.safetensors")
    with pytest.raises(ProjectError, match="No state was kept"):
        read_state(tmp_path / "state.safetensors")


def test_a_failure_keeps_the_state_before_it(tmp_path: Path) -> None:
    trainer = Trainer(digits())
    kept = RunWriter(tmp_path, trainer, every=0.0)
    steps = iter(trainer)
    for _ in range(3):
        kept.after(next(steps))
    kept.save("running")
    trainer.network.state_dict()["linear_1.bias"].fill_(float("nan"))
    assert next(steps, None) is None
    kept.end("failed")
    run = RunFolder.open(tmp_path)
    assert run.state == "failed"
    assert run.kept_step == 3
    assert run.can_continue
    assert continue_run(tmp_path).step == 3


def old(folder: Path) -> None:
    """Makes of a run folder what version 1 wrote."""
    run = RunFolder.open(folder)
    facts = json.loads((folder / "run.json").read_text())
    epochs = [facts["last_epoch"]]
    names = (
        "when",
        "seed",
        "device",
        "seconds",
        "steps",
        "steps_per_epoch",
        "total_epochs",
        "test",
        "failure",
        "versions",
    )
    first = {name: facts[name] for name in names} | {"run": 1, "epochs": epochs, "losses": list(run.losses)}
    for name in ("state.safetensors", "history.safetensors"):
        (folder / name).unlink()
    (folder / "run.json").write_text(json.dumps(first))


def test_folders_of_the_first_version_still_open(tmp_path: Path) -> None:
    trainer = Trainer(digits())
    kept = RunWriter(tmp_path, trainer)
    list(trainer)
    kept.end("done")
    losses = RunFolder.open(tmp_path).losses
    old(tmp_path)
    run = RunFolder.open(tmp_path)
    assert run.losses == losses
    assert run.epochs == (trainer.history.epochs[-1],)
    assert (run.state, run.tags, run.can_continue) == ("done", (), False)


@pytest.mark.parametrize(
    "spoil", [lambda f: f.unlink(), lambda f: f.write_bytes(b"x" * 9), lambda f: f.write_bytes(b"")]
)
def test_a_step_that_cannot_be_read_is_none(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    trainer = Trainer(digits())
    kept = RunWriter(tmp_path / "run", trainer)
    next(iter(trainer))
    kept.end("stopped")
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "run", copy)
    assert RunFolder.open(copy).kept_step == 1
    spoil(copy / "state.safetensors")
    assert RunFolder.open(copy).kept_step == 0
