"""Text of the user's own, by characters or words, cut into windows whose target is what comes next."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data.known import refuse_others
from core.data.paths import content, find, stamp_of
from core.data.recent import Recent
from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

MAX_BYTES = 256 * 1024**2
MOST_WINDOWS = 256 * 1024**2
"""Tokens that all windows together may hold."""
RARE = {"characters": "�", "words": "<rare>"}
WORDS = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]|\n+")
"""A word, a sign, or the end of a paragraph."""

Encoded = tuple[tuple[str, ...], npt.NDArray[np.int64]]
_encoded: Recent[Encoded] = Recent(2)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8 or UTF-16, its line ends as \\n; raises ProjectError naming the byte."""
    raw = content(path, MAX_BYTES)
    refuse_others(raw, path.name, "a text file")
    name = "UTF-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "UTF-8"
    try:
        text = raw.decode("utf-16" if name == "UTF-16" else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(
            f"This is not text in {name}.",
            place=f"{path.name}, byte {error.start:,}",
            fix="Save it as UTF-8 in a text editor.",
        ) from error
    if (zero := text.find("\0")) >= 0:
        line = text.count("\n", 0, zero) + 1
        raise ProjectError(
            "This is not text: it holds a zero.", place=f"{path.name}, line {line:,}", fix="Choose a text file."
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ProjectError("The file holds no text.", place=path.name, fix="Choose a file with text in it.")
    return text


def _tokens(given: Given) -> Encoded:
    """The vocabulary, the commonest first of its alphabet, and the text as indices into it."""
    path = find(given.word("path"), "path")
    unit, most, lower = given.word("unit"), given.whole("vocabulary"), given.word("letters") == "lower case"

    def encode() -> Encoded:
        text = read_text(path)
        text = text.lower() if lower else text
        pieces = list(text) if unit == "characters" else ["\n" if p[0] == "\n" else p for p in WORDS.findall(text)]
        counts = Counter(pieces)
        kept = sorted(each for each, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:most])
        labels = (*kept, RARE[unit]) if len(kept) < len(counts) else tuple(kept)
        index = {piece: number for number, piece in enumerate(kept)}
        return labels, np.array([index.get(piece, len(kept)) for piece in pieces], np.int64)

    return _encoded.get((str(path), stamp_of(str(path)), unit, most, lower), encode)


def _fields(given: Given) -> dict[str, Field]:
    labels, tokens = _tokens(given)
    length, unit = given.whole("length"), given.word("unit")
    if len(tokens) <= length:
        raise ProjectError(
            f"The text has {len(tokens):,} {unit}: no window of {length:,} and the one after it.",
            place="data.params.length",
            fix="Choose a shorter length, or a longer text.",
        )
    return {
        "x": Field("x", (length,), "int64", "token", unit, labels),
        "y": Field("y", (length,), "int64", "token", f"next {unit}", labels),
    }


def _read(given: Given) -> Arrays:
    _fields(given)
    _, tokens = _tokens(given)
    length, stride = given.whole("length"), given.whole("stride")
    windows = np.lib.stride_tricks.sliding_window_view(tokens, length + 1)[::stride]
    if windows.size > MOST_WINDOWS:
        raise ProjectError(
            f"{len(windows):,} windows of {length:,} {given.word('unit')} are too many to be held.",
            place="data.params.stride",
            fix=f"Choose a stride of {-(-stride * windows.size // MOST_WINDOWS):,} or more.",
        )
    return {"x": windows[:, :-1].copy(), "y": windows[:, 1:].copy()}


def _gap(given: Given) -> int:
    """How many windows reach from one block of text into the next."""
    return -(-(given.whole("length") + 1) // given.whole("stride")) - 1


add(
    DataSource(
        "text-file",
        "Text file",
        "A text of your own, cut into windows of characters or words; the target is the same window one further on. "
        "The parts are blocks of the text, so that nothing that is validated was read in training.",
        "Your file.",
        "own",
        _fields,
        _read,
        (
            Param("path", "File", "text", "", "A text file in UTF-8."),
            Param("unit", "Read by", "choice", "characters", "What one token is.", choices=("characters", "words")),
            Param("length", "Length", "int", 64, "Tokens in a window.", 2, 4096),
            Param("stride", "Stride", "int", 32, "Tokens from one window to the next.", 1, 4096),
            Param("vocabulary", "Vocabulary", "int", 5000, "The commonest tokens; all others are one.", 2, 100_000),
            Param(
                "letters",
                "Letters",
                "choice",
                "as is",
                "All in lower case, or capitals kept.",
                choices=("as is", "lower case"),
            ),
        ),
        files={"path": "Text (*.txt *.md *.rst *.text);;All files (*)"},
        gap=_gap,
    )
)
