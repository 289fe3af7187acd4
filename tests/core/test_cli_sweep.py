"""`layerloom sweep`: what is typed, what is printed, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import presets
from core.cli import main
from core.commands.sweep import axis_of
from core.layers import user
from core.model.fault import ProjectError
from core.model.file import write
from core.model.settings import Data
from core.training.sweeps.plan import Axis
from tests.core.networks import chain
from tests.core.training_data import plan

WIDTHS = ("linear_1.out_features", "linear_2.out_features")
LR = "training.objectives[0].optimizer.lr"


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        (f"{WIDTHS[0]}=4,8", Axis(WIDTHS[:1], (4, 8))),
        (f"{WIDTHS[0]} + {WIDTHS[1]}=4,8", Axis(WIDTHS, (4, 8))),
        (f"{LR}=1e-3..1e-1:5 log", Axis((LR,), (), 1e-3, 1e-1, 5, log=True)),
        (f"{'+'.join(WIDTHS)}=2..64 log random", Axis(WIDTHS, (), 2.0, 64.0, log=True, random=True)),
        ("training.objectives[0].optimizer=sgd,adam", Axis(("training.objectives[0].optimizer",), ("sgd", "adam"))),
    ],
)
def test_what_is_typed_is_an_axis(text: str, axis: Axis) -> None:
    assert axis_of(presets.load("mlp-playground"), text) == axis


@pytest.mark.parametrize(("text", "word"), [("linear_1.out", "names no values"), (f"{WIDTHS[0]}+gone=2", "gone")])
def test_what_is_no_axis_is_told(text: str, word: str) -> None:
    with pytest.raises(ProjectError, match=word):
        axis_of(presets.load("mlp-playground"), text)


def test_tied_widths_are_trained_and_stand_in_one_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    over = ["--over", f"{'+'.join(WIDTHS)}=2,3", "--over", "training.epochs=1"]
    assert main(["sweep", "mlp-playground", *over, "--workers", "1", "--out", str(out)]) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0].split("  ")[0] == " = ".join(WIDTHS)
    assert [line.split()[0] for line in lines[1:3]] == ["2", "3"]
    assert "\r" not in told.err, "a file wants no line that is written over"
    assert main(["sweep", "--resume", str(out), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["axes"] == [" = ".join(WIDTHS), "training.epochs"]
    assert [row["values"] for row in found["rows"]] == [[2, 1], [3, 1]]
    assert (out / "table.csv").read_text().startswith(" = ".join(WIDTHS))


def test_more_values_than_can_be_trained_are_not_even_counted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # A list of a thousand million numbers would take all the memory there is.
    over = ["--over", "linear_1.out_features=2..64:1000000000"]
    assert main(["sweep", "mlp-xor", *over, "--out", str(tmp_path / "sweep")]) == 1
    assert "1,000,000,000 values are too many. At most 10,000 go." in capsys.readouterr().err
    assert main(["sweep", "mlp-xor", *over, "--seeds", "1000000000"]) == 2
    assert "--seeds: it must be at most 10,000" in capsys.readouterr().err
    assert main(["sweep", "mlp-xor", "--over", "training.batch_size=2,4", "--out", "/dev/null/sweep"]) == 1
    assert "Choose another folder." in capsys.readouterr().err


def test_a_sweep_reads_files_from_where_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("points.csv").write_text("a,b,y\n" + "".join(f"{n},{n},{n % 2}\n" for n in range(40)), "utf-8")
    # A file of the user's own with the name of one of Python's is no matter.
    Path("json.py").write_text("raise ImportError", "utf-8")
    project = plan(chain([("linear", {"out_features": 2})], loss="cross_entropy"), epochs=1)
    project.data = Data("csv", {"path": "points.csv"})
    write(project, Path("own.loom"))
    assert main(["sweep", "own.loom", "--over", "training.batch_size=8,16", "--workers", "1", "--out", "out"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:3]] == ["8", "16"]
    Path("points.csv").unlink()
    assert main(["check", "own.loom"]) == 1
    assert f"{tmp_path / 'points.csv'}: There is no file here." in capsys.readouterr().out


OWN = """
from torch import nn
from core.model.spec import LayerSpec

class Twice(nn.Module):
    def forward(self, input):
        return 2 * input

LAYER = LayerSpec("twice", target="Twice")
"""


def test_a_sweep_has_the_layers_of_the_users_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user.folder().mkdir(parents=True)
    (path := user.folder() / "twice.py").write_text(OWN, "utf-8")
    user.trust(next(file for file in user.found() if file.path == path))
    assert user.load(path).problem is None
    try:
        project = plan(chain([("twice", {}), ("linear", {"out_features": 2})], loss="cross_entropy"), epochs=1)
        project.data = Data("xor")
        write(project, tmp_path / "own.loom")
        words = ["--over", "training.batch_size=2", "--workers", "1", "--out", str(tmp_path / "out")]
        assert main(["sweep", str(tmp_path / "own.loom"), *words]) == 0, capsys.readouterr().err
    finally:
        user.forget()
