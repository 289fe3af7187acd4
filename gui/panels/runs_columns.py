"""The columns of the table of runs: what each tells, how it is written and how it sorts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.model.amounts import duration
from core.model.settings import Training
from core.training.metrics import owner_of, spec_of, telling, title_of, told
from core.training.optimizers import optimizers
from gui.session import LiveRun

DASH = "–"


@dataclass(frozen=True)
class Column:
    """`key` gives what it sorts by; None stands last whichever way it is sorted."""

    title: str
    text: Callable[[LiveRun], str]
    key: Callable[[LiveRun], Any]
    doc: str = ""
    usual: bool = True
    mono: bool = True
    editable: bool = False


def _last(part: str, name: str = "loss") -> Callable[[LiveRun], float | None]:
    def value(run: LiveRun) -> float | None:
        found = getattr(run.epochs[-1], part).get(name) if run.epochs else None
        return None if found is None or math.isnan(found) else float(found)

    return value


def _telling(metrics: dict[str, float]) -> tuple[str, float] | None:
    name = telling(metrics) or ("loss" if "loss" in metrics else "")
    return (name, metrics[name]) if name else None


def result(metrics: dict[str, float]) -> str:
    """The metric of a part that tells most: accuracy without its name, others with it; the loss where it is all.

    It says which objective it is of where the run has several.
    """
    found = _telling(metrics)
    if found is None or found[0] == "loss":
        return _number(found[1] if found else None)
    name, value = found
    text, spec = told(name, value), spec_of(name)
    if spec is None or spec.name != "accuracy":
        return f"{title_of(name)} {text}"
    return f"{text} ({owner_of(name)})" if owner_of(name) else text


def _validation(run: LiveRun) -> dict[str, float]:
    return run.epochs[-1].validation if run.epochs else {}


def _value(metrics: dict[str, float]) -> float | None:
    found = _telling(metrics)
    return None if found is None or math.isnan(found[1]) else found[1]


def _number(value: float | None) -> str:
    return DASH if value is None or math.isnan(value) else f"{value:.4f}"


def _optimizer(run: LiveRun) -> str:
    kind = run.project.training.objectives[0].optimizer.kind
    return optimizers[kind].title if kind in optimizers else kind


def _rate(run: LiveRun) -> float | None:
    given = run.project.training.objectives[0].optimizer
    found = optimizers[given.kind].complete(given.params).get("lr") if given.kind in optimizers else None
    return float(found) if isinstance(found, (int, float)) else None


def _state(run: LiveRun) -> str:
    text = "interrupted" if run.state == "crashed" else run.state
    return text + (", edited since" if run.stale else "")


def _began(run: LiveRun) -> str:
    try:
        return f"{datetime.fromisoformat(run.began):%Y-%m-%d %H:%M}"
    except ValueError:
        return DASH


def _tags(run: LiveRun) -> str:
    return ", ".join(run.tags)


def _settings(run: LiveRun) -> Training:
    return run.project.training


RENAME = "Double-click to rename."
TAG = "Double-click to write tags, separated by commas."
COLUMNS = (
    Column("Run", lambda run: run.name, lambda run: _natural(run.name), RENAME, mono=False, editable=True),
    Column("State", _state, _state, mono=False),
    Column("Epochs", lambda r: f"{len(r.epochs):,}/{r.total_epochs:,}", lambda r: len(r.epochs), "That are done."),
    Column("Train loss", lambda r: _number(_last("train")(r)), _last("train"), "Of the last epoch."),
    Column("Val. loss", lambda r: _number(_last("validation")(r)), _last("validation"), "Of the last epoch."),
    Column("Validation", lambda r: result(_validation(r)), lambda r: _value(_validation(r)), "Of the last epoch."),
    Column("Test", lambda r: result(r.test), lambda r: _value(r.test), "Of the weights that were kept."),
    Column("Time", lambda r: duration(r.seconds), lambda r: r.seconds, "Time of training."),
    Column("Optimizer", _optimizer, _optimizer, mono=False),
    Column("Rate", lambda r: DASH if _rate(r) is None else f"{_rate(r):g}", _rate, "Learning rate at the start."),
    Column("Seed", lambda r: f"{_settings(r).seed:,}", lambda r: _settings(r).seed),
    Column("Tags", _tags, _tags, TAG, mono=False, editable=True),
    Column("Started", _began, lambda r: r.began or None),
    Column("Batch", lambda r: f"{_settings(r).batch_size:,}", lambda r: _settings(r).batch_size, usual=False),
    Column("Steps", lambda r: f"{len(r.steps):,}", lambda r: len(r.steps), usual=False),
    Column("Device", lambda r: r.device or DASH, lambda r: r.device, usual=False),
    Column("Layers", lambda r: f"{len(r.project.graph.nodes):,}", lambda r: len(r.project.graph.nodes), usual=False),
)
PLACES = {column.title: place for place, column in enumerate(COLUMNS)}


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """`run 10` after `run 9`."""
    parts = "".join(c if c.isdigit() else f"\0{c}\0" for c in text).replace("\0\0", "").split("\0")
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts if part)


def ordered(runs: list[LiveRun], place: int, descending: bool) -> list[LiveRun]:
    """The runs by a column; what is not known stands last. Equal ones keep their order."""
    column = COLUMNS[place]
    known = [run for run in runs if column.key(run) is not None]
    unknown = [run for run in runs if column.key(run) is None]
    return sorted(known, key=column.key, reverse=descending) + unknown


def matches(run: LiveRun, words: str) -> bool:
    """Whether every word stands in the name, a tag, the state, the optimizer or the time of the start."""
    text = " ".join((run.name, _state(run), _optimizer(run), _began(run), *run.tags)).casefold()
    return all(word in text for word in words.casefold().split())
