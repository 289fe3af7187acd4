"""How well a few typed letters fit a name: beginnings of words first, then parts, then letters in order."""

from __future__ import annotations

from functools import lru_cache

SCATTERED = 100
"""Up to here a fit is letters in order only; they are worth showing where nothing better is found."""
GAP = 8
"""Letters that may lie between two that are searched, so that a chance hit in a long text is none."""
_SHORTER = 8
"""So many letters more cost one point: of equal fits the commoner comes first, which only the caller knows."""


def fit(query: str, text: str) -> int:
    """How well the query fits the text: 0 for not at all, more for better."""
    query, text = _even(query), _even(text)
    if not query:
        return 1
    long = min(len(text), 400) // _SHORTER
    if text == query:
        return 1000
    if text.startswith(query):
        return 900 - long
    if _tight(text).startswith(_tight(query)):
        # “batchnorm” and “leakyrelu” as torch writes them.
        return 880 - long
    if f" {query} " in f" {text} ":
        return 640 - long
    if f" {query}" in text:
        return 560 - long
    if query in text or _tight(query) in _tight(text):
        return 300 - long
    return _scattered(_tight(query), text)


def fit_all(query: str, title: str, *others: str) -> int:
    """How well every word of the query fits a title, or with less weight one of the other texts.

    The first of the others is its name in code, which counts for as much as the title where it is typed in full.
    """
    found = [max([fit(word, title), *(_aside(word, other) for other in others)]) for word in _even(query).split()]
    whole = [_tight(_even(query)) == _tight(_even(other)) for other in others if query.strip()]
    named = 950 if whole[:1] == [True] else 660 if any(whole) else 0
    return max(fit(query, title), min(found, default=0), named)


def _aside(word: str, text: str) -> int:
    """What a hit beside the title is worth: a whole word more than a part inside a word of the title.

    Only whole parts count in long texts: scattered letters are found in any sentence.
    """
    text = _even(text)
    if word == text:
        return 660
    words = text.split()
    if word in words:
        # Of keywords the first say most.
        return 350 - min(words.index(word), 40)
    if f" {word}" in f" {text}":
        return 200
    return SCATTERED + 30 if word in text else 0


@lru_cache(maxsize=4096)
def _even(text: str) -> str:
    """Small letters, and one space between words, whatever joins them."""
    return " ".join(text.casefold().translate(_JOINTS).split())


_JOINTS = str.maketrans("-_/", "   ")


def _tight(text: str) -> str:
    return text.replace(" ", "")


def _scattered(query: str, text: str) -> int:
    """Letters in order, each near the one before, the first at the beginning of a word."""
    starts = [i for i, letter in enumerate(text) if letter == query[0] and (i == 0 or not text[i - 1].isalnum())]
    for start in starts:
        at = start
        for letter in query[1:]:
            following = text.find(letter, at + 1)
            if following < 0 or following - at > GAP:
                break
            at = following
        else:
            return max(2, SCATTERED - (at - start))
    return 0
