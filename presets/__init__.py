"""The lecture presets: a project file and a note each, a folder a lecture; this module lists and opens them.

A preset `id` is two files in its lecture's folder: `id.loom`, an ordinary project, and `id.md`, its note, which begins
with a few lines of facts (`summary`, `parameters`, `seconds`) between two lines of dashes. Where one of the files is
gone or broken, the preset is still listed, with what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import core.layers  # noqa: F401 - a project file can only be read when the layer kinds are known
from core.model.fault import ProjectError
from core.model.file import read
from core.model.project import Project

FOLDER = Path(__file__).parent
LECTURES: dict[str, str] = {
    "neurons": "1 Neurons and rules",
    "regression": "2 Regression and gradient descent",
    "mlp": "3 Multilayer networks",
    "cnn": "4 Convolutional networks",
    "sequences": "5 Sequences",
    "attention": "6 Attention and Transformers",
    "graphs": "7 Graphs",
    "generative": "8 Generative models",
    "metric": "9 Metric and self-supervised learning",
    "reinforcement": "10 Reinforcement learning",
}
"""Folders of presets in the order of the course, with the lectures' titles."""

FIRST = "mlp-playground"
"""What opens at the first start: it trains in seconds and has something to show in every view."""


@dataclass(frozen=True)
class PresetInfo:
    """A row of the lecture browser. `parameters` counts the network's, `seconds` is a run's time on two CPU cores.

    `problem` says what is wrong with the preset's files: then only `id`, `lecture` and `title` are to be relied on.
    """

    id: str
    lecture: str
    title: str
    summary: str
    data: str
    parameters: int
    seconds: float
    problem: str = ""


@cache
def _paths() -> dict[str, Path]:
    order = list(LECTURES)
    files = [path for path in FOLDER.glob("*/*.loom") if path.parent.name in LECTURES]
    files.sort(key=lambda path: (order.index(path.parent.name), path.stem))
    return {path.stem: path for path in files}


def ids() -> tuple[str, ...]:
    """All presets, lecture by lecture."""
    return tuple(_paths())


def load(id: str) -> Project:
    """A fresh copy of a preset with its note; raises ProjectError for an unknown id."""
    if id not in _paths():
        raise ProjectError(f"There is no preset “{id}”.", fix=f"Presets are {', '.join(ids())}.")
    path = _paths()[id]
    project = read(path)
    project.lecture = id
    try:
        project.note = _note(path)[1]
    except ProjectError as error:
        # The network is whole, so it opens; where its note would stand is said why there is none.
        project.note = f"# {project.title}\n\n{error}\n"
    return project


@cache
def catalogue() -> tuple[PresetInfo, ...]:
    """Every preset's facts, without building any network."""
    return tuple(_info(id, path) for id, path in _paths().items())


def _info(id: str, path: Path) -> PresetInfo:
    lecture, title, data = LECTURES[path.parent.name], id, ""
    try:
        project = read(path)
        title, data = project.title, project.data.source
        facts = _note(path)[0]
        return PresetInfo(id, lecture, title, facts["summary"], data, int(facts["parameters"]), float(facts["seconds"]))
    except ProjectError as error:
        return PresetInfo(id, lecture, title, "", data, 0, 0.0, str(error))
    except (KeyError, ValueError) as error:
        fix = "Its head needs the lines summary, parameters and seconds, the last two with a number."
        wrong = ProjectError(f"The head of the note is not whole ({error}).", place=_place(path), fix=fix)
        return PresetInfo(id, lecture, title, "", data, 0, 0.0, str(wrong))


def _beside(path: Path) -> Path:
    return path.with_suffix(".md")


def _place(path: Path) -> str:
    return f"{path.parent.name}/{_beside(path).name}"


def _note(path: Path) -> tuple[dict[str, str], str]:
    """The facts at the head of a note and its Markdown; raises ProjectError where it cannot be read."""
    place = _place(path)
    try:
        whole = _beside(path).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        fix = "Put it back, or install Layerloom again."
        raise ProjectError("The note of this lecture is missing.", place=place, fix=fix) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"The note of this lecture cannot be read: {error}.", place=place) from error
    parts = whole.split("---\n", 2)
    if len(parts) < 3:
        raise ProjectError(
            "The note has no head.", place=place, fix="Begin it with its facts between two lines of dashes."
        )
    pairs = (line.partition(":") for line in parts[1].splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}, parts[2].strip() + "\n"
