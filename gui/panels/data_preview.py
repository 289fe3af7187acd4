"""The lower half of the data form: parts, fields, class balance and samples of what is chosen."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from core.data.table import Preview
from core.model.amounts import counted
from core.model.tensor import Field
from gui.panels.data_look import Array, Look, fields_in_words
from gui.panels.data_pictures import BalanceBars, PointCloud, SampleGrid, table_head
from gui.panels.parts import Finding, clear, heading, label, numbers
from gui.theme import Theme

ROWS = 6


class DataPreview(QWidget):
    """Shows one look at the data, a sentence while it is on its way, or why there is none."""

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

    def show_look(self, look: Look, theme: Theme) -> None:
        self._begin()
        parts = " · ".join(f"{size:,} {part}" for part, size in look.sizes.items())
        self._column.addWidget(heading(counted(look.total, "sample")))
        self._column.addWidget(numbers(parts))
        for note in look.notes:
            self._column.addWidget(label(note, "warning", wrap=True))
        table = QGridLayout()
        table.setHorizontalSpacing(12)
        table.setColumnStretch(1, 1)
        for index, (name, words) in enumerate(fields_in_words(look.fields)):
            table.addWidget(numbers(name, "", wrap=False), index, 0)
            table.addWidget(label(words, "dim", wrap=True), index, 1)
        self._column.addLayout(table)
        if look.classes:
            self._column.addWidget(heading("Samples of each class"))
            self._column.addWidget(BalanceBars(look.classes, theme))
        self._column.addWidget(heading("Training samples"))
        self._show_samples(look, theme)

    def _show_samples(self, look: Look, theme: Theme) -> None:
        images = [name for name, field in look.fields.items() if field.meaning == "image" and len(field.shape) == 3]
        captions = [_word(value, look.fields[look.class_field]) for value in look.samples.get(look.class_field, ())]
        for name in images:
            self._column.addWidget(SampleGrid(look.samples[name], look.fields[name], captions, theme))
        for name, field in look.fields.items():
            if field.meaning == "vector" and field.shape == (2,) and look.class_field:
                self._column.addWidget(PointCloud(look.samples[name], look.samples[look.class_field], field, theme))
        rest = {name: field for name, field in look.fields.items() if name not in images}
        if not images or set(rest) - {look.class_field}:
            columns, rows = _cells(rest, look.samples)
            self._column.addWidget(table_head(columns, rows, "First training samples"))

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
        column.addWidget(numbers(f"{gaps} · {header} · {table.delimiter} · {table.encoding}"))
        names = [each.name for each in table.columns]
        column.addWidget(table_head(names, table.rows[:ROWS], "First rows of the table"))


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
            parts.append([["".join(_token(v, field) for v in row[:40])] for row in values])
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
