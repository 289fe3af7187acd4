"""The trash of runs and sweeps: what lies in it and how much that is; brought back, or deleted for good."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QMessageBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.model.amounts import size
from gui.background import Background
from gui.panels.parts import button, label
from gui.panels.style import mono, scale, sheet
from gui.session import Session

if TYPE_CHECKING:
    from core.training.sweeps.trash import Thrown

HEADS = ("What", "Name", "Project", "Deleted", "Size")
LEAVES = "What was deleted goes from here by itself after {days:.0f} days."


class TrashDialog(QDialog):
    """Stands beside the window while one works on; what it is told is done even after it was closed."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Trash of runs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "panel")
        self.setStyleSheet(sheet(session.theme))
        self.resize(round(620 * scale()), round(360 * scale()))
        self._session = session
        self.contents: list[Thrown] = []
        column = QVBoxLayout(self)
        self.text = label("Reading …", wrap=True, name="What lies in the trash")
        column.addWidget(self.text)
        self.lines = self._table()
        column.addWidget(self.lines, 1)
        row = QHBoxLayout()
        self.back_button = button("Bring back", self._bring_back, doc="Puts what is selected where it was.")
        self.remove_button = button("Delete for good …", self._remove, doc="Removes what is selected from the disk.")
        self.empty_button = button("Empty the trash …", self._empty, doc="Removes everything here from the disk.")
        for each in (self.back_button, self.remove_button):
            row.addWidget(each)
        row.addStretch(1)
        for each in (self.empty_button, button("Close", self.close)):
            row.addWidget(each)
        column.addLayout(row)
        self._reading = Background("trash", self)
        self._reading.finished.connect(self._show)
        self._reading.failed.connect(lambda error: self.text.setText(str(error)))
        self._refresh_buttons()
        session.kept.trashed.connect(self.read)
        session.sweeps.changed.connect(self.read)
        self.read()

    def _table(self) -> QTableWidget:
        lines = QTableWidget(0, len(HEADS))
        lines.setTabKeyNavigation(False)
        lines.setAccessibleName("Deleted runs and sweeps")
        lines.setHorizontalHeaderLabels(HEADS)
        lines.verticalHeader().hide()
        lines.verticalHeader().setDefaultSectionSize(lines.fontMetrics().height() + 10)
        lines.setShowGrid(False)
        lines.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        lines.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        lines.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = lines.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        lines.itemSelectionChanged.connect(self._refresh_buttons)
        return lines

    def read(self) -> None:
        """Lists what lies there now."""
        self._reading.start(self._session.kept.trash.contents)

    def chosen(self) -> list[Thrown]:
        """What is selected, in the order of the lines."""
        return [self.contents[line] for line in sorted({index.row() for index in self.lines.selectedIndexes()})]

    def _show(self, contents: list[Thrown]) -> None:
        from core.training.runs.store import DAYS
        from core.training.sweeps.trash import amount

        before = {each.path for each in self.chosen()}
        self.contents = contents
        held = amount(contents)
        self.text.setText(f"{held}. {LEAVES.format(days=DAYS)}" if held else "The trash is empty.")
        self.lines.clearSelection()
        self.lines.setRowCount(len(contents))
        for line, each in enumerate(contents):
            when = f"{datetime.fromtimestamp(each.when):%Y-%m-%d %H:%M}"
            texts = (each.what, each.name, each.title or "–", when, size(each.bytes))
            for place, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if place > 2:
                    item.setFont(mono())
                item.setToolTip(str(each.home))
                self.lines.setItem(line, place, item)
                item.setSelected(each.path in before)
        self._refresh_buttons()

    def _refresh_buttons(self) -> None:
        busy = self._session.kept.at_trash
        for each in (self.back_button, self.remove_button):
            each.setEnabled(bool(self.chosen()) and not busy)
        self.empty_button.setEnabled(bool(self.contents) and not busy)

    def _bring_back(self) -> None:
        self._session.kept.take_from_trash(self.chosen(), back=True)
        self._refresh_buttons()

    def _remove(self) -> None:
        self._ask(self.chosen(), "Delete for good?")

    def _empty(self) -> None:
        self._ask(self.contents, "Empty the trash?")

    def _ask(self, goes: list[Thrown], title: str) -> None:
        """Says what goes, and removes it only where that is wanted."""
        from core.training.sweeps.trash import amount

        it = "it" if len(goes) == 1 else "them"
        text = (
            f"{amount(goes)}: this deletes {it} for good, with curves, settings and weights. Nothing brings {it} back."
        )
        buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel
        answer = QMessageBox.question(self, title, text, buttons, QMessageBox.StandardButton.Cancel)
        if answer == QMessageBox.StandardButton.Yes:
            self._session.kept.take_from_trash(goes, back=False)
            self._refresh_buttons()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._reading.forget()
        super().closeEvent(event)


def show_trash(session: Session, parent: QWidget) -> TrashDialog:
    """Opens the trash beside the window that a widget belongs to."""
    made = TrashDialog(session, parent.window())
    made.show()
    return made
