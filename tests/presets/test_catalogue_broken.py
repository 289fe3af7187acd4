"""A preset whose files are gone or broken is still listed, says what is wrong, and does not take the others with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import presets
from core.cli import main
from core.model.fault import ProjectError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two presets of one lecture, which a test may break."""
    goal = tmp_path / "mlp"
    goal.mkdir()
    for name in ("mlp-xor.loom", "mlp-xor.md", "mlp-playground.loom", "mlp-playground.md"):
        shutil.copy(presets.FOLDER / "mlp" / name, goal)
    monkeypatch.setattr(presets, "FOLDER", tmp_path)
    presets._paths.cache_clear()
    presets.catalogue.cache_clear()
    yield goal
    monkeypatch.undo()
    presets._paths.cache_clear()
    presets.catalogue.cache_clear()


def listed() -> dict[str, presets.PresetInfo]:
    return {info.id: info for info in presets.catalogue()}


def test_without_its_note_a_lecture_is_listed_and_opens(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mlp-xor.md").unlink()
    assert listed()["mlp-playground"].problem == ""
    assert "mlp/mlp-xor.md: The note of this lecture is missing." in listed()["mlp-xor"].problem
    project = presets.load("mlp-xor")
    assert project.graph.nodes
    assert "mlp/mlp-xor.md: The note of this lecture is missing." in project.note
    assert main(["presets"]) == 0
    assert "note of this lecture is missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (b"# XOR\n", "no head"),
        (b"---\nsummary: Short.\nseconds: 2\n---\n# XOR\n", "'parameters'"),
        (b"---\nsummary: Short.\nparameters: nine\nseconds: 2\n---\n# XOR\n", "'nine'"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_a_broken_note_is_named(folder: Path, note: bytes, words: str) -> None:
    (folder / "mlp-xor.md").write_bytes(note)
    problem = listed()["mlp-xor"].problem
    assert problem.startswith("mlp/mlp-xor.md: ")
    assert words in problem
    assert presets.load("mlp-xor").graph.nodes


def test_a_broken_project_is_listed_by_its_id(folder: Path) -> None:
    (folder / "mlp-xor.loom").write_text("{")
    assert listed()["mlp-xor"].title == "mlp-xor"
    assert "mlp-xor.loom" in listed()["mlp-xor"].problem
    with pytest.raises(ProjectError, match=r"mlp-xor\.loom"):
        presets.load("mlp-xor")


def test_a_folder_that_is_no_lecture_is_passed_over(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / "copies")
    assert set(presets.ids()) == {"mlp-playground", "mlp-xor"}
