"""What a generative network makes out of noise: pictures beside real ones, or points among real points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from core.model.project import Project
from core.model.spec import registry
from core.training.records import FloatArray, Made, Watch
from gui.session import Session
from gui.views.base import Line, View, label
from gui.views.pane import ArrayPane
from gui.views.plotting import Plot

PICTURES, POINTS = 30, 400
"""Samples that are asked for: as many pictures as can be told apart, points enough to show a cloud."""


def as_tiles(samples: FloatArray) -> FloatArray:
    """Samples (n, …) as tiles (n, H, W): of colours their mean, of vectors a row each in one picture (n, F)."""
    if samples.ndim > 3:
        return np.asarray(samples.reshape(len(samples), -1, *samples.shape[-2:]).mean(1))
    return samples if samples.ndim > 1 else samples[:, None]


def makes_samples(project: Project) -> bool:
    """Whether something on the canvas or in a block could make samples: noise as a source, or a step of a process."""
    graphs = project.graph, *(block.graph for block in project.blocks.values())
    kinds = [registry.get(node.kind) for graph in graphs for node in graph.nodes.values()]
    return any(spec is not None and (spec.kind == "noise" or spec.loop is not None) for spec in kinds)


class Half(QWidget):
    """A pane of tiles under its caption."""

    def __init__(self, session: Session, caption: str) -> None:
        super().__init__()
        self.caption, self.tiles = label(caption), ArrayPane(session)
        self.tiles.setAccessibleName(caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.caption)
        column.addWidget(self.tiles, 1)


class SamplesView(View):
    """Samples that the network made after the latest epoch, at any moment of their way from noise."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.way = QSlider(Qt.Orientation.Horizontal)
        self.way.setToolTip("The way from noise to samples: how many steps of it are shown")
        self.way.setAccessibleName("The way from noise to samples")
        self.way.setFixedWidth(180)
        self.ends = QLabel("noise"), QLabel("samples")
        self.status = Line()
        for control in (self.ends[0], self.way, self.ends[1]):
            self.bar.addWidget(control)
        self.bar.addWidget(self.status, 1)
        self.made, self.real = Half(session, "made"), Half(session, "real")
        self.plot = Plot("", frame=True)
        self.plot.setAspectLocked(True)
        self.clouds = [pg.ScatterPlotItem(size=size, pxMode=True) for size in (3, 7)]
        self.clouds[0].setZValue(1)  # real points are small, and stay to be seen in a crowd
        for cloud in self.clouds:
            self.plot.addItem(cloud)
        layout = QHBoxLayout(self.body)
        layout.setContentsMargins(12, 0, 12, 4)
        layout.addWidget(self.made, 1)
        layout.addWidget(self.real, 1)
        layout.addWidget(self.plot, 1)
        self._shown: tuple[object, ...] = ()
        self._of: object = None
        self.way.valueChanged.connect(self.update_view)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.plot.setMaximumWidth(max(320, 2 * self.height()))

    def watch(self) -> Watch | None:
        project = self._project()
        if project is None or not makes_samples(project):
            return None
        pictures = any(field.meaning == "image" for field in self.session.fields.values())
        return Watch(made=PICTURES if pictures else POINTS)

    def hint(self) -> str:
        project = self._project()
        if project is not None and not makes_samples(project):
            return (
                "A network makes samples out of noise by a Denoise step, a Restricted Boltzmann machine, or an "
                "Output behind a Noise node: open the lecture on the diffusion model."
            )
        if self.snapshot is None:
            return "Press Train: after each epoch, samples that the network makes out of noise are drawn here."
        if self.snapshot.made is None:
            return "The next snapshot of the run brings samples, where an Output stands behind nothing but noise."
        return ""

    def restyle(self) -> None:
        theme = self.session.theme
        self.plot.restyle(theme)
        for text in (*self.ends, self.status, self.made.caption, self.real.caption):
            text.setStyleSheet(f"color: {theme.dim};")
        real, made = QColor(theme.text), QColor(theme.accent)
        made.setAlphaF(0.8)
        for cloud, color in zip(self.clouds, (real, made), strict=True):
            cloud.setPen(None)
            cloud.setBrush(pg.mkBrush(color))
        self._shown = ()

    def refresh(self) -> None:
        made = self.snapshot.made if self.snapshot else None
        if made is None:
            return
        self._set_way(made)
        stage = self.way.value()
        if self._shown == (id(made), stage):
            return
        self._shown = (id(made), stage)
        self._held = made
        values = made.values[stage]
        plane = values.shape[1:] == (2,)
        for widget in (self.made, self.real):
            widget.setVisible(not plane)
        self.plot.setVisible(plane)
        if plane:
            self._draw_points(made, values)
        else:
            self._draw_tiles(made, values)
        self.status.setText(self._sentence(made, stage))

    def _set_way(self, made: Made) -> None:
        """As many places as stages; at the end of the way, until somebody goes back."""
        last = len(made.values) - 1
        for control in (self.way, *self.ends):
            control.setVisible(last > 0)
        if self.way.maximum() != last or self._of is not self.run:
            self._of = self.run
            self.way.blockSignals(True)
            self.way.setRange(0, last)
            self.way.setValue(last)
            self.way.blockSignals(False)

    def _draw_tiles(self, made: Made, values: FloatArray) -> None:
        count = min(PICTURES, len(values))
        real = made.real[:count]
        self.real.setVisible(len(real) > 0)
        shown: FloatArray = values[:count]
        if len(real):
            # One scale for both; noise that is beyond it is cut.
            shown = np.clip(shown, real.min(), real.max())
            self.real.tiles.show_array(as_tiles(real), "image")
        self.made.tiles.show_array(as_tiles(shown), "image")

    def _draw_points(self, made: Made, values: FloatArray) -> None:
        clouds = (made.real if made.real.shape[1:] == (2,) else values[:0], values)
        for item, cloud in zip(self.clouds, clouds, strict=True):
            item.setData(pos=cloud[np.isfinite(cloud).all(1)].astype(np.float64))
        theme = self.session.theme
        self.plot.show_readout([(theme.accent, "made"), *([(theme.text, "real")] if len(clouds[0]) else [])])
        low, high = _seen(clouds[0] if len(clouds[0]) else values, values)
        self.plot.span(low[0], high[0], low[1], high[1])

    def _sentence(self, made: Made, stage: int) -> str:
        last = int(made.steps[-1])
        where = f"after {int(made.steps[stage]):,} of {last:,} steps" if last else ""
        count = f"{made.values.shape[1]:,} made, {len(made.real):,} real" if self.plot.isVisible() else ""
        return " · ".join(filter(None, (where, count)))

    def _project(self) -> Project | None:
        """The project of the run, or of the document before the first run."""
        run, document = self.run, self.session.document
        return run.project if run else document.project if document else None


def _seen(real: FloatArray, made: FloatArray) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The lowest and the highest corner that is shown: all real points, and most of those that were made."""
    most = np.nanquantile(made.astype(np.float64), [0.02, 0.98], axis=0)
    low, high = np.minimum(real.min(0), most[0]), np.maximum(real.max(0), most[1])
    pad = 0.1 * np.maximum(high - low, 1e-6)
    return low - pad, high + pad
