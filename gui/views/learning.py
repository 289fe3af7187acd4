"""Loss and a metric as curves, side by side: of every step and every epoch, of one run or of several."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from core.training.metrics import owner_of, spec_of, title_of, told_once
from gui.fonts import scale
from gui.run_colors import color_of
from gui.session import LiveRun, Session
from gui.theme import CURVES
from gui.views.base import Line, View
from gui.views.plotting import Plot
from gui.views.room import BOTTOM_RIGHT, TOP_RIGHT
from gui.views.together import Together, groups, is_together, title_of_group
from gui.views.traces import Look, Trace

NARROW = 700
USUAL = 20
"""Where the slider of the smoothing stands until somebody moves it."""
BOTH = 300
"""Width of a plot, with letters of the usual size, from which on each objective's line has room for both values."""
MOST_TOLD = 5
"""Runs, the newest ones, whose values are written into a plot; all curves are drawn."""


def is_share(metric: str) -> bool:
    """Whether a metric goes from 0 to 1 and reads best in per cent."""
    spec = spec_of(metric)
    return spec is not None and spec.share


def shown_number(value: float, metric: str = "loss") -> str:
    """A number as the read-outs show it, always about as wide."""
    if not math.isfinite(value):
        return "–"
    if is_share(metric):
        return f"{100 * value:.1f} %"
    return f"{value:.3f}" if 0.01 <= abs(value) < 1000 else f"{value:.3g}"


