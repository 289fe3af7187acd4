"""Parquet files as tables, through the optional library pyarrow.

Format: Apache Parquet, https://parquet.apache.org/docs/file-format/.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.data.delimited import MAX_BYTES, Table, unique_names
from core.model.fault import ProjectError

MAGIC = b"PAR1"
SEPARATORS = (b",", b";", b"|", b"\t", b" ", b'"')
MOST_CELLS = 50_000_000


def is_parquet(path: Path) -> bool:
    """Whether a file says that it is one; a file that cannot be read is not."""
    try:
        with path.open("rb") as stream:
            head = stream.read(5)
    except OSError:
        return False
    # A table of text may begin with a column of that name; here no letter and no separator follows.
    return head[:4] == MAGIC and not (head[4:].isalnum() or head[4:] in SEPARATORS)


def read_parquet(path: Path) -> Table:
    """Reads a table; raises ProjectError where the library is missing, or the file is damaged or too large."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ProjectError(
            "Parquet files are read by the library pyarrow, which is not installed.",
            place=path.name,
            fix="Install it with “pip install pyarrow” and start Layerloom again, or save the table as CSV.",
        ) from error
    try:
        with parquet.ParquetFile(path) as file:
            _check_size(file.metadata, path)
            table = file.read()
        cells = [_texts(table.column(place), pyarrow) for place in range(table.num_columns)]
        names = [str(name) for name in table.column_names]
    except ProjectError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError, TypeError, MemoryError, OverflowError, KeyError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise ProjectError(
            f"This is not a whole Parquet file ({reason}).",
            place=path.name,
            fix="It is cut off or damaged; save or fetch it again.",
        ) from error
    if not cells or not table.num_rows:
        raise ProjectError("The table has no rows.", place=path.name, fix="Choose a file with columns and rows.")
    rows = tuple(zip(*cells, strict=True))
    lines = tuple(range(1, len(rows) + 1))
    return Table(path.name, unique_names(tuple(names)), rows, lines, ",", "Parquet", True, "row")


def _check_size(metadata: Any, path: Path) -> None:
    size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    count = metadata.num_rows * metadata.num_columns
    if size > MAX_BYTES or count > MOST_CELLS:
        raise ProjectError(
            f"The table has {metadata.num_rows:,} rows and {metadata.num_columns:,} columns, {size:,} bytes; at most "
            f"{MOST_CELLS:,} cells and {MAX_BYTES:,} bytes are read.",
            place=path.name,
            fix="Save a part of it.",
        )


def _texts(column: Any, pyarrow: Any) -> list[str]:
    """The cells as a CSV file would have them; empty where there is no value."""
    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        column = pyarrow.chunked_array([chunk.dictionary_decode() for chunk in column.chunks], kind.value_type)
    try:
        texts = column.cast(pyarrow.string()).to_pylist()
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, UnicodeDecodeError):
        # Lists, records and bytes, as Python writes them: categories where few differ, else left out, as other texts.
        texts = [None if value is None else str(value) for value in column.to_pylist()]
    return ["" if text is None else text for text in texts]
