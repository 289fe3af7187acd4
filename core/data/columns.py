"""What the columns of a table hold: numbers, categories or free text, found from the cells themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.data.delimited import LARGEST, Table, as_number, is_missing
from core.model.amounts import counted
from core.model.fault import ProjectError

ColumnType = Literal["number", "category", "text"]
NUMBER_SHARE = 0.95
"""A column whose cells are numbers to this share is one of numbers; the odd ones are reported as faults."""
MOST_CATEGORIES = 50
MOST_CLASSES = 1000
FEW = 10
MOST_REASONS = 4

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """A column: `missing` counts its empty cells, `odd` the texts among its numbers, `values` are its categories.

    A number column has `values` too where they are whole and not too many to be classes; `repeats` says that each comes
    often enough to read it as classes at once. `low` and `high` are the least and the greatest number. Of a column of
    text `numbers` counts the cells that are some, and `strange` is the first that is none.
    """

    name: str
    type: ColumnType
    missing: int
    distinct: int
    values: tuple[str, ...] = ()
    repeats: bool = False
    odd: int = 0
    low: float | None = None
    high: float | None = None
    numbers: int = 0
    strange: str = ""

    @property
    def like_classes(self) -> bool:
        """Whether it reads as classes when it is the target: categories, or few whole numbers that repeat."""
        return self.type == "category" or self.repeats

    @property
    def usable(self) -> bool:
        """Whether it can be a feature: neither free text nor empty."""
        return self.type != "text" and self.distinct > 0


def describe(table: Table) -> tuple[Column, ...]:
    """The columns of a table with their detected types."""
    return tuple(_column(table, place) for place in range(len(table.columns)))


def _column(table: Table, place: int) -> Column:
    name = table.columns[place]
    cells = [row[place].strip() for row in table.rows]
    present = [cell for cell in cells if not is_missing(cell)]
    missing, texts = len(cells) - len(present), sorted(set(present))
    read = [as_number(cell, table.delimiter) for cell in present]
    numbers = [number for number in read if number is not None]
    if present and len(numbers) >= NUMBER_SHARE * len(present):
        unlike = sorted(set(numbers))
        whole = len(unlike) <= MOST_CLASSES and all(number.is_integer() for number in unlike)
        values = tuple(str(int(number)) for number in unlike) if whole else ()
        repeats = whole and len(unlike) <= FEW and len(numbers) >= 3 * len(unlike)
        odd = len(present) - len(numbers)
        return Column(name, "number", missing, len(unlike), values, repeats, odd, unlike[0], unlike[-1])
    many = len(texts) > MOST_CATEGORIES or (len(texts) > FEW and len(texts) > len(present) / 2)
    if not many:
        return Column(name, "category", missing, len(texts), tuple(texts))
    strange = next((cell for cell, number in zip(present, read, strict=True) if number is None), "")
    return Column(name, "text", missing, len(texts), numbers=len(numbers), strange=strange)


def left_out(column: Column) -> tuple[str, str]:
    """Why a column cannot be a feature and what to do, in words; both empty where it can."""
    if column.usable:
        return "", ""
    if not column.distinct:
        return f"“{column.name}” is left out: it is empty in every row.", ""
    if column.numbers:
        said = f"{column.numbers:,} of its cells are numbers, but “{_shortened(column.strange)}” is none."
        return f"“{column.name}” is left out: {said}", "Write numbers there, or leave such cells empty."
    fix = _as_numbers(column.strange)
    return f"“{column.name}” is left out: {column.distinct:,} different texts are too many to be categories.", fix


def _as_numbers(cell: str) -> str:
    """What to do where a text looks like a number that is written otherwise; empty where it does not."""
    shown = f"“{_shortened(cell)}” is no number here"
    if re.fullmatch(r"[-+]?\d{1,3}([ .,'’\u00a0]\d{3})+([.,]\d+)?", cell):
        return f"{shown}: write numbers without separators of thousands, and with a decimal point."
    if re.fullmatch(r"[-+]?\d*,\d+", cell):
        return f"{shown}: write numbers with a decimal point, or separate the cells by semicolons."
    if re.fullmatch(r"[-+$€£]?\s*[\d.,]+\s*[%€$£°a-zA-Zµ²³/]{1,5}|[$€£]\s*[\d.,]+", cell):
        return f"{shown}: leave units and signs out of the cells."
    return ""


def all_left_out(columns: Iterable[Column], target: str) -> tuple[str, ...]:
    """A sentence for each column but the target that cannot be a feature; of many, the first ones and how many more."""
    told = [" ".join(left_out(column)).strip() for column in columns if column.name != target and not column.usable]
    more = len(told) - MOST_REASONS
    return (*told[:MOST_REASONS], *([f"So are {counted(more, 'other column')}."] if more > 0 else ()))


def numbers_of(table: Table, name: str) -> Numbers:
    """A column as numbers, NaN where one is missing; raises ProjectError naming the line of the first that is text."""
    place = table.columns.index(name)
    numbers = np.empty(len(table.rows))
    for index, row in enumerate(table.rows):
        number = as_number(row[place], table.delimiter)
        if number is None and not is_missing(row[place]):
            message, fix = _refused(row[place])
            here = f"{table.name}, {table.unit} {table.lines[index]:,}, column “{name}”"
            raise ProjectError(message, place=here, fix=fix)
        numbers[index] = np.nan if number is None else number
    return numbers


def _refused(cell: str) -> tuple[str, str]:
    """Why a cell is no number that a network could read, and what to do."""
    try:
        # “inf” is a word, 1e999 is a number.
        is_large = abs(float(cell)) > LARGEST and any(map(str.isdigit, cell))
    except ValueError:
        is_large = False
    if is_large:
        message = f"“{_shortened(cell)}” is too large: numbers go up to {LARGEST:.1e} in 32 bits."
        return message, "Measure the column in a larger unit, or leave the cell empty."
    return f"“{_shortened(cell)}” is not a number.", "Write a number there, or leave the cell empty."


def codes_of(table: Table, column: Column) -> npt.NDArray[np.int64]:
    """A column as indices into its categories, −1 where one is missing."""
    place = table.columns.index(column.name)
    if column.type == "number":
        index = {float(value): code for code, value in enumerate(column.values)}
        numbers = numbers_of(table, column.name)
        return np.array([-1 if np.isnan(number) else index[number] for number in numbers], np.int64)
    codes = {value: code for code, value in enumerate(column.values)}
    return np.array([codes.get(row[place].strip(), -1) for row in table.rows], np.int64)


def _shortened(cell: str) -> str:
    text = " ".join(cell.split())
    return text if len(text) <= 40 else text[:39] + "…"
