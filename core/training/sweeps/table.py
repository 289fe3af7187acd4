"""The results of a sweep: a row for each combination of values, with the mean and the deviation over its seeds."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from core.model.values import Value, show_value
from core.training.records import Metrics
from core.training.runs import RunFolder
from core.training.sweeps.plan import Point, points, read_sweep
from core.training.sweeps.running import run_of
from core.training.sweeps.sizes import sizes_of

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Row:
    """One combination of values; `found` holds a metric's value for each seed that is done, by `part metric`.

    `done` are the points whose runs are done; `parameters` is the size of the network, None where it is not known.
    """

    values: tuple[Value, ...]
    found: dict[str, tuple[float, ...]]
    done: tuple[Point, ...] = ()
    parameters: int | None = None

    @property
    def runs(self) -> int:
        return len(self.done)

    def mean(self, metric: str) -> float:
        """The mean over the seeds; nan where there is none yet."""
        numbers = self.found.get(metric, ())
        return fmean(numbers) if numbers else math.nan

    def deviation(self, metric: str) -> float:
        """The sample standard deviation over the seeds; nan for fewer than two."""
        numbers = self.found.get(metric, ())
        return stdev(numbers) if len(numbers) > 1 else math.nan


@dataclass(frozen=True)
class Table:
    """All rows in the sweep's order; `axes` are the titles of the values, `metrics` what was measured."""

    axes: tuple[str, ...]
    metrics: tuple[str, ...]
    rows: tuple[Row, ...]

    def text(self) -> str:
        """The table as CSV: values, then mean and deviation of every metric."""
        out = io.StringIO()
        writer = csv.writer(out)
        sized = any(row.parameters is not None for row in self.rows)
        head = [*self.axes, "runs", *(["parameters"] if sized else [])]
        writer.writerow([*head, *(name for m in self.metrics for name in (f"{m} mean", f"{m} sd"))])
        for row in self.rows:
            numbers = [f"{number:.6g}" for m in self.metrics for number in (row.mean(m), row.deviation(m))]
            size = [row.parameters] if sized else []
            writer.writerow([*map(_written, row.values), row.runs, *size, *numbers])
        return out.getvalue()


def table(folder: Path, *, sized: bool = False) -> Table:
    """The results so far of the sweep in a folder, with the networks' sizes where `sized`; raises ProjectError."""
    sweep, project = read_sweep(folder)
    made = points(sweep, project)
    sizes = sizes_of(folder, sweep, project, made) if sized else {}
    found: dict[tuple[int, tuple[Value, ...]], list[tuple[Point, RunFolder]]] = {}
    for point in made:
        runs = found.setdefault((point.index, point.values), [])
        run = run_of(folder, point)
        if run is not None and run.state == "done":
            runs.append((point, run))
    rows = []
    for (index, values), runs in found.items():
        told = [_told(run) for _, run in runs]
        names = dict.fromkeys(name for each in told for name in each)
        measured = {name: tuple(e[name] for e in told if name in e) for name in names}
        rows.append(Row(values, measured, tuple(point for point, _ in runs), sizes.get(index)))
    metrics = tuple(dict.fromkeys(name for row in rows for name in row.found))
    return Table(tuple(" = ".join(axis.addresses) for axis in sweep.axes), metrics, tuple(rows))


def _written(value: Value) -> str:
    """A value in a file for other programs: a number without separators between its thousands."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else show_value(value)


def _told(run: RunFolder) -> Metrics:
    """The metrics of the epoch whose weights were kept, by part and name, and those of the test part."""
    keeps_last = run.project.training.keeps == "last"
    epoch = (None if keeps_last else run.best_epoch) or run.last_epoch
    parts = (epoch.train, epoch.validation, run.test) if epoch else ({}, {}, run.test)
    return {f"{part} {name}": value for part, told in zip(PARTS, parts, strict=True) for name, value in told.items()}
