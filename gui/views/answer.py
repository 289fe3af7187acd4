"""What the network says of one sample, beside what is true: bars for classes, pictures for pictures."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.training.records import FloatArray
from gui.class_map import class_colors, class_map
from gui.fonts import scale
from gui.pictures import image_of, rgb_of, shown_token
from gui.session import Session
from gui.views.base import mono
from gui.views.sample import Answer, Pictures, class_name

ROWS = 12
BAR_LEFT, BAR_ROOM = 72, 64
"""Where the bars of an answer stand, in pixels."""
WIDTH, TWO_PICTURES = 190, 270
"""The pane of an answer, and where it shows two pictures at most; twice as much in a lecture hall."""
NAME = 88
"""The room that the name of a picture needs."""
SWATCH, LEGEND_LINE, MOST_NAME = 10, 16, 110
"""Of the legend of a map of classes: the side of a colour, the height of a line, the room of a name."""


def bar_of(value: float, span: tuple[float, float]) -> QRect:
    """The bar of a score from zero to its value, of no height; `span` holds the lowest and the highest score.

    Scores may be negative: their bars go to the left of where zero lies.
    """
    low, high = min(0.0, span[0]), max(0.0, span[1])
    left, right = ((each - low) / ((high - low) or 1) for each in sorted((0.0, value)))
    start = int(left * BAR_ROOM)
    return QRect(BAR_LEFT + start, 0, max(1, int(right * BAR_ROOM) - start), 0)


def _first(values: FloatArray) -> str:
    """The first of many values in words."""
    return ", ".join([*(f"{value:.3g}" for value in values[:3]), *(["…"] if len(values) > 3 else [])])


class AnswerPane(QWidget):
    """The true class, the predicted one, and a bar for every class; of pictures, the true and the predicted one."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.answer: Answer | None = None
        self.resize_letters()

    def show_answer(self, answer: Answer | None) -> None:
        """Takes the answer of a new snapshot."""
        self.answer = answer
        self.setVisible(answer is not None)
        self.resize_letters()

    def sentence(self) -> str:
        """The answer in words."""
        answer = self.answer
        if answer is None:
            return ""
        if answer.pictures is not None:
            return answer.pictures.note
        if not answer.labels:
            values = _first(answer.scores)
            truth = "" if answer.truth is None else _first(answer.truth.reshape(-1))
            return f"true {truth} · predicted {values}" if truth else f"predicted {values}"
        true = shown_token(class_name(answer.labels, answer.true)) if answer.true >= 0 else "unknown"
        return f"true {true} · predicted {shown_token(class_name(answer.labels, answer.predicted))}"

    def resize_letters(self) -> None:
        """Takes the room that letters of the present size ask for."""
        broad = WIDTH
        if self.answer is not None and self.answer.pictures is not None:
            # No broader than pictures as high as the pane ask for: the rest of the view needs the room.
            broad = max(WIDTH, min(TWO_PICTURES, 28 + 2 * max(NAME, round(self.height() / scale()) - 48)))
        self.setFixedWidth(round(broad * scale()))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self.resize_letters()

    def paintEvent(self, event: QPaintEvent) -> None:
        answer, theme = self.answer, self.session.theme
        if answer is None:
            return
        painter = QPainter(self)
        # Everything below is in pixels of letters of the usual size.
        painter.scale(scale(), scale())
        broad, tall = self.width() / scale(), self.height() / scale()
        if answer.pictures is not None:
            self._paint_pictures(painter, answer.pictures, broad, tall)
            return
        right = answer.predicted == answer.true
        face = QFont(self.font())
        face.setPixelSize(13)
        painter.setFont(face)
        verdict = "" if answer.true < 0 else "  ✓" if right else "  ✗"
        painter.setPen(QColor(theme.text if answer.true < 0 else theme.good if right else theme.error))
        head = QRect(10, 4, int(broad) - 14, 20)
        lines = [self.sentence() + verdict]
        if painter.fontMetrics().horizontalAdvance(lines[0]) > head.width():
            lines = lines[0].replace(" · ", "\n", 1).split("\n")
        for line in lines:
            text = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, head.width())
            painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, text)
            head.translate(0, 18)
        if not answer.scores.size:
            return
        first = head.top() + 6
        # The largest ones in the order of the classes, when there are too many for the room.
        room = max(1, min(ROWS, int(tall - first - 4) // 14, answer.scores.size))
        rows = sorted(np.argsort(-np.abs(answer.scores), kind="stable")[:room].tolist())
        pitch = min(22.0, (tall - first - 4) / room)
        span = (0.0, 1.0) if answer.shares else (float(answer.scores.min()), float(answer.scores.max()))
        painter.setFont(mono(11))
        for place, index in enumerate(rows):
            top = int(first + place * pitch)
            value = float(answer.scores[index])
            painter.setPen(QColor(theme.text if index == answer.true else theme.dim))
            name = shown_token(class_name(answer.labels, index))
            name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 58)
            painter.drawText(QRect(10, top, 58, int(pitch)), Qt.AlignmentFlag.AlignVCenter, name)
            bar = QColor(theme.good if index == answer.true else theme.accent)
            if index != answer.predicted:
                bar.setAlphaF(0.55)
            painter.fillRect(bar_of(value, span).adjusted(0, top + 2, 0, top + max(4, int(pitch) - 2)), bar)
            shown = f"{100 * value:.0f} %" if answer.shares else f"{value:.2g}"
            painter.setPen(QColor(theme.dim))
            painter.drawText(QRect(140, top, 48, int(pitch)), Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_pictures(self, painter: QPainter, pictures: Pictures, broad: float, tall: float) -> None:
        """Both pictures side by side in one scale, their names above them, and how far apart they are below."""
        theme, gap, line = self.session.theme, 8.0, 20.0
        room = min((broad - 20 - gap) / 2, max(16.0, tall - 2 * line - 8))
        high, wide = pictures.true.shape[-2:]
        size = QSize(max(1, round(room * min(1, wide / high))), max(1, round(room * min(1, high / wide))))
        face = QFont(self.font())
        face.setPixelSize(12)
        painter.setFont(face)
        column = (broad - 20 - gap) / 2
        for side, (name, values) in enumerate(zip(pictures.names, (pictures.true, pictures.predicted), strict=True)):
            left = 10 + side * (column + gap)
            painter.setPen(QColor(theme.dim))
            name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(column))
            painter.drawText(QRectF(left, 4, column, line), Qt.AlignmentFlag.AlignVCenter, name)
            painter.drawImage(QRectF(left, 4 + line, size.width(), size.height()), picture_of(pictures, values))
        painter.setPen(QColor(theme.text))
        below = QRectF(10, 6 + line + size.height(), broad - 20, line)
        note = painter.fontMetrics().elidedText(pictures.note, Qt.TextElideMode.ElideRight, int(below.width()))
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, note)
        if pictures.classes:
            self._paint_legend(painter, pictures, QRectF(10, below.bottom() + 4, broad - 20, tall - below.bottom() - 8))

    def _paint_legend(self, painter: QPainter, pictures: Pictures, room: QRectF) -> None:
        """The colours of the classes that are seen, with their names, in as many lines as there are."""
        colors, metrics = class_colors(len(pictures.classes)), painter.fontMetrics()
        x, y = room.left(), room.top()
        for index in classes_seen(pictures):
            name = metrics.elidedText(class_name(pictures.classes, index), Qt.TextElideMode.ElideRight, MOST_NAME)
            broad = SWATCH + 5 + metrics.horizontalAdvance(name)
            if x > room.left() and x + broad > room.right():
                x, y = room.left(), y + LEGEND_LINE
            if y + LEGEND_LINE > room.bottom():
                return
            painter.fillRect(QRectF(x, y + (LEGEND_LINE - SWATCH) / 2, SWATCH, SWATCH), QColor(colors[index]))
            words = QRectF(x + SWATCH + 5, y, broad, LEGEND_LINE)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, name)
            x += broad + 12


def classes_seen(pictures: Pictures) -> list[int]:
    """The classes that stand in either of two maps, in their order."""
    both = np.unique(np.concatenate([pictures.true.reshape(-1), pictures.predicted.reshape(-1)]))
    return [int(each) for each in both if 0 <= each < len(pictures.classes)]


def picture_of(pictures: Pictures, values: FloatArray) -> QImage:
    """One of two pictures (C, H, W), one pixel a value, in the scale of the true one; what is beyond it is cut.

    A map of classes has the colours of its classes.
    """
    if pictures.classes:
        return class_map(values[0], len(pictures.classes))
    low, high = (float(end) for end in pictures.span)
    values = np.clip(values, low, high)
    if len(values) == 3:
        return rgb_of((values - low) / ((high - low) or 1))
    return image_of(values.mean(0), "image", low=low, high=high)
