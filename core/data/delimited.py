"""Text tables (CSV, TSV and relatives) as rows of cells, with the line that each row begins on."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from core.data.known import refuse_others, refuse_page
from core.data.paths import content
from core.model.fault import ProjectError

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "spaces": " "}
MAX_BYTES = 512 * 1024**2
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})
SNIFFED_ROWS = 50
NONE = (0.0, 0.0, 0)
"""How well a separator cuts that cuts nothing."""
LARGEST = 3.4e38
"""The largest number of a cell: 32 bits hold no larger one."""


@dataclass(frozen=True)
class Table:
    """A table as text. `lines[i]` is the line of the file (from 1) on which row i begins, or its row: see `unit`."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    delimiter: str
    encoding: str
    has_header: bool
    unit: str = "line"


def read_table(path: Path, delimiter: str = "detect", header: str = "detect") -> Table:
    """Reads a table; raises ProjectError with the file and line where it is ragged, empty or not text."""
    text, encoding = _text(path)
    if not text.strip():
        raise ProjectError("The file is empty.", place=path.name, fix="Choose a file with a header and rows.")
    separator = DELIMITERS.get(delimiter) or _delimiter(text)
    rows, lines = _rows(text, separator, path.name)
    if not rows:
        raise ProjectError("The table has no rows.", place=path.name, fix="Choose a file with a header and rows.")
    rows = _without_empty_ends(rows)
    has_header = header == "yes" or (header == "detect" and _begins_with_header(rows, separator))
    columns = unique_names(rows[0]) if has_header else tuple(f"column {n}" for n in range(1, len(rows[0]) + 1))
    if has_header:
        rows, lines = rows[1:], lines[1:]
    if not rows:
        raise ProjectError("The table has a header but no rows.", place=path.name, fix="Add rows below the header.")
    _check_sizes(rows, lines, len(columns), path.name)
    return Table(path.name, columns, tuple(rows), tuple(lines), separator, encoding, has_header)


def _check_sizes(rows: list[tuple[str, ...]], lines: list[int], columns: int, name: str) -> None:
    for row, line in zip(rows, lines, strict=True):
        if len(row) == columns:
            continue
        fix = "Add or remove cells there; a cell that holds the separator needs quotes around it."
        alike = sum(len(each) == len(row) for each in rows)
        if columns == 1 and alike > len(rows) / 2:
            fix = "Remove the lines above the table, so that the first one names its columns."
        raise ProjectError(
            f"The row has {_count(len(row))}, the first line has {_count(columns)}.",
            place=f"{name}, line {line:,}",
            fix=fix,
        )


def _without_empty_ends(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without the columns at the right that have neither a name nor a value: separators at the ends of lines."""
    used = max(place for row in rows for place, cell in enumerate(row, 1) if cell.strip())
    return [row[:used] for row in rows]


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.strip().lower() in MISSING


def as_number(cell: str, delimiter: str = ",") -> float | None:
    """The finite number in a cell, or None; in files with semicolons a comma may stand for the decimal point."""
    text = cell.strip()
    if delimiter == ";" and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if "_" in text:
        # Python would read 1_000 as a number; a table means a name by it.
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) <= LARGEST else None


def _text(path: Path) -> tuple[str, str]:
    raw = content(path, MAX_BYTES)
    refuse_others(raw, path.name, "a text table")
    refuse_page(raw, path.name, "a text table")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError as error:
            raise ProjectError(
                "The file says that it is UTF-16 text, but is not.",
                place=f"{path.name}, byte {error.start:,}",
                fix="Save it again as UTF-8.",
            ) from error
    if (zero := raw.find(b"\0")) >= 0:
        raise ProjectError(
            "This is not a text file: it holds a zero byte.",
            place=f"{path.name}, byte {zero:,}",
            fix="Export the table as CSV.",
        )
    try:
        return raw.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "Latin-1"


def _rows(text: str, separator: str, name: str) -> tuple[list[tuple[str, ...]], list[int]]:
    reader = _reader(text, separator, strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    line = 1
    try:
        for row in reader:
            # Blank lines, and rows of empty cells as spreadsheets leave them, say nothing.
            if row and any(cell.strip() for cell in row):
                rows.append(tuple(row))
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        limit = f"a cell holds more than {csv.field_size_limit():,} characters" if "limit" in str(error) else str(error)
        raise ProjectError(
            f"The row cannot be read: {limit}.",
            place=f"{name}, line {line:,}",
            fix="Look for a quotation mark that is not closed.",
        ) from error
    return rows, lines


def _reader(text: str, separator: str, *, strict: bool = False) -> Any:
    """Of rows of cells; any number of spaces separates two."""
    lines = _split(text)
    if separator == " ":
        lines = [f"{line.strip()}\n" for line in lines]
    return csv.reader(lines, delimiter=separator, strict=strict, skipinitialspace=separator == " ")


def _split(text: str) -> list[str]:
    # Only what editors count as a line, unlike str.splitlines, so that the numbers in messages are right.
    return [f"{line}\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _delimiter(text: str) -> str:
    """The separator that cuts the first rows most evenly, then into the most numbers, then into the most cells."""

    def score(separator: str) -> tuple[float, float, int]:
        try:
            rows = list(islice(_reader(text[:100_000], separator), SNIFFED_ROWS))
        except csv.Error:
            return NONE
        sizes = Counter(len(row) for row in rows if row)
        cells, often = sizes.most_common(1)[0] if sizes else (0, 0)
        if cells < 2:
            return NONE
        numbers = sum(as_number(cell, separator) is not None for row in rows for cell in row)
        return often / sizes.total(), numbers / sum(len(row) for row in rows), cells

    best = max((sign for sign in DELIMITERS.values() if sign != " "), key=score)
    # Spaces stand in texts, too: they separate only where nothing else does, and cut every row alike.
    return " " if score(best) == NONE and score(" ")[0] == 1.0 else best


def _begins_with_header(rows: list[tuple[str, ...]], separator: str) -> bool:
    """Whether the first row names the columns: no number and no gap in it, no name used below, and none twice unless
    there are numbers below it."""
    first, below = rows[0], rows[1 : SNIFFED_ROWS * 4]
    names = [cell.strip() for cell in first]
    # A column of row numbers in front often has no name.
    named = names[1:] if len(names) > 1 and not names[0] else names
    if any(as_number(name, separator) is not None or is_missing(name) for name in named):
        return False
    if len(set(names)) < len(names):
        # Values repeat in a row of texts; names do by mistake, where numbers stand below them.
        cells = [[row[place] for row in below if place < len(row)] for place in range(len(names))]
        present = [[cell for cell in column if not is_missing(cell)] for column in cells]
        return any(column and all(as_number(cell, separator) is not None for cell in column) for column in present)
    return all(name != cell.strip() for row in below for name, cell in zip(names, row, strict=False) if name)


def unique_names(header: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the columns, each once: the second “age” is called “age (2)”."""
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = base = cell.strip() or f"column {place}"
        number = 2
        while name in names:
            name, number = f"{base} ({number})", number + 1
        names.append(name)
    return tuple(names)


def _count(cells: int) -> str:
    return f"{cells:,} cell{'' if cells == 1 else 's'}"
