"""The weights of one node as they move: picture, histogram, and how large the steps are."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from core.model.graph import Graph
from core.training.records import FloatArray, Watch
from gui.session import Session
from gui.views.base import Line, View
from gui.views.pane import ArrayPane, rounded
from gui.views.plotting import Curve, Plot


def short_power(value: float) -> str:
    """`1.2e-3` rather than `1.2e-03`."""
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}e{int(power)}"


def as_picture(weights: FloatArray, image: tuple[int, ...] = ()) -> FloatArray:
    """Weights as (n,), (H, W) or tiles (C, H, W): filters are laid out one by one, rows of a template as its images.

    `image` is the shape (H, W) or (C, H, W) of what a linear layer reads, when its rows shall be shown as templates.
    """
    if image and weights.ndim == 2 and weights.shape[1] == math.prod(image):
        return weights.reshape(-1, *image[-2:])
    squeezed = weights.reshape(weights.shape[0], -1) if weights.ndim == 3 else weights
    if squeezed.ndim <= 2:
        return np.atleast_1d(squeezed)
    return squeezed.reshape(-1, *squeezed.shape[-2:])


def read_image(graph: Graph, node: str, shapes: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The shape of the image that reaches a node through nothing but flattening; empty where there is none.

    `shapes` are the shapes of the images that input nodes give.
    """
    while (wires := graph.into(node)) and len(wires) == 1:
        node = wires[0].source
        if node in shapes:
            return shapes[node]
        if graph.nodes[node].kind not in ("flatten", "dropout", "reshape"):
            return ()
    return ()


