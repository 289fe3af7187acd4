"""A run that is killed at any time, even before it kept a state, goes on with exactly the losses of an unbroken one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from core.cli import main
from core.data.dataset import contents_of
from core.model.fault import ProjectError
from core.model.file import write
from core.model.project import Project
from core.model.settings import Data, Schedule
from core.training.runs import RunFolder, RunStore, RunWriter, cautions, continue_run
from core.training.runs.process import started
from core.training.trainer import Trainer
from tests.core.networks import chain
from tests.core.training_data import digits, plan

ROOT = Path(__file__).parents[3]
PATIENCE = 120.0
"""Seconds that a process may take to begin, however slow the machine is."""


def dropping(**settings: object) -> Project:
    layers = [("flatten", {}), ("linear", {"out_features": 12}), ("relu", {}), ("dropout", {"p": 0.3})]
    return digits([*layers, ("linear", {"out_features": 10})], batch_size=400, **settings)


def broken_off(project: Project, folder: Path, max_steps: int | None = None) -> Path:
    """A run that trained a few steps and then was gone with its process."""
    trainer = Trainer(project, max_steps=max_steps)
    writer = RunWriter(folder, trainer)
    for _, step in zip(range(3), trainer, strict=False):
        writer.after(step)
    facts = json.loads((folder / "run.json").read_text())
    facts["process"]["started"] = "long ago"
    (folder / "run.json").write_text(json.dumps(facts))
    return folder


def test_killed_before_its_first_state_it_begins_again_with_the_same_losses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(dropping(epochs=100_000, seed=3), file := tmp_path / "project.loom")
    folder = tmp_path / "run"
    command = [sys.executable, str(ROOT / "layerloom.py"), "train", str(file), "--out", str(folder), "--seed", "7"]
    until = time.monotonic() + PATIENCE
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(ROOT)}) as process:
        while not (folder / "run.json").exists() and process.poll() is None and time.monotonic() < until:
            pass
        process.kill()
    run = RunFolder.open(folder)
    assert (run.state, run.kept_step, run.can_continue) == ("crashed", 0, True)
    assert [each.path for each in RunStore(tmp_path).interrupted()] == [folder]
    assert main(["continue", str(folder), "--epochs", "3"]) == 0
    assert "it begins again, with the same numbers" in capsys.readouterr().err
    assert main(["train", str(file), "--epochs", "3", "--seed", "7", "--out", str(tmp_path / "whole")]) == 0
    again, whole = RunFolder.open(folder), RunFolder.open(tmp_path / "whole")
    assert again.losses == whole.losses
    assert (again.state, again.test) == ("done", whole.test)


def test_it_is_told_once_that_it_begins_again(tmp_path: Path) -> None:
    broken_off(dropping(epochs=2), tmp_path)
    [told] = cautions(RunFolder.open(tmp_path))
    assert told == "It broke off before its first state was kept: it begins again, with the same numbers."
    trainer = continue_run(tmp_path)
    writer = RunWriter(tmp_path, trainer)
    next(iter(trainer))
    writer.end("stopped")
    assert cautions(RunFolder.open(tmp_path)) == []
    assert continue_run(tmp_path).step == 1


def test_a_number_of_steps_that_was_asked_for_is_still_meant(tmp_path: Path) -> None:
    project = dropping(epochs=9)
    objective = msgspec.structs.replace(project.training.objectives[0], schedule=Schedule("cosine"))
    project.training = msgspec.structs.replace(project.training, objectives=(objective,))
    whole = Trainer(project, max_steps=8)
    list(whole)
    begun = continue_run(broken_off(project, tmp_path / "crashed", max_steps=8))
    writer = RunWriter(tmp_path / "crashed", begun)
    for _, step in zip(range(5), begun, strict=False):
        writer.after(step)
    writer.end("stopped")
    going_on = continue_run(tmp_path / "crashed")
    assert (going_on.step, going_on.total_steps) == (5, 8)
    list(going_on)
    assert list(going_on.history.losses) == list(whole.history.losses)
    # Who asks for epochs gets them.
    assert continue_run(tmp_path / "crashed", 9).total_steps == 9 * whole.steps_per_epoch


def test_a_run_of_an_older_program_may_have_begun_otherwise(tmp_path: Path) -> None:
    broken_off(dropping(epochs=2), tmp_path)
    facts = json.loads((tmp_path / "run.json").read_text())
    del facts["carried"]
    (tmp_path / "run.json").write_text(json.dumps(facts))
    assert not RunFolder.open(tmp_path).can_continue


def test_files_that_changed_since_are_told(tmp_path: Path) -> None:
    table, other = tmp_path / "a.csv", tmp_path / "pets"
    table.write_text("a,b,y\n" + "".join(f"{n},{n},{n % 2}\n" for n in range(40)), "utf-8")
    project = plan(chain([("linear", {"out_features": 2})], loss="cross_entropy"), epochs=9)
    project.data = Data("csv", {"path": str(table)})
    run = tmp_path / "run"
    RunWriter(run, trainer := Trainer(project)).end("stopped")
    assert trainer.step == 0
    assert cautions(RunFolder.open(run)) == []
    table.write_text(table.read_text("utf-8").replace("7,7,1", "7,8,1"), "utf-8")
    assert cautions(RunFolder.open(run)) == ["a.csv is not as it was when the run began: the numbers may differ."]
    for name in ("cats", "dogs"):
        (other / name).mkdir(parents=True)
        (other / name / "1.png").write_bytes(b"one")
    before = contents_of(data := Data("image-folder", {"path": str(other)}))
    (other / "cats" / "2.png").write_bytes(b"two")
    assert contents_of(data) != before
    assert contents_of(Data("digits")) == {}


def test_a_folder_at_which_another_process_trains_is_left_to_it(tmp_path: Path) -> None:
    project = dropping(epochs=2)
    RunWriter(tmp_path, Trainer(project))
    facts = json.loads((tmp_path / "run.json").read_text())
    facts["process"]["pid"], facts["process"]["started"] = os.getppid(), started(os.getppid())
    (tmp_path / "run.json").write_text(json.dumps(facts))
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(ProjectError, match="Another process trains in this folder"):
        RunWriter(tmp_path, Trainer(project))
    assert (tmp_path / "run.json").read_bytes() == before
