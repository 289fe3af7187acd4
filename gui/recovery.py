"""Unsaved work survives a crash: a copy beside the settings a few seconds after an edit, gone when it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import msgspec
from PySide6.QtCore import QLockFile, QObject, QTimer

from core.model.fault import ProjectError
from core.model.file import encode, read, write_atomically
from core.model.project import Project
from gui.documents import Document
from gui.session import Session

DELAY = 3_000
"""Milliseconds between an edit and the copy."""
PLACES, LOCK = "places.json", "lock"


@dataclass(frozen=True)
class Unsaved:
    """A project that was not saved when the program ended, and the file that it came from, if any."""

    project: Project
    path: Path | None


class Recovery(QObject):
    """Keeps copies of unsaved documents in a folder of this process; a lock tells whether it is still alive."""

    def __init__(self, session: Session, folder: Path) -> None:
        super().__init__(session)
        self._session, self._all = session, folder
        self._own = folder / uuid4().hex[:12]
        self._lock: QLockFile | None = None
        self._names: dict[Document, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self.keep)
        session.edited.connect(lambda ops: self._timer.start())
        session.documents_changed.connect(self._timer.start)

    def keep(self) -> None:
        """Writes every unsaved document and removes the copies of the others; a full disk is told once."""
        unsaved = [document for document in self._session.documents if not document.is_saved]
        if not unsaved and not self._names:
            return
        try:
            self._own.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = QLockFile(str(self._own / LOCK))
                self._lock.setStaleLockTime(0)
                self._lock.tryLock(0)
            for document in [each for each in self._names if each not in unsaved]:
                (self._own / self._names.pop(document)).unlink(missing_ok=True)
            for document in unsaved:
                name = self._names.setdefault(document, f"{uuid4().hex[:8]}.loom")
                write_atomically(self._own / name, encode(document.project))
            places = {self._names[document]: str(document.path or "") for document in unsaved}
            write_atomically(self._own / PLACES, msgspec.json.encode(places))
        except OSError as error:
            self._timer.blockSignals(True)
            self._session.noticed.emit(f"Unsaved work cannot be kept safe: {error.strerror}.", "warning")

    def end(self) -> None:
        """Removes this process's copies: everything was saved or let go."""
        self._timer.stop()
        if self._lock is not None:
            self._lock.unlock()
            _remove(self._own)

    def found(self) -> list[Unsaved]:
        """What earlier processes left behind when they ended without a farewell; it is taken out of their folders."""
        left: list[Unsaved] = []
        for folder in sorted(self._all.iterdir()) if self._all.is_dir() else []:
            lock = QLockFile(str(folder / LOCK))
            lock.setStaleLockTime(0)
            if folder == self._own or not lock.tryLock(0):
                continue
            left += _read(folder)
            lock.unlock()
            _remove(folder)
        return left

    def bring_back(self) -> int:
        """Opens what was left behind, marked as unsaved; returns how many projects that were."""
        found = self.found()
        for each in found:
            document = self._session.open_project(each.project, each.path, beside=True)
            document.unsaved = True
        if found:
            self._session.documents_changed.emit()
            self.keep()
        return len(found)


def _read(folder: Path) -> list[Unsaved]:
    """The projects in a folder; one that cannot be read is left out, as there is nobody to mend it."""
    try:
        places = msgspec.json.decode((folder / PLACES).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError):
        return []
    left = []
    for name, place in places.items():
        try:
            left.append(Unsaved(read(folder / name), Path(place) if place else None))
        except ProjectError:
            continue
    return left


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink(missing_ok=True)
    folder.rmdir()
