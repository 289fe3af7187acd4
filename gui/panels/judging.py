"""How a run is judged: the metrics that are computed, and what ends it before its last epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from core.model.settings import Stop, Training
from core.model.spec import Param
from core.model.values import Value
from core.training.metrics import metrics
from gui.panels.editors import Choice, is_entering
from gui.panels.form import Form
from gui.panels.parts import clear, heading, label

Change = Callable[[str, Any], object]
"""Takes the name of a setting of the run and its new value."""

NOTHING = ("loss",)
"""What stands for no metric at all: an empty list means the usual ones."""


NO_METRIC = "It has no effect: no loss of this network has a metric besides the loss itself."


class MetricList(QWidget):
    """A box for each metric that fits the project's losses, in two columns where there is room for two."""

    changed = Signal(tuple)
    explained = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, QCheckBox] = {}
        self._usual: frozenset[str] = frozenset()
        self._offered: list[str] | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 4)
        self._grid.setVerticalSpacing(4)
        # It is as wide as its panel, and never makes that wider.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def show_metrics(self, wanted: tuple[str, ...], offered: Mapping[str, bool] | None) -> None:
        """Shows those on offer and which of them are computed; the boxes stay while the offer does.

        Nobody knows the offer yet where it is None.
        """
        names = None if offered is None else list(offered)
        self._usual = frozenset(name for name, usual in (offered or {}).items() if usual)
        if names != self._offered:
            self._offered = names
            self._build(names or [])
        for name, box in self.boxes.items():
            box.setChecked(name in (wanted or self._usual))

    def _build(self, names: list[str]) -> None:
        clear(self._grid)
        self.boxes = {}
        for name in names:
            box = self.boxes[name] = QCheckBox(metrics[name].title)
            box.setToolTip(f"{metrics[name].doc} {metrics[name].source}.")
            box.installEventFilter(self)
            box.clicked.connect(self._tell)
        self._arrange()
        if self._offered == []:
            none = label("No metric besides the loss fits the losses of this network.", "dim", wrap=True)
            self._grid.addWidget(none, 0, 0, 1, 2)

    def _arrange(self) -> None:
        """Puts the boxes into as many columns as there is room for."""
        boxes = list(self.boxes.values())
        both = [max((box.sizeHint().width() for box in boxes[side::2]), default=0) for side in (0, 1)]
        across = 2 if sum(both) + self._grid.horizontalSpacing() <= self.width() else 1
        for place, box in enumerate(boxes):
            self._grid.addWidget(box, place // across, place % across)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def _tell(self) -> None:
        chosen = tuple(name for name, box in self.boxes.items() if box.isChecked())
        self.changed.emit(() if frozenset(chosen) == self._usual else chosen or NOTHING)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_entering(event) and isinstance(watched, QCheckBox):
            self.explained.emit(watched.toolTip())
        return super().eventFilter(watched, event)


def stop_params(names: tuple[str, ...]) -> tuple[Param, ...]:
    """The stop criteria as parameters of a form."""
    loss = "The run ends when the validation loss (without such a part, the training loss) is below this."
    metric = "Which metric may end the run; where several objectives have it, that of the first one counts."
    above = "The run ends when the metric is above this; shares are told from 0 to 1."
    return (
        Param("loss_below", "Loss below", "float", None, loss, optional=True),
        Param("metric", "Metric", "choice", Stop().metric, metric, choices=names),
        Param("above", "Metric above", "float", None, above, optional=True),
        Param("seconds", "Time", "float", None, "The run ends after this time.", above=0, optional=True, unit="s"),
    )


class Judging(QWidget):
    """The metrics of a run and its stop criteria; it tells every change."""

    explained = Signal(str)

    def __init__(self, change: Change, end_step: Callable[[], object]) -> None:
        super().__init__()
        self._change, self._stop = change, Stop()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(heading("Metrics"))
        self.list = MetricList()
        self.list.changed.connect(lambda chosen: change("metrics", chosen))
        self.list.explained.connect(self.explained)
        column.addWidget(self.list)
        column.addWidget(heading("Stop early"))
        self.stop = Form(stop_params(tuple(metrics)))
        self.stop.edited.connect(self._set_stop)
        self.stop.left.connect(end_step)
        self.stop.explained.connect(self.explained)
        column.addWidget(self.stop)
        self.idle = label("", "warning", wrap=True)
        self.idle.hide()
        column.addWidget(self.idle)

    def show_training(self, training: Training, offered: Mapping[str, bool] | None) -> None:
        """Brings boxes and forms up to date; `offered` are the metrics that fit, and which of them are usual.

        It is None while nobody knows.
        """
        self.list.show_metrics(training.metrics, offered)
        self._stop = stop = training.stop
        if offered and stop.above is None and stop.metric not in offered:
            # Nothing waits for the usual metric, so the first one that there is stands in its place.
            self._stop = stop = msgspec.structs.replace(stop, metric=next(iter(offered)))
        editor = self.stop.rows["metric"].editor
        if isinstance(editor, Choice):
            names = dict.fromkeys((*(offered or ()), stop.metric))
            # Emptied first: what was shown before must not stay on the list.
            editor.clear()
            editor.set_options([(name, _title(name)) for name in names])
        self.stop.show_values(msgspec.structs.asdict(stop))
        if offered is not None and Stop().metric not in offered:
            # There is no way back to a metric that no loss has.
            self.stop.rows["metric"].reset.hide()
        if offered == {} and stop.above is None:
            for name in ("metric", "above"):
                self.stop.rows[name].show_effect(NO_METRIC)
        self.idle.setText("" if offered is None else idle(training, offered))
        self.idle.setVisible(bool(self.idle.text()))

    def _set_stop(self, name: str, value: Value) -> None:
        self._stop = msgspec.structs.replace(self._stop, **{name: value})
        self._change("stop", self._stop)


def _title(name: str) -> str:
    return metrics[name].title if name in metrics else name


def idle(training: Training, offered: Mapping[str, bool]) -> str:
    """Why the metric that shall end a run never does; empty where it may, or where none shall."""
    stop = training.stop
    if stop.above is None:
        return ""
    title = _title(stop.metric)
    if stop.metric not in offered:
        other = "Choose another metric, or empty" if offered else "Empty"
        return f"{title} does not end the run: no loss of this network has it. {other} “Metric above”."
    if stop.metric not in training.metrics and (training.metrics or not offered[stop.metric]):
        return f"{title} does not end the run: it is not computed. Check {title} under Metrics."
    return ""
