"""`layerloom train --run`, `continue`, `runs` and `tensorboard` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import presets
from core.cli import main
from core.model.file import encode
from core.training.runs import RunFolder, RunStore

Said = pytest.CaptureFixture[str]


@pytest.fixture
def run(tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of XOR that has trained 3 epochs."""
    monkeypatch.chdir(tmp_path)
    assert main(["train", "mlp-xor", "--epochs", "3", "--device", "cpu", "--run", "kept/xor"]) == 0
    assert "run kept in kept/xor" in capsys.readouterr().out
    return tmp_path / "kept/xor"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_remembers_where_it_came_from(run: Path, tmp_path: Path) -> None:
    kept = RunFolder.open(run)
    assert (kept.origin, kept.name, kept.state) == ("preset:mlp-xor", "xor", "done")


def test_continue_trains_on_to_what_a_longer_run_gives(run: Path, capsys: Said) -> None:
    assert main(["continue", str(run), "--epochs", "6", "--json"]) == 0
    told = lines(capsys.readouterr().out)
    assert [line["epoch"] for line in told[:-1]] == [4, 5, 6]
    assert told[-1]["run"] == str(run)
    assert main(["train", "mlp-xor", "--epochs", "6", "--device", "cpu", "--out", "whole", "--json"]) == 0
    assert RunFolder.open(run).losses == RunFolder.open(Path("whole")).losses
    assert RunFolder.open(run).project.training.epochs == 6


def test_continue_says_why_it_cannot(run: Path, capsys: Said) -> None:
    assert main(["continue", str(run)]) == 1
    assert "3 epochs already" in capsys.readouterr().err
    assert main(["continue", "nowhere"]) == 1
    assert "project.loom" in capsys.readouterr().err
    assert main(["continue", str(run), "--from", "2"]) == 1
    assert "No state of epoch 2" in capsys.readouterr().err


def test_continue_tells_of_other_versions_and_goes_on(run: Path, capsys: Said) -> None:
    facts = json.loads((run / "run.json").read_text())
    facts["versions"]["torch"] = "1.0"
    (run / "run.json").write_text(json.dumps(facts))
    assert main(["continue", str(run), "--epochs", "4"]) == 0
    assert "PyTorch 1.0" in capsys.readouterr().err


def test_runs_are_a_table_and_json(run: Path, capsys: Said) -> None:
    RunStore(run.parent).tag(run, ("first", "small"))
    (run.parent / "broken").mkdir()
    (run.parent / "broken/run.json").write_text("{")
    assert main(["runs", "kept"]) == 0
    said = capsys.readouterr()
    assert "1 run in kept" in said.out
    line = next(line for line in said.out.splitlines() if line.startswith("xor"))
    assert "done" in line
    assert "3/3" in line
    assert "first, small" in line
    assert "broken" in said.err
    assert main(["runs", "kept", "--json"]) == 0
    [facts] = lines(capsys.readouterr().out)[0]
    assert (facts["state"], facts["epochs"], facts["tags"]) == ("done", 3, ["first", "small"])
    assert facts["can_continue"]


def test_runs_without_a_directory_are_those_here_or_the_apps(run: Path, capsys: Said) -> None:
    assert main(["runs"]) == 0
    assert "0 runs in" in capsys.readouterr().out
    assert main(["train", "mlp-xor", "--epochs", "1", "--device", "cpu"]) == 0
    capsys.readouterr()
    assert main(["runs"]) == 0
    assert "mlp-xor-1" in capsys.readouterr().out
    assert main(["runs", "nowhere"]) == 1
    assert "no such directory" in capsys.readouterr().err


def test_a_run_is_not_written_over(run: Path, capsys: Said) -> None:
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    assert main(["train", "mlp-xor", "--epochs", "1", "--device", "cpu", "--run", str(run)]) == 1
    assert "There is a run in this folder already" in (said := capsys.readouterr().err)
    assert f"layerloom continue {run}" in said
    assert {file.name: file.read_bytes() for file in run.iterdir()} == before


def test_a_run_is_written_for_tensorboard(run: Path, capsys: Said) -> None:
    assert main(["tensorboard", str(run), "board"]) == 0
    assert "tensorboard --logdir board" in capsys.readouterr().out
    assert [file.name.startswith("events") for file in Path("board").iterdir()] == [True]


def test_the_weights_of_a_run_that_went_on_are_exported(run: Path, capsys: Said) -> None:
    assert main(["continue", str(run), "--epochs", "5"]) == 0
    assert main(["export", str(run), "--format", "safetensors", "--out", "net.safetensors"]) == 0
    assert Path("net.safetensors").exists()


def test_checkpoints_are_listed_and_gone_on_from(tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = json.loads(encode(presets.load("mlp-xor")))
    file["training"] |= {"epochs": 6, "checkpoints": 2, "device": "cpu"}
    Path("xor.loom").write_text(json.dumps(file))
    assert main(["train", "xor.loom", "--run", "run"]) == 0
    whole = RunFolder.open(Path("run"))
    assert whole.origin == str(tmp_path / "xor.loom")
    capsys.readouterr()
    assert main(["runs", ".", "--json"]) == 0
    [facts] = lines(capsys.readouterr().out)[0]
    assert facts["checkpoints"] == [2, 4, 6]
    assert main(["continue", "run", "--from", "4", "--json"]) == 0
    told = lines(capsys.readouterr().out)
    assert [line["epoch"] for line in told[:-1]] == [5, 6]
    assert RunFolder.open(Path("run")).losses == whole.losses


def test_an_empty_folder_name_is_not_the_folder_that_one_is_in(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "mlp-xor", "--epochs", "1", "--out", ""]) == 2
    assert "it is empty: name a file or a folder" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
