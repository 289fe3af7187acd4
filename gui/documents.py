"""An open project with its history, its shapes, its selection and its runs, as the screen knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.compiler.inference import Inference
from core.model.history import History
from core.model.project import Project
from gui.place import Here, Place
from gui.steplog import StepLog, samples

if TYPE_CHECKING:
    # Records hold NumPy arrays, and NumPy is imported after the first paint.
    from core.training.records import Epoch, Failure, Snapshot, Step


@dataclass(eq=False)
class LiveRun:
    """What the screen knows of one run, the current one or an earlier one that is overlaid."""

    name: str
    project: Project
    state: str = "starting"
    """`starting`, `running`, `paused`, `stopped`, `done`, `failed`, or `crashed` where its process went."""
    steps: StepLog | list[Step] = field(default_factory=StepLog)
    epochs: list[Epoch] = field(default_factory=list)
    total_epochs: int = 0
    steps_per_epoch: int = 0
    total_steps: int = 0
    seconds: float = 0.0
    device: str = ""
    test: dict[str, float] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    failure: Failure | None = None
    stale: bool = False
    """Whether the network was edited since the run started."""
    folder: Path | None = None
    """Where it is kept on disk."""
    problem: str = ""
    """Why it cannot be kept."""
    shown: bool = True
    """Whether its curves are drawn."""
    chosen: bool = False
    """Whether somebody said so, or not: then the program may hide it."""
    listed: bool = False
    """Whether it was found on disk and has not gone on since: nothing of it is in memory but its curves."""
    resumable: bool = True
    """Whether a state was kept from which it can go on."""
    origin: str = ""
    """Where its project came from: a file, or `preset:` and its id; empty for a project that was not saved."""
    began: str = ""
    """When it was started, as ISO 8601."""
    tags: tuple[str, ...] = ()
    tier: str = ""
    """What became of compiling its step, in words; empty where that was not wanted."""
    ended_by: str = ""
    """Which criterion ended it before its last epoch, in words."""

    @property
    def active(self) -> bool:
        return self.state in ("starting", "running", "paused")

    @property
    def progress(self) -> float:
        """The share of the steps that is done, from 0 to 1."""
        return len(self.steps) / self.total_steps if self.total_steps else 0.0

    @property
    def samples_per_second(self) -> float:
        """Training samples in a second of training, over the last hundred steps' share of the time."""
        if not self.steps or not self.seconds:
            return 0.0
        recent = samples(self.steps, -100)
        return sum(recent) / len(recent) * len(self.steps) / self.seconds

    @property
    def seconds_left(self) -> float:
        """Training time left at the pace so far."""
        done = len(self.steps)
        return self.seconds / done * (self.total_steps - done) if done else 0.0


class Document:
    """One open project. Its runs are in the order of their starts, the latest last."""

    def __init__(self, project: Project, path: Path | None = None) -> None:
        self.project = project
        self.history = History(project)
        self.path = path
        self.inference = Inference()
        self.selection: tuple[str, ...] = ()
        self.inner = ""
        """The path of the one node that is selected inside an opened instance; then nothing else is."""
        self.place = Place()
        self._here: Here | None = None
        self.runs: list[LiveRun] = []
        self._numbers: dict[LiveRun, int] = {}
        self.unsaved = False
        """Whether it was brought back after a crash: it then differs from its file whatever the history says."""

    @property
    def here(self) -> Here:
        """What is known of the graph that is shown."""
        if self._here is None or self._here.inference is not self.inference or self._here.prefix != self.place.prefix:
            self._here = Here(self.inference, self.place.prefix)
        return self._here

    @property
    def is_saved(self) -> bool:
        """Whether closing it loses no edits."""
        return self.history.is_saved and not self.unsaved

    @property
    def run(self) -> LiveRun | None:
        """The latest run that trained since the document was opened."""
        return next((run for run in reversed(self.runs) if not run.listed), None)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing would be lost if it were closed without a word."""
        return self.is_saved and self.run is None

    @property
    def origin(self) -> str:
        """Where it comes from, as its runs remember it."""
        if self.path is not None:
            return str(self.path.absolute())
        return f"preset:{self.project.lecture}" if self.project.lecture else ""

    def number_of(self, run: LiveRun) -> int:
        """A run's own small number, which its colour follows: the lowest that no other run here has."""
        self._numbers = {each: number for each, number in self._numbers.items() if each in self.runs}
        for each in (*self.runs, run):
            if each not in self._numbers:
                taken = set(self._numbers.values())
                self._numbers[each] = next(number for number in range(len(taken) + 1) if number not in taken)
        return self._numbers[run]
