"""The runs of the document side by side: settings, results, curves; and what can be done with one that is over."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QSplitter, QWidget

from core.model.amounts import counted
from core.model.file import decode, encode
from gui.panels.parts import MARGIN, Panel, button, label, search_field
from gui.panels.runs_columns import matches
from gui.panels.runs_compare import Differences
from gui.panels.runs_table import RunTable
from gui.panels.style import scale
from gui.panels.trash import show_trash
from gui.session import LiveRun, Session

WIDE = 1.4
"""Where the panel is wider than so many times its height, differences stand beside the table, else under it."""

NONE_YET = "No run yet. Press Train; every run is kept here for comparison."
CLOSED = "No project is open. Open one, or choose a lecture at the left: its runs are kept here for comparison."
ROOM = 600
"""In a panel narrower than this (in presentation, twice as much) opening its network is in the menu alone."""


class RunsPanel(Panel):
    """A line a run, the latest on top; a check mark draws its curves; two selected ones are compared."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.body.setSpacing(0)
        # Coming to the front, it must not push its neighbours aside.
        self.setMinimumWidth(440)
        self.empty = label(NONE_YET, "dim", wrap=True)
        self.empty.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.body.addWidget(self.empty)
        self.table, self.differences = RunTable(session), Differences()
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.setChildrenCollapsible(False)
        self.parts.setHandleWidth(1)
        self.parts.addWidget(self.table)
        self.parts.addWidget(self.differences)
        self.parts.setStretchFactor(0, 3)
        self.parts.setStretchFactor(1, 2)
        self.body.addWidget(self.parts, 1)
        self.body.addLayout(self._foot())
        self._seen: object = None
        self.table.checked.connect(self._check)
        self.table.written.connect(self._write)
        self.table.sorted_anew.connect(self.refresh)
        self.table.itemSelectionChanged.connect(self._chosen_anew)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._offer_menu)
        self.filter.textChanged.connect(self.refresh_soon)
        session.document_activated.connect(self.refresh_soon)
        session.run_changed.connect(self.refresh_soon)
        session.theme_changed.connect(self.refresh_soon)
        session.frame.connect(self._take_frame)
        self.refresh_soon()

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setContentsMargins(MARGIN, 6, MARGIN, 8)
        foot.setSpacing(8)
        self.go_on_button = button("Continue", self._go_on)
        self.open_button = button(
            "Open its network", self._open, doc="Opens the network as it was in this run, in a new tab."
        )
        self.delete_button = button("Delete", self._delete)
        self.undo_button = button("Undo delete", self.session.kept.undo_delete, "link")
        self.more_button = QPushButton("More")
        self.more_button.setAutoDefault(False)
        self.more_menu = QMenu(self.more_button)
        self.more_menu.setToolTipsVisible(True)
        self.more_menu.aboutToShow.connect(lambda: self._fill(self.more_menu))
        self.more_button.setMenu(self.more_menu)
        self.filter = search_field("Filter runs")
        self.filter.setToolTip("Shows the runs whose name, tags, state, optimizer or start hold these words.")
        self.filter.setMinimumWidth(90)
        self.filter.setMaximumWidth(220)
        for widget in (self.go_on_button, self.open_button, self.delete_button, self.more_button, self.undo_button):
            foot.addWidget(widget)
        foot.addStretch(1)
        foot.addWidget(self.filter, 2)
        return foot

    @property
    def runs(self) -> list[LiveRun]:
        """The document's runs that the filter lets through, the latest first."""
        document = self.session.document
        every = list(reversed(document.runs)) if document is not None else []
        return [run for run in every if matches(run, self.filter.text())]

    def refresh(self) -> None:
        """Writes all lines anew."""
        runs = self.runs
        self.table.show_runs(runs)
        anything = bool(self.session.document and self.session.document.runs)
        self.empty.setText(NONE_YET if self.session.document else CLOSED)
        self.empty.setVisible(not anything)
        self.parts.setVisible(anything)
        self.filter.setVisible(anything)
        if runs and not self.table.chosen():
            self.table.choose(self.table.runs[:1])
        self._chosen_anew()

    def chosen(self) -> LiveRun | None:
        """The first run whose line is selected."""
        return next(iter(self.table.chosen()), None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= WIDE * self.height()
        self.parts.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        self.open_button.setVisible(self.width() >= ROOM * scale())

    def _check(self, run: LiveRun, on: bool) -> None:
        run.shown, run.chosen = on, True
        self.session.run_changed.emit()

    def _write(self, run: LiveRun, title: str, text: str) -> None:
        (self.session.kept.tag if title == "Tags" else self.session.kept.rename)(run, text)

    def _take_frame(self) -> None:
        # The numbers of a line change once an epoch, not with every frame.
        run = self.session.run
        state = (id(run), len(run.epochs)) if run is not None else None
        if state != self._seen:
            self._seen = state
            self.refresh_soon()

    def _chosen_anew(self) -> None:
        chosen = self.table.chosen()
        run, kept = next(iter(chosen), None), self.session.kept
        self.differences.compare(chosen)
        self.open_button.setEnabled(run is not None)
        why = "It is training; stop it before deleting it." if any(each.active for each in chosen) else ""
        self.delete_button.setEnabled(bool(chosen) and not why)
        self.delete_button.setToolTip(why or "Moves it to the trash of runs; Undo brings it back.")
        self.delete_button.setText(f"Delete {counted(len(chosen), 'run')}" if len(chosen) > 1 else "Delete")
        why = kept.cannot_go_on(run) if run is not None else "Select a run."
        self.go_on_button.setEnabled(not why)
        self.go_on_button.setToolTip(why or self._way_on(run))
        self.undo_button.setVisible(bool(kept.deleted))

    def _way_on(self, run: LiveRun | None) -> str:
        epochs = self.session.kept.epochs_for(run) if run is not None else None
        if epochs is None:
            return "Goes on exactly where it was."
        return f"Trains on, up to {counted(epochs, 'epoch')} in all; set more under Training."

    def _go_on(self) -> None:
        if (run := self.chosen()) is not None:
            self.session.kept.go_on(run)

    def _open(self) -> None:
        if (run := self.chosen()) is not None:
            # A copy: what is edited in the new tab must not change what the run was.
            self.session.open_project(decode(encode(run.project)))

    def _delete(self) -> None:
        self.session.kept.delete(self.table.chosen())

    def _offer_menu(self, at: QPoint) -> None:
        if (run := self.table.run_at(at)) is not None:
            if run not in self.table.chosen():
                self.table.choose([run])
            menu = QMenu(self)
            menu.setToolTipsVisible(True)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._fill(menu)
            menu.popup(self.table.viewport().mapToGlobal(at))

    def _fill(self, menu: QMenu) -> None:
        """What can be done with the run that is selected, and with the table."""
        run = self.chosen()
        menu.clear()
        if run is not None:
            self._fill_for(run, menu)
            menu.addSeparator()
        self.table.fill_columns(menu.addMenu("Columns"))
        trash = menu.addAction("Trash of runs …", lambda: show_trash(self.session, self))
        trash.setEnabled(self.session.engine_is_ready)
        trash.setToolTip("Deleted runs and sweeps: how much they take, brought back, or deleted for good.")

    def _fill_for(self, run: LiveRun, menu: QMenu) -> None:
        menu.addAction("Open its network", self._open)
        weights = menu.addAction("Open its network with its weights", lambda: self.session.kept.open_copy(run))
        why = self.session.kept.cannot_copy(run)
        weights.setEnabled(not why)
        weights.setToolTip(why or "A copy of the run, paused, in a new tab: to look at, to export, or to train on.")
        menu.addSeparator()
        board = menu.addAction("Export to TensorBoard …", lambda: self._export(run))
        folder = menu.addAction("Open its folder", lambda: self._open_folder(run))
        for action in (board, folder):
            action.setEnabled(run.folder is not None)
            if run.folder is None:
                action.setToolTip("This run is not kept on disk.")

    def _export(self, run: LiveRun) -> None:
        folder = QFileDialog.getExistingDirectory(self, "A folder for the event files", str(Path.home()))
        if folder:
            self.session.kept.export_tensorboard(run, Path(folder))

    def _open_folder(self, run: LiveRun) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder))):
            self.session.noticed.emit(f"The run is in {run.folder}", "info")
