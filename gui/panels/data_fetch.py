"""Files of a data source that are not on this machine: what they are, a button that fetches them, and how far it is."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from core.data.download import Download, fetch
from core.model.amounts import counted, size
from core.model.fault import ProjectError
from gui.background import Background
from gui.panels.parts import button, label


class _Way:
    """What the window and the thread of a download tell each other; nothing of Qt is in here."""

    def __init__(self) -> None:
        self.here = self.whole = 0
        self.is_over = False

    def heard(self, here: int, whole: int) -> bool:
        self.here, self.whole = here, whole
        return not self.is_over


class DataFetch(QWidget):
    """Hidden while nothing is missing. A download goes on while other data are looked at, until it is stopped."""

    arrived = Signal()
    """All the files that were asked for are here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: tuple[Download, ...] = ()
        self._way = _Way()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.text = label("", "dim", wrap=True, name="Download")
        column.addWidget(self.text)
        row = QHBoxLayout()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.hide()
        self.start_button = button("Download", self.start, "main", "Fetches the files from the net and checks them.")
        self.stop_button = button(
            "Stop", self.stop, "", "Keeps what has arrived; started again, it goes on from there."
        )
        self.stop_button.hide()
        row.addWidget(self.bar, 1)
        row.addWidget(self.start_button)
        row.addWidget(self.stop_button)
        row.addStretch()
        column.addLayout(row)
        self._job = Background("download", self)
        self._job.finished.connect(self._finish)
        self._job.failed.connect(self._fail)
        self._look = QTimer(self)
        self._look.setInterval(100)
        self._look.timeout.connect(self._show_way)
        self.hide()

    @property
    def is_busy(self) -> bool:
        return self._job.is_busy

    def show_missing(self, files: tuple[Download, ...]) -> None:
        """Offers to fetch these files; none hides the offer, and a download under way stays in sight."""
        if self.is_busy:
            return
        if files != self._files or not files:
            self._files = files
            self._offer()
        self.setVisible(bool(files))

    def start(self) -> None:
        """Begins, or goes on from what has arrived."""
        if self.is_busy or not self._files:
            return
        self._way = way = _Way()
        files = self._files
        self._job.start(lambda: fetch(files, way.heard))
        self._turn(busy=True)
        self._show_way()

    def stop(self) -> None:
        self._way.is_over = True
        self.stop_button.setEnabled(False)

    def _offer(self) -> None:
        if self._files:
            hosts = sorted({urlsplit(each.url).hostname or each.url for each in self._files})
            whole = size(sum(each.size for each in self._files))
            self._say(f"{counted(len(self._files), 'file')}, {whole}, from {' and '.join(hosts)}; checked by SHA-256.")
        self._turn(busy=False)

    def _turn(self, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.stop_button.setVisible(busy)
        self.stop_button.setEnabled(True)
        self.start_button.setVisible(not busy)
        if busy:
            self._look.start()
        else:
            self._look.stop()

    def _show_way(self) -> None:
        here, whole = self._way.here, self._way.whole
        self.bar.setValue(1000 * here // whole if whole else 0)
        self._say(f"{size(here)} of {size(whole)} have arrived." if whole else "Asking for the files …")

    def _finish(self, _: object) -> None:
        self._files = ()
        self._turn(busy=False)
        self.hide()
        self.arrived.emit()

    def _fail(self, error: ProjectError) -> None:
        self._turn(busy=False)
        self._say(f"{error.message} {error.fix}".strip(), "" if self._way.is_over else "error")

    def _say(self, text: str, role: str = "") -> None:
        self.text.setText(text)
        self.text.setProperty("role", role or "dim")
        self.text.style().unpolish(self.text)
        self.text.style().polish(self.text)
