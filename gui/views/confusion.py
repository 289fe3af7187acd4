"""Which classes are taken for which: the confusion matrix over the validation part, recall and accuracy."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QWidget

from core.training.records import Confusion, Watch
from gui.fonts import scale
from gui.session import Session
from gui.style import ink_on
from gui.views.base import View, label, mono
from gui.views.sample import field_of

LARGEST = 64
"""The side of a cell at most."""
SMALLEST, DIGIT = 8, 0.62
"""The smallest face of a count in pixels, and how broad a letter of the monospaced face is for its height."""
BAR = 110
"""The length of a full recall at most."""
MATRIX = 0.58
"""The share of the view that the matrix takes at most."""


def tell_cell(confusion: Confusion, true: int, predicted: int) -> str:
    """A cell in words."""
    count = int(confusion.counts[true, predicted])
    samples = "1 sample" if count == 1 else f"{count:,} samples"
    return f"true {confusion.labels[true]}, predicted {confusion.labels[predicted]}: {samples}"


def recalls(confusion: Confusion) -> np.ndarray:
    """The share of each class' samples that is recognised, (classes,); nan for a class without samples."""
    totals = confusion.counts.sum(axis=1)
    return np.divide(
        np.diag(confusion.counts), totals, out=np.full(len(totals), np.nan), where=totals > 0, casting="unsafe"
    )


def worst_pairs(confusion: Confusion, most: int) -> list[tuple[int, int]]:
    """The commonest mistakes, (true, predicted), the commonest first."""
    wrong = confusion.counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = [divmod(int(flat), wrong.shape[1]) for flat in order]
    return [pair for pair in pairs if wrong[pair]]