class LearningView(View):
    """The learning curves of the document's runs."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.loss_plot, self.metric_plot = Plot("loss"), Plot("accuracy")
        layout = QHBoxLayout(self.body)
        layout.setContentsMargins(6, 0, 6, 4)
        layout.addWidget(self.loss_plot, 1)
        layout.addWidget(self.metric_plot, 1)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 99)
        self.slider.setValue(USUAL)
        self.slider.setFixedWidth(90)
        self.slider.setToolTip("How much of the past the thick training curve averages (0: none)")
        self.log = QCheckBox("Log axis")
        self.log.setToolTip("Show the loss on a logarithmic axis; zero has no place on it and is left out")
        self.chooser = QComboBox()
        self.chooser.setToolTip("What the right plot shows")
        self.chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.status = Line()
        self.bar.addWidget(QLabel("Smoothing"))
        for control in (self.slider, self.log, self.chooser):
            self.bar.addWidget(control)
        self.bar.addWidget(self.status, 1)
        self._traces: list[Trace] = []
        self._smoothing_chosen = False
        self._at: float | None = None
        self._pens: tuple[object, ...] = ()
        self._titles: dict[str, str] = {}
        self._together = Together(self.metric_plot)
        self.slider.valueChanged.connect(self._choose_smoothing)
        self.log.toggled.connect(self._log_toggled)
        self.chooser.currentTextChanged.connect(self.update_view)
        for plot in (self.loss_plot, self.metric_plot):
            plot.pointed.connect(self._point)

    @property
    def smoothing(self) -> float:
        """The weight of the past, 0 … 0.999: fine where it matters, towards 1."""
        position = self.slider.value() / 99
        return 0.0 if position == 0 else round(1 - 10 ** (-3 * position), 4)

    @property
    def metric(self) -> str:
        """The name of the metric that the right plot shows; empty while there is none."""
        return str(self.chooser.currentData() or "")

    def shown_runs(self) -> list[LiveRun]:
        """The runs whose curves are drawn, the newest last."""
        return [run for run in self.session.front.runs if run.shown]

    def hint(self) -> str:
        if any(run.steps or run.failure for run in self.shown_runs()):
            return ""
        if self.session.front.runs and not self.shown_runs():
            return "All runs are hidden. Choose under Runs which are drawn."
        return "Press Train: the loss of every step is drawn here."

    def restyle(self) -> None:
        self._pens = ()
        for plot in (self.loss_plot, self.metric_plot):
            plot.restyle(self.session.theme)

    def refresh(self) -> None:
        runs = self.shown_runs()
        self._suit_smoothing(runs[-1])
        self._match(runs)
        self._offer_metrics(runs)
        look = self.look()
        changed = [trace.draw(look) for trace in self._traces]
        self._together.draw(self._traces[-1].series if self._traces else None, look.metric, look.room)
        if any(changed) or self._at is not None:
            self._fit(look)
        self._tell()

    def _suit_smoothing(self, newest: LiveRun) -> None:
        """Until somebody chooses: an epoch of a single step leaves nothing to average, and an average would lag."""
        usual = 0 if newest.steps_per_epoch == 1 else USUAL
        if not self._smoothing_chosen and self.slider.value() != usual:
            self.slider.blockSignals(True)
            self.slider.setValue(usual)
            self.slider.blockSignals(False)

    def _choose_smoothing(self) -> None:
        self._smoothing_chosen = True
        self.update_view()

    def look(self) -> Look:
        """How the controls want the curves."""
        return Look(self.smoothing, self.log.isChecked(), self.metric, self.loss_plot.plot_width())

    def _match(self, runs: list[LiveRun]) -> None:
        """Keeps one trace for each shown run."""
        wanted = {id(run) for run in runs}
        for trace in self._traces:
            if id(trace.run) not in wanted:
                trace.remove()
        known = {id(trace.run): trace for trace in self._traces if id(trace.run) in wanted}
        self._traces = [known.get(id(run)) or Trace(run, self.loss_plot, self.metric_plot) for run in runs]
        theme, document = self.session.theme, self.session.front
        colors = [color_of(run, document, theme) for run in runs]
        pens = (theme.name, *(id(trace) for trace in self._traces), *colors)
        if pens == self._pens:
            return
        self._pens = pens
        for color, trace in zip(colors, self._traces, strict=True):
            one = len(self._traces) == 1
            trace.paint_as(color, CURVES[1] if one else color, not one, theme)

    def _offer_metrics(self, runs: list[LiveRun]) -> None:
        names: dict[str, None] = {}
        self._titles = {node.id: node.title for run in runs for node in run.project.graph.of_family("loss")}
        for run in runs:
            if run.epochs:
                names |= dict.fromkeys([*told_once(run.epochs[-1].train), *told_once(run.epochs[-1].validation)])
        names.pop("loss", None)
        names = dict.fromkeys([*groups(names), *names])
        offered = [self.chooser.itemData(index) for index in range(self.chooser.count())]
        if offered != list(names):
            kept = self.metric
            self.chooser.blockSignals(True)
            self.chooser.clear()
            for name in names:
                self.chooser.addItem(self._title_of(name), name)
            self.chooser.setCurrentIndex(max(0, self.chooser.findData(kept)) if names else -1)
            self.chooser.blockSignals(False)
        self.chooser.setVisible(len(names) > 1)
        self.metric_plot.setVisible(bool(names))

    def _fit(self, look: Look) -> None:
        newest = self._traces[-1].run
        seen = max((len(trace.series.steps) and trace.series.steps[-1] for trace in self._traces), default=1)
        end = float(max(seen, 1))
        if newest.active:
            # The axis grows in leaps: a new axis at every frame costs more than the curves do.
            leap = 1.3 ** math.ceil(math.log(end, 1.3) - 1e-9)
            end = max(end, min(leap, newest.total_steps or leap))
        per_epoch = newest.steps_per_epoch
        losses = [found for trace in self._traces if (found := trace.loss_range(look))]
        for plot in (self.loss_plot, self.metric_plot):
            axis = plot.getAxis("bottom")
            axis.setScale(1 / per_epoch if per_epoch else 1)
        if losses:
            low, high = min(each[0] for each in losses), max(each[1] for each in losses)
            if not look.log and 0 <= low < 0.4 * high:
                low = 0.0
            pad = 0.06 * (high - low) or 0.1 * abs(high) or 0.5
            self.loss_plot.span(0, end, low - (pad if low else 0), high + pad)
        metrics = [found for trace in self._traces if (found := trace.metric_range(look))]
        if is_together(look.metric):
            metrics = [self._together.span] if self._together.span else []
        if metrics:
            low, high = min(each[0] for each in metrics), max(each[1] for each in metrics)
            pad = 0.08 * (high - low) or 0.1 * abs(high) or 0.5
            share = is_share(look.metric)
            self.metric_plot.getAxis("left").setScale(100 if share else 1)
            self.metric_plot.span(0, end, max(0.0, low - pad) if share else low - pad, high + pad)

    def _tell(self) -> None:
        """Writes the values now, or those under the mouse."""
        run = self._traces[-1].run
        step = self._at
        metric, spec = self.metric, spec_of(self.metric)
        head = [] if step is None else [("", self._when(step, run))]
        losses, metrics = list(head), list(head)
        told = self._traces[-MOST_TOLD:]
        for trace in reversed(told):
            loss, other = trace.loss_at(step, self.smoothing), trace.metric_at(step, metric)
            losses += self._lines(trace, loss, "loss")
            metrics += [] if is_together(metric) else self._lines(trace, other, metric)
        if is_together(metric):
            metrics += self._lines_together(metric)
        if more := len(self._traces) - len(told):
            losses.append(("", f"and {more} more"))
        self.loss_plot.show_readout(losses)
        # What rises leaves room below its end, what falls above it.
        rises = spec is not None and spec.higher
        self.metric_plot.show_readout(metrics)
        if self._at is None:
            usual = BOTTOM_RIGHT if rises else TOP_RIGHT
            drawn = [trace.metric_points(metric) for trace in self._traces]
            together = self._together.points(self._traces[-1].series) if is_together(metric) else []
            self.metric_plot.find_room([*(each for pair in drawn for each in pair), *together], usual)
            look = self.look()
            shown = [each for trace in self._traces for each in trace.loss_points(look)]
            self.loss_plot.find_room(shown, TOP_RIGHT)
        unit = "epoch" if run.steps_per_epoch else "step"
        axis = ", log" if self.log.isChecked() else ""
        self.loss_plot.show_caption(f"loss{axis} over {unit}", f"loss{axis}")
        title = f"{self._title_of(metric)}{', %' if is_share(metric) else ''}"
        self.metric_plot.show_caption(f"{title} over {unit}", title)
        said = self._status(run)
        self.status.setText(next((each for each in said if self.status.fits(each)), said[-1]))
        color = f"color: {self.session.theme.error if run.failure else self.session.theme.dim};"
        if color != self.status.styleSheet():
            self.status.setStyleSheet(color)

    def _lines(self, trace: Trace, values: tuple[float, float], metric: str) -> list[tuple[str, str]]:
        train, validation = (shown_number(value, metric) for value in values)
        if len(self._traces) > 1:
            also = f" · val. {validation}" if trace.has_validation else ""
            return [(trace.train_color, f"{trace.run.name}  {train}{also}")]
        lines = [(trace.train_color, f"train {train}"), (trace.validation_color, f"validation {validation}")]
        return lines if trace.has_validation or not trace.run.epochs else lines[:1]

    def _lines_together(self, metric: str) -> list[tuple[str, str]]:
        """A line for each objective or loss of the newest run."""
        lines, both = [], self.metric_plot.plot_width() >= BOTH * scale()
        for color, name, train, validation in self._together.values(self._traces[-1].series, self._at):
            whose = owner_of(self._title_of(name))
            also = f" · val. {shown_number(validation, metric)}" if both and math.isfinite(validation) else ""
            lines.append((color, f"{whose}  {shown_number(train, metric)}{also}"))
        return lines

    def _title_of(self, metric: str) -> str:
        return title_of_group(metric) if is_together(metric) else title_of(metric, self._titles)

    def _when(self, step: float, run: LiveRun) -> str:
        epoch = f" · epoch {step / run.steps_per_epoch:.2f}" if run.steps_per_epoch else ""
        return f"step {max(0, round(step)):,}{epoch}"

    def _status(self, run: LiveRun) -> tuple[str, ...]:
        """Where the run is, in more words and in fewer: the first that have room are shown."""
        if run.failure:
            return (run.failure.message,)
        if run.ended_by and not run.active:
            return (run.ended_by,)
        done = run.steps[-1].epoch if run.steps else 0
        short = f"epoch {done} of {run.total_epochs}", f"epoch {done}", ""
        if self.width() < NARROW:
            return short
        rate = f" · learning rate {run.epochs[-1].learning_rate:.3g}" if run.epochs else ""
        return f"{short[0]} · step {run.steps[-1].index if run.steps else 0:,}{rate}", *short

    def _log_toggled(self, on: bool) -> None:
        self.loss_plot.getAxis("left").setLogMode(x=False, y=on)
        self.loss_plot.follows = True
        self.update_view()

    def _point(self, x: float | None) -> None:
        inside = x is not None and bool(self._traces)
        self._at = x if inside else None
        for plot in (self.loss_plot, self.metric_plot):
            plot.mark(self._at)
        if self._traces and self.isVisible():
            self._tell()
