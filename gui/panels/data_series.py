"""Samples of a series as curves over their steps, with the scale that they share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.model.tensor import Field
from gui.panels.style import mono
from gui.theme import CURVES, Theme

Array = npt.NDArray[Any]
HEIGHT, GAP = 44, 8
MOST_STEPS = 2000
"""Steps that are drawn of one sample; of longer ones the lowest and the highest value of every stretch."""
MOST_CURVES = len(CURVES)


def is_series(field: Field) -> bool:
    """Whether a field is one that reads best as curves."""
    return field.meaning == "series" and len(field.shape) == 2 and field.shape[0] > 1


class SeriesStrips(QWidget):
    """A strip for each sample, one below the other, each feature a curve of its own colour."""

    def __init__(self, samples: Array, field: Field, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._samples = [np.asarray(each, np.float64)[:, :MOST_CURVES] for each in samples]
        values = np.concatenate([each.ravel() for each in self._samples]) if self._samples else np.empty(0)
        finite = values[np.isfinite(values)]
        self.low, self.high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{len(self._samples)} samples of {field.name}, from {self.low:.4g} to {self.high:.4g}")

    def sizeHint(self) -> QSize:
        return QSize(200, len(self._samples) * (HEIGHT + GAP))

    def curve(self, sample: int, feature: int, area: QRectF) -> QPolygonF:
        """The points of one curve in an area: its first step at the left edge, the greatest value of all on top."""
        values = self._samples[sample][:, feature]
        at = np.arange(len(values))
        if len(values) > MOST_STEPS:
            length = -(-2 * len(values) // MOST_STEPS)
            whole = len(values) // length * length
            rows = values[:whole].reshape(-1, length)
            values = np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1).ravel()
            at = np.repeat(np.arange(0, whole, length), 2)
        across = area.left() + at / max(1, at[-1]) * area.width()
        up = (values - self.low) / ((self.high - self.low) or 1)
        down = area.bottom() - np.nan_to_num(up) * area.height()
        return QPolygonF([QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(mono(0.85))
        ends = f"{self.high:.4g}", f"{self.low:.4g}"
        left = max(painter.fontMetrics().horizontalAdvance(each) for each in ends) + 8
        for index, sample in enumerate(self._samples):
            strip = QRectF(left, index * (HEIGHT + GAP) + 2, self.width() - left - 2, HEIGHT)
            painter.setPen(QColor(self._theme.dim))
            for text, side in zip(ends, (Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom), strict=True):
                area = QRectF(0, strip.top() - 2, left - 6, HEIGHT + 4)
                painter.drawText(area, side | Qt.AlignmentFlag.AlignRight, text)
            painter.fillRect(strip.adjusted(-2, -2, 2, 2), QColor(self._theme.raised))
            for feature in range(sample.shape[1]):
                painter.setPen(QPen(QColor(CURVES[feature]), 1.5))
                painter.drawPolyline(self.curve(index, feature, strip))
        painter.end()
