"""The settings of the selected runs side by side: only what differs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from core.training.runs.comparing import differences
from gui.panels.parts import label
from gui.panels.style import mono, scale
from gui.session import LiveRun

MOST = 8
"""Runs that are compared at once, the first ones of the selection."""
LEAST = 150
"""Pixels that it is wide at least."""


class Differences(QWidget):
    """A line a setting, a column a run."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.same = label("", "dim", wrap=True)
        self.same.setContentsMargins(10, 8, 10, 8)
        self.lines = QTableWidget(0, 1)
        self.lines.setTabKeyNavigation(False)
        self.lines.setAccessibleName("Settings in which the selected runs differ")
        self.lines.verticalHeader().hide()
        self.lines.setShowGrid(False)
        self.lines.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.lines.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.lines.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.lines.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.lines.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.lines.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        # What is shown without a table has a size, too: a splitter gives no more than is asked for.
        self.setMinimumSize(round(LEAST * scale()), 3 * self.fontMetrics().height())
        column.addWidget(self.same)
        column.addWidget(self.lines, 1)
        self.hide()

    def compare(self, runs: list[LiveRun]) -> None:
        """Shows in what two or more runs differ; of fewer there is nothing to show."""
        runs = runs[:MOST]
        self.setVisible(len(runs) > 1)
        if len(runs) < 2:
            return
        found = differences([run.project for run in runs])
        self.lines.setVisible(bool(found))
        self.same.setVisible(not found)
        self.same.setText("These runs have the same network, data and settings.")
        self.lines.setColumnCount(len(runs) + 1)
        self.lines.setHorizontalHeaderLabels(["Differs", *(run.name for run in runs)])
        self.lines.setRowCount(len(found))
        for line, (place, values) in enumerate(found.items()):
            for number, text in enumerate((said(place), *values)):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{place}: {text}" if number == 0 else text)
                if number:
                    item.setFont(mono())
                self.lines.setItem(line, number, item)


def said(place: str) -> str:
    """A place in the project as a person reads it: `training.objectives.optimizer.params.lr` → `optimizer lr`."""
    words = place.split(".")
    if words[0] == "training":
        words = [word for word in words[1:] if word not in ("objectives", "params", "kind")]
    else:
        words = [word for word in words if word != "params"]
    return " ".join(words).replace("_", " ") if place.startswith("training") else ".".join(words)
