"""Text as tokens: characters, or words with the space before them, so that tokens put together are the text again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Tokens = npt.NDArray[np.int64]

RARE = "�"
"""The label of the token for all that is not in the vocabulary."""
MOST_CHARACTERS = 96
ASCII = ("\n", *(chr(code) for code in range(32, 127)))
"""The 95 characters that a keyboard types, and the end of a line."""
WORD = re.compile(r" ?\w+| ?[^\w\s]+|\s+(?!\S)|\s+")
"""Words, runs of marks, and white space that belongs to neither: every character is in one of them.

The pattern of Radford et al. 2019 (GPT-2), without its English endings.
"""


def pieces(text: str, level: str) -> Sequence[str]:
    """The text cut into `characters` or `words`."""
    return WORD.findall(text) if level == "words" else text


def vocabulary(parts: Sequence[str], most: int) -> tuple[str, ...]:
    """The `most` commonest pieces, sorted, and the token for rare ones behind them where there are more."""
    counts = Counter(parts)
    kept = sorted(counts, key=lambda each: (-counts[each], each))[:most]
    return (*sorted(kept), *((RARE,) if len(kept) < len(counts) else ()))


def as_tokens(parts: Sequence[str], labels: Sequence[str]) -> Tokens:
    """Pieces as indices into a vocabulary; what is not in it becomes its last token, the one for rare pieces."""
    index = {label: token for token, label in enumerate(labels)}
    rare = len(labels) - 1
    return np.fromiter((index.get(each, rare) for each in parts), np.int64, len(parts))


def encode(text: str, labels: Sequence[str]) -> list[int]:
    """Text as tokens of a field of text, of whichever level; what it does not know is left out."""
    index = {label: token for token, label in enumerate(labels)}
    level = "words" if any(len(label) > 1 for label in labels) else "characters"
    return [index[each] for each in pieces(text, level) if each in index]


def decode(tokens: Iterable[int], labels: Sequence[str]) -> str:
    """The text of a row of tokens; an ignored target reads as a middle dot."""
    return "".join(labels[token] if token >= 0 else "·" for token in tokens)
