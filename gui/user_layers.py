"""The user's own layers in the window: asks before a file is loaded, watches the folder, loads anew what changed."""

from __future__ import annotations

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

from core.layers import user, user_folder
from core.layers.user import Loaded, UserFile
from core.layers.user_checks import Problem
from core.model.fault import ProjectError
from core.model.spec import FAMILIES, registry
from gui.notice import Notice
from gui.session import Session

SETTLES = 200
"""Milliseconds: an editor may write a file in several steps."""


class UserLayers(QObject):
    """Nothing is loaded before PyTorch is there, for the files import it."""

    def __init__(self, session: Session, notice: Notice, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._notice = session, notice
        self._waved: set[tuple[str, str]] = set()
        self._shown: tuple[str, str] | None = None
        self._watcher = QFileSystemWatcher(self)
        self._soon = QTimer(self, singleShot=True, interval=SETTLES)
        self._soon.timeout.connect(self.look)
        self._watcher.directoryChanged.connect(lambda path: self._soon.start())
        self._watcher.fileChanged.connect(lambda path: self._soon.start())
        session.engine_ready.connect(self.look)
        if session.engine_is_ready:
            self.look()

    def look(self) -> None:
        """Loads what is allowed, and asks about the first file that is not."""
        if not self._session.engine_is_ready:
            return
        self._watch()
        for loaded in user.load_trusted():
            self._take(loaded, is_new=False)
        self._ask()

    def open_folder(self) -> None:
        """Makes the folder with an example in it, and shows it in the system's file manager."""
        try:
            folder = user_folder.prepare()
        except OSError as error:
            self._session.noticed.emit(f"The folder {user.folder()} cannot be made: {error.strerror}.", "error")
            return
        self.look()
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._session.noticed.emit(f"Your layers folder is {folder}", "info")

    def _watch(self) -> None:
        """The folder and its files; before there is a folder, what it would be made in."""
        folder = user.folder()
        wanted = {str(folder), *(str(file.path) for file in user.found())} if folder.is_dir() else set[str]()
        if not wanted and folder.parent.is_dir():
            wanted = {str(folder.parent)}
        watched = {*self._watcher.directories(), *self._watcher.files()}
        if gone := list(watched - wanted):
            self._watcher.removePaths(gone)
        if new := list(wanted - watched):
            self._watcher.addPaths(new)

    def _ask(self) -> None:
        for file in user.found():
            if file.is_loaded or (file.name, file.digest) in self._waved:
                continue
            problem = file.problem or (user.failure(file) if file.state == "trusted" else None)
            if problem:
                self._tell(file, problem)
                return
            if file.state != "trusted":
                self._question(file)
                return
        self._shown = None
        self._notice.end()

    def _question(self, file: UserFile) -> None:
        if self._is_shown(file):
            return
        text = f"{file.name} in your layers folder adds code to Layerloom. Load it?"
        if file.state == "changed":
            text = f"{file.name} in your layers folder has changed since you allowed it. Load the code that it has now?"
        later = "Not now", lambda: self._wave(file)
        self._notice.say(text, (("Load", lambda: self._load(file)), later, ("Show folder", self.open_folder)))

    def _tell(self, file: UserFile, problem: Problem) -> None:
        if not self._is_shown(file, str(problem)):
            answers = ("Show folder", self.open_folder), ("Close", lambda: self._wave(file))
            self._notice.say(str(problem), answers, "error")

    def _is_shown(self, file: UserFile, problem: str = "") -> bool:
        """Whether it is on the strip already, so that the strip does not blink; notes that it now is."""
        before, self._shown = self._shown, (file.digest + problem, file.name)
        return before == self._shown and not self._notice.isHidden()

    def _wave(self, file: UserFile) -> None:
        self._waved.add((file.name, file.digest))
        self._ask()

    def _load(self, file: UserFile) -> None:
        """The answer “Load”: keeps it, and loads what was asked about."""
        try:
            user.trust(file)
        except ProjectError as error:
            self._session.noticed.emit(str(error), "error")
            return
        self._take(user.load(file.path), is_new=True)
        self._ask()

    def _take(self, loaded: Loaded, is_new: bool) -> None:
        session = self._session
        if loaded.problem:
            return  # it stands on the strip
        for document in session.documents:
            project, run = document.project, document.run
            graphs = (project.graph, *(block.graph for block in project.blocks.values()))
            if run is not None and any(graph.of_kind(*loaded.kinds) for graph in graphs):
                run.stale = True
        session.kinds_changed.emit()
        session.infer()
        session.run_changed.emit()
        if is_new:
            specs = [spec for kind in loaded.kinds if (spec := registry.get(kind))]
            titles = ", ".join(spec.title for spec in specs)
            where = ", ".join(dict.fromkeys(FAMILIES[spec.family] for spec in specs))
            session.noticed.emit(f"{titles} can now be found among the layers, under {where}.", "info")
