"""Windows of real text, character by character or word by word, for networks that learn to go on or to fill gaps."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

import numpy as np

from core.data.corpus import CODE, DOCUMENTATION, corpus
from core.data.registry import Arrays, DataSource, Given, add
from core.data.tokens import ASCII, MOST_CHARACTERS, RARE, Tokens, as_tokens, decode, encode, pieces, vocabulary
from core.model.condition import Only
from core.model.effect import only_with
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

__all__ = ["IGNORED", "MASK", "RARE", "decode", "encode"]

IGNORED = -100
"""The target of a token that the loss leaves out; torch's own `ignore_index`."""
MASK = "▒"
"""The label of a masked token."""
MASKED_SHARE = 0.15
NEXT, MASKED = "next character", "masked character"
CHARACTERS, WORDS = "characters", "words"
OWN, KEYBOARD = "of the text", "ASCII"
BOTH = "both, side by side"
ENDINGS = {DOCUMENTATION: {"": DOCUMENTATION}, CODE: {"": CODE}, BOTH: {"": DOCUMENTATION, "_code": CODE}}
"""What the names of a text's fields end in, for every choice of texts."""


@lru_cache(maxsize=4)
def _encoded(
    texts: tuple[str, ...], characters: int, lower: bool, level: str, most: int, alphabet: str
) -> tuple[tuple[str, ...], tuple[Tokens, ...]]:
    """The vocabulary of all texts together, sorted, and each text as indices into it."""
    parts = [pieces(corpus(text, characters, lower), level) for text in texts]
    if level == CHARACTERS and alphabet == KEYBOARD:
        labels: tuple[str, ...] = (*ASCII, RARE)
    else:
        labels = vocabulary([*chain(*parts)], MOST_CHARACTERS if level == CHARACTERS else most)
    return labels, tuple(as_tokens(each, labels) for each in parts)


def _masks(given: Given) -> bool:
    return given.word("task") == MASKED


def _source(given: Given) -> tuple[tuple[str, ...], dict[str, Tokens]]:
    """The vocabulary, and the tokens of every text by the ending of its fields."""
    texts = ENDINGS[given.word("text")]
    labels, tokens = _encoded(
        tuple(texts.values()),
        given.whole("characters"),
        given.word("letters") == "lower case",
        given.word("level"),
        given.whole("vocabulary"),
        given.word("alphabet"),
    )
    return (*labels, MASK) if _masks(given) else labels, dict(zip(texts, tokens, strict=True))


def _fields(given: Given) -> dict[str, Field]:
    labels, texts = _source(given)
    shape, level = (given.whole("length"),), given.word("level")
    found: dict[str, Field] = {}
    for ending in texts:
        titles = {f"x{ending}": level, f"y{ending}": f"{'masked' if _masks(given) else 'next'} {level}"}
        found |= {name: Field(name, shape, "int64", "token", title, labels) for name, title in titles.items()}
    return found


def _read(given: Given) -> Arrays:
    labels, texts = _source(given)
    chance = np.random.default_rng(given.whole("seed"))
    read = {ending: _windows(given, tokens, len(labels), chance) for ending, tokens in texts.items()}
    count = min(len(x) for x, _ in read.values())
    return {f"{field}{ending}": pair[i][:count] for ending, pair in read.items() for i, field in enumerate("xy")}


def _windows(given: Given, tokens: Tokens, classes: int, chance: np.random.Generator) -> tuple[Tokens, Tokens]:
    """The windows of a text and their targets, each (samples, length)."""
    length = given.whole("length")
    if len(tokens) <= length:
        raise ProjectError(
            f"{len(tokens):,} {given.word('level')} hold no window of {length:,} and the one after it.",
            place="data.params.length",
            fix="Choose a shorter length or more characters.",
        )
    windows = np.lib.stride_tricks.sliding_window_view(tokens, length + 1)[:: given.whole("stride")]
    x = windows[:, :-1].copy()  # (samples, length)
    if not _masks(given):
        return x, windows[:, 1:].copy()
    count = max(1, round(MASKED_SHARE * length))
    hidden = np.argsort(chance.random(x.shape), axis=1)[:, :count]
    y = np.full_like(x, IGNORED)
    np.put_along_axis(y, hidden, np.take_along_axis(x, hidden, 1), 1)
    np.put_along_axis(x, hidden, classes - 1, 1)
    return x, y


def _gap(given: Given) -> int:
    """How many windows reach from one block of text into the next."""
    return -(-(given.whole("length") + 1) // given.whole("stride")) - 1


def _choice(name: str, title: str, doc: str, *choices: str) -> Param:
    return Param(name, title, "choice", choices[0], doc, choices=choices)


add(
    DataSource(
        "text",
        "Text",
        "Python's documentation or the source of its library, cut into windows of characters or words. The target is "
        f"the same window one further on, or the {MASKED_SHARE:.0%} of it that are masked. The parts are blocks of the "
        "text, so that nothing that is validated was read in training.",
        "Python Software Foundation: The Python Language Reference, in pydoc_data.topics, and The Python Standard "
        "Library; PSF License Version 2.",
        "real",
        _fields,
        _read,
        (
            _choice("task", "Task", "What is to be predicted.", NEXT, MASKED),
            Param("length", "Length", "int", 64, "Characters or words in a window.", 2, 2048),
            Param("stride", "Stride", "int", 32, "From one window to the next.", 1, 4096),
            Param(
                "characters", "Text", "int", 100_000, "How much of the text is used.", 100, 450_000, unit="characters"
            ),
            _choice("letters", "Letters", "All in lower case, or capitals kept.", "lower case", "as is"),
            _choice("text", "Which text", "English, or Python programs: another domain. Side by side, both give a "
                    "window to every sample, over one vocabulary.", *ENDINGS),
            _choice("level", "Level", "What a token is: a character, or a word with the space before it.",
                    CHARACTERS, WORDS),
            Param("vocabulary", "Words", "int", 2_000, "How many of the commonest words are told apart, where tokens "
                  "are words.", 10, 50_000, unit="words", only=(Only("level", (WORDS,)),)),
            only_with(
                _choice("alphabet", "Alphabet", "Which characters are told apart: those of the text, or the 96 of a "
                        "keyboard, so that a network can go from one text to another.", OWN, KEYBOARD),
                "level", CHARACTERS,
            ),
            Param("seed", "Seed", "int", 0, "Which of them are masked.", 0, 2**32 - 1,
                  only=(Only("task", (MASKED,)),)),
        ),
        gap=_gap,
    )
)  # fmt: skip
