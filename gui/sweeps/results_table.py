"""The table of a sweep: a row for each combination of values, mean ± deviation over the seeds; sorted by any column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from core.model.values import Value, show_value
from core.training.metrics import title_of, told, told_once
from gui.panels.style import mono
from gui.sweeps.found import PARTS, Found, failure_of, is_number, short

if TYPE_CHECKING:
    from core.training.sweeps.table import Row

KEY = Qt.ItemDataRole.UserRole
ROW = KEY + 1


class _Item(QTableWidgetItem):
    """Sorts by its key; what has none stands last whichever way it is sorted upwards."""

    def __lt__(self, other: QTableWidgetItem) -> bool:
        mine, theirs = self.data(KEY), other.data(KEY)
        if isinstance(mine, float) and isinstance(theirs, float):
            return mine < theirs
        return str(self.text()) < str(other.text())


class ResultsTable(QTableWidget):
    """Shows what was found of the metrics that are wanted."""

    opened = Signal(object)  # Row

    def __init__(self) -> None:
        super().__init__()
        # Tab leads on to what comes after the table, arrows go through it.
        self.setTabKeyNavigation(False)
        self._found: Found | None = None
        self.setAccessibleName("Results of the sweep")
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSortingEnabled(True)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.itemDoubleClicked.connect(lambda item: self.opened.emit(self._row(item.row())))

    def show_found(self, found: Found, part: str) -> None:
        """Writes all rows anew, with the metrics of one part of the data."""
        chosen = self.chosen()
        self._found = found
        names = [name for name in told_once(found.table.metrics) if name.startswith(f"{part} ")]
        sized = len({row.parameters for row in found.table.rows}) > 1
        axes = [short(title) for title in found.titles]
        of = PARTS.get(part, part).lower()
        titles = [
            *axes,
            *(f"{title_of(name.split(' ', 1)[1])}, {of}" for name in names),
            "Runs",
            *(["Size"] if sized else []),
        ]
        self.setSortingEnabled(False)
        self.setColumnCount(len(titles))
        self.setHorizontalHeaderLabels(titles)
        for place, (title, address) in enumerate(zip(found.titles, found.table.axes, strict=True)):
            self.horizontalHeaderItem(place).setToolTip(f"{title}\n{address}")
        self.setRowCount(len(found.table.rows))
        for line, row in enumerate(found.table.rows):
            for place, value in enumerate(row.values):
                self._put(line, place, show_value(value), _key(value), row)
            for place, name in enumerate(names, len(row.values)):
                self._put(line, place, with_deviation(row, name), row.mean(name), row)
            place = len(row.values) + len(names)
            wrong = failure_of(found, row)
            seeds = len(found.sweep.seeds)
            text = "failed" if wrong and not row.runs else f"{row.runs} of {seeds}" if row.runs < seeds else f"{seeds}"
            self._put(line, place, text, float(row.runs), row, wrong)
            if sized:
                size = row.parameters
                self._put(line, place + 1, f"{size:,}" if size is not None else "–", float(size or 0), row)
        self.setSortingEnabled(True)
        if chosen is not None:
            self._choose(chosen.values)

    def chosen(self) -> Row | None:
        """The row that is selected."""
        lines = {index.row() for index in self.selectionModel().selectedRows()} if self.selectionModel() else set()
        return self._row(min(lines)) if lines else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen() is not None:
            self.opened.emit(self.chosen())
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Puts the whole table on the clipboard as CSV, with every metric of every part."""
        if self._found is not None:
            QGuiApplication.clipboard().setText(self._found.table.text())

    def _row(self, line: int) -> Row | None:
        item = self.item(line, 0)
        found: Row | None = item.data(ROW) if item is not None else None
        return found

    def _choose(self, values: tuple[Value, ...]) -> None:
        for line in range(self.rowCount()):
            row = self._row(line)
            if row is not None and row.values == values:
                self.selectRow(line)

    def _put(self, line: int, place: int, text: str, key: float, row: Row, wrong: str = "") -> None:
        item = _Item(text)
        item.setFont(mono())
        # What is not known stands behind everything.
        item.setData(KEY, math.inf if math.isnan(key) else key)
        item.setToolTip(wrong)
        if place == 0:
            item.setData(ROW, row)
        self.setItem(line, place, item)


def _key(value: Value) -> float:
    return float(value) if is_number(value) and isinstance(value, (int, float)) else math.nan


def with_deviation(row: Row, name: str) -> str:
    """The mean, and ± the deviation over the seeds where there is one."""
    mean, deviation = row.mean(name), row.deviation(name)
    if math.isnan(mean):
        return "–"
    metric = name.split(" ", 1)[1]
    return told(metric, mean) + (f" ± {told(metric, deviation)}" if deviation == deviation else "")
