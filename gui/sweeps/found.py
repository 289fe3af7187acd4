"""What a sweep has found so far, read from its folder, and the lines that a plot draws of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.model.project import Project
from core.model.values import Value, show_value

if TYPE_CHECKING:
    from core.training.sweeps.plan import Point, Sweep
    from core.training.sweeps.table import Row, Table

Floats = npt.NDArray[np.float64]
PARTS = {"train": "Training", "validation": "Validation", "test": "Test"}
"""The parts of the data, as they are told."""
FEW = 8
"""More lines than that nobody tells apart: then points alone are drawn."""
LEAST, SPREAD = 4.0, 20.0
"""Values whose ends are less than so many times apart need no logarithmic axis; two that are so far apart want one."""


@dataclass(frozen=True)
class Found:
    """A sweep, its table, how many runs it has, which are done, and why others failed; `titles` name its parameters."""

    folder: Path
    sweep: Sweep
    table: Table
    total: int
    done: int
    failed: dict[str, str]
    titles: tuple[str, ...]


def read_found(folder: Path) -> Found:
    """Everything that the window shows of a sweep. Takes a while, needs torch; raises ProjectError."""
    from core.training.sweeps.plan import points, read_sweep
    from core.training.sweeps.running import run_of
    from core.training.sweeps.table import table

    sweep, project = read_sweep(folder)
    made = points(sweep, project)
    shown = table(folder, sized=True)
    done = {point.name for row in shown.rows for point in row.done}
    failed = {}
    for point in made:
        run = run_of(folder, point) if point.name not in done else None
        if run is not None and run.state == "failed":
            failed[point.name] = f"{run.failure.message} {run.failure.fix}".strip() if run.failure else "It failed."
    titles = tuple(_title(project, axis.addresses) for axis in sweep.axes)
    return Found(folder, sweep, shown, len(made), len(done), failed, titles)


def _title(project: Project, addresses: Sequence[str]) -> str:
    from core.training.sweeps.address import place_of

    return in_one([place_of(project, address).title for address in addresses])


def in_one(titles: Sequence[str]) -> str:
    """Parameters that go together, in one title: `linear_1, linear_2: Output features`."""
    whose, names = zip(*(title.rpartition(": ")[::2] for title in titles), strict=True)
    return f"{', '.join(whose)}: {names[0]}" if all(whose) and len(set(names)) == 1 else " = ".join(titles)


def short(title: str) -> str:
    """A title for the head of a column: without whose parameter it is."""
    return " = ".join(dict.fromkeys(part.rpartition(": ")[2] for part in title.split(" = ")))


@dataclass(frozen=True)
class Line:
    """Means and deviations over x, in the order of x; `rows` are the rows that they come from."""

    name: str
    x: Floats
    y: Floats
    sd: Floats
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Lines:
    """`words` are the marks of an x that has no numbers; `joined` whether lines connect the points."""

    lines: tuple[Line, ...]
    words: tuple[str, ...] = ()
    joined: bool = True


def lines_of(found: Found, metric: str, *, by_size: bool = False) -> Lines:
    """The lines of a metric (`test accuracy`): one for each value of the second parameter.

    x is the first parameter, or the number of the network's parameters where `by_size`.
    """
    rows = [row for row in found.table.rows if math.isfinite(row.mean(metric))]
    firsts = list(dict.fromkeys(row.values[0] for row in found.table.rows))
    words = () if by_size or all(map(is_number, firsts)) else tuple(map(show_value, firsts))
    groups: dict[Value, list[tuple[float, Row]]] = {}
    for row in rows:
        if by_size and row.parameters is None:
            continue
        x = float(row.parameters or 0) if by_size else _place(row.values[0], firsts, bool(words))
        groups.setdefault(row.values[1] if len(row.values) > 1 else "", []).append((x, row))
    joined = len(groups) <= FEW and not any(axis.random for axis in found.sweep.axes[1:])
    if not joined:
        groups = {"": [pair for group in groups.values() for pair in group]}
    made = []
    for value, pairs in groups.items():
        pairs.sort(key=lambda pair: pair[0])
        x = np.array([pair[0] for pair in pairs], np.float64)
        y = np.array([row.mean(metric) for _, row in pairs], np.float64)
        sd = np.nan_to_num(np.array([row.deviation(metric) for _, row in pairs], np.float64))
        name = f"{found.titles[1]} {show_value(value)}" if joined and len(found.titles) > 1 else ""
        made.append(Line(name, x, y, sd, tuple(row for _, row in pairs)))
    return Lines(tuple(made), words, joined)


def _place(value: Value, known: Sequence[Value], in_order: bool) -> float:
    if in_order or not isinstance(value, (int, float)):
        return float(known.index(value))
    return float(value)


def is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def wants_log(x: Sequence[float]) -> bool:
    """Whether values are spaced by their logarithm: its steps are more even than theirs, or they lie far apart."""
    places = np.unique(np.array(x, np.float64))
    if len(places) < 2 or places[0] <= 0 or places[-1] / places[0] < LEAST:
        return False
    if len(places) < 3:
        return bool(places[-1] / places[0] >= SPREAD)
    return _unevenness(np.log(places)) < _unevenness(places)


def _unevenness(places: Floats) -> float:
    """The deviation of the steps in proportion to their mean."""
    steps = np.diff(places)
    return float(steps.std() / steps.mean())


def failure_of(found: Found, row: Row) -> str:
    """Why a run of a row failed; empty where none did."""
    return next((found.failed[point.name] for point in points_of(found, row) if point.name in found.failed), "")


def points_of(found: Found, row: Row) -> list[Point]:
    """The points of a row, one for each seed."""
    from core.training.sweeps.plan import Point

    index = found.table.rows.index(row)
    return [Point(index, row.values, seed) for seed in found.sweep.seeds]
