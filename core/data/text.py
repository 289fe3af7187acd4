"""Real text, character by character: Python's own documentation, which every Python brings along."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

IGNORED = -100
"""The target of a token that the loss leaves out; torch's own `ignore_index`."""
RARE, MASK = "�", "▒"
"""The labels of the token for all rare characters, and of a masked one."""
MOST_CHARACTERS = 96
MASKED_SHARE = 0.15

Tokens = npt.NDArray[np.int64]


@lru_cache(maxsize=4)
def _text(characters: int, lower: bool) -> str:
    """The first characters of the documentation, without the rows that only underline headings."""
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise ProjectError(
            "This Python comes without its documentation (pydoc_data), which is the text to learn from.",
            place="data.source",
            fix="Install the whole of Python's standard library.",
        ) from error
    whole = "\n\n".join(topics[name].strip("\n") for name in sorted(topics))
    whole = re.sub(r"^[*=~^\-]{3,}\n", "", whole, flags=re.MULTILINE)
    whole = re.sub(r"\n{3,}", "\n\n", whole)[:characters]
    return whole.lower() if lower else whole


@lru_cache(maxsize=4)
def _encoded(characters: int, lower: bool) -> tuple[tuple[str, ...], Tokens]:
    """The vocabulary, sorted, and the text as indices into it."""
    text = _text(characters, lower)
    counts = Counter(text)
    kept = {
        character for character, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MOST_CHARACTERS]
    }
    vocabulary = sorted(kept) + ([RARE] if len(kept) < len(counts) else [])
    index = {character: number for number, character in enumerate(vocabulary)}
    rare = len(vocabulary) - 1
    return tuple(vocabulary), np.array([index.get(character, rare) for character in text], np.int64)


def decode(tokens: Iterable[int], labels: tuple[str, ...]) -> str:
    """The text of a row of tokens; an ignored target reads as a middle dot."""
    return "".join(labels[token] if token >= 0 else "·" for token in tokens)


def _masks(given: Given) -> bool:
    return given.word("task") == "masked character"


def _source(given: Given) -> tuple[tuple[str, ...], Tokens]:
    vocabulary, tokens = _encoded(given.whole("characters"), given.word("letters") == "lower case")
    return (*vocabulary, MASK) if _masks(given) else vocabulary, tokens


def _fields(given: Given) -> dict[str, Field]:
    labels, _ = _source(given)
    length = given.whole("length")
    goal = "masked characters" if _masks(given) else "next characters"
    return {
        "x": Field("x", (length,), "int64", "token", "characters", labels),
        "y": Field("y", (length,), "int64", "token", goal, labels),
    }


def _read(given: Given) -> Arrays:
    labels, tokens = _source(given)
    length = given.whole("length")
    if len(tokens) <= length:
        raise ProjectError(
            f"{len(tokens):,} characters hold no window of {length:,} and the one after it.",
            place="data.params.length",
            fix="Choose a shorter length or more characters.",
        )
    windows = np.lib.stride_tricks.sliding_window_view(tokens, length + 1)[:: given.whole("stride")]
    x = windows[:, :-1].copy()  # (samples, length)
    if not _masks(given):
        return {"x": x, "y": windows[:, 1:].copy()}
    chance = np.random.default_rng(given.whole("seed"))
    count = max(1, round(MASKED_SHARE * length))
    hidden = np.argsort(chance.random(x.shape), axis=1)[:, :count]
    y = np.full_like(x, IGNORED)
    np.put_along_axis(y, hidden, np.take_along_axis(x, hidden, 1), 1)
    np.put_along_axis(x, hidden, len(labels) - 1, 1)
    return {"x": x, "y": y}


def _gap(given: Given) -> int:
    """How many windows reach from one block of text into the next."""
    return -(-(given.whole("length") + 1) // given.whole("stride")) - 1


add(
    DataSource(
        "text",
        "Text",
        "Python's documentation, cut into windows of characters. The target is the same window one character further "
        f"on, or the {MASKED_SHARE:.0%} of its characters that are masked. The parts are blocks of the text, so that "
        "nothing that is validated was read in training.",
        "Python Software Foundation: The Python Language Reference, in pydoc_data.topics; PSF License Version 2.",
        "real",
        _fields,
        _read,
        (
            Param(
                "task",
                "Task",
                "choice",
                "next character",
                "What is to be predicted.",
                choices=("next character", "masked character"),
            ),
            Param("length", "Length", "int", 64, "Characters in a window.", 2, 2048, unit="characters"),
            Param("stride", "Stride", "int", 32, "From one window to the next.", 1, 4096, unit="characters"),
            Param(
                "characters", "Text", "int", 100_000, "How much of the text is used.", 100, 450_000, unit="characters"
            ),
            Param(
                "letters",
                "Letters",
                "choice",
                "lower case",
                "All in lower case, or capitals kept.",
                choices=("lower case", "as is"),
            ),
            Param("seed", "Seed", "int", 0, "Which characters are masked.", 0, 2**32 - 1),
        ),
        gap=_gap,
    )
)
