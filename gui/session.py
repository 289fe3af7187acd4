"""The one object that every widget receives: documents, selection, shapes, the run, and what is watched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

import presets
from core.compiler.inference import Inference
from core.data.dataset import fields_of
from core.model.fault import EditError, Fault, ProjectError
from core.model.file import read, write
from core.model.graph import Edge, Graph, Node
from core.model.history import History
from core.model.ops import AddEdge, AddNode, Op, SetParams, insertion, removal
from core.model.project import Project
from core.model.spec import registry
from core.model.tensor import Field
from core.model.values import Value
from core.training.records import Snapshot, Watch
from gui import clipboard
from gui.documents import Document, LiveRun
from gui.engine import Engine
from gui.run_control import RunControl
from gui.theme import DARK, LIGHT, Theme

__all__ = ["Document", "LiveRun", "Session"]


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
    view_requested = Signal(str)  # bring this live view or panel to the front (its id)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.documents: list[Document] = []
        self.document: Document | None = None
        self.engine = Engine(self)
        self.engine.ready.connect(self._on_ready)
        self.engine.failed.connect(lambda message: self.noticed.emit(message, "error"))
        self.control = RunControl(self)
        self._empty = Document(Project())
        self._data_error = ""
        self._fields: dict[str, Field] = {}
        self._caches: dict[Document, object] = {}
        self._infer_soon = QTimer(self)
        self._infer_soon.setSingleShot(True)
        self._infer_soon.setInterval(0)
        self._infer_soon.timeout.connect(self.infer)

    # What is in front

    @property
    def front(self) -> Document:
        """The document in front, or an empty one that nobody sees."""
        return self.document or self._empty

    @property
    def graph(self) -> Graph:
        return self.front.project.graph

    @property
    def history(self) -> History:
        return self.front.history

    @property
    def inference(self) -> Inference:
        return self.front.inference

    @property
    def selection(self) -> tuple[str, ...]:
        return self.front.selection

    @property
    def run(self) -> LiveRun | None:
        return self.front.run

    @property
    def snapshot(self) -> Snapshot | None:
        return self.front.run.snapshot if self.front.run else None

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of the data of the document in front; empty while they cannot be read."""
        return self._fields

    @property
    def data_error(self) -> str:
        """Why the data cannot be read, in plain words; empty when they can."""
        return self._data_error

    @property
    def engine_is_ready(self) -> bool:
        return self.engine.is_ready

    def set_theme(self, name: str) -> None:
        """`dark` or `light`."""
        self.theme: Theme = LIGHT if name == "light" else DARK
        self.theme_changed.emit()

    # Documents

    def open_project(self, project: Project, path: Path | None = None) -> Document:
        """Opens a project in a new tab; an untouched one in front that was never saved makes room."""
        document = Document(project, path)
        document.history.changed.connect(lambda ops: self._on_edited(document, ops))
        front = self.document
        if front is not None and front.is_untouched and front.path is None:
            self._forget(front)
            self.documents[self.documents.index(front)] = document
        else:
            self.documents.append(document)
        self.documents_changed.emit()
        self.activate(self.documents.index(document))
        return document

    def new_document(self) -> None:
        self.open_project(Project())

    def open_preset(self, id: str) -> None:
        """Opens a fresh copy of a lecture preset, or brings the untouched one that is open to the front."""
        for index, document in enumerate(self.documents):
            if document.project.lecture == id and document.path is None and document.history.is_saved:
                self.activate(index)
                return
        self.open_project(presets.load(id))

    def open_file(self, path: Path | str) -> bool:
        """Opens a project file; on a fault it is told, and what is open stays as it was."""
        path = Path(path)
        try:
            project = read(path)
        except ProjectError as error:
            self.noticed.emit(f"{path.name} was not opened. {error}", "error")
            return False
        self.open_project(project, path)
        return True

    def save(self, path: Path | str | None = None) -> bool:
        """Saves the document in front, to its own file when none is given; a fault is told."""
        goal = Path(path) if path else self.front.path
        if self.document is None or goal is None:
            return False
        try:
            write(self.document.project, goal)
        except ProjectError as error:
            self.noticed.emit(f"Not saved. {error}", "error")
            return False
        self.document.path = goal
        self.document.history.mark_saved()
        self.documents_changed.emit()
        self.noticed.emit(f"Saved {goal.name}", "info")
        return True

    def activate(self, index: int) -> None:
        """Brings a document to the front."""
        document = self.documents[index] if 0 <= index < len(self.documents) else None
        if document is self.document:
            return
        self.document = document
        self._read_fields()
        self.document_activated.emit()
        self.selection_changed.emit()
        self.run_changed.emit()
        self._infer_soon.start()

    def close_document(self, index: int) -> None:
        """Closes a tab, and its run with it. Whoever calls this has asked about unsaved changes."""
        document = self.documents.pop(index)
        self._forget(document)
        self.documents_changed.emit()
        if document is self.document:
            self.document = None
            self.activate(min(index, len(self.documents) - 1))
            if not self.documents:
                self.document_activated.emit()

    def _forget(self, document: Document) -> None:
        self.control.drop(document)
        self._caches.pop(document, None)

    def close(self) -> None:
        """Ends everything that runs; called when the window closes."""
        self.control.close()

    # Edits

    def edit(self, text: str, ops: Iterable[Op], merge: str = "") -> bool:
        """One undo step; a refused edit is told in plain words and changes nothing."""
        try:
            self.history.do(text, ops, merge)
        except EditError as error:
            self.noticed.emit(f"{error.message} {error.fix}".strip(), "error")
            return False
        return True

    def undo(self) -> None:
        self.history.undo()

    def redo(self) -> None:
        self.history.redo()

    def _on_edited(self, document: Document, ops: list[Op]) -> None:
        document.selection = tuple(name for name in document.selection if name in document.project.graph.nodes)
        if (run := document.run) is not None and not run.stale:
            run.stale = True
        if document is not self.document:
            return
        self._read_fields()
        self.edited.emit(ops)
        self.selection_changed.emit()
        self._infer_soon.start()

    def select(self, ids: Iterable[str]) -> None:
        chosen = tuple(dict.fromkeys(name for name in ids if name in self.graph.nodes))
        if chosen != self.front.selection:
            self.front.selection = chosen
            self.selection_changed.emit()

    def select_all(self) -> None:
        self.select(self.graph.nodes)

    def add_node(
        self, kind: str, x: float, y: float, edge: Edge | None = None, params: Mapping[str, Value] | None = None
    ) -> str:
        """Adds a node, on a wire when one is given, and selects it; returns its id, or nothing when it is refused."""
        node = Node(self.graph.new_id(kind), kind, dict(params or {}), x, y)
        try:
            ops = insertion(self.front.project, node, edge) if edge else [AddNode(node)]
        except EditError as error:
            self.noticed.emit(error.message, "error")
            return ""
        if not self.edit(f"Add {registry[kind].title}", ops):
            return ""
        self.select([node.id])
        return node.id

    def delete_selection(self) -> None:
        names = list(self.selection)
        if names:
            what = self.graph.nodes[names[0]].name if len(names) == 1 else f"{len(names)} layers"
            self.edit(f"Delete {what}", removal(self.front.project, names))

    def copy(self) -> None:
        clipboard.copy(self.graph, self.selection)

    def cut(self) -> None:
        self.copy()
        self.delete_selection()

    def paste(self) -> None:
        self._add_copies(clipboard.pasted(), "Paste")

    def duplicate(self) -> None:
        self._add_copies(clipboard.piece(self.graph, self.selection), "Duplicate")

    def _add_copies(self, piece: clipboard.Piece | None, text: str) -> None:
        if piece is None or not piece.nodes:
            return
        nodes, edges = clipboard.renamed(piece, self.graph)
        if self.edit(f"{text} {len(nodes)} layers", [*map(AddNode, nodes), *map(AddEdge, edges)]):
            self.select(node.id for node in nodes)

    def mend(self, fault: Fault) -> None:
        """Does what a fault offers: sets its parameters, or puts the kind that it names onto the wire."""
        if fault.params:
            self.edit(f"Mend {fault.node}", [SetParams(fault.node, fault.params)])
        elif fault.insert:
            wires = self.graph.into(fault.node, fault.port)
            node = self.graph.nodes.get(fault.node)
            if wires and node:
                self.add_node(fault.insert, node.x - 60, node.y, wires[0])

    # Shapes

    def _on_ready(self) -> None:
        self.infer()
        self.engine_ready.emit()

    def _read_fields(self) -> None:
        try:
            self._fields, self._data_error = fields_of(self.front.project.data), ""
        except ProjectError as error:
            self._fields, self._data_error = {}, str(error)

    def infer(self) -> None:
        """Infers the shapes of the document in front; nothing before torch is there."""
        if not self.engine.is_ready or self.document is None:
            return
        document = self.document
        cache = self._caches.setdefault(document, self.engine.new_cache())
        inference = self.engine.shapes.infer(document.project, self._fields, cache)
        if self._data_error:
            fault = Fault("", f"The data cannot be read. {self._data_error}", "Choose or mend them under Data.")
            others = tuple(f for f in inference.faults if f.node not in {n.id for n in self.graph.of_kind("input")})
            inference = Inference(inference.nodes, (fault, *others))
        document.inference = inference
        self.inferred.emit()

    def source(self) -> str:
        """The generated code of the document in front; empty until torch is there and the network is sound."""
        if not self.engine.is_ready or not self.inference.ok or self._data_error:
            return ""
        try:
            return str(self.engine.source.source(self.front.project, self._fields))
        except self.engine.build.CompileError:
            return ""

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
