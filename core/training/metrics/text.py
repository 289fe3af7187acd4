"""Metrics of language models: the cross-entropy of a token in other units."""

from __future__ import annotations

import math
from collections.abc import Callable

from core.training.metrics.spec import MetricSpec, OfLoss, Question, Task, Way

_CLASSES: frozenset[Task] = frozenset({"classes"})


def bits(loss: float) -> float:
    """Nats as bits."""
    return loss / math.log(2.0)


def perplexity(loss: float) -> float:
    """e to the loss; infinite where it is too large for a number."""
    return math.exp(loss) if loss < 700 else math.inf


def _of_tokens(compute: Callable[[float], float]) -> Callable[[Question], Way | None]:
    def way(question: Question) -> Way | None:
        return OfLoss(compute) if question.tokens and question.likelihood else None

    return way


def _spec(name: str, title: str, doc: str, formula: str, source: str, way: Callable[[float], float]) -> MetricSpec:
    return MetricSpec(name, title, doc, formula, source, False, tasks=_CLASSES, usual=_CLASSES, way=_of_tokens(way))


SPECS = (
    _spec(
        "bits",
        "Bits per character",
        "The mean cross-entropy in bits: how many a good code would need for each character.",
        r"\ell / \ln 2",
        "Shannon 1951, Bell System Technical Journal 30",
        bits,
    ),
    _spec(
        "perplexity",
        "Perplexity",
        "Among how many equally likely tokens the network hesitates, in the mean.",
        r"e^{\ell}",
        "Jelinek, Mercer, Bahl & Baker 1977, Journal of the Acoustical Society of America 62",
        perplexity,
    ),
)
