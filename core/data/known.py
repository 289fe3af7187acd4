"""Files that are plainly something else than what they are taken for: known by their first bytes, named in words."""

from __future__ import annotations

import re

from core.model.fault import ProjectError

_TABLE = "Save the sheet as CSV in the spreadsheet program, and choose that file."
_TEXT = "Save it as plain text in UTF-8, and choose that file."
_UNPACK = "Unpack it, and choose the file that was in it."
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (rb"PK\x03\x04[\s\S]{0,4000}(xl/|spreadsheet)", "an Excel or OpenDocument workbook", _TABLE),
    (rb"PK\x03\x04[\s\S]{0,4000}(word/|opendocument\.text)", "a Word or OpenDocument text", _TEXT),
    (rb"PK\x03\x04", "a ZIP archive", _UNPACK),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", "Save it as CSV or as plain text."),
    (rb"\x1f\x8b", "compressed (gzip)", _UNPACK),
    (rb"BZh[1-9]1AY|\xfd7zXZ|7z\xbc\xaf|Rar!\x1a", "a packed archive", _UNPACK),
    (rb"%PDF", "a PDF document", "Export what is in it as CSV or as plain text."),
    (rb"\{\\rtf", "text with formats (RTF)", _TEXT),
    (rb"PAR1[\x00-\x1f]", "a Parquet file", "Choose “Table (Parquet)” as the source."),
    (rb"\x93NUMPY", "a NumPy file", "Choose “NumPy files” as the source."),
    (
        rb"\x89PNG|\xff\xd8\xff|GIF8[79]a",
        "a picture",
        "Choose “Image folder” as the source.",
    ),
    (rb"\x80[\x02-\x05]", "a Python pickle, which is not read because it could run code", "Save it with numpy.save."),
    (rb"MATLAB 5\.0|\x89HDF", "a MATLAB or HDF5 file", "Save its arrays with numpy.save."),
)
_PAGE = re.compile(rb"\s*<(!doctype html|html|head|body)", re.IGNORECASE)
HEAD = 4200
"""Bytes by which a file is known."""


def refuse_others(head: bytes, name: str, wanted: str) -> None:
    """Raises ProjectError where the first bytes are those of another kind; `wanted` is what the file should be."""
    for begins, what, fix in _KINDS:
        if re.match(begins, head[:HEAD]):
            raise ProjectError(f"This is {what}, not {wanted}.", place=name, fix=fix)


def refuse_page(head: bytes, name: str, wanted: str) -> None:
    """Raises ProjectError for a web page, which is text, but seldom what was to be fetched."""
    if _PAGE.match(head[:HEAD]):
        fix = "Fetch the file itself: the page may only lead to it."
        raise ProjectError(f"This is a web page, not {wanted}.", place=name, fix=fix)