class Matrix(QWidget):
    """The cells, coloured by their share of the row, with counts where there is room."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.confusion: Confusion | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(150, 120)
        self._hovered: tuple[int, int] | None = None

    def sizeHint(self) -> QSize:
        return QSize(360, 240)

    def show_confusion(self, confusion: Confusion) -> None:
        """Takes a new matrix."""
        self.confusion = confusion
        self.update()

    def _layout(self) -> tuple[int, int, float]:
        """Left and top of the cells, and the side of one: cells are square; pixels of letters of the usual size."""
        count = len(self.confusion.labels) if self.confusion else 1
        longest = max((len(text) for text in self.confusion.labels), default=1) if self.confusion else 1
        left = 28 + min(110, 7 * longest + 6)
        broad, tall = self.width() / scale(), self.height() / scale()
        side = min((broad - left - 12) / count, (tall - 42) / count, LARGEST)
        return left, 4, max(1.0, side)

    def wanted(self) -> int:
        """The width in which the cells are as large as the height lets them be."""
        count, left = len(self.confusion.labels) if self.confusion else 1, self._layout()[0]
        side = min((self.height() / scale() - 42) / count, LARGEST)
        return round(scale() * (left + count * side + 12))

    def cell_at(self, point: QPoint) -> tuple[int, int] | None:
        """The (true, predicted) classes under a point."""
        if self.confusion is None:
            return None
        left, top, side = self._layout()
        row, column = int((point.y() / scale() - top) // side), int((point.x() / scale() - left) // side)
        count = len(self.confusion.labels)
        return (row, column) if 0 <= row < count and 0 <= column < count else None

    def cell_box(self, true: int, predicted: int) -> QRectF:
        """Where a cell is painted, in pixels of letters of the usual size."""
        left, top, side = self._layout()
        gap = 1.0 if side > 5 else 0.0
        return QRectF(left + predicted * side, top + true * side, side - gap, side - gap)

    def paintEvent(self, event: QPaintEvent) -> None:
        confusion, theme = self.confusion, self.session.theme
        if confusion is None:
            return
        painter = QPainter(self)
        painter.scale(scale(), scale())
        left, top, side = self._layout()
        totals = np.maximum(confusion.counts.sum(axis=1, keepdims=True), 1)
        shares = confusion.counts / totals
        empty, full = QColor(theme.raised), QColor(theme.accent)
        wrong = QColor(theme.families["convolution"])
        # All counts have one size, in which the longest has room.
        longest = max(len(f"{count:,}") for count in confusion.counts.reshape(-1).tolist())
        pixels = min(13, int(side * 0.5), int((side - 5) / (longest * DIGIT)))
        painter.setFont(mono(max(SMALLEST, pixels)))
        for true, predicted in np.ndindex(*confusion.counts.shape):
            share, box = float(shares[true, predicted]), self.cell_box(true, predicted)
            # The square root lets a single mistake among many still be seen.
            color = _mix(empty, full if true == predicted else wrong, share**0.5)
            painter.fillRect(box, color)
            count = int(confusion.counts[true, predicted])
            if count and pixels >= SMALLEST:
                painter.setPen(ink_on(color))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{count:,}")
        if self._hovered:
            painter.setPen(QColor(theme.text))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.cell_box(*self._hovered))
        self._draw_labels(painter, left, top, side)

    def _draw_labels(self, painter: QPainter, left: int, top: int, side: float) -> None:
        if self.confusion is None:
            return
        count = len(self.confusion.labels)
        painter.setPen(QColor(self.session.theme.dim))
        painter.setFont(mono(11))
        measure = painter.fontMetrics()
        every = max(1, int(np.ceil(14 / side)))
        for index in range(0, count, every):
            name = self.confusion.labels[index]
            row = QRectF(24, top + index * side, left - 30, max(side - 1, 14))
            text = measure.elidedText(name, Qt.TextElideMode.ElideRight, int(row.width()))
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            column = QRectF(left + index * side, top + count * side + 1, side * every, 15)
            text = measure.elidedText(name, Qt.TextElideMode.ElideRight, int(column.width()))
            painter.drawText(column.adjusted(0, 0, -1 - side * (every - 1), 0), Qt.AlignmentFlag.AlignCenter, text)
        below = QRectF(left, top + count * side + 16, max(count * side, 70), 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "predicted")
        painter.save()
        painter.translate(12, top + count * side / 2)
        painter.rotate(-90)
        painter.drawText(QRect(-60, -9, 120, 18), Qt.AlignmentFlag.AlignCenter, "true")
        painter.restore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().toPoint())
        if cell != self._hovered:
            self._hovered = cell
            self.update()
        if cell and self.confusion:
            QToolTip.showText(event.globalPosition().toPoint(), tell_cell(self.confusion, *cell), self)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()


class Recalls(QWidget):
    """Recall of every class as bars, and the commonest mistakes in words."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.confusion: Confusion | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_confusion(self, confusion: Confusion) -> None:
        """Takes a new matrix."""
        self.confusion = confusion
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        confusion, theme = self.confusion, self.session.theme
        if confusion is None:
            return
        painter = QPainter(self)
        painter.scale(scale(), scale())
        broad, tall = round(self.width() / scale()), round(self.height() / scale())
        painter.setFont(mono(11))
        metrics = painter.fontMetrics()
        room = max(1, (tall - 28) // 15)
        values = recalls(confusion)
        # Where not all classes fit, those that are recognised worst.
        order = sorted(np.argsort(np.nan_to_num(values, nan=2), kind="stable")[:room].tolist())
        painter.setPen(QColor(theme.dim))
        head = "recall of each class" if len(order) == len(values) else f"recall of the {len(order)} worst classes"
        painter.drawText(8, 14, head)
        name_width = min(90, max(metrics.horizontalAdvance(text) for text in confusion.labels) + 8)
        bar = max(24, min(BAR, broad - name_width - 80))
        pitch = min(22, max(15, (tall - 28) // max(1, len(order))))
        for place, index in enumerate(order):
            top, value = 22 + place * pitch, float(values[index])
            painter.setPen(QColor(theme.text))
            name = metrics.elidedText(confusion.labels[index], Qt.TextElideMode.ElideRight, name_width)
            painter.drawText(QRect(8, top, name_width, pitch), Qt.AlignmentFlag.AlignVCenter, name)
            track = QRect(12 + name_width, top + pitch // 2 - 4, bar, 8)
            painter.fillRect(track, QColor(theme.raised))
            if np.isfinite(value):
                painter.fillRect(track.adjusted(0, 0, round(value * bar) - bar, 0), QColor(theme.accent))
            painter.setPen(QColor(theme.dim))
            shown = f"{100 * value:.1f} %" if np.isfinite(value) else "–"
            painter.drawText(QRect(track.right() + 8, top, 70, pitch), Qt.AlignmentFlag.AlignVCenter, shown)
        left = name_width + 210
        if broad - left > 220:
            painter.drawText(left, 14, "commonest mistakes")
            painter.setPen(QColor(theme.text))
            for place, pair in enumerate(worst_pairs(confusion, max(1, (tall - 28) // 18))):
                painter.drawText(left, 34 + place * 18, tell_cell(confusion, *pair))


class ConfusionView(View):
    """The confusion matrix, live."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.status = label()
        self.bar.addWidget(self.status)
        self.bar.addStretch(1)
        self.matrix, self.recalls = Matrix(session), Recalls(session)
        layout = QHBoxLayout(self.body)
        layout.setContentsMargins(8, 0, 8, 4)
        layout.addWidget(self.matrix)
        layout.addWidget(self.recalls, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """Gives the matrix the width that its height asks for, and the recalls what is left, which is never nothing."""
        self.matrix.setFixedWidth(max(150, min(self.matrix.wanted(), round(MATRIX * self.width()))))

    def watch(self) -> Watch | None:
        return Watch(confusion=True)

    def hint(self) -> str:
        target = any(field.classes for field in self.session.fields.values() if field.meaning == "class")
        if self.session.fields and not target:
            return "There are no classes to mix up: the data of this project has no class field."
        if self.session.fields and not self._asks():
            return "There are no classes to mix up: no loss of this network compares its answer with a class."
        if self.snapshot is None or self.snapshot.confusion is None:
            return "Press Train: which classes are taken for which is drawn here."
        return ""

    def _asks(self) -> bool:
        """Whether the target of a loss is a field of classes."""
        document = self.session.document
        graph = self.run.project.graph if self.run else document.project.graph if document else None
        if graph is None:
            return False
        targets = {edge.source for edge in graph.edges if edge.input == "target"}
        fields = [field_of(graph, node, self.session.fields) for node in targets]
        return any(field is not None and field.classes and field.meaning == "class" for field in fields)

    def restyle(self) -> None:
        self.status.setStyleSheet(f"color: {self.session.theme.dim};")
        self._share()
        self.matrix.update()
        self.recalls.update()

    def refresh(self) -> None:
        confusion = self.snapshot.confusion if self.snapshot else None
        if confusion is None or confusion is self.matrix.confusion:
            return
        self.matrix.show_confusion(confusion)
        self._share()
        self.recalls.show_confusion(confusion)
        right, total = int(np.trace(confusion.counts)), int(confusion.counts.sum())
        self.status.setText(
            f"{right:,} of {total:,} right · accuracy {100 * right / total:.1f} %" if total else "no samples"
        )


def _mix(low: QColor, high: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        *((1 - share) * a + share * b for a, b in zip(low.getRgbF()[:3], high.getRgbF()[:3], strict=True))
    )
