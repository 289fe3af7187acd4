"""One editor for each type of parameter. Every editor has `show_value`, `changed`, `refused` and `left`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QStandardItemModel,
    QWheelEvent,
)
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from core.model.spec import Param
from core.model.tensor import Field
from core.model.values import Value
from gui.panels.formula import FormulaField
from gui.panels.numberbox import NumberBox
from gui.panels.style import face, mono

NO_VALUE = object()
"""What a line that cannot be chosen stands for."""


class Switch(QCheckBox):
    """Yes or no, as a switch with its word beside it."""

    changed = Signal(object)
    refused = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFont(mono())
        self.clicked.connect(lambda: self.changed.emit(self.isChecked()))

    def show_value(self, value: Value) -> None:
        self.setChecked(bool(value))

    def sizeHint(self) -> QSize:
        return QSize(38 + self.fontMetrics().horizontalAdvance("yes") + 6, max(24, self.fontMetrics().height() + 4))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: object) -> bool:
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        on, enabled = self.isChecked(), self.isEnabled()
        track = QRectF(self.width() - 35, (self.height() - 18) / 2, 32, 18)
        ground = palette.highlight().color() if on else palette.windowText().color()
        if not (on and enabled):
            ground.setAlphaF(0.45)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(track, 9, 9)
        painter.setBrush(palette.highlightedText() if on else palette.windowText())
        painter.drawEllipse(QRectF(track.right() - 16 if on else track.left() + 2, track.top() + 2, 14, 14))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(palette.highlight().color())
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), 11, 11)
        painter.setPen(palette.windowText().color())
        words = QRectF(0, 0, track.left() - 8, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "yes" if on else "no")
        painter.end()


class Choice(QComboBox):
    """One of several words; each has a title and the value that stands for it."""

    changed = Signal(object)
    refused = Signal(str)
    left = Signal()

    def __init__(self, options: Iterable[tuple[Value, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.set_options(options)
        self.activated.connect(lambda index: self.changed.emit(self.itemData(index)))

    def set_options(self, options: Iterable[tuple[Value, str]]) -> None:
        value = self.currentData()
        self.clear()
        for option, title in options:
            self.addItem(title, option)
        self.fit_popup()
        self.show_value(value)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().text().color(), 1.2))
        middle = QPointF(self.width() - 12, self.height() / 2)
        painter.drawPolyline(QPolygonF([middle + QPointF(x, y) for x, y in ((-3.5, -1.5), (0, 2), (3.5, -1.5))]))
        painter.end()

    def add_group(self, title: str) -> None:
        """A line in the list that cannot be chosen: what follows belongs together."""
        self.addItem(title)
        model = self.model()
        if isinstance(model, QStandardItemModel):
            item = model.item(self.count() - 1)
            item.setEnabled(False)
            item.setData(NO_VALUE, Qt.ItemDataRole.UserRole)
            item.setFont(face(0.92, strong=True))

    def fit_popup(self) -> None:
        """Makes the list as wide as its longest line."""
        width = max((self.fontMetrics().horizontalAdvance(self.itemText(i)) for i in range(self.count())), default=0)
        self.view().setMinimumWidth(width + 32)

    def show_value(self, value: Value) -> None:
        index = self.findData(value)
        if index < 0 and isinstance(value, str) and value:
            # What the project says stays visible, even where it is not on offer any more.
            self.addItem(f"{value} (not there)", value)
            index = self.count() - 1
        self.setCurrentIndex(index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class TextEditor(QLineEdit):
    """A word or a line of text."""

    changed = Signal(object)
    refused = Signal(str)
    left = Signal()

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._param, self._value = param, ""
        self.editingFinished.connect(self._confirm)

    def show_value(self, value: Value) -> None:
        self._value = str(value or "")
        if self.text() != self._value:
            self.setText(self._value)

    def _confirm(self) -> None:
        text = self.text().strip()
        wrong = self._param.complaint(text)
        self.refused.emit(wrong)
        if not wrong and text != self._value:
            self._value = text
            self.changed.emit(text)
        if not self.hasFocus():
            self.left.emit()


class PathEditor(QWidget):
    """A file, or a folder where `filter` is empty: typed, chosen in a dialog, or dropped here."""

    changed = Signal(object)
    refused = Signal(str)
    left = Signal()

    def __init__(self, param: Param, filter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._param, self._filter = param, filter
        self.setAcceptDrops(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.line = TextEditor(param)
        self.line.setPlaceholderText("File" if filter else "Folder")
        self.line.setAccessibleName(param.title)
        self.line.changed.connect(self.changed)
        self.line.left.connect(self.left)
        self.choose = QPushButton("Choose …")
        self.choose.setAccessibleName(f"Choose {param.title}")
        self.choose.clicked.connect(self._choose)
        row.addWidget(self.line, 1)
        row.addWidget(self.choose)
        self.setFocusProxy(self.line)

    def show_value(self, value: Value) -> None:
        self.line.show_value(value)
        self.line.setToolTip(str(value or self._param.doc))

    def _choose(self) -> None:
        at = self.line.text()
        if self._filter:
            path = QFileDialog.getOpenFileName(self, self._param.title, at, self._filter)[0]
        else:
            path = QFileDialog.getExistingDirectory(self, self._param.title, at)
        if path:
            self.take(path)

    def take(self, path: str) -> None:
        """Takes a path as if it had been typed."""
        self.show_value(path)
        self.changed.emit(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(self._fits(Path(url.toLocalFile())) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if self._fits(path := Path(url.toLocalFile())):
                self.take(str(path))
                event.acceptProposedAction()
                return

    def _fits(self, path: Path) -> bool:
        return path.is_file() if self._filter else path.is_dir()


Editor = NumberBox | Switch | Choice | TextEditor | PathEditor | FormulaField


def field_title(field: Field) -> str:
    """A field of the data in a line: `x · image 1×8×8`."""
    shape = "×".join(f"{size:,}" for size in field.shape)
    classes = f"{field.classes:,} classes" if field.meaning == "class" and field.classes else ""
    return f"{field.name} · {field.meaning}" + (f" {shape}" if shape else "") + (f", {classes}" if classes else "")


def editor_for(param: Param, fields: Iterable[Field] = (), files: Mapping[str, str] | None = None) -> Editor:
    """The editor of a parameter.

    `fields` are what a `field` parameter chooses from; `files` are the parameters that are paths, with the file
    dialog's filter (empty for a folder).
    """
    made: Editor
    if param.type == "bool":
        made = Switch()
    elif param.type == "choice":
        made = Choice([(choice, choice) for choice in param.choices])
    elif param.type == "field":
        made = Choice([(field.name, field_title(field)) for field in fields])
    elif files and param.name in files:
        made = PathEditor(param, files[param.name])
    elif param.type == "text":
        made = TextEditor(param)
    else:
        made = NumberBox(param)
    made.setAccessibleName(param.title)
    made.setAccessibleDescription(param.doc)
    return made


def is_entering(event: QEvent) -> bool:
    """Whether an event says that a widget is pointed at or gets the focus."""
    return event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn)
