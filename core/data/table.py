"""The user's own table: which columns it has, and a chosen part of it as features and a target."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.columns import MOST_CLASSES, Column, all_left_out, codes_of, describe, numbers_of
from core.data.delimited import DELIMITERS, Table, is_missing, read_table
from core.data.parquet import is_parquet, read_parquet
from core.data.paths import find, stamp_of
from core.data.recent import Recent
from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

SHOWN_ROWS = 20

Opened = tuple[Table, dict[str, Column]]
_tables: Recent[Opened] = Recent(2)


@dataclass(frozen=True)
class Preview:
    """What a form shows of a table before it is used: columns with types and missing cells, and the first rows."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    count: int
    delimiter: str
    encoding: str
    has_header: bool

    @property
    def missing(self) -> int:
        """How many cells are empty in all."""
        return sum(column.missing for column in self.columns)


def preview(path: str, delimiter: str = "detect", header: str = "detect") -> Preview:
    """A look at a table; raises ProjectError."""
    table, columns = _opened(path, delimiter, header)
    return Preview(
        tuple(columns.values()),
        table.rows[:SHOWN_ROWS],
        len(table.rows),
        next(name for name, sign in DELIMITERS.items() if sign == table.delimiter) if table.unit == "line" else "",
        table.encoding,
        table.has_header,
    )


def _opened(path: str, delimiter: str, header: str) -> Opened:
    def read() -> Opened:
        table = read_parquet(place) if is_parquet(place) else read_table(place, delimiter, header)
        return table, {column.name: column for column in describe(table)}

    place = find(path, "path")
    return _tables.get((str(place), stamp_of(path), delimiter, header), read)


@dataclass(frozen=True)
class _Choice:
    """The chosen columns of a table, checked."""

    table: Table
    features: tuple[Column, ...]
    target: Column
    as_classes: bool

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the network's inputs: a number has one, a category one for each of its values."""
        return tuple(
            label
            for column in self.features
            for label in ([column.name] if column.type == "number" else [f"{column.name}={v}" for v in column.values])
        )


def _opened_as(given: Given) -> Opened:
    delimiter, header = (str(given.values.get(name, "detect")) for name in ("delimiter", "header"))
    return _opened(given.word("path"), delimiter, header)


def _choose(given: Given) -> _Choice:
    table, columns = _opened_as(given)
    target = _named(given.word("target") or table.columns[-1], columns, table, "target")
    named = _split_names(given.word("features"))
    if named:
        features = [_named(name, columns, table, "features") for name in named]
    else:
        features = [column for column in columns.values() if column.usable and column.name != target.name]
    _check_features(features, target, table)
    return _Choice(table, tuple(features), target, _as_classes(target, given.word("task"), table))


def _split_names(text: str) -> list[str]:
    """Names separated by commas; one that holds a comma itself is written in quotes."""
    return [name.strip() for row in csv.reader([text], skipinitialspace=True) for name in row if name.strip()]


def _named(name: str, columns: dict[str, Column], table: Table, param: str) -> Column:
    if name in columns:
        return columns[name]
    shown = ", ".join(f"“{each}”" for each in table.columns[:12]) + (" …" if len(table.columns) > 12 else "")
    raise ProjectError(
        f"{table.name} has no column “{name}”.", place=f"data.params.{param}", fix=f"Its columns are {shown}."
    )


def _check_features(features: Sequence[Column], target: Column, table: Table) -> None:
    if not features:
        raise ProjectError(
            f"No column is left as a feature besides the target “{target.name}”.",
            place=table.name,
            fix="Choose another separator, or a table with more columns.",
        )
    for column in features:
        if column.name == target.name:
            raise ProjectError(
                f"“{column.name}” is the target and a feature at once.",
                place="data.params.features",
                fix="Take it out of the features.",
            )
        if column.type == "text":
            raise ProjectError(
                f"“{column.name}” has {column.distinct:,} different texts: too many to be categories.",
                place=f"{table.name}, column “{column.name}”",
                fix="Leave this column out.",
            )
        if column.missing == len(table.rows):
            raise ProjectError(
                f"“{column.name}” is empty in every row.",
                place=f"{table.name}, column “{column.name}”",
                fix="Leave this column out.",
            )


def _as_classes(target: Column, task: str, table: Table) -> bool:
    as_classes = task == "classes" or (task == "detect" and target.like_classes)
    place = f"{table.name}, column “{target.name}”"
    if not target.distinct:
        raise ProjectError(f"“{target.name}” is empty in every row.", place=place, fix="Choose another target.")
    if as_classes and target.type == "number" and not target.values and target.distinct <= MOST_CLASSES:
        raise ProjectError(
            f"“{target.name}” holds numbers that are not whole: they are no classes.",
            place=place,
            fix="Choose number as the task, or another target.",
        )
    if target.type == "text" or (as_classes and not target.values):
        raise ProjectError(
            f"“{target.name}” has {target.distinct:,} different values: too many to be classes.",
            place=place,
            fix="Choose another target" + (", or number as the task." if target.type == "number" else "."),
        )
    if not as_classes and target.type != "number":
        raise ProjectError(f"“{target.name}” does not hold numbers.", place=place, fix="Choose classes as the task.")
    if target.distinct < 2:
        raise ProjectError(
            f"“{target.name}” is the same in every row: there is nothing to learn.",
            place=place,
            fix="Choose another target.",
        )
    return as_classes


