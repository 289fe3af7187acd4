"""The panel of sweeps: the form of a new one, and of each that was begun a plot and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from core.model.fault import ProjectError
from core.model.file import decode, encode
from core.model.values import show_value
from gui.background import Background
from gui.panels.parts import Panel, label
from gui.panels.style import scale
from gui.session import Session
from gui.sweeps.found import Found, points_of, read_found
from gui.sweeps.head import Head
from gui.sweeps.results import NOTHING, Results
from gui.sweeps.results_table import ResultsTable
from gui.sweeps.setup import Setup

if TYPE_CHECKING:
    from core.training.sweeps.plan import Sweep
    from core.training.sweeps.table import Row

TWO, THREE = 660, 1080
"""Pixels of width from which two parts stand side by side, and all three."""
FORM = 290
"""Pixels that the form is wide beside other parts."""
BEFORE = "Choose a parameter, its values and press Start: every combination is trained, and its results stand here."


class SweepPanel(Panel):
    """As many parts beside each other as there is room for."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.body.setSpacing(0)
        # Coming to the front, it must not push its neighbours aside.
        self.setMinimumWidth(440)
        self.head, self.setup = Head(session), Setup(session)
        self.results, self.table = Results(session), ResultsTable()
        self.found: Found | None = None
        self._front, self._shown = "Setup", [""]
        self.empty = label("Open a project to sweep over its parameters.", "dim", wrap=True)
        self.empty.setContentsMargins(12, 12, 12, 12)
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.setChildrenCollapsible(False)
        self.parts.setHandleWidth(1)
        self._by_name: dict[str, QWidget] = {"Setup": self.setup, "Plot": self.results, "Table": self.table}
        for number, part in enumerate(self._by_name.values()):
            self.parts.addWidget(part)
            self.parts.setStretchFactor(number, (0, 3, 2)[number])
        for widget in (self.empty, self.head):
            self.body.addWidget(widget)
        self.body.addWidget(self.parts, 1)
        self._job = Background("sweep results", self)
        self._job.finished.connect(self._show)
        self._job.failed.connect(self._fail)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(700)
        self._again.timeout.connect(self._read)
        self._done_before = -1
        self._edits = QTimer(self)
        self._edits.setSingleShot(True)
        self._edits.setInterval(150)
        self._edits.timeout.connect(self.setup.follow)
        self.setup.wanted.connect(self._start)
        self.head.chosen.connect(self._turn)
        self.head.part_wanted.connect(self.show_part)
        self.head.copy_wanted.connect(self.table.copy)
        self.results.row_clicked.connect(self.open_row)
        self.table.opened.connect(self.open_row)
        self.results.turned.connect(self._write)
        session.sweeps.changed.connect(self.refresh_soon)
        session.sweeps.progressed.connect(self._progress)
        session.theme_changed.connect(self.results.dress)
        session.theme_changed.connect(self.head.dress)
        session.edited.connect(lambda ops: self._follow_edits())
        for signal in (session.document_activated, session.engine_ready, session.documents_changed):
            signal.connect(self.refresh_soon)
        self._tell()
        self._lay_out()
        self.refresh_soon()

    def refresh(self) -> None:
        """Follows the document in front and its sweeps."""
        ready = self.session.document is not None and self.session.engine_is_ready
        self.empty.setVisible(not ready)
        self.empty.setText(
            "PyTorch is loading …" if self.session.document is not None else "Open a project to sweep over it."
        )
        self.head.setVisible(ready)
        self.parts.setVisible(ready)
        if not ready:
            return
        self.setup.follow()
        if wish := self.session.sweeps.wish:
            self.session.sweeps.wish = ""
            self.setup.choose(wish)
            self.show_part("Setup")
        self.head.show_sweeps(self.session.sweeps.of_document())
        self.setup.refresh_buttons()
        self._read()
        self._tell()

    def _follow_edits(self) -> None:
        """An edit changes what the form offers, and none of the results."""
        if not self.isVisible():
            self.refresh_soon()
        elif self.session.engine_is_ready:
            self._edits.start()

    def show_part(self, name: str) -> None:
        """Brings the form, the plot or the table to where it can be seen."""
        self._front = name
        self._lay_out()

    def open_row(self, row: Row | None) -> None:
        """Opens the network of the first run of a row in a new tab."""
        if row is None or self.found is None:
            return
        from core.training.sweeps.plan import at, read_sweep
        from core.training.sweeps.running import run_of

        point = next(iter(row.done), points_of(self.found, row)[0])
        try:
            run = run_of(self.found.folder, point)
            project = run.project if run is not None else at(read_sweep(self.found.folder)[1], self.found.sweep, point)
            # A copy: what is edited in the new tab must not change what the run was.
            self.session.open_project(decode(encode(project)))
        except ProjectError as error:
            self.session.noticed.emit(str(error), "error")
            return
        values = ", ".join(
            f"{title} {show_value(value)}" for title, value in zip(self.found.titles, row.values, strict=True)
        )
        self.session.noticed.emit(f"The network of {values}, seed {point.seed}", "info")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """Shows as many parts as fit, the wanted one among them."""
        width = self.width() / scale()
        if width >= THREE:
            shown = ["Setup", "Plot", "Table"]
        elif width >= TWO:
            shown = ["Setup", "Plot"] if self._front == "Setup" else ["Plot", "Table"]
        else:
            shown = [self._front]
        for name, made in self.head.parts.items():
            made.setVisible(width < THREE)
            made.setChecked(name == self._front)
        if shown == self._shown:
            return
        self._shown = shown
        for name, part in self._by_name.items():
            part.setVisible(name in shown)
        # The form keeps its width; plot and table share the rest.
        form = round(FORM * scale()) if "Setup" in shown else 0
        rest = max(1, self.width() - form)
        table = (rest * 2 // 5 if "Plot" in shown else rest) if "Table" in shown else 0
        self.parts.setSizes([form if len(shown) > 1 else rest, rest - table if "Plot" in shown else 0, table])

    def _start(self, sweep: Sweep, workers: int) -> None:
        if self.session.sweeps.start(sweep, workers) and self._front == "Setup":
            self.show_part("Plot")

    def _turn(self) -> None:
        self.found = None
        self._show_parts()
        self._read()
        self._tell()

    def _progress(self) -> None:
        progress = self.session.sweeps.progress
        ended = len(progress.done) + len(progress.failed) if progress is not None else 0
        if ended != self._done_before and self.session.sweeps.folder == self.head.folder:
            self._done_before = ended
            if not self._again.isActive():
                self._again.start()
        if self.isVisible():
            self._tell()

    def _read(self) -> None:
        """Reads the chosen sweep in the background."""
        folder = self.head.folder
        if folder is None:
            self._job.forget()
            self.found = None
            self._show_parts()
        elif not (self.session.sweeps.folder == folder and self.session.sweeps.busy == "starting"):
            self._job.start(lambda: read_found(folder))

    def _show(self, found: Found) -> None:
        if found.folder != self.head.folder:
            return
        found.failed.update(self.session.sweeps.failed.get(found.folder, {}))
        self.found = found
        self._show_parts()
        self._tell()

    def _fail(self, error: ProjectError) -> None:
        self.found = None
        self._show_parts()
        self.results.tell(str(error))
        self._tell()

    def _show_parts(self) -> None:
        wrong = next(iter(self.found.failed.values()), "") if self.found is not None else ""
        self.results.tell(wrong or NOTHING if self.head.folder is not None else BEFORE)
        self.results.show_found(self.found)
        self._write()

    def _write(self) -> None:
        if self.found is None:
            self.table.setRowCount(0)
            self.table.setColumnCount(0)
        else:
            self.table.show_found(self.found, str(self.results.part.currentData() or "train"))

    def _tell(self) -> None:
        self.head.tell(self.found)
