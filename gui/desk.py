"""The open documents: opening, saving, bringing to the front, closing. The session adds edits, shapes and runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

import presets
from core.compiler.inference import Inference
from core.model.fault import ProjectError
from core.model.file import read, write
from core.model.history import History
from core.model.laying import lay_out
from core.model.ops import Op
from core.model.project import Project
from gui.documents import Document, LiveRun

if TYPE_CHECKING:
    from core.training.records import Snapshot


class Desk(QObject):
    """The documents and the one in front. A subclass says what an edit and a farewell lead to."""

    documents_changed = Signal()  # tabs were opened, closed or renamed
    document_activated = Signal()  # another document (or none) is in front
    selection_changed = Signal()
    run_changed = Signal()  # a run started, paused, went on, ended, failed
    noticed = Signal(str, str)  # message, level: info, warning, error

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.documents: list[Document] = []
        self.document: Document | None = None
        self._empty = Document(Project())

    # What is in front

    @property
    def front(self) -> Document:
        """The document in front, or an empty one that nobody sees."""
        return self.document or self._empty

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

    # Opening and closing

    def open_project(self, project: Project, path: Path | None = None, *, beside: bool = False) -> Document:
        """Opens a project in a new tab; an untouched one in front that was never saved makes room, unless `beside`."""
        lay_out(project)
        document = Document(project, path)
        document.history.changed.connect(lambda ops: self._on_edited(document, ops))
        front = self.document
        if front is not None and front.is_untouched and front.path is None and not beside:
            self._forget(front)
            self.documents[self.documents.index(front)] = document
        else:
            self.documents.append(document)
        self.documents_changed.emit()
        self.activate(self.documents.index(document))
        return document

    def new_document(self) -> None:
        self.open_project(Project())

    def open_preset(self, id: str, *, beside: bool = False) -> bool:
        """Opens a fresh copy of a lecture preset, or brings the untouched one that is open to the front."""
        for index, document in enumerate(self.documents):
            if document.project.lecture == id and document.path is None and document.is_saved:
                self.activate(index)
                return True
        try:
            self.open_project(presets.load(id), beside=beside)
        except ProjectError as error:
            self.noticed.emit(str(error), "error")
            return False
        return True

    def open_file(self, path: Path | str, *, beside: bool = False) -> bool:
        """Opens a project file, or brings it to the front; on a fault it is told, and what is open stays as it was."""
        path = Path(path)
        for index, document in enumerate(self.documents):
            if document.path is not None and document.path.absolute() == path.absolute() and document.is_saved:
                self.activate(index)
                return True
        try:
            project = read(path)
        except ProjectError as error:
            self.noticed.emit(f"{path.name} was not opened. {error}", "error")
            return False
        self.open_project(project, path, beside=beside)
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
        self.document.unsaved = False
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
        self._turned()
        self.document_activated.emit()
        self.selection_changed.emit()
        self.run_changed.emit()

    def close_document(self, index: int) -> None:
        """Closes a tab, and its run with it. Whoever calls this has asked about unsaved changes."""
        document = self.documents.pop(index)
        self._forget(document)
        self.documents_changed.emit()
        if document is self.document:
            self.document = None
            if self.documents:
                self.activate(min(index, len(self.documents) - 1))
            else:
                self._turned()
                self.document_activated.emit()
                self.selection_changed.emit()
                self.run_changed.emit()

    def _turned(self) -> None:
        """Another document, or none, came to the front; nobody was told yet."""

    def _on_edited(self, document: Document, ops: list[Op]) -> None:
        """A document was changed, undone or redone."""

    def _forget(self, document: Document) -> None:
        """A document is closed."""