def _fields(given: Given) -> dict[str, Field]:
    choice = _choose(given)
    labels, target = choice.labels, choice.target
    x = Field("x", (len(labels),), "float32", "vector", "features", labels)
    if choice.as_classes:
        return {"x": x, "y": Field("y", (), "int64", "class", target.name, target.values)}
    return {"x": x, "y": Field("y", (1,), "float32", "number", target.name)}


def _left_out(given: Given) -> tuple[str, ...]:
    """Where the features are all columns that can be some: which are none. And how many rows lack a value."""
    table, columns = _opened_as(given)
    target = given.word("target") or table.columns[-1]
    told = () if _split_names(given.word("features")) else all_left_out(columns.values(), target)
    choice = _choose(given)
    needed = (choice.target, *(choice.features if given.word("missing") == "drop rows" else ()))
    places = [table.columns.index(column.name) for column in needed if column.missing]
    lacking = sum(any(is_missing(row[place]) for place in places) for row in table.rows) if places else 0
    if not lacking:
        return told
    are = "is left out, for it lacks" if lacking == 1 else "are left out, for they lack"
    return (*told, f"{lacking:,} of {len(table.rows):,} rows {are} a value.")


def _read(given: Given) -> Arrays:
    choice = _choose(given)
    table = choice.table
    x = np.concatenate([_feature(table, column) for column in choice.features], axis=1)
    if choice.as_classes:
        y: npt.NDArray[Any] = codes_of(table, choice.target)
        known = y >= 0
    else:
        y = numbers_of(table, choice.target.name).astype(np.float32)[:, None]
        known = ~np.isnan(y[:, 0])
    if given.word("missing") == "drop rows":
        known &= ~np.isnan(x).any(axis=1)
    if not known.any():
        raise ProjectError(
            "Every row lacks a value in one of the chosen columns.",
            place=table.name,
            fix="Choose fewer columns, or fill missing values with the mean.",
        )
    return {"x": x[known], "y": y[known]}


def _feature(table: Table, column: Column) -> npt.NDArray[np.float32]:
    """(rows, 1) for numbers, (rows, categories) one-hot otherwise; NaN where the value is missing."""
    if column.type == "number":
        return numbers_of(table, column.name).astype(np.float32)[:, None]
    codes = codes_of(table, column)
    encoded: npt.NDArray[np.float32] = (codes[:, None] == np.arange(len(column.values))).astype(np.float32)
    encoded[codes < 0] = np.nan
    return encoded


def _choices(name: str, title: str, doc: str, *choices: str) -> Param:
    return Param(name, title, "choice", choices[0], doc, choices=choices)


CHOSEN = (
    Param("target", "Target", "text", "", "The column to predict; empty for the last one."),
    Param("features", "Features", "text", "", "Columns, separated by commas; empty for all others."),
    _choices("task", "Task", "What the target holds.", "detect", "classes", "number"),
    _choices("missing", "Missing", "Rows with gaps go, or gaps get the mean.", "drop rows", "mean"),
)
TABLES = ("csv", "parquet")
"""The sources that read tables, whose columns a form lists."""

add(
    DataSource(
        "csv",
        "Table (CSV)",
        "A table of your own: each row a sample, one column the target, the others features. Categories become one "
        "input for each value. Columns of free text are left out unless they are named.",
        "Your file.",
        "own",
        _fields,
        _read,
        (
            Param("path", "File", "text", "", "A text file with separators: CSV, TSV and the like."),
            *CHOSEN,
            _choices("delimiter", "Separator", "What stands between cells.", "detect", *DELIMITERS),
            _choices("header", "Header", "Whether the first row names the columns.", "detect", "yes", "no"),
        ),
        files={"path": "Tables (*.csv *.tsv *.tab *.txt);;All files (*)"},
        standardise=("x",),
        remarks=_left_out,
    ),
    DataSource(
        "parquet",
        "Table (Parquet)",
        "A table of your own in the format of Apache Parquet: each row a sample, one column the target, the others "
        "features, as with CSV. It needs the library pyarrow.",
        "Your file.",
        "own",
        _fields,
        _read,
        (Param("path", "File", "text", "", "A Parquet file."), *CHOSEN),
        files={"path": "Parquet files (*.parquet *.pq);;All files (*)"},
        standardise=("x",),
        remarks=_left_out,
    ),
)
