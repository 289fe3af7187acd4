"""The one object that every widget receives: documents, selection, shapes, the run, and what is watched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.compiler.inference import Inference
from core.model.edits import insertion, removal
from core.model.fault import EditError, Fault, ProjectError
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode, MoveNodes, Op, SetAbout, SetParams
from core.model.spec import registry
from core.model.tensor import Field
from core.model.values import Value
from gui import clipboard
from gui.desk import Desk
from gui.documents import Document, LiveRun
from gui.engine import Engine
from gui.run_control import RunControl
from gui.theme import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from core.training.records import Watch

__all__ = ["Document", "LiveRun", "Session"]

HARMLESS = (MoveNodes, SetAbout)
"""Edits that change neither shapes nor what a run would compute."""
ASIDE = 60.0
"""How far before its node a layer is put that mends it, in canvas pixels."""


class Session(Desk):
    """State and signals; widgets read it, call its verbs and listen. Signals are in the past tense."""

    edited = Signal(list)  # list[Op], of the document in front
    inferred = Signal()  # document.inference is new
    frame = Signal()  # at 10–15 Hz while something new is there: steps, epochs or a snapshot of document.run
    engine_ready = Signal()  # torch is there
    theme_changed = Signal()
    focus_requested = Signal(str)  # centre the canvas on this node
    view_requested = Signal(str)  # bring this live view or panel to the front (its id)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.engine = Engine(self)
        self.engine.ready.connect(self._on_ready)
        self.engine.failed.connect(lambda message: self.noticed.emit(message, "error"))
        self.control = RunControl(self)
        self._data_error = ""
        self._fields: dict[str, Field] = {}
        self._caches: dict[Document, object] = {}
        self._source: tuple[Inference, str] | None = None
        self._infer_soon = QTimer(self)
        self._infer_soon.setSingleShot(True)
        self._infer_soon.setInterval(0)
        self._infer_soon.timeout.connect(self.infer)

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

    def close(self) -> None:
        """Ends everything that runs; called when the window closes."""
        self._infer_soon.stop()
        self.control.close()

    def _turned(self) -> None:
        self._read_fields()
        self._infer_soon.start()

    def _forget(self, document: Document) -> None:
        self.control.drop(document)
        self._caches.pop(document, None)

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
        before = document.selection
        document.selection = tuple(name for name in before if name in document.project.graph.nodes)
        counts = not all(isinstance(op, HARMLESS) for op in ops)
        if counts and (run := document.run) is not None and not run.stale:
            run.stale = True
            self.run_changed.emit()
        if document is not self.document:
            return
        if counts:
            self._read_fields()
            self._infer_soon.start()
        self.edited.emit(ops)
        if document.selection != before:
            self.selection_changed.emit()

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
        node = Node(self.graph.new_id(kind), kind, dict(params or self.first_params(kind)), x, y)
        try:
            ops = insertion(self.front.project, node, edge) if edge else [AddNode(node)]
        except EditError as error:
            self.noticed.emit(error.message, "error")
            return ""
        if not self.edit(f"Add {registry[kind].title}", ops):
            return ""
        self.select([node.id])
        return node.id

    def first_params(self, kind: str) -> dict[str, Value]:
        """What a new node begins with: an Input reads the first field that no other Input reads yet."""
        if kind != "input":
            return {}
        read = {str(node.params.get("field", "x")) for node in self.graph.of_kind("input")}
        free = next((name for name in ("x", *self._fields) if name not in read), "x")
        return {} if free == "x" else {"field": free}

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
        what = "a layer" if len(nodes) == 1 else f"{len(nodes)} layers"
        if self.edit(f"{text} {what}", [*map(AddNode, nodes), *map(AddEdge, edges)]):
            self.select(node.id for node in nodes)

    def mend(self, fault: Fault) -> None:
        """Does what a fault offers: sets its parameters, or puts the kind that it names onto the wire."""
        node = self.graph.nodes.get(fault.node)
        if node is None:
            self.noticed.emit(f"That cannot be mended from here. {fault.fix}", "info")
        elif fault.params:
            self.edit(f"Mend {fault.node}", [SetParams(fault.node, fault.params)])
        elif wires := self.graph.into(fault.node, fault.port):
            self.add_node(fault.insert, node.x - ASIDE, node.y, wires[0])

    # Shapes

    def _on_ready(self) -> None:
        self.infer()
        self.engine_ready.emit()

    def _read_fields(self) -> None:
        # It needs NumPy, which is imported after the first paint.
        from core.data.dataset import fields_of

        try:
            self._fields, self._data_error = fields_of(self.front.project.data), ""
        except ProjectError as error:
            self._fields, self._data_error = {}, str(error)

    def infer(self) -> None:
        """Infers the shapes of the document in front; nothing before torch is there."""
        self._infer_soon.stop()
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
        if self._source is None or self._source[0] is not self.inference:
            try:
                text = str(self.engine.source.source(self.front.project, self._fields))
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
