"""The losses of a learning-rate trial over the rates, on a logarithmic axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.panels.style import mono
from gui.theme import CURVES, Theme

if TYPE_CHECKING:
    from core.training.rate_finder import RateSearch

LEFT, RIGHT, TOP, FOOT = 46, 10, 10, 22


class RatePlot(QWidget):
    """Every loss thin, the smoothed ones thick, and a line at the suggested rate."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._search: RateSearch | None = None
        self.setMinimumSize(QSize(360, 200))
        self.setAccessibleName("Loss over the learning rate")

    def show_search(self, search: RateSearch | None) -> None:
        self._search = search
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, search = self._theme, self._search
        frame = QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - FOOT)
        painter.fillRect(frame, QColor(theme.ground))
        if search is not None and len(search.rates) > 1:
            self._draw(painter, frame, search)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRect(frame)
        painter.end()

    def _draw(self, painter: QPainter, frame: QRectF, search: RateSearch) -> None:
        first, last = math.log10(search.rates[0]), math.log10(search.rates[-1])
        low, high = float(search.smoothed.min()), float(max(search.smoothed[0], search.smoothed.min()))
        # What runs away would press the fall flat.
        high += 0.6 * (high - low) or 0.1 * abs(high) or 1.0
        low -= 0.1 * (high - low)

        def place(rate: float, loss: float) -> QPointF:
            x = frame.left() + (math.log10(rate) - first) / (last - first) * frame.width()
            return QPointF(x, frame.bottom() - (loss - low) / (high - low) * frame.height())

        painter.setFont(mono(0.8))
        for power in range(math.ceil(first), math.floor(last) + 1):
            x = place(10.0**power, low).x()
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
            painter.setPen(QColor(self._theme.dim))
            text = QRectF(x - 24, frame.bottom() + 3, 48, FOOT - 4)
            painter.drawText(text, Qt.AlignmentFlag.AlignHCenter, f"1e{power}")
        for loss in (low, high):
            text = QRectF(0, min(max(place(search.rates[0], loss).y() - 8, frame.top()), frame.bottom() - 16), 42, 16)
            painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{loss:.3g}")
        painter.setClipRect(frame)
        for values, color, width in (
            (search.losses, self._theme.dim, 1.0),
            (search.smoothed, self._theme.accent, 2.0),
        ):
            painter.setPen(QPen(QColor(color), width))
            painter.drawPolyline(QPolygonF([place(*pair) for pair in zip(search.rates, values, strict=True)]))
        if search.suggestion:
            x = place(search.suggestion, low).x()
            painter.setPen(QPen(QColor(CURVES[1]), 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
