"""A run that was stopped, killed or is to train longer goes on as the unbroken run, and says why where it cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from core.model.fault import ProjectError
from core.model.file import write
from core.model.project import Project
from core.model.settings import Data, Objective, Schedule, Split, Stop
from core.training.runs import RunFolder, RunWriter, cautions, continue_run
from core.training.trainer import Trainer
from tests.core.training_data import digits

ROOT = Path(__file__).parents[3]
TRAINS = """
import sys
from pathlib import Path
import core.layers
from core.model.file import read
from core.training.runs import RunWriter
from core.training.trainer import Trainer

trainer = Trainer(read(Path(sys.argv[1])))
writer = RunWriter(Path(sys.argv[2]), trainer)
for step in trainer:
    writer.after(step)
    if step.index == 7:
        writer.save("running")
    if step.index == 9:
        print("here", flush=True)
        sys.stdin.read()
"""


def noisy(**settings: Any) -> Project:
    layers = [("flatten", {}), ("linear", {"out_features": 12}), ("batch_norm1d", {}), ("relu", {})]
    layers += [("dropout", {"p": 0.3}), ("linear", {"out_features": 10})]
    return digits(layers, **{"epochs": 4, "batch_size": 400, **settings})


def told(trainer: Trainer) -> dict[str, Any]:
    epochs = [{**asdict(epoch), "seconds": 0.0} for epoch in trainer.history.epochs]
    return {"losses": list(trainer.history.losses), "epochs": epochs, "test": trainer.test()}


def stopped(project: Project, folder: Path, steps: int) -> Trainer:
    """Trains for some steps and is stopped."""
    trainer = Trainer(project)
    kept = RunWriter(folder, trainer)
    stream = iter(trainer)
    for _ in range(steps):
        kept.after(next(stream))
    kept.end("stopped")
    return trainer


def same(one: Trainer, other: Trainer) -> None:
    assert told(one) == told(other)
    for name, value in one.network.state_dict().items():
        assert torch.equal(value, other.network.state_dict()[name]), name


def test_killed_in_full_flight_it_goes_on_as_the_unbroken_run(tmp_path: Path) -> None:
    project, folder = noisy(), tmp_path / "run"
    write(project, tmp_path / "project.loom")
    command = [sys.executable, "-c", TRAINS, str(tmp_path / "project.loom"), str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        run = RunFolder.open(folder)
        assert (run.state, run.kept_step) == ("running", 7)
        with pytest.raises(ProjectError, match="still training"):
            continue_run(folder)
        process.send_signal(signal.SIGKILL)
    run = RunFolder.open(folder)
    assert run.state == "crashed"
    assert run.can_continue
    whole, going_on = Trainer(project), continue_run(folder)
    assert going_on.step == 7
    list(whole)
    kept = RunWriter(folder, going_on)
    for step in going_on:
        kept.after(step)
    kept.end("done")
    same(whole, going_on)
    assert list(RunFolder.open(folder).losses) == list(whole.history.losses)


@pytest.mark.parametrize("steps", [1, 4, 6, 12])
def test_stopped_anywhere_it_goes_on_as_the_unbroken_run(steps: int, tmp_path: Path) -> None:
    whole = Trainer(noisy())
    list(whole)
    stopped(noisy(), tmp_path, steps)
    going_on = continue_run(tmp_path)
    list(going_on)
    same(whole, going_on)


def test_a_finished_run_trains_longer_as_if_it_had_been_asked_to(tmp_path: Path) -> None:
    whole = Trainer(noisy(epochs=6))
    list(whole)
    stopped(noisy(epochs=4), tmp_path, whole.steps_per_epoch * 4)
    with pytest.raises(ProjectError, match="4 epochs already") as caught:
        continue_run(tmp_path)
    assert "more than 4" in caught.value.fix
    longer = continue_run(tmp_path, 6)
    assert longer.total_epochs == 6
    list(longer)
    same(whole, longer)
    assert longer.project.training.epochs == 6
    with pytest.raises(ProjectError, match="already"):
        continue_run(tmp_path, 3)


def test_it_can_be_broken_off_again_and_again(tmp_path: Path) -> None:
    whole = Trainer(noisy())
    list(whole)
    stopped(noisy(), tmp_path, 2)
    for _ in range(whole.total_steps - 2):
        going_on = continue_run(tmp_path)
        kept = RunWriter(tmp_path, going_on)
        kept.after(next(iter(going_on)))
        kept.end("stopped")
    assert list(RunFolder.open(tmp_path).losses) == list(whole.history.losses)
    assert RunFolder.open(tmp_path).epoch_count == 4


def test_a_number_of_steps_that_ended_it_amid_an_epoch_leaves_no_epoch_behind(tmp_path: Path) -> None:
    whole = Trainer(noisy())
    list(whole)
    short = Trainer(noisy(), max_steps=whole.steps_per_epoch + 1)
    kept = RunWriter(tmp_path, short)
    list(short)
    kept.end("done")
    assert [epoch.step for epoch in short.history.epochs] == [whole.steps_per_epoch, short.total_steps]
    going_on = continue_run(tmp_path)
    list(going_on)
    assert [epoch.epoch for epoch in going_on.history.epochs] == [1, 2, 3, 4]
    assert list(going_on.history.losses) == list(whole.history.losses)


def test_what_ended_by_itself_goes_on_without_its_criteria(tmp_path: Path) -> None:
    project = noisy(stop=Stop(loss_below=1e9))
    trainer = Trainer(project)
    kept = RunWriter(tmp_path, trainer)
    list(trainer)
    kept.end("done")
    run = RunFolder.open(tmp_path)
    assert run.epoch_count == 1
    assert "below" in run.ended_by
    assert any(run.ended_by in note for note in cautions(run))
    going_on = continue_run(tmp_path)
    list(going_on)
    assert len(going_on.history.epochs) == 4


def test_a_schedule_over_all_steps_reaches_its_end(tmp_path: Path) -> None:
    objective = Objective(schedule=Schedule("cosine"))
    whole = Trainer(noisy(objectives=(objective,)))
    list(whole)
    stopped(noisy(objectives=(objective,)), tmp_path, 5)
    going_on = continue_run(tmp_path)
    list(going_on)
    assert going_on.learning_rate == whole.learning_rate
    same(whole, going_on)


def test_other_versions_and_devices_are_told_and_hinder_nothing(tmp_path: Path) -> None:
    stopped(noisy(), tmp_path, 3)
    assert cautions(RunFolder.open(tmp_path)) == []
    facts = json.loads((tmp_path / "run.json").read_text())
    facts["versions"]["torch"], facts["device"] = "1.0", "cuda:77"
    (tmp_path / "run.json").write_text(json.dumps(facts))
    notes = cautions(RunFolder.open(tmp_path))
    assert len(notes) == 2
    assert "PyTorch 1.0" in notes[0]
    assert "cuda:77" in notes[1]
    assert continue_run(tmp_path).step == 3


def facts_of(folder: Path, **changes: object) -> None:
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(facts | changes))


SPOILED: list[tuple[str, Callable[[Path], object]]] = [
    ("No state was kept", lambda folder: (folder / "state.safetensors").unlink()),
    ("damaged", lambda folder: (folder / "state.safetensors").write_bytes(b"no state")),
    ("damaged", lambda folder: (folder / "state.safetensors").write_bytes(
        (folder / "state.safetensors").read_bytes()[:-30])),
    ("project.loom", lambda folder: (folder / "project.loom").unlink()),
    ("data are others", lambda folder: facts_of(folder, steps_per_epoch=77)),
    ("data are others", lambda folder: facts_of(folder, sizes={"train": 1, "validation": 1, "test": 1})),
]  # fmt: skip


@pytest.mark.parametrize(("words", "spoil"), SPOILED)
def test_what_is_damaged_or_missing_is_told(words: str, spoil: Callable[[Path], object], tmp_path: Path) -> None:
    stopped(noisy(), tmp_path, 3)
    spoil(tmp_path)
    with pytest.raises(ProjectError, match=words) as caught:
        continue_run(tmp_path)
    assert caught.value.fix


def test_the_state_of_another_network_is_refused(tmp_path: Path) -> None:
    stopped(noisy(), tmp_path / "one", 3)
    stopped(digits(epochs=4, batch_size=400), tmp_path / "other", 3)
    (tmp_path / "one/state.safetensors").replace(tmp_path / "other/state.safetensors")
    with pytest.raises(ProjectError, match="does not fit"):
        continue_run(tmp_path / "other")


def test_an_epoch_that_was_not_kept_is_told_with_those_that_were(tmp_path: Path) -> None:
    stopped(noisy(checkpoints=1), tmp_path, 10)
    kept = list(RunFolder.open(tmp_path).checkpoints)
    with pytest.raises(ProjectError, match="epoch 9") as caught:
        continue_run(tmp_path, checkpoint=9)
    assert ", ".join(map(str, kept)) in caught.value.fix


def test_other_shares_of_the_data_are_noticed(tmp_path: Path) -> None:
    stopped(noisy(), tmp_path, 3)
    project = RunFolder.open(tmp_path).project
    project.data = Data("digits", {"size": 8}, Split(0.1, 0.1))
    write(project, tmp_path / "project.loom")
    with pytest.raises(ProjectError, match="data are others"):
        continue_run(tmp_path)


def test_settings_of_the_run_stay_as_they_were(tmp_path: Path) -> None:
    project = noisy()
    project.training = msgspec.structs.replace(project.training, device="auto")
    stopped(project, tmp_path, 3)
    going_on = continue_run(tmp_path)
    assert going_on.project.training == project.training
    RunWriter(tmp_path, going_on)
    assert RunFolder.open(tmp_path).project.training.device == "auto"
