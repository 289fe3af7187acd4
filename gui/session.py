"""The one object that every widget receives: documents, selection, shapes, the run, and what is watched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from core.compiler.inference import Inference
from core.model.history import History
from core.model.ops import Op
from core.model.project import Project
from core.training.records import Epoch, Failure, Snapshot, Step, Watch
from gui.theme import DARK, Theme


@dataclass
class LiveRun:
    """What the screen knows of one run, the current one or an earlier one that is overlaid."""

    name: str
    project: Project
    state: str = "running"
    """`running`, `paused`, `stopped`, `done` or `failed`."""
    steps: list[Step] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    total_epochs: int = 0
    steps_per_epoch: int = 0
    seconds: float = 0.0
    test: dict[str, float] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    failure: Failure | None = None
    stale: bool = False
    """Whether the network was edited since the run started."""

    @property
    def active(self) -> bool:
        return self.state in ("running", "paused")


class Document:
    """One open project with its history, its shapes, its selection and its runs (latest last)."""

    def __init__(self, project: Project, path: Path | None = None) -> None:
        self.project = project
        self.history = History(project)
        self.path = path
        self.inference = Inference()
        self.selection: tuple[str, ...] = ()
        self.runs: list[LiveRun] = []

    @property
    def run(self) -> LiveRun | None:
        return self.runs[-1] if self.runs else None


class Session(QObject):
    """State and signals; widgets read it, call its verbs and listen. Signals are in the past tense."""

    documents_changed = Signal()  # tabs were opened, closed or renamed
    document_activated = Signal()  # another document (or none) is in front
    edited = Signal(list)  # list[Op], of the document in front
    inferred = Signal()  # document.inference is new
    selection_changed = Signal()
    run_changed = Signal()  # a run started, paused, went on, ended, failed
    frame = Signal()  # at 10–15 Hz while something new is there: steps, epochs or a snapshot of document.run
    engine_ready = Signal()  # torch is there
    noticed = Signal(str, str)  # message, level: info, warning, error
    theme_changed = Signal()
    focus_requested = Signal(str)  # centre the canvas on this node
    view_requested = Signal(str)  # bring this live view to the front (its id)
