"""What a worker is given and what it tells, as plain data: the same on a thread and across processes."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from core.training.records import Failure, Snapshot, Step, Watch


class Keep(msgspec.Struct, frozen=True):
    """Where a run is kept while it trains: in `folder`, or in a fresh folder of the directory of runs `store`.

    `name`, `origin` and `tags` are what the run remembers of itself; a run that goes on has its own.
    """

    store: str = ""
    folder: str = ""
    name: str = ""
    origin: str = ""
    tags: tuple[str, ...] = ()


class GoOn(msgspec.Struct, frozen=True):
    """A kept run that goes on: its folder, its epochs in all (None: its own), the epoch whose state it begins at."""

    folder: str
    epochs: int | None = None
    checkpoint: int | None = None


class Task(msgspec.Struct, frozen=True):
    """What to train: a project as its file's bytes, or a kept run that goes on; and what is looked at first."""

    project: bytes = b""
    go_on: GoOn | None = None
    watch: Watch | None = None
    paused: bool = False
    keep: Keep | None = None


class Export(msgspec.Struct, frozen=True, tag=True):
    """Writes the present weights in a format; answers with the report's words."""

    format: str
    path: str


class Evaluate(msgspec.Struct, frozen=True, tag=True):
    """The metrics of the present weights over `train`, `validation` or `test`."""

    part: str


Request = Export | Evaluate
"""What a worker is asked for between two steps; each answers with plain data."""


@dataclass
class Totals:
    """What is known once the trainer stands."""

    epochs: int
    steps_per_epoch: int
    steps: int
    device: str


@dataclass
class News:
    """What happened since the last look. `ended_by` says which stop criterion ended the run before its last epoch.

    `folder` is where the run is kept, empty while it is not; `problem` says why it cannot be. `tier` says what became
    of compiling its step, where that is wanted.
    """

    steps: list[Step] = field(default_factory=list)
    snapshot: Snapshot | None = None
    state: str = "running"
    seconds: float = 0.0
    totals: Totals | None = None
    failure: Failure | None = None
    test: dict[str, float] = field(default_factory=dict)
    ended_by: str = ""
    folder: str = ""
    problem: str = ""
    tier: str = ""


class Runner(Protocol):
    """A run as the window knows it, wherever it trains. All verbs return at once, `close` with `wait` excepted."""

    @property
    def state(self) -> str: ...
    @property
    def is_quiet(self) -> bool: ...
    @property
    def is_alive(self) -> bool: ...
    @property
    def step_count(self) -> int: ...
    def start(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def single_step(self) -> None: ...
    def stop(self) -> None: ...
    def close(self, wait: bool = True) -> None: ...
    def watch(self, watch: Watch | None) -> None: ...
    def submit(self, request: Request) -> Future[Any]: ...
    def news(self) -> News: ...
