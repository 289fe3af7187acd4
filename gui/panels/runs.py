"""The runs of the document side by side: settings, results, which of them are drawn as curves."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from core.model.amounts import duration
from core.model.file import decode, encode
from core.training.metrics import spec_of, telling, title_of, told
from core.training.optimizers import optimizers
from gui.panels.parts import MARGIN, Panel, button, label
from gui.panels.style import mono
from gui.session import LiveRun, Session

COLUMNS = (
    "Run", "State", "Epochs", "Train loss", "Val. loss", "Validation", "Test", "Time", "Optimizer", "Rate", "Seed",
)  # fmt: skip


class RunsPanel(Panel):
    """A line a run, the latest on top; a check mark draws its curves."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.body.setSpacing(0)
        self.empty = label("No run yet. Press Train; every run is kept here for comparison.", "dim", wrap=True)
        self.empty.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.body.addWidget(self.empty)
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setAccessibleName("Runs of this project")
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 10)
        self.body.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(MARGIN, 6, MARGIN, 8)
        self.open_button = button(
            "Open its network", self._open, doc="Opens the network as it was in this run, in a new tab."
        )
        self.delete_button = button("Delete", self._delete, doc="Forgets the run; files that it saved stay.")
        foot.setSpacing(8)
        foot.addWidget(self.open_button)
        foot.addWidget(self.delete_button)
        foot.addStretch(1)
        self.body.addLayout(foot)
        self._showing = False
        self._epochs: object = None
        self.table.itemChanged.connect(self._take_check)
        self.table.itemSelectionChanged.connect(self._update_buttons)
        session.document_activated.connect(self.refresh_soon)
        session.run_changed.connect(self.refresh_soon)
        session.frame.connect(self._take_frame)
        self.refresh_soon()

    @property
    def runs(self) -> list[LiveRun]:
        """The document's runs in the order of the lines: the latest first."""
        document = self.session.document
        return list(reversed(document.runs)) if document is not None else []

    def refresh(self) -> None:
        """Writes all lines anew."""
        runs, chosen = self.runs, self.chosen()
        self._showing = True
        self.table.setRowCount(len(runs))
        for line, run in enumerate(runs):
            for place, text in enumerate(cells(run)):
                self._put(line, place, text, run)
        self._showing = False
        self.empty.setVisible(not runs)
        self.table.setVisible(bool(runs))
        if chosen in runs:
            self.table.selectRow(runs.index(chosen))
        elif runs and not self.table.selectedItems():
            self.table.selectRow(0)
        self._update_buttons()

    def chosen(self) -> LiveRun | None:
        """The run whose line is selected."""
        lines = {item.row() for item in self.table.selectedItems()}
        runs = self.runs
        return runs[min(lines)] if lines and min(lines) < len(runs) else None

    def _put(self, line: int, place: int, text: str, run: LiveRun) -> None:
        item = self.table.item(line, place)
        if item is None:
            item = QTableWidgetItem()
            item.setFont(mono() if place not in (0, 1, 8) else self.table.font())
            self.table.setItem(line, place, item)
        if item.text() != text:
            item.setText(text)
        if place == 0:
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if run.shown else Qt.CheckState.Unchecked)
            item.setToolTip("Checked runs are drawn as curves.")
        elif place == 1 and run.failure is not None:
            item.setToolTip(f"{run.failure.message} {run.failure.fix}")

    def _take_check(self, item: QTableWidgetItem) -> None:
        if not self._showing and item.column() == 0:
            self.runs[item.row()].shown = item.checkState() == Qt.CheckState.Checked
            self.session.run_changed.emit()

    def _take_frame(self) -> None:
        # The numbers of a line change once an epoch, not with every frame.
        run = self.session.run
        state = (id(run), len(run.epochs)) if run is not None else None
        if state != self._epochs:
            self._epochs = state
            self.refresh_soon()

    def _update_buttons(self) -> None:
        run = self.chosen()
        self.open_button.setEnabled(run is not None)
        self.delete_button.setEnabled(run is not None and not run.active)
        running = "Stop the run before deleting it." if run is not None and run.active else ""
        self.delete_button.setToolTip(running or "Forgets the run; files that it saved stay.")

    def _open(self) -> None:
        if (run := self.chosen()) is not None:
            # A copy: what is edited in the new tab must not change what the run was.
            self.session.open_project(decode(encode(run.project)))

    def _delete(self) -> None:
        run, document = self.chosen(), self.session.document
        if run is not None and document is not None and not run.active:
            document.runs.remove(run)
            self.session.run_changed.emit()
            self.refresh_soon()


def cells(run: LiveRun) -> list[str]:
    """The line of a run; what is not known is a dash."""
    last = run.epochs[-1] if run.epochs else None
    objective = run.project.training.objectives[0]
    optimizer = optimizers.get(objective.optimizer.kind)
    rate = optimizer.complete(objective.optimizer.params).get("lr") if optimizer else None
    return [
        run.name,
        run.state + (" (network edited since)" if run.stale else ""),
        f"{len(run.epochs):,}/{run.total_epochs:,}",
        _number(last.train.get("loss") if last else None),
        _number(last.validation.get("loss") if last else None),
        result(last.validation if last else {}),
        result(run.test),
        duration(run.seconds),
        optimizer.title if optimizer else objective.optimizer.kind,
        f"{rate:g}" if rate is not None else "–",
        f"{run.project.training.seed:,}",
    ]


def result(metrics: dict[str, float]) -> str:
    """The metric of a part that tells most: accuracy by itself, another one with its name; the loss where it is all."""
    name = telling(metrics)
    if not name or name == "loss":
        return _number(metrics.get("loss"))
    text, spec = told(name, metrics[name]), spec_of(name)
    return text if spec and spec.name == "accuracy" else f"{title_of(name)} {text}"


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.4f}"
