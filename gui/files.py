"""Dialogs for files: open, save, export, a picture; and the one question before unsaved work is lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMessageBox

from gui.documents import Document

if TYPE_CHECKING:
    from gui.window import Window

PROJECTS = "Layerloom projects (*.loom)"
SUFFIXES = {"python": ".py", "safetensors": ".safetensors", "onnx": ".onnx"}


class Files:
    """Asks for paths and hands them to the session."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._session = window.session

    @property
    def _folder(self) -> str:
        return self._window.settings.folder or str(Path.home())

    def _remember(self, path: str) -> Path:
        self._window.settings.folder = str(Path(path).parent)
        return Path(path)

    def open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open a project", self._folder, f"{PROJECTS};;All files (*)"
        )
        if path:
            self._session.open_file(self._remember(path))

    def save(self) -> bool:
        """Saves the document in front; asks for a file where it has none. Whether it is saved."""
        document = self._session.document
        if document is None or document.path is None:
            return self.save_as()
        return self._session.save()

    def save_as(self) -> bool:
        document = self._session.document
        if document is None:
            return False
        wish = str(document.path or Path(self._folder) / f"{file_name(document)}.loom")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save the project", wish, PROJECTS)
        if not path:
            return False
        goal = self._remember(path)
        return self._session.save(goal if goal.suffix else goal.with_suffix(".loom"))

    def can_export(self) -> str:
        """Why nothing can be exported now; empty when it can."""
        if self._session.document is None:
            return "Open a project first."
        if not self._session.engine_is_ready:
            return "PyTorch is loading …"
        run = self._session.run
        if run is None and not self._session.inference.ok:
            return "The network has findings that must be mended first."
        return ""

    def export(self, format: str) -> None:
        document = self._session.document
        if document is None:
            return
        suffix = SUFFIXES[format]
        wish = str(Path(self._folder) / f"{file_name(document)}{suffix}")
        path, _ = QFileDialog.getSaveFileName(self._window, "Export the trained network", wish, f"*{suffix}")
        if path:
            self._session.export(format, self._remember(path))

    def turn_keeping(self) -> None:
        """New runs are kept on disk, or not; it is remembered."""
        kept = self._session.kept
        self._window.settings.keep_runs = kept.on = not kept.on

    def choose_runs(self) -> None:
        """Where runs are kept from now on; it is remembered."""
        settings, kept = self._window.settings, self._session.kept
        path = QFileDialog.getExistingDirectory(self._window, "A folder for runs", kept.place or self._folder)
        if path:
            settings.runs = kept.place = path
            self._session.noticed.emit(
                f"Runs are kept in {path} from now on; earlier ones stay where they are.", "info"
            )

    def save_picture(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save a picture", str(Path(self._folder) / "layerloom.png"), "Pictures (*.png)"
        )
        if path and not self._window.grab().save(str(self._remember(path))):
            self._session.noticed.emit(f"The picture cannot be saved as {path}. Choose another folder.", "error")

    def may_close(self, document: Document) -> bool:
        """Asks once where work would be lost; whether the document may go."""
        if document.is_saved:
            return True
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Unsaved changes",
            f"Save the changes to “{document.project.title}”?",
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        if answer == button.Save:
            self._session.activate(self._session.documents.index(document))
            return self.save()
        return answer == button.Discard


def file_name(document: Document) -> str:
    """The title as a file is called."""
    return re.sub(r"[^\w\-]+", "-", document.project.title).strip("-").lower() or "project"