class WeightsView(View):
    """Shows the parameters of the selected node, or of one that is chosen here."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.nodes, self.parameters = QComboBox(), QComboBox()
        self.nodes.setToolTip("Whose weights are shown; it follows the selection on the canvas")
        self.parameters.setToolTip("Which of the node's parameters is shown")
        self.templates = QCheckBox("As templates")
        self.templates.setToolTip("Shows each row of the weights as the image that it looks for")
        for chooser in (self.nodes, self.parameters):
            chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.statistics = Line()
        for control in (self.nodes, self.parameters, self.templates):
            self.bar.addWidget(control)
        self.bar.addWidget(self.statistics, 1)
        self.pane = ArrayPane(session)
        self.histogram = Plot("count over value")
        self.bins = Curve()
        self.bins.opts["stepMode"] = "center"
        self.histogram.addItem(self.bins)
        self.histogram.setMinimumWidth(160)
        self.histogram.getAxis("left").counts = True
        # It is narrow: fewer figures, so that they do not touch.
        self.histogram.getAxis("bottom").setTickDensity(0.4)
        row = QHBoxLayout()
        row.addWidget(self.pane, 5)
        row.addWidget(self.histogram, 3)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 6, 4)
        layout.addLayout(row, 1)
        self._before: tuple[str, str, int, FloatArray] | None = None
        self._change = math.nan
        self._shown: tuple[object, ...] = ()
        self._picture: tuple[object, FloatArray] | None = None
        self.nodes.currentIndexChanged.connect(self._chose_node)
        self.parameters.currentIndexChanged.connect(self.update_view)
        self.templates.toggled.connect(self.update_view)
        session.selection_changed.connect(self._follow)
        session.inferred.connect(self.update_view)

    def watch(self) -> Watch | None:
        node = self.nodes.currentData()
        return Watch(weights=frozenset({node})) if node else None

    def hint(self) -> str:
        if not self.nodes.count():
            return "No layer of this network has weights. Add a Linear or Conv 2D layer."
        if self.snapshot is None:
            return "Press Train: the weights of the selected layer are drawn here as they move."
        return ""

    def restyle(self) -> None:
        theme = self.session.theme
        self.histogram.restyle(theme)
        self.bins.paint_as(theme.accent, 1)
        self.bins.setBrush((*theme.color("accent").getRgb()[:3], 90))
        self.bins.setFillLevel(0)
        self.statistics.setStyleSheet(f"color: {theme.dim};")
        self._shown = ()

    def update_view(self) -> None:
        if self.isVisible():
            self._list_nodes()
        super().update_view()

    def refresh(self) -> None:
        snapshot, node = self.snapshot, str(self.nodes.currentData() or "")
        arrays = snapshot.weights.get(node, {}) if snapshot else {}
        self._list_parameters(arrays)
        name = self.parameters.currentText()
        if snapshot is None or name not in arrays:
            self.pane.show_array(None)
            self.statistics.setText("The next snapshot of the run brings these weights." if not arrays else "")
            return
        weights = arrays[name]
        image = self._image_of(node) if weights.ndim == 2 else ()
        self.templates.setVisible(bool(image) and weights.shape[-1] == math.prod(image))
        as_templates = self.templates.isVisible() and self.templates.isChecked()
        state = (id(weights), node, name, as_templates)
        if state == self._shown:
            return
        self._shown = state
        self._measure(node, name, snapshot.step, weights)
        self.pane.place = self._place(weights, image if as_templates else ())
        self.pane.show_array(as_picture(weights, image if as_templates else ()), "signed")
        self._draw_histogram(weights)
        self.statistics.setText(self._sentence(node, weights))

    def _measure(self, node: str, name: str, step: int, weights: FloatArray) -> None:
        """|Δw| / |w| for one step, from the last two snapshots."""
        before, self._before = self._before, (node, name, step, weights)
        if before is None or before[:2] != (node, name) or before[3].shape != weights.shape or step < before[2]:
            self._change = math.nan
        elif step > before[2]:
            size = float(np.linalg.norm(weights))
            moved = float(np.linalg.norm(weights - before[3]))
            self._change = moved / size / (step - before[2]) if size else math.nan

    def _sentence(self, node: str, weights: FloatArray) -> str:
        shape = "×".join(map(str, weights.shape))
        what = f"{weights.shape[0]} filters {'×'.join(map(str, weights.shape[2:]))}" if weights.ndim > 2 else shape
        mean, deviation = float(weights.mean()), float(weights.std())
        change = f" · |Δw|/|w| {short_power(self._change)}" if math.isfinite(self._change) else ""
        return f"{node} · {what} · mean {rounded(mean)} · sd {rounded(deviation)}{change}"

    def _draw_histogram(self, weights: FloatArray) -> None:
        finite = weights[np.isfinite(weights)]
        if not finite.size:
            self.bins.setData([0, 1], [0], stepMode="center")
            return
        reach = float(np.abs(finite).max()) or 1.0
        counts, edges = np.histogram(
            finite, bins=min(60, max(8, int(2 * finite.size ** (1 / 3)))), range=(-reach, reach)
        )
        self.bins.setData(edges, counts.astype(np.float64), stepMode="center")
        self.histogram.span(-reach, reach, 0.0, 1.08 * float(counts.max()))

    def _place(self, weights: FloatArray, image: tuple[int, ...]) -> object:
        inputs = weights.shape[1] if weights.ndim > 3 else 1
        if image:
            return lambda at: f"template {at[0]}, row {at[1]}, column {at[2]}"
        if weights.ndim > 3:
            return lambda at: f"filter {at[0] // inputs}, input {at[0] % inputs}, row {at[1]}, column {at[2]}"
        return lambda at: f"output {at[0]}" + (f", input {at[1]}" if len(at) > 1 else "")

    def _image_of(self, node: str) -> tuple[int, ...]:
        run = self.run
        if run is None or node not in run.project.graph.nodes:
            return ()
        fields, shapes = self.session.fields, {}
        for source in run.project.graph.of_kind("input"):
            field = fields.get(str(source.params.get("field", "x")))
            if field and field.meaning == "image":
                shapes[source.id] = field.shape
        return read_image(run.project.graph, node, shapes)

    def _list_nodes(self) -> None:
        """Offers the nodes with parameters, those inside blocks by their paths; keeps the choice."""
        document = self.session.document
        reports = document.inference.nodes if document else {}
        found = [path for path, report in reports.items() if report.parameters]
        if found != [self.nodes.itemData(index) for index in range(self.nodes.count())]:
            kept = self.nodes.currentData()
            self.nodes.blockSignals(True)
            self.nodes.clear()
            for name in found:
                self.nodes.addItem(name, name)
            chosen = next((name for name in (*self._selected(), kept) if name in found), None)
            self.nodes.setCurrentIndex(found.index(chosen) if chosen else 0 if found else -1)
            self.nodes.blockSignals(False)
            self.ask()

    def _list_parameters(self, arrays: dict[str, FloatArray]) -> None:
        if arrays and list(arrays) != [self.parameters.itemText(index) for index in range(self.parameters.count())]:
            kept = self.parameters.currentText()
            self.parameters.blockSignals(True)
            self.parameters.clear()
            self.parameters.addItems(list(arrays))
            self.parameters.setCurrentText(kept if kept in arrays else next(iter(arrays)))
            self.parameters.blockSignals(False)

    def _selected(self) -> list[str]:
        """The paths of what is selected, in an opened frame too."""
        session = self.session
        chosen = [session.inner] if session.inner else list(session.selection)
        return [session.place.prefix + name for name in chosen]

    def _follow(self) -> None:
        for node in self._selected():
            at = self.nodes.findData(node)
            if at >= 0:
                self.nodes.setCurrentIndex(at)

    def _chose_node(self) -> None:
        self.ask()
        self.update_view()
