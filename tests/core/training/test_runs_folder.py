"""Runs are kept whole, come back as they were, and broken ones say what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from core.compiler.build import build
from core.model.fault import ProjectError
from core.model.file import encode
from core.training.runs import RunFolder, RunWriter, load_weights
from core.training.trainer import Trainer
from tests.core.training_data import MLP, digits


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    made = Trainer(digits(epochs=2, batch_size=100), seed=9)
    list(made)
    return made


@pytest.fixture
def run(trainer: Trainer, tmp_path: Path) -> RunFolder:
    writer = RunWriter(tmp_path / "runs" / "one", trainer)
    writer.end("done")
    writer.keep_test(trainer.test())
    return RunFolder.open(writer.folder)


def test_a_run_comes_back_as_it_was(trainer: Trainer, run: RunFolder) -> None:
    again = RunFolder.open(run.path)
    assert again == run or encode(again.project) == encode(run.project)
    assert encode(again.project) == encode(trainer.project)
    assert list(again.epochs) == trainer.history.epochs
    assert list(again.losses) == list(trainer.history.losses)
    assert (again.seed, again.project.training.seed) == (9, 9)
    assert again.test == trainer.test()
    assert again.versions["torch"] == torch.__version__
    assert again.failure is None
    assert {path.name for path in run.path.iterdir()} == {
        "project.loom",
        "run.json",
        "best.safetensors",
        "last.safetensors",
        "history.safetensors",
        "state.safetensors",
    }


def test_the_weights_give_the_same_network_again(trainer: Trainer, run: RunFolder) -> None:
    for file, expected in ((run.last, trainer.network.state_dict()), (run.best, trainer.best_state())):
        network = build(run.project, trainer.dataset.fields, seed=1)
        load_weights(network, file)
        for name, value in network.state_dict().items():
            assert torch.equal(value, expected[name]), name


def test_a_failed_run_keeps_why(tmp_path: Path) -> None:
    trainer = Trainer(digits())
    next(iter(trainer))
    trainer.network.state_dict()["linear_1.bias"].fill_(float("nan"))
    list(trainer)
    writer = RunWriter(tmp_path, trainer)
    writer.end("failed")
    run = RunFolder.open(tmp_path)
    assert run.state == "failed"
    assert run.failure
    assert run.failure.node == "linear_1"
    assert not run.can_continue
    json.loads((tmp_path / "run.json").read_text(), parse_constant=pytest.fail)


@pytest.mark.parametrize("name", ["project.loom", "run.json", "best.safetensors", "last.safetensors"])
def test_a_missing_file_is_named(run: RunFolder, name: str) -> None:
    (run.path / name).unlink()
    with pytest.raises(ProjectError, match=name):
        RunFolder.open(run.path)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"run": 1}', '{"run": 1, "epochs": 3}'])
def test_damaged_facts_are_told(run: RunFolder, content: str) -> None:
    (run.path / "run.json").write_text(content)
    with pytest.raises(ProjectError, match=r"run\.json"):
        RunFolder.open(run.path)


def test_facts_of_a_newer_program_are_refused(run: RunFolder) -> None:
    (run.path / "run.json").write_text('{"run": 99}')
    with pytest.raises(ProjectError, match="newer"):
        RunFolder.open(run.path)


def test_cut_or_foreign_weights_are_told(trainer: Trainer, run: RunFolder) -> None:
    network = build(run.project, trainer.dataset.fields)
    run.best.write_bytes(run.best.read_bytes()[:-40])
    with pytest.raises(ProjectError, match="damaged"):
        load_weights(network, run.best)
    other = build(digits([*MLP, ("relu", {}), ("linear", {"out_features": 10})]), trainer.dataset.fields)
    with pytest.raises(ProjectError, match=r"another network.*linear_3"):
        load_weights(other, run.last)
    wider = build(digits([MLP[0], ("linear", {"out_features": 10})]), trainer.dataset.fields)
    with pytest.raises(ProjectError, match="linear_2"):
        load_weights(wider, run.last)
    other_size = build(digits([MLP[0], ("linear", {"out_features": 9}), *MLP[2:]]), trainer.dataset.fields)
    with pytest.raises(ProjectError, match="16 × 64"):
        load_weights(other_size, run.last)


def test_a_folder_that_cannot_be_made_is_told(trainer: Trainer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be saved"):
        RunWriter(tmp_path / "file" / "run", trainer)
