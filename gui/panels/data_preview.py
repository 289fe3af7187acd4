"""The lower half of the data form: parts, fields, class balance and samples of what is chosen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.data.table import Preview
from core.model.amounts import counted
from core.model.tensor import Field
from gui.panels.data_look import Array, Look, Measured, class_of, fields_in_words
from gui.panels.data_pictures import BalanceBars, PointCloud, SampleGrid, table_head
from gui.panels.data_series import SeriesStrips, is_series
from gui.panels.parts import Finding, button, clear, heading, label, numbers
from gui.theme import Theme

ROWS = 6
STRIPS = 4
LARGE = 120
"""Pixels across of the picture of a graph."""
FEW = 8
"""Pictures of each field where several fields are pictures."""
RECEIVED = "What the network receives"
AGAIN = "Draws the next batch of training, as the next step would"


class DataPreview(QWidget):
    """Shows one look at the data, a sentence while it is on its way, or why there is none."""

    again = Signal()
    """Another batch is to be drawn."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_waiting(self) -> None:
        self._begin()
        self._column.addWidget(label("Loading the data …", "dim", wrap=True))

    def show_nothing(self) -> None:
        self._begin()

    def show_error(self, message: str, fix: str) -> None:
        self._begin()
        self._column.addWidget(Finding(message, fix, "error"))

    def show_look(self, look: Look, theme: Theme, number: int = 1, rows: int = 0) -> None:
        """`rows` are those of the table that the data are read from; 0 for other data."""
        self._begin()
        if look.received:
            self._show_received(look, theme, number)
        parts = " · ".join(f"{size:,} {part}" for part, size in look.sizes.items())
        self._column.addWidget(heading(counted(look.total, "sample")))
        self._column.addWidget(numbers(parts))
        if rows > look.total:
            told = f"{rows - look.total:,} of {rows:,} rows are left out, for they lack a value."
            self._column.addWidget(label(told, "dim", wrap=True))
        for note in look.notes:
            self._column.addWidget(label(note, "warning", wrap=True))
        self._column.addLayout(_named(look.stored))
        if look.classes:
            self._column.addWidget(heading("Samples of each class"))
            self._column.addWidget(BalanceBars(look.classes, theme))
        if look.measured:
            self._column.addWidget(heading("Statistics of the training part"))
            self._column.addWidget(_statistics(look.measured))
        self._column.addWidget(heading("Training samples" + (" before the transforms" if look.received else "")))
        self._show_samples(look.stored, look.samples, look, theme, "First training samples")

    def _show_received(self, look: Look, theme: Theme, number: int) -> None:
        head = QHBoxLayout()
        head.addWidget(heading(RECEIVED), 1)
        if look.drawn:
            head.addWidget(button("Draw again", self.again.emit, "", AGAIN))
        self._column.addLayout(head)
        told = f"Training samples after the transforms, as drawn in step {number:,}." if look.drawn else ""
        self._column.addWidget(label(told or "Training samples after the transforms.", "dim", wrap=True))
        changed = {name: field for name, field in look.fields.items() if look.stored.get(name) != field}
        if changed:
            self._column.addLayout(_named(changed))
        self._show_samples(look.fields, look.received, look, theme, "Rows that the network receives")

    def _show_samples(
        self, fields: dict[str, Field], samples: dict[str, Array], look: Look, theme: Theme, name: str
    ) -> None:
        images = [each for each, field in fields.items() if field.meaning == "image" and len(field.shape) == 3]
        named = fields.get(look.class_field)
        with_class = look.class_field if named is not None and named.meaning == "class" else ""
        shown = None if len(images) == 1 else FEW
        for each in images:
            if len(images) > 1:
                self._column.addWidget(numbers(each))
            of = class_of(each, fields, look)
            captions = [_word(value, fields[of]) for value in samples[of]] if of else []
            self._column.addWidget(SampleGrid(samples[each][:shown], fields[each], captions, theme))
        for each in [each for each, field in fields.items() if is_series(field)]:
            self._column.addWidget(numbers(f"{each}, over {fields[each].shape[0]:,} steps"))
            self._column.addWidget(SeriesStrips(samples[each][:STRIPS], fields[each], theme))
        for each in [each for each, field in fields.items() if field.meaning == "graph"]:
            self._column.addWidget(numbers(each))
            self._column.addWidget(SampleGrid(samples[each][:1], fields[each], [], theme, LARGE))
        for each, field in fields.items():
            if field.meaning == "vector" and field.shape == (2,) and with_class:
                self._column.addWidget(PointCloud(samples[each], samples[with_class], field, theme))
        drawn = {
            each for each, field in fields.items() if each in images or is_series(field) or field.meaning == "graph"
        }
        rest = {each: field for each, field in fields.items() if each not in drawn}
        if not drawn or set(rest) - {with_class}:
            columns, rows = _cells(rest, samples)
            self._column.addWidget(table_head(columns, rows, name))

    def _begin(self) -> None:
        clear(self._column)


