"""The columns of a table: what they hold, how much is missing, and which of them the network gets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from core.data.columns import Column, all_left_out
from core.data.table import Preview
from core.model.values import Value
from gui.panels.parts import heading, label
from gui.panels.style import mono

MOST_LINES = 12


class ColumnList(QWidget):
    """A line for each column with a check mark; it tells the chosen features as the text that the data source reads."""

    changed = Signal(str)

    def __init__(self, table: Preview) -> None:
        super().__init__()
        self._columns = table.columns
        self._showing = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(heading("Columns"))
        self.lines = QTableWidget(len(table.columns), 3)
        self.lines.setTabKeyNavigation(False)
        self.lines.setAccessibleName("Columns of the table; checked ones are features")
        self.lines.setHorizontalHeaderLabels(["Feature", "Type", "Missing"])
        self.lines.verticalHeader().hide()
        self.lines.setShowGrid(False)
        self.lines.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.lines.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.lines.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header = self.lines.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for index, each in enumerate(table.columns):
            self._put(index, each)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if len(table.columns) <= MOST_LINES:
            self.lines.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        line = self.lines.fontMetrics().height() + 8
        self.lines.verticalHeader().setDefaultSectionSize(line)
        self.lines.setFixedHeight(header.sizeHint().height() + line * min(len(table.columns), MOST_LINES) + 12)
        column.addWidget(self.lines)
        self.left_out = label("", "warning", wrap=True, name="Columns that are left out")
        column.addWidget(self.left_out)
        self.lines.itemChanged.connect(self._tell)

    def _put(self, index: int, column: Column) -> None:
        name = QTableWidgetItem(column.name)
        name.setToolTip(about(column))
        self.lines.setItem(index, 0, name)
        for place, text in ((1, column.type), (2, f"{column.missing:,}")):
            item = QTableWidgetItem(text)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setToolTip(about(column))
            if place == 2:
                item.setFont(mono())
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.lines.setItem(index, place, item)

    def show_choice(self, params: Mapping[str, Value]) -> None:
        """Checks the columns that are features now; the target and unusable columns cannot be."""
        self._showing = True
        target = str(params.get("target") or self._columns[-1].name)
        named = names_in(str(params.get("features", "")))
        for index, column in enumerate(self._columns):
            item = self.lines.item(index, 0)
            possible = column.usable and column.name != target
            chosen = possible and (column.name in named if named else True)
            item.setText(f"{column.name} (target)" if column.name == target else column.name)
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
                if possible
                else Qt.ItemFlag.ItemIsSelectable
            )
            item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
        self._showing = False
        told = all_left_out(self._columns, target)
        self.left_out.setText("\n".join(told))
        self.left_out.setVisible(bool(told))

    def _tell(self, item: QTableWidgetItem) -> None:
        if self._showing or item.column() != 0:
            return
        usable = [
            i for i in range(len(self._columns)) if self.lines.item(i, 0).flags() & Qt.ItemFlag.ItemIsUserCheckable
        ]
        chosen = [i for i in usable if self.lines.item(i, 0).checkState() == Qt.CheckState.Checked]
        if not chosen:
            # Without any feature there is nothing to learn from: the last one stays.
            self._showing = True
            item.setCheckState(Qt.CheckState.Checked)
            self._showing = False
            return
        everything = len(chosen) == len(usable)
        self.changed.emit("" if everything else text_of([self._columns[i].name for i in chosen]))


def about(column: Column) -> str:
    """A column in a sentence."""
    text = f"{column.type}, {column.distinct:,} different values"
    if column.low is not None and column.high is not None:
        text += f" from {column.low:g} to {column.high:g}"
    if column.odd:
        text += f"; {column.odd:,} cells are not numbers"
    return f"{text}." if column.usable else f"{text}. It cannot be a feature."


def names_in(text: str) -> list[str]:
    """The column names in a text that separates them by commas."""
    return [name.strip() for row in csv.reader([text], skipinitialspace=True) for name in row if name.strip()]


def text_of(names: list[str]) -> str:
    """The names separated by commas, quoted where they hold one themselves."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(names)
    return stream.getvalue()
