"""One sequence into another, with padding and what a decoder is fed: dates into their ISO form, words backwards.

`x` is what is read, filled up with padding; `y` what is to be written, closed by an end mark, −100 behind it; `start`
is `y` one step later, behind a start mark: what a decoder is fed while it learns (teacher forcing).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from core.data.generators.common import SEED, chance, check_amount, samples
from core.data.registry import Arrays, DataSource, Given, add
from core.model.spec import Param
from core.model.tensor import Field

Tokens = npt.NDArray[np.int64]

IGNORED = -100
"""The target of a step that the loss leaves out; torch's own `ignore_index`."""
PAD, START, END = "·", "▷", "◁"
"""Padding is token 0; the start and the end mark follow it in what is written."""

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIRST, LAST = date(1950, 1, 1), date(2049, 12, 31)


def ordinal(day: int) -> str:
    """1 → 1st, 22 → 22nd."""
    return f"{day}{'th' if day in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def forms_of(day: date) -> tuple[str, ...]:
    """A date in the ways that people write it; with points the day stands first, with strokes the month."""
    month, weekday = MONTHS[day.month - 1], DAYS[day.weekday()]
    return (
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day:02d}.{day.month:02d}.{day.year}",
        f"{day.day}.{day.month}.{day.year % 100:02d}",
        f"{day.month}/{day.day}/{day.year}",
        f"{day.day} {month[:3]} {day.year % 100:02d}",
        f"{weekday}, {day.day} {month} {day.year}",
        f"{month[:3]} {ordinal(day.day)}, {day.year}",
    )


FORMS = 8
READ = "".join(sorted({letter for month in range(1, 13) for text in forms_of(date(1999, month, 28)) for letter in text}
               | set("".join(DAYS)) | set("0123456789sndrth")))  # fmt: skip
LONGEST = len("wednesday, 30 september 2049")
WRITTEN = "-0123456789"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def encoded(texts: Sequence[str], labels: Sequence[str], length: int) -> Tokens:
    """Texts as tokens (texts, length), filled up with padding behind."""
    index = {label: token for token, label in enumerate(labels)}
    tokens = np.zeros((len(texts), length), np.int64)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = [index[letter] for letter in text]
    return tokens


def written(texts: Sequence[str], labels: Sequence[str], length: int) -> tuple[Tokens, Tokens]:
    """What a decoder is fed and what it shall write, each (texts, length + 1)."""
    ends = encoded([text + END for text in texts], labels, length + 1)
    fed = np.concatenate([np.full((len(texts), 1), list(labels).index(START)), ends[:, :-1]], 1)
    # Nothing is fed behind the last letter: the end mark itself is no input.
    fed[fed == list(labels).index(END)] = 0
    return fed, np.where(ends == 0, IGNORED, ends)


def _fields(
    read: Sequence[str], longest: int, write: Sequence[str], length: int, titles: tuple[str, str]
) -> dict[str, Field]:
    return {
        "x": Field("x", (longest,), "int64", "token", titles[0], tuple(read)),
        "start": Field("start", (length + 1,), "int64", "token", f"{titles[1]}, one step later", tuple(write)),
        "y": Field("y", (length + 1,), "int64", "token", titles[1], tuple(write)),
    }


DATE_LABELS, ISO_LABELS = (PAD, *READ), (PAD, START, END, *WRITTEN)


def _dates_fields(given: Given) -> dict[str, Field]:
    return _fields(DATE_LABELS, LONGEST, ISO_LABELS, 10, ("date", "ISO date"))


def _dates(given: Given) -> Arrays:
    draw, count = chance(given), given.whole("samples")
    span = LAST.toordinal() - FIRST.toordinal() + 1
    # Without replacement: the same text is never in two parts.
    drawn = draw.choice(span * FORMS, count, replace=False)
    days = [date.fromordinal(FIRST.toordinal() + int(each) // FORMS) for each in drawn]
    texts = [forms_of(day)[int(each) % FORMS] for day, each in zip(days, drawn, strict=True)]
    start, y = written([day.isoformat() for day in days], ISO_LABELS, 10)
    return {"x": encoded(texts, DATE_LABELS, LONGEST), "start": start, "y": y}


def _alphabet(given: Given) -> tuple[str, ...]:
    return (PAD, START, END, *LETTERS[: given.whole("symbols")])


def _reversal_fields(given: Given) -> dict[str, Field]:
    longest, labels = given.whole("length"), _alphabet(given)
    check_amount(given, longest)
    return _fields(labels, longest, labels, longest, ("word", "word backwards"))


def _reversal(given: Given) -> Arrays:
    _reversal_fields(given)
    draw, count, longest, labels = chance(given), given.whole("samples"), given.whole("length"), _alphabet(given)
    lengths = draw.integers(min(given.whole("shortest"), longest), longest + 1, count)
    letters = draw.integers(0, given.whole("symbols"), (count, longest))
    words = ["".join(LETTERS[each] for each in row[:length]) for row, length in zip(letters, lengths, strict=True)]
    start, y = written([word[::-1] for word in words], labels, longest)
    return {"x": encoded(words, labels, longest), "start": start, "y": y}


add(
    DataSource(
        "dates",
        "Dates",
        "Dates from 1950 to 2049 as people write them in eight ways (3 march 2021, 03.03.2021, 3/3/2021 with the month "
        "first, wednesday, 3 march 2021 …) and the same date as ISO 8601 (2021-03-03), letter by letter. start is "
        "what a decoder is fed: y one step later.",
        "For D. Bahdanau, K. Cho, Y. Bengio: Neural machine translation by jointly learning to align and translate "
        "(2015); generated here.",
        "sequence",
        _dates_fields,
        _dates,
        (samples(5_000), SEED),
    ),
    DataSource(
        "reversal",
        "Words backwards",
        "Random words and the same words backwards, letter by letter, padded behind. start is what a decoder is fed: y "
        "one step later.",
        "After I. Sutskever, O. Vinyals, Q. Le: Sequence to sequence learning with neural networks (2014), §3.3; "
        "generated here.",
        "sequence",
        _reversal_fields,
        _reversal,
        (
            Param("length", "Longest", "int", 8, "Letters of the longest word.", 1, 200, unit="letters"),
            Param("shortest", "Shortest", "int", 3, "Letters of the shortest word; at most the longest.", 1, 200,
                  unit="letters"),
            Param("symbols", "Alphabet", "int", 10, "How many different letters there are.", 2, 26, unit="letters"),
            samples(3_000),
            SEED,
        ),
    ),
)  # fmt: skip
