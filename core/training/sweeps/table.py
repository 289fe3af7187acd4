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
from core.training.sweeps.plan import points, read_sweep
from core.training.sweeps.running import run_of

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Row:
    """One combination of values; `found` holds a metric's value for each seed that is done, by `part metric`."""

    values: tuple[Value, ...]
    found: dict[str, tuple[float, ...]]
    runs: int

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
        writer.writerow([*self.axes, "runs", *(name for m in self.metrics for name in (f"{m} mean", f"{m} sd"))])
        for row in self.rows:
            numbers = [f"{number:.6g}" for m in self.metrics for number in (row.mean(m), row.deviation(m))]
            writer.writerow([*map(show_value, row.values), row.runs, *numbers])
        return out.getvalue()


def table(folder: Path) -> Table:
    """The results so far of the sweep in a folder; raises ProjectError."""
    sweep, project = read_sweep(folder)
    found: dict[tuple[int, tuple[Value, ...]], list[RunFolder]] = {}
    made = points(sweep, project)
    for point in made:
        runs = found.setdefault((point.index, point.values), [])
        run = run_of(folder, point)
        if run is not None and run.state == "done":
            runs.append(run)
    rows = []
    for (_, values), runs in found.items():
        told = [_told(run) for run in runs]
        names = dict.fromkeys(name for each in told for name in each)
        rows.append(Row(values, {name: tuple(e[name] for e in told if name in e) for name in names}, len(runs)))
    metrics = tuple(dict.fromkeys(name for row in rows for name in row.found))
    return Table(tuple(" = ".join(axis.addresses) for axis in sweep.axes), metrics, tuple(rows))


def _told(run: RunFolder) -> Metrics:
    """The metrics of the epoch whose weights were kept, by part and name, and those of the test part."""
    keeps_last = run.project.training.keeps == "last"
    epoch = (None if keeps_last else run.best_epoch) or run.last_epoch
    parts = (epoch.train, epoch.validation, run.test) if epoch else ({}, {}, run.test)
    return {f"{part} {name}": value for part, told in zip(PARTS, parts, strict=True) for name, value in told.items()}
