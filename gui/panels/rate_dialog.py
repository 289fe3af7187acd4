"""The learning-rate finder in the window: a trial in the background, its curve, and a button that takes the rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from core.model.fault import ProjectError
from core.model.file import decode, encode
from core.model.project import Project
from gui.background import Background
from gui.panels.parts import button, label
from gui.panels.rate_plot import RatePlot
from gui.panels.style import sheet
from gui.theme import Theme

if TYPE_CHECKING:
    from core.training.rate_finder import RateSearch


class Trial:
    """What the window and the trial's thread tell each other; nothing of Qt is in here."""

    def __init__(self) -> None:
        self.share = 0.0
        self.is_over = False

    def heard(self, share: float) -> None:
        self.share = share


class RateDialog(QDialog):
    """Stands beside the window while one works on; it closes with its document's panel."""

    chosen = Signal(int, float)
    """The objective, and the rate that it shall have."""

    def __init__(self, project: Project, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find a learning rate")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "panel")
        self.setStyleSheet(sheet(theme))
        self._project = decode(encode(project))
        self.search: RateSearch | None = None
        self._trial = Trial()
        column = QVBoxLayout(self)
        self.objective = QComboBox()
        self.objective.addItems([each.name for each in project.training.objectives])
        self.objective.setVisible(self.objective.count() > 1)
        self.objective.setToolTip("Whose rate is tried; the others keep theirs")
        self.objective.currentIndexChanged.connect(self.start)
        column.addWidget(self.objective)
        self.plot = RatePlot(theme)
        column.addWidget(self.plot, 1)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        column.addWidget(self.bar)
        self.text = label("", "dim", wrap=True, name="Result")
        column.addWidget(self.text)
        row = QHBoxLayout()
        row.addStretch(1)
        self.use_button = button("Use", self._use, "main", "Sets the rate in the project; it can be undone.")
        row.addWidget(button("Close", self.close))
        row.addWidget(self.use_button)
        column.addLayout(row)
        self._job = Background("learning rate", self)
        self._job.finished.connect(self._show)
        self._job.failed.connect(self._fail)
        self._look = QTimer(self)
        self._look.setInterval(100)
        self._look.timeout.connect(lambda: self.bar.setValue(round(100 * self._trial.share)))
        self.start()

    def start(self) -> None:
        """Begins the trial of the chosen objective; one that is going on is given up."""
        self._trial.is_over = True
        self._trial = trial = Trial()
        self.search = None
        project, index = self._project, self.objective.currentIndex()
        self.plot.show_search(None)
        self.bar.setValue(0)
        self.bar.show()
        self.text.setText(
            "A copy of the network trains while its rate grows. Your network and its runs stay as they are."
        )
        self.use_button.setText("Use")
        self.use_button.setEnabled(False)

        def job() -> RateSearch:
            from core.training.rate_finder import find_rate

            return find_rate(project, objective=index, told=trial.heard, is_over=lambda: trial.is_over)

        self._job.start(job)
        self._look.start()

    def _show(self, search: RateSearch) -> None:
        self._look.stop()
        self.search = search
        self.bar.hide()
        self.plot.show_search(search)
        self.text.setText(search.advice)
        if search.suggestion:
            self.use_button.setText(f"Use {search.suggestion:g}")
            self.use_button.setEnabled(True)

    def _fail(self, error: ProjectError) -> None:
        self._look.stop()
        self.bar.hide()
        self.text.setText(str(error))

    def _use(self) -> None:
        if self.search is not None:
            self.chosen.emit(self.objective.currentIndex(), self.search.suggestion)
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._trial.is_over = True
        self._look.stop()
        self._job.forget()
        super().closeEvent(event)
