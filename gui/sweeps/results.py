"""The results of a sweep: what is drawn over what, how the axes are spaced, and the plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from core.training.metrics import telling, title_of, told_once
from gui.panels.editors import Choice
from gui.session import Session
from gui.sweeps.found import PARTS, Found, is_number, lines_of, wants_log
from gui.sweeps.plot import SweepPlot
from gui.views.learning import is_share

if TYPE_CHECKING:
    from core.training.sweeps.fit import PowerLaw

SIZE = "Size (parameters)"
NOTHING = "No run is done yet."


class Results(QWidget):
    """Chooses a metric and a part of the data; draws `Found`."""

    row_clicked = Signal(object)  # Row
    turned = Signal()  # another part or metric

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.found: Found | None = None
        self._filling = False
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 4, 4)
        column.setSpacing(4)
        self.controls = QWidget()
        row = QHBoxLayout(self.controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.part, self.measure, self.over = Choice(()), Choice(()), Choice(())
        for box, name in ((self.part, "Part of the data"), (self.measure, "Metric"), (self.over, "Drawn over")):
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.setMinimumContentsLength(4)
            row.addWidget(box, 1)
        self.log_x, self.log_y, self.fit = QCheckBox("log x"), QCheckBox("log y"), QCheckBox("fit")
        self.log_x.setToolTip("Spaces x by its logarithm.")
        self.log_y.setToolTip("Spaces y by its logarithm.")
        self.fit.setToolTip("A straight line on two logarithmic axes: y = a · x^b, as scaling laws are told.")
        for check in (self.log_x, self.log_y, self.fit):
            row.addWidget(check)
        column.addWidget(self.controls)
        self.plot = SweepPlot(session.theme)
        self.plot.row_clicked.connect(self.row_clicked)
        self.hint = QLabel(NOTHING, alignment=Qt.AlignmentFlag.AlignCenter)
        self.hint.setProperty("role", "dim")
        self.hint.setWordWrap(True)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.plot)
        self.pages.addWidget(self.hint)
        column.addWidget(self.pages, 1)
        self.part.currentIndexChanged.connect(self._turn_part)
        self.measure.currentIndexChanged.connect(self._turn)
        self.over.currentIndexChanged.connect(self._turn_x)
        self.log_x.clicked.connect(self.draw)
        self.log_y.clicked.connect(self.draw)
        self.fit.clicked.connect(self._turn_fit)
        self._enable()

    @property
    def metric_name(self) -> str:
        """The metric as a table names it: `test accuracy`; empty while there is none."""
        name = self.measure.currentData()
        return f"{self.part.currentData()} {name}" if name and self.part.currentData() else ""

    def show_found(self, found: Found | None) -> None:
        """Draws a sweep; what was chosen stays where the same sweep has new results."""
        other = found is None or self.found is None or self.found.folder != found.folder
        self.found = found
        self._filling = True
        # While no run was done there was nothing to choose from.
        fresh = other or not self.part.count()
        self._offer(self.part, {part: title for part, title in PARTS.items() if self._names(part)})
        if fresh and (at := self.part.findData("validation")) >= 0:
            self.part.setCurrentIndex(at)
        self._offer_metrics()
        over: dict[str, str] = {}
        if found is not None:
            over["value"] = found.titles[0]
            if len({row.parameters for row in found.table.rows if row.parameters is not None}) > 1:
                over["size"] = SIZE
        self._offer(self.over, over)
        if other and found is not None:
            self.over.setCurrentIndex(0)
            self.log_x.setChecked(self._spread())
            self.log_y.setChecked(False)
            self.fit.setChecked(False)
        self._filling = False
        self._enable()
        self.draw()

    def tell(self, text: str) -> None:
        """What stands in the place of the plot while nothing can be drawn."""
        self.hint.setText(text)

    def draw(self) -> None:
        """Draws what is chosen."""
        found, metric = self.found, self.metric_name
        if found is None or not metric:
            self.pages.setCurrentWidget(self.hint)
            return
        by_size = self.over.currentData() == "size"
        lines = lines_of(found, metric, by_size=by_size)
        log = (self.log_x.isChecked(), self.log_y.isChecked())
        law = self._law(metric, by_size) if self.fit.isChecked() and all(log) else None
        measure = self.measure.currentData()
        unit = ", %" if is_share(measure) and not log[1] else ""
        title = f"{title_of(measure)}{unit}, {PARTS[self.part.currentData()].lower()}"
        self.plot.show_lines(lines, metric, (self.over.currentText(), title), log, law)
        self.pages.setCurrentWidget(self.plot)

    def dress(self) -> None:
        self.plot.dress(self._session.theme)
        self.draw()

    def _law(self, metric: str, by_size: bool) -> PowerLaw | None:
        from core.training.sweeps.fit import power_law

        assert self.found is not None
        lines = lines_of(self.found, metric, by_size=by_size).lines
        x = [float(each) for line in lines for each in line.x]
        return power_law(x, [float(each) for line in lines for each in line.y])

    def _spread(self) -> bool:
        """Whether x asks for a logarithmic axis."""
        if self.found is None:
            return False
        if self.over.currentData() == "size":
            return wants_log([float(row.parameters) for row in self.found.table.rows if row.parameters])
        if self.found.sweep.axes[0].log:
            return True
        values = [row.values[0] for row in self.found.table.rows]
        return all(map(is_number, values)) and wants_log([float(str(value)) for value in values])

    def _names(self, part: str) -> list[str]:
        metrics = self.found.table.metrics if self.found is not None else ()
        return [name.split(" ", 1)[1] for name in told_once(metrics) if name.startswith(f"{part} ")]

    def _offer(self, box: Choice, entries: dict[str, str]) -> None:
        """Fills a box and keeps what was chosen, if it is still there."""
        if [box.itemData(i) for i in range(box.count())] != list(entries) or box.currentText() not in entries.values():
            before = box.currentData()
            box.clear()
            for data, text in entries.items():
                box.addItem(text, data)
            box.setCurrentIndex(max(0, box.findData(before)))
            box.fit_popup()

    def _offer_metrics(self) -> None:
        before = self.measure.currentData()
        names = self._names(str(self.part.currentData()))
        self._offer(self.measure, {name: title_of(name) for name in names})
        if before not in names and names:
            self.measure.setCurrentIndex(names.index(telling(dict.fromkeys(names, 0.0))))

    def _turn_part(self) -> None:
        if not self._filling:
            self._filling = True
            self._offer_metrics()
            self._filling = False
            self._turn()

    def _turn(self) -> None:
        if not self._filling:
            self.draw()
            self.turned.emit()

    def _turn_x(self) -> None:
        if not self._filling:
            self.log_x.setChecked(self._spread() or self.fit.isChecked())
            self._enable()
            self.draw()

    def _turn_fit(self) -> None:
        """A power law is straight on two logarithmic axes alone."""
        if self.fit.isChecked():
            self.log_x.setChecked(True)
            self.log_y.setChecked(True)
        self.draw()

    def _enable(self) -> None:
        values = [row.values[0] for row in self.found.table.rows] if self.found is not None else []
        numeric = self.over.currentData() == "size" or (bool(values) and all(map(is_number, values)))
        # Without results there is nothing to choose from.
        self.controls.setVisible(bool(self.metric_name))
        for check in (self.log_x, self.fit):
            check.setEnabled(numeric)
