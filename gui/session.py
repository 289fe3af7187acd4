"""The one object that every widget receives: documents, selection, shapes, the run, and what is watched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.compiler.inference import Inference
from core.model.fault import Fault, ProjectError
from core.model.graph import BLOCK
from core.model.ops import MoveNodes, Op, OpenNode, SetAbout, SetParams
from core.model.tensor import Field
from gui.blocks import Blocks
from gui.documents import Document, LiveRun
from gui.editing import Editing
from gui.engine import Engine
from gui.fields import DataFields
from gui.kept_runs import KeptRuns
from gui.place import place_of
from gui.run_control import RunControl
from gui.sweeps.sweeping import Sweeping
from gui.theme import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from core.compiler.shape_cache import ShapeCache
    from core.training.records import Watch

__all__ = ["Document", "LiveRun", "Session"]

HARMLESS = (MoveNodes, OpenNode, SetAbout)
"""Edits that change neither shapes nor what a run would compute."""


class Session(Editing):
    """State and signals; widgets read it, call its verbs and listen. Signals are in the past tense."""

    edited = Signal(list)  # list[Op], of the document in front
    inferred = Signal()  # document.inference is new
    frame = Signal()  # at 10–15 Hz while something new is there: steps, epochs or a snapshot of document.run
    engine_ready = Signal()  # torch is there
    kinds_changed = Signal()  # layer kinds of the user's own came, went or were loaded anew
    theme_changed = Signal()
    costs_turned = Signal()  # costs_shown is new
    view_requested = Signal(str)  # bring this live view or panel to the front (its id)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.costs_shown = False
        """Whether every node on the canvas tells what it costs."""
        self.engine = Engine(self)
        self.engine.ready.connect(self._on_ready)
        self.engine.failed.connect(lambda message: self.noticed.emit(message, "error"))
        self.control = RunControl(self)
        self.kept = KeptRuns(self)
        self.sweeps = Sweeping(self)
        self.blocks = Blocks(self)
        self._data = DataFields(self)
        self._data.arrived.connect(self.infer)
        self._caches: dict[Document, ShapeCache] = {}
        self._source: tuple[Inference, str] | None = None
        self._infer_soon = QTimer(self)
        self._infer_soon.setSingleShot(True)
        self._infer_soon.setInterval(0)
        self._infer_soon.timeout.connect(self.infer)

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of the data of the document in front; empty while they cannot be read."""
        return self._data.fields

    @property
    def data_error(self) -> str:
        """Why the data cannot be read, in plain words; empty when they can."""
        return self._data.error

    @property
    def engine_is_ready(self) -> bool:
        return self.engine.is_ready

    def set_theme(self, name: str) -> None:
        """`dark` or `light`."""
        self.theme: Theme = LIGHT if name == "light" else DARK
        self.theme_changed.emit()

    def show_costs(self, on: bool) -> None:
        """Whether all nodes tell what they cost, or the selected ones only."""
        self.costs_shown = on
        self.costs_turned.emit()

    def close(self) -> None:
        """Ends everything that runs; called when the window closes."""
        self._infer_soon.stop()
        self._data.forget()
        self.sweeps.close()
        self.control.close()

    def _turned(self) -> None:
        self._read_fields()
        self._infer_soon.start()

    def _forget(self, document: Document) -> None:
        self.control.drop(document)
        self._caches.pop(document, None)

    def _on_edited(self, document: Document, ops: list[Op]) -> None:
        before = document.selection, document.inner
        counts = not all(isinstance(op, HARMLESS) for op in ops)
        if counts and (run := document.run) is not None and not run.stale:
            run.stale = True
            self.run_changed.emit()
        if document is not self.document:
            document.place = place_of(document.project, document.place.steps)
            graph = document.project.inside(document.place.block)
            document.selection, document.inner = tuple(name for name in before[0] if name in graph.nodes), ""
            return
        turned = self._find_place()
        document.selection = tuple(name for name in before[0] if name in self.graph.nodes and not turned)
        if before[1] and (turned or self.node_at(before[1])[1] is None):
            document.inner = ""
        if counts:
            self._read_fields()
            self._infer_soon.start()
        if turned:
            self.place_changed.emit()
        self.edited.emit(ops)
        if (document.selection, document.inner) != before:
            self.selection_changed.emit()

    # Shapes

    def _on_ready(self) -> None:
        self.infer()
        self.engine_ready.emit()

    def _read_fields(self) -> None:
        self._data.read(self.front.project.data)

    def infer(self) -> None:
        """Infers the shapes of the document in front; nothing before torch is there, nor while its data are read."""
        self._infer_soon.stop()
        if not self.engine.is_ready or self.document is None or self._data.is_reading:
            return
        document = self.document
        cache = self._caches.setdefault(document, self.engine.new_cache())
        inference = self.engine.shapes.infer(document.project, self.fields, cache)
        if self.data_error:
            fault = Fault("", f"The data cannot be read. {self.data_error}", "Choose or mend them under Data.")
            inputs = {node.id for node in document.project.graph.of_kind("input")}
            others = tuple(f for f in inference.faults if f.node not in inputs)
            inference = Inference(inference.nodes, (fault, *others))
        document.inference = inference
        self.inferred.emit()

    def fit_block(self, name: str, text: str) -> None:
        """Gives a new instance of a block the number of channels that arrives, where that mends the network.

        Call it inside of an open edit of the history, so that it is one step with what put the instance there.
        """
        if not self.engine.is_ready or self.graph.nodes[name].kind != BLOCK or self._data.is_reading:
            return
        from core.compiler.fitting import fitting

        within = self.place.block
        cache = self._caches.setdefault(self.front, self.engine.new_cache())
        known = sum(fault.severity == "error" for fault in self.inference.faults)
        found = fitting(self.front.project, self.fields, within, name, self.place.prefix, cache, known)
        if found:
            self.edit(text, [SetParams(name, found, within)])

    def source(self) -> str:
        """The generated code of the document in front; empty until torch is there and the network is sound."""
        if not self.engine.is_ready or not self.inference.ok or self.data_error:
            return ""
        if self._source is None or self._source[0] is not self.inference:
            try:
                text = str(self.engine.source.source(self.front.project, self.fields))
            except ProjectError:
                text = ""
            self._source = self.inference, text
        return self._source[1]

    # The run

    def can_start(self) -> str:
        return self.control.can_start()

    def start(self) -> None:
        self.control.start()

    def pause(self) -> None:
        self.control.pause()

    def resume(self) -> None:
        self.control.resume()

    def single_step(self) -> None:
        self.control.single_step()

    def stop(self) -> None:
        self.control.stop()

    def set_watch(self, owner: object, watch: Watch | None) -> None:
        self.control.set_watch(owner, watch)

    def export(self, format: str, path: Path | str) -> None:
        """Exports the trained network (or the untrained one); the result is told through `noticed`."""
        self.control.export(format, Path(path))