class TablePreview(QWidget):
    """What a table holds: a row for each column with its type and gaps, and the first rows."""

    def __init__(self, table: Preview) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(heading(f"{counted(table.count, 'row')}, {counted(len(table.columns), 'column')}"))
        gaps = counted(table.missing, "missing value") if table.missing else "no missing values"
        header = "header" if table.has_header else "no header"
        column.addWidget(numbers(" · ".join(filter(None, (gaps, header, table.delimiter, table.encoding)))))
        names = [each.name for each in table.columns]
        column.addWidget(table_head(names, table.rows[:ROWS], "First rows of the table"))


def _named(fields: dict[str, Field]) -> QGridLayout:
    """A line for each field: its name and what it is."""
    table = QGridLayout()
    table.setHorizontalSpacing(12)
    table.setColumnStretch(1, 1)
    for index, (name, words) in enumerate(fields_in_words(fields)):
        table.addWidget(numbers(name, "", wrap=False), index, 0)
        table.addWidget(label(words, "dim", wrap=True), index, 1)
    return table


def _statistics(measured: tuple[Measured, ...]) -> QWidget:
    rows = [
        [each.name, *(_figures(number) for number in (each.mean, each.deviation, each.low, each.high))]
        for each in measured
    ]
    table = table_head(["", "mean", "std", "min", "max"], rows, "Statistics of the training part")
    for across, meant in enumerate(("Mean", "Standard deviation", "Least value", "Greatest value"), 1):
        table.horizontalHeaderItem(across).setToolTip(meant)
    return table


def _figures(number: float) -> str:
    """A number in three figures, so that four of them stand side by side in a narrow panel; thousands in full."""
    return f"{number:.4g}" if 1_000 <= abs(number) < 10_000 else f"{number:.3g}"


def _word(value: object, field: Field) -> str:
    index = int(value)  # type: ignore[call-overload]
    return field.labels[index] if 0 <= index < len(field.labels) else str(index)


def _cells(fields: dict[str, Field], samples: dict[str, Array]) -> tuple[list[str], list[list[str]]]:
    """Column names and the first rows of fields that are no pictures."""
    columns: list[str] = []
    parts: list[list[list[str]]] = []
    for name, field in fields.items():
        values = samples[name][:ROWS]
        if field.meaning == "token" and field.labels and field.shape:
            columns.append(name)
            apart = " " if any(len(each) > 1 for each in field.labels) else ""
            parts.append([[apart.join(_token(v, field) for v in row[:40])] for row in values])
        elif field.meaning == "class":
            columns.append(field.title or name)
            parts.append([[_word(v, field)] if field.shape == () else [" ".join(map(str, v))] for v in values])
        else:
            flat = values.reshape(len(values), -1)
            wide = flat.shape[1]
            columns += list(field.labels) if len(field.labels) == wide else [_name(name, i, wide) for i in range(wide)]
            parts.append([[f"{number:.4g}" for number in row] for row in np.asarray(flat)])
    rows = len(parts[0]) if parts else 0
    return columns, [[cell for part in parts for cell in part[index]] for index in range(rows)]


def _name(name: str, index: int, count: int) -> str:
    return name if count == 1 else f"{name}[{index}]"


def _token(value: object, field: Field) -> str:
    index = int(value)  # type: ignore[call-overload]
    if not 0 <= index < len(field.labels):
        return "·"
    return field.labels[index].replace("\n", "⏎")
