"""What the headless commands say of the user's own data, in the words of the window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli import main
from core.data.columns import all_left_out
from core.data.table import preview
from core.model.file import write
from core.model.project import Project
from core.model.settings import Data, Split
from core.model.values import Value
from tests.core.networks import chain
from tests.core.training_data import plan

GAP = "“gap” is left out: it is empty in every row."
NAMES = "“name” is left out: 60 different texts are too many to be categories."


def people(folder: Path, **params: Value) -> Project:
    """A network for a table of which two columns can be no feature."""
    rows = [f"{n},,someone number {n},{n % 2}" for n in range(60)]
    (folder / "people.csv").write_text("\n".join(["a,gap,name,y", *rows]), "utf-8")
    project = plan(chain([("linear", {"out_features": 2})], loss="cross_entropy"), epochs=1)
    project.data = Data("csv", {"path": str(folder / "people.csv"), **params})
    write(project, folder / "people.loom")
    return project


def test_check_names_the_columns_that_are_left_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people(tmp_path)
    assert main(["check", str(tmp_path / "people.loom")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("note")] == [f"note: data: {GAP}", f"note: data: {NAMES}"]
    assert main(["check", str(tmp_path / "people.loom"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["notes"]) == (True, [GAP, NAMES])


def test_train_names_them_before_the_first_step(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people(tmp_path)
    words = [str(tmp_path / "people.loom"), "--device", "cpu", "--out", str(tmp_path / "run")]
    assert main(["train", *words]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == [f"layerloom: {GAP}", f"layerloom: {NAMES}"]
    assert "left out" not in said.out


def test_who_names_the_features_is_told_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people(tmp_path, features="a")
    assert main(["check", str(tmp_path / "people.loom"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == []


def test_the_target_and_other_sources_are_no_matter(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people(tmp_path, target="a", task="number")
    main(["check", str(tmp_path / "people.loom"), "--json"])
    assert json.loads(capsys.readouterr().out)["notes"] == [GAP, NAMES]
    for subject in ("mlp-xor", str(tmp_path / "nowhere.loom")):
        main(["check", subject, "--json"])
        found = capsys.readouterr().out
        assert not found or json.loads(found)["notes"] == []


def test_check_says_which_parts_are_empty_in_the_words_of_train(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    project = plan(chain([("linear", {"out_features": 2})], loss="cross_entropy"), epochs=1)
    project.data = Data("xor", split=Split(validation=0.2, test=0.1))
    write(project, tmp_path / "xor.loom")
    assert main(["train", str(tmp_path / "xor.loom"), "--device", "cpu", "--out", str(tmp_path / "run")]) == 0
    told = [line.removeprefix("layerloom: ") for line in capsys.readouterr().err.splitlines()]
    assert [line.split(",")[0] for line in told] == ["Validation is empty", "Test is empty"]
    assert main(["check", str(tmp_path / "xor.loom"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == told
    assert main(["check", str(tmp_path / "xor.loom")]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("note")] == [
        f"note: data: {line}" for line in told
    ]


def test_check_finds_what_is_only_seen_when_all_data_are_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    project = people(tmp_path, features="a")
    path = tmp_path / "people.csv"
    path.write_text(path.read_text("utf-8").replace("\n57,,", "\nmany,,"), "utf-8")
    write(project, tmp_path / "people.loom")
    assert main(["check", str(tmp_path / "people.loom"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    [problem] = report["problems"]
    assert problem["message"].startswith("The data cannot be opened: people.csv, line 59")
    assert "many" in problem["message"]
    assert problem["fix"]
    assert report["parameters"] == 4, "what is known of the network is told all the same"


def test_train_says_that_a_part_that_was_asked_for_is_empty(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    project = plan(chain([("linear", {"out_features": 2})], loss="cross_entropy"), epochs=1)
    for split, said in ((Split(), ""), (Split(validation=0.2), "Validation is empty")):
        project.data = Data("xor", split=split)
        write(project, tmp_path / "xor.loom")
        assert main(["train", str(tmp_path / "xor.loom"), "--device", "cpu", "--out", str(tmp_path / said)]) == 0
        told = capsys.readouterr().err
        assert told.startswith(f"layerloom: {said}") if said else told == ""


def test_of_many_columns_some_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    names = [f"gap {n}" for n in range(6)]
    path = tmp_path / "gaps.csv"
    path.write_text("\n".join([",".join([*names, "a", "y"]), *(f"{',' * 6}{n},{n % 2}" for n in range(9))]), "utf-8")
    said = all_left_out(preview(str(path)).columns, "y")
    assert [line.partition(" is")[0] for line in said] == [
        "“gap 0”",
        "“gap 1”",
        "“gap 2”",
        "“gap 3”",
        "So are 2 other columns.",
    ]


def test_rows_that_lack_a_value_are_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    project = people(tmp_path, features="a")
    rows = [f"{n if n % 5 else '?'},,someone,{n % 2 if n else ''}" for n in range(60)]
    (tmp_path / "people.csv").write_text("\n".join(["a,gap,name,y", *rows]), "utf-8")
    told = []
    for missing in ("drop rows", "mean"):
        project.data = Data("csv", {**project.data.params, "missing": missing})
        write(project, tmp_path / "people.loom")
        assert main(["check", str(tmp_path / "people.loom"), "--json"]) == 0
        told += json.loads(capsys.readouterr().out)["notes"]
    assert told == [
        "12 of 60 rows are left out, for they lack a value.",
        "1 of 60 rows is left out, for it lacks a value.",
    ]
