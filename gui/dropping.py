"""Files that are dropped on the window: projects are opened, everything else is offered as the project's data."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QMimeData, QObject

from core.model.fault import ProjectError
from core.model.ops import SetData
from core.model.settings import Data
from gui.background import Background
from gui.session import Session

LOOM = ".loom"


class Dropping(QObject):
    """Takes what was dropped. Files are looked into outside of the window's thread; a strip tells what was found."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent or session)
        self._session = session
        self._reader = Background("dropped data", self)
        self._reader.finished.connect(self._tell)
        self._reader.failed.connect(self._refuse)

    def takes(self, mime: QMimeData) -> bool:
        """Whether any of what is dragged is a project, or something that a data source reads."""
        paths = files_of(mime)
        return any(path.suffix == LOOM for path in paths) or self._guess(paths) is not None

    def take(self, mime: QMimeData) -> bool:
        """Opens the projects; makes the other files the data of the project in front, in one step."""
        paths = files_of(mime)
        for path in paths:
            if path.suffix == LOOM:
                self._session.open_file(path)
        rest = [path for path in paths if path.suffix != LOOM]
        found = self._guess(rest)
        if found is None:
            return len(rest) < len(paths)
        if self._session.document is None:
            self._session.new_document()
        self.use(found)
        return True

    def use(self, data: Data) -> None:
        """Makes these the data of the project in front, which one undo takes back, and tells what they are."""
        from core.data.guess import understood
        from core.data.registry import sources

        title = sources[data.source].title
        if self._session.edit(f"Use {title} as data", [SetData(data)]):
            self._session.view_requested.emit("data")
            self._reader.start(lambda: understood(data))

    def _guess(self, paths: list[Path]) -> Data | None:
        # It needs NumPy, which is imported after the first paint.
        from core.data.guess import guess
        from core.data.registry import sources

        document = self._session.document
        present = document.project.data if document is not None else Data()
        found = guess(paths, present) if paths else None
        if found is None:
            return None
        source, params = found
        return msgspec.structs.replace(
            present, source=source, params=params, standardise=sources[source].standardise, transforms=()
        )

    def _tell(self, text: object) -> None:
        self._session.noticed.emit(f"Now the project's data. {text} Undo brings the old data back.", "info")

    def _refuse(self, error: ProjectError) -> None:
        from core.data.guess import is_incomplete

        if is_incomplete(error):
            self._session.noticed.emit("Now the project's data. Choose the other file that belongs to it, too.", "info")
            return
        self._session.noticed.emit(f"These data cannot be used yet. {error} Undo brings the old data back.", "error")


def files_of(mime: QMimeData) -> list[Path]:
    """The files and folders on this machine among what is dragged."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
