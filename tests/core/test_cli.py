"""The headless commands as a person or a program calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

import presets
from core.cli import main
from core.model.file import encode, write
from core.model.ops import RemoveEdge, SetParams
from core.model.settings import Data, Objective, Optimizer, Schedule
from core.model.spec import registry
from tests.core.blocks import network


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[Any]]:
    """The exit status and what was printed, a JSON value a line."""
    status = main([*words, "--json"])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_presets_are_one_array(capsys: pytest.CaptureFixture[str]) -> None:
    status, [rows] = run(capsys, "presets")
    assert status == 0
    assert [row["id"] for row in rows] == list(presets.ids())
    assert {"id", "lecture", "title", "data", "parameters"} <= set(rows[0])
    assert next(row for row in rows if row["id"] == "lenet-5")["parameters"] == 61_706


def test_kinds_are_one_array(capsys: pytest.CaptureFixture[str]) -> None:
    status, [rows] = run(capsys, "kinds")
    assert status == 0
    assert [row["kind"] for row in rows] == [spec.kind for spec in registry]
    conv = next(row for row in rows if row["kind"] == "conv2d")
    assert [port["name"] for port in conv["inputs"]] == ["input"]
    assert {"out_channels", "kernel_size", "stride"} <= {param["name"] for param in conv["parameters"]}


@pytest.mark.parametrize("command", ["presets", "kinds"])
def test_lists_are_readable_too(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 5


def test_check_reports_shapes_and_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    status, [report] = run(capsys, "check", "lenet-5")
    assert status == 0
    assert report["ok"]
    assert report["parameters"] == 61_706
    assert report["problems"] == []
    conv = next(node for node in report["nodes"] if node["id"] == "conv2d_1")
    costs = {"parameters": 156, "flops": 2 * 6 * 28 * 28 * 25, "memory": 4 * 6 * 28 * 28}
    assert conv == {"id": "conv2d_1", "kind": "conv2d", "outputs": {"output": "N×6×28×28"}, **costs}
    assert report["flops"] == sum(node["flops"] for node in report["nodes"])


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({"objectives": (Objective(optimizer=Optimizer("sgdd")),)}, "training.objectives[0]: There is no optimizer"),
        ({"objectives": (Objective(optimizer=Optimizer("adam", {"lr": -1.0})),)}, "Learning rate must be more than 0"),
        ({"objectives": (Objective(schedule=Schedule("zigzag")),)}, "There is no schedule “zigzag”"),
        ({"objectives": (Objective(losses={"mse_7": 1.0}),)}, "There is no loss “mse_7”"),
        ({"objectives": (Objective(trains=("linear_9",)),)}, "There is no node “linear_9” to train"),
        ({"objectives": (Objective(rates={"linear_9": 0.1}),)}, "“linear_9”"),
        ({"metrics": ("acuracy",)}, "training.metrics: There is no metric “acuracy”"),
    ],
)
def test_what_train_would_refuse_is_a_problem_for_check(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, training: dict[str, Any], words: str
) -> None:
    project = presets.load("mlp-xor")
    project.training = msgspec.structs.replace(project.training, **training)
    write(project, tmp_path / "mine.loom")
    assert main(["train", str(tmp_path / "mine.loom"), "--device", "cpu", "--out", str(tmp_path / "run")]) == 1
    refused = capsys.readouterr().err.strip()
    status, [report] = run(capsys, "check", str(tmp_path / "mine.loom"))
    assert (status, report["ok"], report["run"]) == (1, False, None)
    [problem] = report["problems"]
    assert words in problem["message"]
    assert refused == f"layerloom: {problem['message']} {problem['fix']}"


@pytest.mark.parametrize("id", ["dqn", "gan", "simclr", "transfer-learning", "transformer-base"])
def test_what_can_train_has_no_problem(capsys: pytest.CaptureFixture[str], id: str) -> None:
    status, [report] = run(capsys, "check", id)
    assert (status, report["problems"]) == (0, [])
    assert report["run"]["steps"] > 0


def test_check_looks_inside_blocks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write(network(("stack", {"width": 8, "repeat": 2})), tmp_path / "stack.loom")
    ids = dict[bool, list[str]]()
    for inside in (True, False):
        _, [report] = run(capsys, "check", str(tmp_path / "stack.loom"), *(["--inside"] if inside else []))
        ids[inside] = [node["id"] for node in report["nodes"]]
    assert ids[False] == ["input_1", "stack", "output_1"]
    assert ids[True][1:4] == ["stack", "stack/0/x", "stack/0/fc"]
    assert "stack/1/y" in ids[True]


def test_check_finds_problems_and_exits_with_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    project = presets.load("lenet-5")
    SetParams("conv2d_1", {"kernel_size": 40}).apply(project)
    RemoveEdge(project.graph.into("linear_3")[0]).apply(project)
    write(project, tmp_path / "broken.loom")
    status, [report] = run(capsys, "check", str(tmp_path / "broken.loom"))
    assert status == 1
    assert not report["ok"]
    found = {problem["node"]: problem for problem in report["problems"]}
    assert {"conv2d_1", "linear_3"} <= set(found)
    assert all(problem["message"] and problem["fix"] for problem in report["problems"])


def test_a_damaged_file_is_a_problem_not_a_traceback(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "cut.loom"
    path.write_bytes(encode(presets.load("lenet-5"))[:500])
    status, [report] = run(capsys, "check", str(path))
    assert (status, report["ok"]) == (1, False)
    assert "cut.loom" in report["problems"][0]["message"]
    assert main(["train", str(path)]) == 1
    assert "cut off" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "no-such-preset"],
        ["train", "mlp-xor", "--epochs", "0"],
        ["train", "mlp-xor", "--seed", "-1"],
        ["export", "mlp-xor", "--format", "gif", "--out", "a"],
        ["dance"],
        ["check", "."],
        ["check", "a" * 5000],
    ],
)
def test_wrong_usage_exits_with_two(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--epochs", "many"], "--epochs: it must be a whole number"),
        (["--epochs", "1000000000000"], "--epochs: it must be at most 100,000"),
        (["--seed", "-1"], "--seed: it must be at least 0"),
        (["--seed", str(2**32)], "--seed: it must be at most 4,294,967,295"),
    ],
)
def test_numbers_that_no_project_could_hold_are_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["train", "mlp-xor", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file without an end here")
def test_a_file_without_an_end_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", "/dev/zero"]) == 1
    assert "too large for a project" in capsys.readouterr().err
    project = presets.load("mlp-xor")
    project.data = Data("csv", {"path": "/dev/zero"})
    write(project, tmp_path / "endless.loom")
    assert main(["check", str(tmp_path / "endless.loom")]) == 1
    assert "/dev/zero: This is a device or a pipe, not a file." in capsys.readouterr().out


def test_train_prints_epochs_and_a_last_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    status, lines = run(capsys, "train", "mlp-playground", "--epochs", "3", "--seed", "5", "--out", str(out))
    assert status == 0
    *epochs, last = lines
    assert [line["epoch"] for line in epochs] == [1, 2, 3]
    for line in epochs:
        assert set(line) == {"epoch", "step", "train", "validation"}
        assert {"loss", "accuracy"} <= set(line["train"])
        assert {"loss", "accuracy"} <= set(line["validation"])
    assert last["done"] is True
    assert {"loss", "accuracy"} <= set(last["test"])
    assert last["steps_per_second"] > 0
    assert last["run"] == str(out)
    assert (out / "project.loom").exists()


def test_the_same_seed_gives_the_same_numbers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def losses(seed: str, name: str) -> list[Any]:
        words = ["train", "mlp-playground", "--epochs", "2", "--seed", seed, "--out", str(tmp_path / name)]
        return [line["train"] for line in run(capsys, *words)[1][:-1]]

    assert losses("1", "a") == losses("1", "b") != losses("2", "c")


def test_steps_end_a_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, lines = run(capsys, "train", "mlp-playground", "--steps", "4", "--out", str(tmp_path / "run"))
    assert status == 0
    assert lines[-1]["done"]


@pytest.mark.parametrize("format", ["python", "safetensors", "onnx"])
def test_a_run_is_exported_and_verified(capsys: pytest.CaptureFixture[str], tmp_path: Path, format: str) -> None:
    out = tmp_path / "run"
    assert main(["train", "mlp-playground", "--epochs", "2", "--out", str(out)]) == 0
    assert main(["export", str(out), "--format", format, "--out", str(tmp_path / "net")]) == 0
    assert "differ by at most" in capsys.readouterr().out
    assert list(tmp_path.glob("net.*"))


def test_metrics_of_several_objectives_are_printed_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["train", "dropout", "--epochs", "1", "--device", "cpu", "--out", str(tmp_path / "run")]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("epoch"))
    train = line.partition("   validation ")[0]
    assert "accuracy (without) " in train
    assert "accuracy (with dropout) " in train
    assert train.count("accuracy") == 2


def test_an_untrained_export_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["export", "mlp-xor", "--format", "python", "--out", str(tmp_path / "net.py")]) == 0
    assert "not trained" in capsys.readouterr().err


def test_the_module_runs_as_a_program(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "layerloom", "presets", "--json"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert json.loads(done.stdout)
