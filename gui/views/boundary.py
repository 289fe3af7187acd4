"""What a network of two inputs says everywhere in their plane, or a network of one input along its line."""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from core.compiler.ends import predictions, titles
from core.model.spec import Expected
from core.model.tensor import Field
from core.training.records import Boundary, Watch
from gui.colormaps import map_for, table
from gui.session import Session
from gui.theme import CURVES
from gui.views.base import Line, View, label
from gui.views.plane import CLASS_COLORS, background
from gui.views.plotting import Curve, Plot, Smooth
from gui.views.sample import as_read, class_name, expected_by

SIDE = 80


def span_of(curves: npt.NDArray[np.float64], targets: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The lowest and the highest place that is shown of curves (points, k) and of samples (n,), with a margin.

    Where there are several curves, one that runs away does not flatten the others: it leaves the picture.
    """
    both = np.concatenate([curves[np.isfinite(curves)], targets])
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    if curves.shape[1] > 1 and targets.size:
        room = float(targets.max() - targets.min()) or 1.0
        low, high = max(low, float(targets.min()) - room), min(high, float(targets.max()) + room)
    pad = 0.08 * (high - low) or 0.5
    return low - pad, high + pad


class BoundaryView(View):
    """The decision map of a network of two inputs with the training samples, or the fitted curve of one input."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.status = Line()
        self.status.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.output = QComboBox()
        self.output.setToolTip("Which of the network's outputs is drawn")
        self.output.setAccessibleName("Output")
        self.output.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.output.hide()
        self.output.activated.connect(self._draw_again)
        self.bar.addWidget(self.output)
        self.bar.addWidget(self.status, 1)
        self.plot = Plot("", frame=True)
        self.image = Smooth()
        self.points = pg.ScatterPlotItem(size=8, pxMode=True)
        self.curves = [Curve() for _ in CURVES]
        for item in (self.image, self.points, *self.curves):
            self.plot.addItem(item)
        self.image.setZValue(-10)
        # Samples lie on the curves that are fitted to them.
        self.points.setZValue(10)
        self.legend = label()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QHBoxLayout(self.body)
        layout.setContentsMargins(6, 0, 12, 4)
        layout.addWidget(self.plot, 8)
        layout.addWidget(self.legend, 1)
        self._shown: Boundary | None = None
        self._points: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # A plane is not stretched beyond twice its height: circles should look like circles.
        self.plot.setMaximumWidth(max(320, 2 * self.height()))

    def watch(self) -> Watch | None:
        return Watch(boundary=SIDE) if self._fits() else None

    def hint(self) -> str:
        if self.session.document and not self._fits():
            return "A boundary can be drawn for networks of one or two inputs; this network reads more."
        if self.snapshot is not None and self.snapshot.boundary is None:
            return "The next snapshot of the run brings this picture."
        if self.snapshot is None:
            return "Press Train: what the network says at every point of its inputs is drawn here."
        return ""

    def restyle(self) -> None:
        self.plot.restyle(self.session.theme)
        self._paint_curves()
        self.status.setStyleSheet(f"color: {self.session.theme.dim};")
        self.legend.setStyleSheet(f"color: {self.session.theme.text}; padding-top: 24px;")
        self._shown = self._points = None

    def _paint_curves(self) -> None:
        for index, curve in enumerate(self.curves):
            curve.paint_as(self._ink(index), 2.5)

    def refresh(self) -> None:
        boundary = self.snapshot.boundary if self.snapshot else None
        if boundary is None or boundary is self._shown:
            return
        first = self._shown is None or self._shown.extent != boundary.extent
        self._shown = boundary
        plane = boundary.points.ndim == 2 and boundary.points.shape[1] == 2
        self._offer(boundary.names if plane else ())
        if first:
            self._paint_curves()
            self._frame(boundary, plane)
        if plane:
            self._draw_plane(boundary)
        else:
            self._draw_curve(boundary)
        self.status.setText(self._sentence(boundary, plane))
        if first:
            self.legend.setText(self._legend(boundary, plane))

    def _offer(self, names: tuple[str, ...]) -> None:
        """Lets one of several outputs be chosen; the choice stays as long as it is there."""
        if names != tuple(self.output.itemText(index) for index in range(self.output.count())):
            chosen = self.output.currentText()
            self.output.clear()
            self.output.addItems(names)
            self.output.setCurrentIndex(max(0, self.output.findText(chosen)) if names else -1)
        self.output.setVisible(len(names) > 1)

    def _draw_again(self) -> None:
        self._shown = self._points = None
        self.update_view()

    def _map(self, boundary: Boundary) -> npt.NDArray[np.float32]:
        """What the chosen output says over the plane, (rows, columns, values)."""
        return (boundary.values, *boundary.others)[max(0, self.output.currentIndex())]

    def _frame(self, boundary: Boundary, plane: bool) -> None:
        """Axes with the features' names and equal units, and what is seen."""
        x0, y0, x1, y1 = boundary.extent
        names = self._names(plane)
        for side, name in zip(("bottom", "left"), names, strict=True):
            self.plot.getAxis(side).setLabel(name, color=self.session.theme.dim)
            self.plot.getAxis(side).setStyle(autoExpandTextSpace=True)
        self.plot.give_axes(56, 38)
        self.image.setVisible(plane)
        count = 0 if plane else boundary.values.shape[-1]
        for index, curve in enumerate(self.curves):
            curve.setVisible(index < count)
        self.plot.follows = True
        if plane:
            self.plot.span(x0, x1, y0, y1)
        self._points = None

    def _draw_plane(self, boundary: Boundary) -> None:
        x0, y0, x1, y1 = boundary.extent
        expected, field = self._target()
        signed = bool(float(boundary.targets.min(initial=0)) < 0)
        colors = background(self._map(boundary), expected, signed, self.session.theme)
        self.image.setImage(colors, autoLevels=False, levels=None)
        self.image.setRect(QRectF(x0, y0, x1 - x0, y1 - y0))
        if not self._same_points(boundary):
            self._points = (boundary.points, boundary.targets)
            brushes = self._brushes(boundary, field)
            ring = pg.mkPen(self.session.theme.panel, width=1)
            self.points.setData(pos=boundary.points.astype(np.float64), brush=brushes, pen=ring, size=8)

    def _same_points(self, boundary: Boundary) -> bool:
        """Every snapshot brings copies of the samples: they are drawn anew only when they differ."""
        drawn = self._points
        return (
            drawn is not None
            and np.array_equal(drawn[0], boundary.points)
            and np.array_equal(drawn[1], boundary.targets)
        )

    def _brushes(self, boundary: Boundary, field: Field | None) -> list[QColor]:
        """Colours of the samples: those of their classes, or the map's where two classes share one output."""
        targets = boundary.targets
        if field is None:
            # Nobody says what they are: no end of the map is theirs.
            return [QColor(self.session.theme.text)] * len(targets)
        if self._map(boundary).shape[-1] > 1:
            return [QColor(CLASS_COLORS[int(value) % len(CLASS_COLORS)]) for value in targets]
        ends = table(map_for("signed", self.session.theme.is_dark))
        low, high = float(targets.min(initial=0)), float(targets.max(initial=1))
        index = np.clip((targets - low) / ((high - low) or 1) * 255, 0, 255).astype(np.intp)
        return [QColor(*(int(part) for part in ends[at])) for at in index]

    def _draw_curve(self, boundary: Boundary) -> None:
        x0, _, x1, _ = boundary.extent
        values = boundary.values.reshape(boundary.values.shape[-2], -1).astype(np.float64)  # (points, curves)
        across = np.linspace(x0, x1, len(values))
        for curve, heights in zip(self.curves, values.T, strict=False):
            curve.show_points(across, heights)
        low, high = span_of(values, boundary.targets.astype(np.float64))
        self.plot.span(x0, x1, low, high)
        if not self._same_points(boundary):
            self._points = (boundary.points, boundary.targets)
            ink = QColor(self._sample_ink(boundary))
            ink.setAlphaF(0.75)
            self.points.setData(
                x=boundary.points.reshape(-1).astype(np.float64),
                y=boundary.targets.astype(np.float64), brush=pg.mkBrush(ink), pen=None, size=7,
            )  # fmt: skip

    def _ink(self, index: int) -> str:
        """The colour of a curve: the accent where it is the only one, else those of the curves of the losses."""
        alone = self._shown is not None and self._shown.values.shape[-1] == 1
        return self.session.theme.accent if alone else CURVES[index]

    def _sample_ink(self, boundary: Boundary) -> str:
        """The colour of samples beside curves: one that no curve has."""
        return CURVES[1] if boundary.values.shape[-1] == 1 else self.session.theme.text

    def _sentence(self, boundary: Boundary, plane: bool) -> str:
        what = "what the network says at every point" if plane else "the network's output over its input"
        return f"{what} · {len(boundary.points):,} training samples"

    def _legend(self, boundary: Boundary, plane: bool) -> str:
        """The colours of the classes, or of the two ends of one output."""
        _, field = self._target()
        labels = field.labels if field else ()
        dots: list[tuple[str, str]] = []
        if not plane:
            names = boundary.names or ("network",)
            dots = [(self._ink(index), name) for index, name in enumerate(names[: len(self.curves)])]
            dots.append((self._sample_ink(boundary), "samples"))
        elif (several := self._map(boundary).shape[-1]) > 1:
            count = min(several, len(CLASS_COLORS))
            dots = [(CLASS_COLORS[index], class_name(labels, index)) for index in range(count)]
        else:
            ends = table(map_for("signed", self.session.theme.is_dark))
            low, high = labels if len(labels) == 2 else ("low output", "high output")
            dots = [(QColor(*map(int, ends[at])).name(), name) for at, name in ((0, low), (255, high))]
            if field is None:
                dots.append((self.session.theme.text, "samples"))
        return "<br>".join(f"<span style='color:{color}'>●</span> {escape(name)}" for color, name in dots)

    def _graph_field(self) -> Field | None:
        """The field that the network's first output is computed from, where that is one."""
        document = self.session.document
        project = self.run.project if self.run else document.project if document else None
        ends = predictions(project)[:1] if project else ()
        if project is None or not ends:
            return None
        graph = project.graph
        sources = [node for node in graph.of_kind("input") if graph.reaches(node.id, ends[0][0])]
        return self.session.fields.get(str(sources[0].params.get("field", "x"))) if len(sources) == 1 else None

    def _fits(self) -> bool:
        field = self._graph_field()
        return field is not None and field.shape in ((1,), (2,)) and field.dtype.startswith("float")

    def _names(self, plane: bool) -> tuple[str, str]:
        field = self._graph_field()
        labels = field.labels if field else ()
        if plane:
            return (labels[0], labels[1]) if len(labels) == 2 else ("x₁", "x₂")
        target = self._target()[1]
        return (field.title or field.name if field else "x", target.title or target.name if target else "y")

    def _target(self) -> tuple[Expected, Field | None]:
        """What the loss of the chosen output takes it for, and the field of its target; else those of the first."""
        graph = self.run.project.graph if self.run else None
        names = titles(self.run.project) if self.run else {}
        chosen = next((node for node, name in names.items() if name == self.output.currentText()), "")
        losses = list(graph.of_family("loss")) if graph else []
        if graph and chosen:
            said = {wire.source for wire in graph.into(chosen)}
            # Sorting is stable: where no loss judges what the output shows, the first one speaks.
            losses.sort(key=lambda loss: said.isdisjoint(wire.source for wire in graph.into(loss.id)))
        for loss in losses:
            wires = graph.into(loss.id, "target") if graph else []
            source = graph.nodes[wires[0].source] if wires and graph else None
            field = self.session.fields.get(str(source.params.get("field", "x"))) if source else None
            return expected_by(loss.kind), as_read(field, source)
        return "", None
