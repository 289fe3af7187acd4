"""The lecture presets: a project file and a note each, a folder a lecture; this module lists and opens them.

A preset `id` is two files in its lecture's folder: `id.loom`, an ordinary project, and `id.md`, its note, which begins
with a few lines of facts (`summary`, `parameters`, `seconds`) between two lines of dashes.
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
    """A row of the lecture browser. `parameters` counts the network's, `seconds` is a run's time on two CPU cores."""

    id: str
    lecture: str
    title: str
    summary: str
    data: str
    parameters: int
    seconds: float


@cache
def _paths() -> dict[str, Path]:
    order = list(LECTURES)
    files = sorted(FOLDER.glob("*/*.loom"), key=lambda path: (order.index(path.parent.name), path.stem))
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
    project.note = _note(path)[1]
    return project


@cache
def catalogue() -> tuple[PresetInfo, ...]:
    """Every preset's facts, without building any network."""
    return tuple(_info(id, path) for id, path in _paths().items())


def _info(id: str, path: Path) -> PresetInfo:
    project, facts = read(path), _note(path)[0]
    return PresetInfo(
        id=id,
        lecture=LECTURES[path.parent.name],
        title=project.title,
        summary=facts["summary"],
        data=project.data.source,
        parameters=int(facts["parameters"]),
        seconds=float(facts["seconds"]),
    )


def _note(path: Path) -> tuple[dict[str, str], str]:
    """The facts at the head of a note and its Markdown."""
    _, head, text = path.with_suffix(".md").read_text(encoding="utf-8").split("---\n", 2)
    pairs = (line.partition(":") for line in head.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}, text.strip() + "\n"
