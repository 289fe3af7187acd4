"""Dates and words backwards: what is to be written is right, and what a decoder is fed is the same one step later."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.generators.translation import DATE_LABELS, FIRST, FORMS, LAST, LONGEST, forms_of, ordinal
from core.data.registry import sources
from core.data.text import decode

PATTERNS = (
    "%d %B %Y", "%B %d, %Y", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d %b %y", "%A, %d %B %Y", None,
)  # fmt: skip


def iso_of(text: str) -> set[str]:
    """The date that a text means, by the standard library's own parser; a set, because it must be one only."""
    found = set()
    for pattern in PATTERNS:
        plain, shape = text, pattern
        if pattern is None:
            plain, shape = re.sub(r"(\d)(st|nd|rd|th),", r"\1,", text), "%b %d, %Y"
            if plain == text:
                continue
        try:
            read = datetime.strptime(plain, shape or "").date()
        except ValueError:
            continue
        if read.year > LAST.year:
            read = read.replace(year=read.year - 100)
        if shape and "%A" in shape and read.strftime("%A").lower() not in text:
            continue
        found.add(read.isoformat())
    return found


def test_every_date_means_what_is_to_be_written() -> None:
    arrays, fields = sources["dates"].load({"samples": 3_000}), sources["dates"].fields({})
    seen = set()
    for x, y in zip(arrays["x"], arrays["y"], strict=True):
        text = decode(x, fields["x"].labels).rstrip("·")
        wanted = decode(y, fields["y"].labels)
        assert wanted.endswith("◁")
        assert iso_of(text) == {wanted.removesuffix("◁")}, text
        seen.add(text)
    assert len(seen) == 3_000, "no text is there twice"


@given(st.dates(FIRST, LAST))
def test_any_date_fits_and_is_spelled_with_known_letters(day: date) -> None:
    forms = forms_of(day)
    assert len(forms) == FORMS == len(set(forms)) or day.day == day.month
    for text in forms:
        assert len(text) <= LONGEST
        assert set(text) <= set(DATE_LABELS)


def test_every_letter_of_the_vocabulary_is_used() -> None:
    days = [FIRST + timedelta(days=step) for step in range(4_000)]
    used = {letter for day in days for text in forms_of(day) for letter in text}
    assert used == set(DATE_LABELS[1:])


def test_ordinals() -> None:
    assert [ordinal(day) for day in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th", "31st",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["dates", "reversal", "digit-names"])
def test_a_decoder_is_fed_what_it_should_have_written_one_step_before(name: str) -> None:
    arrays, labels = sources[name].load({}), sources[name].fields({})["y"].labels
    start, y = arrays["start"], arrays["y"]
    assert (start[:, 0] == labels.index("▷")).all()
    end = labels.index("◁")
    assert ((y == end).sum(1) == 1).all(), "every text has one end"
    ends = (y == end).argmax(1)
    for row, at in enumerate(ends):
        assert (y[row, :at] == start[row, 1 : at + 1]).all()
        assert (y[row, at + 1 :] == -100).all(), "behind the end nothing counts"
        assert (start[row, at + 1 :] == 0).all(), "behind the last letter only padding is fed"
        assert (y[row, :at] > 2).all()


@pytest.mark.parametrize(("length", "shortest", "symbols"), [(8, 3, 10), (1, 1, 2), (12, 40, 26)])
def test_words_stand_backwards(length: int, shortest: int, symbols: int) -> None:
    params = {"length": length, "shortest": shortest, "symbols": symbols, "samples": 500}
    arrays, fields = sources["reversal"].load(params), sources["reversal"].fields(params)
    words = [decode(row, fields["x"].labels).rstrip("·") for row in arrays["x"]]
    backwards = [decode(row, fields["y"].labels).rstrip("·").removesuffix("◁") for row in arrays["y"]]
    assert [word[::-1] for word in words] == backwards
    lengths = np.array([len(word) for word in words])
    assert lengths.min() == min(shortest, length)
    assert lengths.max() == length
    assert len(set("".join(words))) == symbols
