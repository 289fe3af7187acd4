"""What a sweep shall change: one or two parameters, how many seeds, and what that comes to before it starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.model.amounts import counted, duration
from core.model.file import decode, encode
from core.model.project import Project
from core.model.spec import Param
from core.training.threads import cores
from gui.background import Background
from gui.panels.numberbox import NumberBox
from gui.panels.parts import MARGIN, Column, button, label
from gui.panels.style import scale
from gui.session import Session
from gui.sweeps.axis_form import AxisForm

if TYPE_CHECKING:
    from core.training.sweeps.plan import Sweep

FIRST = "training.objectives[0].optimizer.lr"
PAUSE = 350
"""Milliseconds without an edit after which it is counted anew."""
TRIED = 3
"""Points whose time is forecast; the mean stands for all."""
STARTING = 4.0
"""Seconds that a worker needs before it trains."""
SEEDS = Param("seeds", "Seeds", "int", 1, "Each point is trained with so many seeds: 0, 1, 2 …", low=1, high=100)


def expected(sweep: Sweep, project: Project, workers: int) -> tuple[int, float]:
    """How many runs a sweep has, and about how many seconds it takes. Needs torch; raises ProjectError."""
    from core.data.dataset import open_dataset
    from core.training.forecast import forecast
    from core.training.sweeps.plan import at, points

    made = points(sweep, project)
    step = max(1, (len(made) - 1) // max(1, TRIED - 1))
    times = []
    for point in made[::step][:TRIED]:
        changed = at(project, sweep, point)
        times.append(forecast(changed, open_dataset(changed.data)).seconds)
    workers = min(workers, len(made))
    return len(made), STARTING + sum(times) / len(times) * -(-len(made) // workers)


class Setup(QWidget):
    """Tells `wanted` with a sweep and the number of workers when Start is pressed."""

    wanted = Signal(object, int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._project: object = None
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self.column = Column()
        whole.addWidget(self.column, 1)
        self.axes = (AxisForm("Parameter …"), AxisForm("Second parameter, if any …"))
        for form in self.axes:
            self.column.body.addWidget(form)
            form.changed.connect(self._recount)
        most = cores()
        at_once = Param("workers", "At once", "int", most, "Runs that train at the same time.", low=1, high=most)
        self.seeds, self.workers = NumberBox(SEEDS), NumberBox(at_once)
        row = QHBoxLayout()
        row.setSpacing(6)
        for box in (self.seeds, self.workers):
            row.addWidget(label(box.param.title))
            box.setFixedWidth(round(58 * scale()))
            box.setToolTip(box.param.doc)
            box.setAccessibleName(box.param.title)
            box.changed.connect(lambda value: self._recount())
            row.addWidget(box)
        row.addStretch(1)
        self.column.body.addLayout(row)
        self.column.body.addStretch(1)
        self.count = label("", "dim", wrap=True, name="What the sweep comes to")
        self.wrong = label("", "error", wrap=True, name="Why the sweep cannot start")
        self.wrong.hide()
        self.start_button = button("Start sweep", self.start, "main")
        # What it comes to and the way on are seen however long the form is.
        foot = QHBoxLayout()
        foot.setContentsMargins(MARGIN, 6, MARGIN, 8)
        foot.setSpacing(8)
        foot.addWidget(self.start_button, 0, Qt.AlignmentFlag.AlignTop)
        for widget in (self.wrong, self.count):
            foot.addWidget(widget, 1)
        whole.addLayout(foot)
        self._job = Background("sweep forecast", self)
        self._job.finished.connect(self._show_count)
        self._job.failed.connect(lambda error: self._complain(str(error)))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE)
        self._soon.timeout.connect(self._count)

    def follow(self) -> None:
        """Offers the parameters of the document in front, and begins with its learning rate."""
        from core.training.sweeps.address import places

        document = self._session.document
        if document is None:
            return
        known = places(document.project)
        for form in self.axes:
            form.offer(known)
        if self._project is not document.project:
            self._project = document.project
            first, second = self.axes
            for form in self.axes:
                form.ties.forget(known)
            if first.address not in known:
                first.choose(FIRST if FIRST in known else next(iter(known), ""))
            if second.address and second.address not in known:
                second.choose("")
        self._recount()

    def choose(self, address: str) -> None:
        """Makes a parameter the first one, by itself."""
        self.follow()
        self.axes[0].ties.forget({})
        self.axes[0].choose(address)

    def sweep(self) -> tuple[Sweep | None, str]:
        """What stands in the form, and what is wrong with it (empty: nothing)."""
        from core.training.sweeps.plan import Sweep

        found, most = [], 0
        for form in self.axes:
            axis, draws, wrong = form.axis()
            if wrong:
                return None, wrong
            most = max(most, draws)
            if axis is not None:
                found.append(axis)
        if not found:
            return None, "Choose a parameter that the sweep shall change."
        addresses = [address for axis in found for address in axis.addresses]
        if len(set(addresses)) < len(addresses):
            return None, "The same parameter stands twice. Choose another one."
        return Sweep(tuple(found), tuple(range(int(str(self.seeds.value)))), most), ""

    def start(self) -> None:
        if not (reason := self._session.sweeps.cannot_begin() or self.sweep()[1]):
            self.wanted.emit(self.sweep()[0], int(str(self.workers.value)))
        else:
            self._complain(reason)

    def refresh_buttons(self) -> None:
        """Whether a sweep can start now."""
        reason = self._session.sweeps.cannot_begin()
        self.start_button.setEnabled(not reason and self.wrong.isHidden())
        self.start_button.setToolTip(reason or "Trains every combination in processes of their own.")

    def _recount(self) -> None:
        self._soon.start()

    def _count(self) -> None:
        if not self._session.engine_is_ready or self._session.document is None:
            return
        sweep, wrong = self.sweep()
        if sweep is None:
            self._job.forget()
            self._complain(wrong)
            return
        project, workers = decode(encode(self._session.document.project)), int(str(self.workers.value))
        self._job.start(_job(sweep, project, workers))

    def _show_count(self, found: tuple[int, float]) -> None:
        number, seconds = found
        self._complain("")
        time = f", about {duration(float(f'{seconds:.2g}'))}" if seconds == seconds else ""
        self.count.setText(f"{counted(number, 'run')}{time}.")

    def _complain(self, reason: str) -> None:
        self.wrong.setText(reason)
        self.wrong.setVisible(bool(reason))
        self.count.setVisible(not reason)
        self.refresh_buttons()


def _job(sweep: Sweep, project: Project, workers: int) -> Callable[[], object]:
    return lambda: expected(sweep, project, workers)
