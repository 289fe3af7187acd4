"""The part of the program that needs torch, imported in the background after the window was painted."""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

import presets
from gui.garbage import spare_what_is_there

if TYPE_CHECKING:
    from core.compiler.shape_cache import ShapeCache


MODULES = (
    "core.compiler.shapes",
    "core.compiler.build",
    "core.compiler.source",
    "core.training.trainer",
    "core.training.probe",
    "core.training.runs",
    "core.training.devices",
    "core.training.optimizers",
    "core.training.schedules",
    "core.export.exporters",
    "core.export.subject",
)
LATER = ("sklearn.datasets",)
"""Imported when everything else is there, so that the first run need not wait for it."""


class Engine(QObject):
    """Imports in a thread; a timer of the window sees when it is done. Modules are attributes by their last name."""

    ready = Signal()
    failed = Signal(str)

    shapes: ModuleType
    build: ModuleType
    source: ModuleType
    trainer: ModuleType
    probe: ModuleType
    runs: ModuleType
    devices: ModuleType
    optimizers: ModuleType
    schedules: ModuleType
    exporters: ModuleType
    subject: ModuleType

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: dict[str, ModuleType] | None = None
        self._error = ""
        self._started = False
        self.is_ready = False
        self._timer = QTimer(self)
        self._timer.setInterval(30)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begins the import; a second call does nothing."""
        if self._started:
            return
        self._started = True
        threading.Thread(target=self._import, name="engine import", daemon=True).start()
        self._timer.start()

    def load(self) -> None:
        """Imports at once, in the calling thread: for tests and for pictures without a screen."""
        self._started = True
        self._import()
        self._look()

    def _import(self) -> None:
        are_new = "torch" not in sys.modules
        try:
            found = {name.rpartition(".")[2]: importlib.import_module(name) for name in MODULES}
        except (ImportError, OSError) as error:
            self._error = f"PyTorch cannot be loaded: {error}"
            return
        # The first inference loads more of torch; here it holds nobody up.
        from core.data.dataset import fields_of

        project = presets.load(presets.FIRST)
        found["shapes"].infer(project, fields_of(project.data))
        if are_new:
            spare_what_is_there()
        self._found = found
        for name in LATER:
            importlib.import_module(name)
        if are_new:
            spare_what_is_there()

    def _look(self) -> None:
        if self._error:
            self._timer.stop()
            self.failed.emit(self._error)
        elif self._found is not None:
            self._timer.stop()
            for name, module in self._found.items():
                setattr(self, name, module)
            self.is_ready = True
            self.ready.emit()

    def new_cache(self) -> ShapeCache:
        cache: ShapeCache = self.shapes.ShapeCache()
        return cache
