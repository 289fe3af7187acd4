"""The table of runs: a line a run, sorted by any column, with the columns that were chosen."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableWidget, QTableWidgetItem

from gui.panels.runs_columns import COLUMNS, PLACES, ordered
from gui.panels.style import mono, scale
from gui.run_colors import color_of
from gui.session import LiveRun, Session

SQUARE = 10
"""Pixels of the square in a run's colour."""


class RunTable(QTableWidget):
    """Shows what it is given; tells of checks, edits and selections."""

    checked = Signal(object, bool)  # a run, and whether its curves are drawn
    written = Signal(object, str, str)  # a run, the title of a column, what was written there
    sorted_anew = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(0, len(COLUMNS))
        # Tab leads on to what comes after the table, arrows go through it.
        self.setTabKeyNavigation(False)
        self._session = session
        self._showing = False
        self._icons: dict[str, QIcon] = {}
        self.runs: list[LiveRun] = []
        """In the order of the lines."""
        self.order: tuple[int, bool] | None = None
        """The column that it is sorted by and whether downwards; None: the latest first."""
        self._look = session.kept.columns
        self._scale = scale()
        self.setAccessibleName("Runs of this project")
        self.setHorizontalHeaderLabels([column.title for column in COLUMNS])
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._offer_columns)
        header.sectionClicked.connect(self.sort)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        for place, column in enumerate(COLUMNS):
            self.horizontalHeaderItem(place).setToolTip(f"{column.doc} Click to sort, drag to move.".strip())
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)
        self._dress_columns()
        header.sectionMoved.connect(lambda *_: self._keep_look())
        self.itemChanged.connect(self._take)

    def _dress_columns(self) -> None:
        """Shows the columns and the sorting that are remembered."""
        look, header = self._look, self.horizontalHeader()
        shown = [PLACES[title] for title in look.shown if title in PLACES]
        for place, column in enumerate(COLUMNS):
            self.setColumnHidden(place, place != 0 and (place not in shown if shown else not column.usual))
        # The hidden ones come after those that are shown, in their usual order.
        wanted = list(dict.fromkeys((0, *shown, *range(len(COLUMNS)))))
        for goal, place in enumerate(wanted):
            header.moveSection(header.visualIndex(place), goal)
        self.order = (PLACES[look.sorted_by], look.descending) if look.sorted_by in PLACES else None
        self._mark_order()

    def _keep_look(self) -> None:
        header, look = self.horizontalHeader(), self._look
        places = (header.logicalIndex(number) for number in range(len(COLUMNS)))
        look.shown = [COLUMNS[place].title for place in places if not self.isColumnHidden(place)]
        look.sorted_by, look.descending = (COLUMNS[self.order[0]].title, self.order[1]) if self.order else ("", True)

    def usual_columns(self) -> None:
        """All columns as they are at first."""
        self._look.shown = []
        header = self.horizontalHeader()
        header.blockSignals(True)
        self._dress_columns()
        header.blockSignals(False)

    def sort(self, place: int) -> None:
        """By a column: first downwards, then upwards, then by the start again."""
        if self.order is None or self.order[0] != place:
            self.order = (place, True)
        elif self.order[1]:
            self.order = (place, False)
        else:
            self.order = None
        self._mark_order()
        self._keep_look()
        self.sorted_anew.emit()

    def _mark_order(self) -> None:
        """An arrow on the head of the column that it is sorted by."""
        header = self.horizontalHeader()
        header.setSortIndicatorShown(self.order is not None)
        if self.order is not None:
            way = Qt.SortOrder.DescendingOrder if self.order[1] else Qt.SortOrder.AscendingOrder
            header.setSortIndicator(self.order[0], way)

    def fill_columns(self, menu: QMenu) -> None:
        """Every column but the first with a check mark."""
        for place, column in enumerate(COLUMNS[1:], 1):
            action = menu.addAction(column.title, lambda place=place: self.turn_column(place))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(place))
        menu.addSeparator()
        usual = menu.addAction("The usual columns", self.usual_columns)
        usual.setEnabled(bool(self._look.shown))

    def _offer_columns(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_columns(menu)
        menu.popup(self.horizontalHeader().mapToGlobal(at))

    def turn_column(self, place: int) -> None:
        """Shows a column, or hides it."""
        self.setColumnHidden(place, not self.isColumnHidden(place))
        self._keep_look()

    def show_runs(self, runs: list[LiveRun]) -> None:
        """Writes all lines anew; `runs` are the latest first. What was selected stays selected."""
        chosen = self.chosen()
        if self._scale != scale():
            # In a lecture hall lines are higher, and their cells have a larger face.
            self._scale = scale()
            self.setRowCount(0)
            self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.runs = ordered(runs, *self.order) if self.order else list(runs)
        self._showing = True
        self.setRowCount(len(self.runs))
        for line, run in enumerate(self.runs):
            for place in range(len(COLUMNS)):
                self._put(line, place, run)
        self._showing = False
        if chosen != self.chosen():
            self.choose(chosen)

    def choose(self, runs: list[LiveRun]) -> None:
        """Selects the lines of these runs."""
        self.clearSelection()
        mode = self.selectionMode()
        self.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        for run in runs:
            if run in self.runs:
                self.selectRow(self.runs.index(run))
        self.setSelectionMode(mode)

    def chosen(self) -> list[LiveRun]:
        """The selected runs, in the order of the lines."""
        lines = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.runs[line] for line in lines if line < len(self.runs)]

    def run_at(self, at: QPoint) -> LiveRun | None:
        line = self.rowAt(at.y())
        return self.runs[line] if 0 <= line < len(self.runs) else None

    def _put(self, line: int, place: int, run: LiveRun) -> None:
        column, item = COLUMNS[place], self.item(line, place)
        if item is None:
            item = QTableWidgetItem()
            item.setFont(mono() if column.mono else self.font())
            self.setItem(line, place, item)
        text = column.text(run)
        if item.text() != text:
            item.setText(text)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if column.editable:
            flags |= Qt.ItemFlag.ItemIsEditable
        if place == 0:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
            item.setCheckState(Qt.CheckState.Checked if run.shown else Qt.CheckState.Unchecked)
            item.setIcon(self._icon(color_of(run, self._session.front, self._session.theme) if run.shown else ""))
            item.setToolTip("Checked runs are drawn as curves in this colour. Double-click to rename.")
        elif place == PLACES["State"]:
            failure = f"{run.failure.message} {run.failure.fix}" if run.failure else run.ended_by
            item.setToolTip(failure or run.problem)
        elif column.editable:
            item.setToolTip(column.doc)
        item.setFlags(flags)

    def _icon(self, color: str) -> QIcon:
        """A square in a colour; an empty one for none."""
        if color not in self._icons:
            picture = QPixmap(SQUARE, SQUARE)
            picture.fill(QColor(color) if color else Qt.GlobalColor.transparent)
            made = self._icons[color] = QIcon(picture)
            # A selected line must not tint it.
            made.addPixmap(picture, QIcon.Mode.Selected)
        return self._icons[color]

    def _take(self, item: QTableWidgetItem) -> None:
        if self._showing or item.row() >= len(self.runs):
            return
        run, column = self.runs[item.row()], COLUMNS[item.column()]
        if item.column() == 0 and (item.checkState() == Qt.CheckState.Checked) != run.shown:
            self.checked.emit(run, not run.shown)
        elif column.editable and item.text() != column.text(run):
            self.written.emit(run, column.title, item.text())
