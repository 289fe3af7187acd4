"""The row over a sweep: which one is shown, how far it is, and what can be done with it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QMenu, QProgressBar, QPushButton, QWidget

from core.model.amounts import counted, duration
from gui.cut_label import CutLabel
from gui.panels.editors import Choice
from gui.panels.parts import button
from gui.panels.style import scale
from gui.panels.trash import show_trash
from gui.session import Session
from gui.sweeps.found import Found

if TYPE_CHECKING:
    from pathlib import Path

    from core.training.sweeps.store import SweepFolder

PARTS = ("Setup", "Plot", "Table")
ROOM = 640
"""Pixels of width from which everything stands in one line."""


class Head(QWidget):
    """Which parts are shown is for the panel to decide; `parts` are the buttons for that."""

    chosen = Signal()  # another sweep
    part_wanted = Signal(str)
    copy_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._whole = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._whole.setContentsMargins(8, 6, 8, 2)
        self._whole.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        self._whole.addLayout(row, 3)
        self.parts: dict[str, QPushButton] = {}
        self.choice = QButtonGroup(self)
        for name in PARTS:
            made = self.parts[name] = button(name, lambda name=name: self.part_wanted.emit(name))
            made.setCheckable(True)
            self.choice.addButton(made)
            row.addWidget(made)
        self.parts["Setup"].setChecked(True)
        self.list = Choice(())
        self.list.setAccessibleName("Sweeps of this project")
        self.list.setToolTip("The sweeps of this project, the newest first.")
        self.list.setMinimumContentsLength(5)
        self.list.currentIndexChanged.connect(lambda index: self.chosen.emit())
        row.addWidget(self.list, 1)
        self.state = QWidget()
        row = QHBoxLayout(self.state)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._whole.addWidget(self.state, 2)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(70, 6)
        self.bar.setAccessibleName("Progress of the sweep")
        row.addWidget(self.bar)
        self.told = CutLabel()
        self.told.setAccessibleName("State of the sweep")
        self.told.setMinimumWidth(self.told.fontMetrics().horizontalAdvance("99 of 99 runs"))
        row.addWidget(self.told, 1)
        sweeps = session.sweeps
        self.stop_button = button("Stop", sweeps.stop, doc="Ends the workers after their present step; it can go on.")
        self.resume_button = button("Resume", self._resume, doc="Trains what is not done yet; failed runs once more.")
        self.more_button = QPushButton("More")
        self.more_button.setAutoDefault(False)
        menu = QMenu(self.more_button)
        menu.setToolTipsVisible(True)
        self.copy_action = menu.addAction("Copy the table as CSV", self.copy_wanted.emit)
        self.folder_action = menu.addAction("Open its folder", self._open_folder)
        menu.addSeparator()
        self.delete_action = menu.addAction("Delete the sweep", self._delete)
        menu.addAction("Trash of runs …", lambda: show_trash(session, self))
        self.more_button.setMenu(menu)
        self.undo_button = button("Undo delete", sweeps.undo_delete, "link")
        for each in (self.stop_button, self.resume_button, self.more_button, self.undo_button):
            row.addWidget(each)
        self.dress()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # What is done stands in a line of its own where one has no room for both.
        down = event.size().width() < ROOM * scale()
        way = QBoxLayout.Direction.TopToBottom if down else QBoxLayout.Direction.LeftToRight
        if self._whole.direction() != way:
            self._whole.setDirection(way)

    def dress(self) -> None:
        """Takes the theme's colours."""
        theme = self._session.theme
        for each in self.parts.values():
            each.setStyleSheet(f"QPushButton:checked {{ color: {theme.accent}; border-color: {theme.accent}; }}")

    @property
    def folder(self) -> Path | None:
        """Of the sweep that is chosen."""
        sweep: SweepFolder | None = self.list.currentData()
        return sweep.path if sweep is not None else None

    def show_sweeps(self, sweeps: list[SweepFolder]) -> None:
        """Fills the list; a sweep that has just begun is chosen, else the one that was."""
        before, training = self.folder, self._session.sweeps.folder
        known = {self.list.itemData(i).path for i in range(self.list.count())}
        self.list.blockSignals(True)
        self.list.clear()
        for sweep in sweeps:
            self.list.addItem(title_of(sweep), sweep)
        self.list.fit_popup()
        paths = [sweep.path for sweep in sweeps]
        wanted = training if training in paths and training not in known else before
        self.list.setCurrentIndex(paths.index(wanted) if wanted in paths else min(0, len(paths) - 1))
        self.list.blockSignals(False)
        if self.folder != before:
            self.chosen.emit()

    def tell(self, found: Found | None) -> None:
        """Shows how far the chosen sweep is, and what can be done."""
        sweeps, folder = self._session.sweeps, self.folder
        active = folder is not None and sweeps.folder == folder
        self.bar.setVisible(active)
        self.bar.setValue(round(1000 * sweeps.share) if active else 0)
        self.told.setText(self._state(found, active))
        self.bar.setToolTip(self._runs() if active else "")
        self.stop_button.setVisible(active)
        self.stop_button.setEnabled(active and not sweeps.busy)
        is_whole = found is not None and found.done == found.total
        self.resume_button.setVisible(folder is not None and not active and found is not None and not is_whole)
        reason = sweeps.cannot_begin()
        self.resume_button.setEnabled(not reason)
        self.resume_button.setToolTip(reason or "Trains what is not done yet; failed runs once more.")
        for each in (self.list, self.told, self.more_button):
            each.setVisible(folder is not None)
        self.state.setVisible(folder is not None or bool(sweeps.deleted))
        self.delete_action.setEnabled(not active)
        self.delete_action.setToolTip("Stop it first." if active else "It goes to the trash; Undo brings it back.")
        self.copy_action.setEnabled(found is not None and found.done > 0)
        self.undo_button.setVisible(bool(sweeps.deleted))

    def _state(self, found: Found | None, active: bool) -> str:
        sweeps = self._session.sweeps
        if active and sweeps.busy:
            return {"starting": "Starting …", "stopping": "Stopping …"}[sweeps.busy]
        progress = sweeps.progress
        if active and progress is not None:
            left = sweeps.seconds_left
            time = f", about {duration(float(f'{left:.2g}'))} left" if left is not None else ""
            return f"{len(progress.done)} of {counted(progress.total, 'run')}{_failed(len(progress.failed))}{time}"
        if found is None:
            return ""
        return f"{found.done} of {counted(found.total, 'run')}{_failed(len(found.failed))}"

    def _runs(self) -> str:
        """The runs that train now, each with its epoch."""
        progress = self._session.sweeps.progress
        at = sorted(progress.epochs.items()) if progress is not None else ()
        return "\n".join(f"{name}: epoch {epoch} of {of}" for name, (epoch, of) in at)

    def _resume(self) -> None:
        if self.folder is not None:
            self._session.sweeps.resume(self.folder)

    def _open_folder(self) -> None:
        if self.folder is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.folder))):
            self._session.noticed.emit(f"The sweep is in {self.folder}", "info")

    def _delete(self) -> None:
        if self.folder is not None:
            self._session.sweeps.delete(self.folder)


def _failed(number: int) -> str:
    return f", {number} failed" if number else ""


def title_of(sweep: SweepFolder) -> str:
    """`optimizer.lr × batch_size · 21 Nov 16:40`."""
    from core.training.sweeps.store import named

    try:
        when = f"{datetime.fromisoformat(sweep.began).astimezone():%d %b %H:%M}".lstrip("0")
    except ValueError:
        when = sweep.path.name
    return f"{' × '.join(named(axis.addresses) for axis in sweep.sweep.axes)} · {when}"
