"""How well a few typed letters fit a name: beginnings of words first, then parts, then letters in order."""

from __future__ import annotations

from collections.abc import Iterable

SCATTERED = 100
"""Up to here a fit is letters in order only; they are worth showing where nothing better is found."""
GAP = 8
"""Letters that may lie between two that are searched, so that a chance hit in a long text is none."""


def fit(query: str, text: str) -> int:
    """How well the query fits the text: 0 for not at all, more for better."""
    query, text = query.casefold().strip(), text.casefold()
    if not query:
        return 1
    if text.startswith(query):
        return 1000 - min(len(text), 400)
    if any(word.startswith(query) for word in _words(text)):
        return 600 - min(len(text), 300)
    if query in text:
        return 300 - min(len(text), 200)
    return _scattered(query.replace(" ", ""), text)


def fit_all(query: str, title: str, *others: str) -> int:
    """How well every word of the query fits a title, or with less weight one of the other texts."""
    found = [max([fit(word, title), *(_aside(word, other) for other in others)]) for word in query.split()]
    return max(fit(query, title), min(found, default=0))


def _aside(word: str, text: str) -> int:
    """What a hit beside the title is worth: more than scattered letters, less than a part of the title."""
    return SCATTERED + fit(word, text) // 10 if _solid(word, text) else 0


def _solid(query: str, text: str) -> bool:
    """Only whole parts count in long texts: scattered letters are found in any sentence."""
    return query.casefold().strip() in text.casefold()


def _words(text: str) -> Iterable[str]:
    return text.replace("-", " ").replace("_", " ").replace("/", " ").split()


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
