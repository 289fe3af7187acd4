"""Pictures of data: a grid of samples, bars for the balance of classes, the head of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableWidget, QTableWidgetItem, QWidget

from core.data.delimited import as_number
from core.model.tensor import Field
from gui.panels.style import face, mono
from gui.pictures import activation_picture
from gui.theme import Theme

Array = npt.NDArray[Any]
MOST_BARS = 12
MOST_COLUMNS = 40


class SampleGrid(QWidget):
    """Samples as pictures with their class below, as many in a row as fit; `tile` is the side of one in pixels."""

    GAP = 6

    def __init__(self, samples: Array, field: Field, captions: Sequence[str], theme: Theme, tile: int = 52) -> None:
        super().__init__()
        self.TILE = tile
        self._theme, self._captions = theme, captions
        ratio = self.devicePixelRatioF()
        size = (round(self.TILE * ratio), round(self.TILE * ratio))
        self._images: list[QImage] = [
            activation_picture(sample, field.meaning, size, dark=theme.is_dark, labels=field.labels)
            for sample in samples
        ]
        self._caption = self.fontMetrics().height() + 2 if captions else 0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{len(self._images)} samples of {field.name}")

    def sizeHint(self) -> QSize:
        rows = math.ceil(len(self._images) / self._across())
        return QSize(200, rows * (self.TILE + self._caption + self.GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(mono(0.9))
        painter.setPen(QColor(self._theme.dim))
        across = self._across()
        for index, image in enumerate(self._images):
            x = (index % across) * (self.TILE + self.GAP)
            y = (index // across) * (self.TILE + self._caption + self.GAP)
            scale = min(self.TILE / max(1, image.width()), self.TILE / max(1, image.height()))
            width, height = image.width() * scale, image.height() * scale
            place = QRectF(x + (self.TILE - width) / 2, y + (self.TILE - height) / 2, width, height)
            painter.drawImage(place, image, QRectF(image.rect()))
            if self._caption and index < len(self._captions):
                text = painter.fontMetrics().elidedText(self._captions[index], Qt.TextElideMode.ElideRight, self.TILE)
                area = QRectF(x, y + self.TILE, self.TILE, self._caption)
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    def _across(self) -> int:
        return max(1, (self.width() + self.GAP) // (self.TILE + self.GAP))


class PointCloud(QWidget):
    """Samples of two numbers as points, coloured by class."""

    def __init__(self, points: Array, classes: Array | None, field: Field, theme: Theme) -> None:
        super().__init__()
        self._points, self._classes, self._field, self._theme = points, classes, field, theme
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(180)
        self.setAccessibleName(f"{len(points)} points of {field.name}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(8, 8, -8, -8)
        low, high = self._points.min(axis=0), self._points.max(axis=0)
        span = max(float((high - low).max()), 1e-9)
        middle, side = (low + high) / 2, min(area.width(), area.height())
        for index, (x, y) in enumerate(self._points):
            kind = int(self._classes[index]) if self._classes is not None else 0
            painter.setPen(QColor(self._theme.panel))
            painter.setBrush(self._theme.color(CLOUD[kind % len(CLOUD)]))
            where = QPointF(
                area.center().x() + (float(x) - float(middle[0])) / span * side,
                area.center().y() - (float(y) - float(middle[1])) / span * side,
            )
            painter.drawEllipse(where, 4, 4)
        painter.end()


CLOUD = ("data", "convolution", "dense", "pooling", "loss", "attention")
"""Colours of classes, in turn."""


class BalanceBars(QWidget):
    """How many samples each class has: name, bar and number."""

    def __init__(self, counts: Sequence[tuple[str, int]], theme: Theme) -> None:
        super().__init__()
        self._theme, self._counts = theme, list(counts[:MOST_BARS])
        self._more = len(counts) - len(self._counts)
        self._line = self.fontMetrics().height() + 4
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("; ".join(f"{name}: {count:,}" for name, count in self._counts))

    def sizeHint(self) -> QSize:
        return QSize(200, self._line * (len(self._counts) + bool(self._more)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = max((count for _, count in self._counts), default=1) or 1
        painter.setFont(mono())
        metrics = painter.fontMetrics()
        right = max((metrics.horizontalAdvance(f"{count:,}") for _, count in self._counts), default=0) + 8
        names = self.fontMetrics()
        left = min(max((names.horizontalAdvance(name) for name, _ in self._counts), default=0), self.width() // 2) + 10
        for index, (name, count) in enumerate(self._counts):
            y = index * self._line
            painter.setFont(face(0.94))
            painter.setPen(QColor(self._theme.text))
            text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, left - 10)
            painter.drawText(QRectF(0, y, left - 8, self._line), Qt.AlignmentFlag.AlignVCenter, text)
            width = (self.width() - left - right) * count / most
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("data"))
            painter.drawRoundedRect(QRectF(left, y + self._line * 0.25, max(width, 1), self._line * 0.5), 2, 2)
            painter.setFont(mono())
            painter.setPen(QColor(self._theme.dim))
            area = QRectF(self.width() - right, y, right, self._line)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{count:,}")
        if self._more:
            painter.setPen(QColor(self._theme.dim))
            area = QRectF(0, self._line * len(self._counts), self.width(), self._line)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, f"and {self._more:,} more classes")
        painter.end()


def table_head(columns: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> QTableWidget:
    """The first rows of a table, as tall as they need; it scrolls sideways."""
    shown = columns[:MOST_COLUMNS]
    table = QTableWidget(len(rows), len(shown))
    table.setTabKeyNavigation(False)
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(list(shown))
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    font = mono(0.96)
    for down, row in enumerate(rows):
        for across, cell in enumerate(row[: len(shown)]):
            item = QTableWidgetItem(cell)
            item.setFont(font)
            side = Qt.AlignmentFlag.AlignRight if as_number(cell) is not None else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(down, across, item)
    for across in range(len(shown)):
        cells = [row[across] for row in rows if across < len(row) and row[across]]
        numeric = all(as_number(cell) is not None for cell in cells)
        side = Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
        table.horizontalHeaderItem(across).setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    line = table.fontMetrics().height() + 8
    table.verticalHeader().setDefaultSectionSize(line)
    table.setFixedHeight(table.horizontalHeader().sizeHint().height() + line * len(rows) + 14)
    return table
