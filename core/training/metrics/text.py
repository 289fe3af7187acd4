"""Metrics of tokens: the cross-entropy of one in other units, and whole sequences that are right."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from core.training.metrics.classes import mean
from core.training.metrics.reading import class_axis
from core.training.metrics.spec import MetricSpec, OfLoss, Question, Sums, Task, Way

if TYPE_CHECKING:
    from torch import Tensor

_CLASSES: frozenset[Task] = frozenset({"classes"})


def bits(loss: float) -> float:
    """Nats as bits."""
    return loss / math.log(2.0)


def perplexity(loss: float) -> float:
    """e to the loss; infinite where it is too large for a number."""
    return math.exp(loss) if loss < 700 else math.inf


def _wholly_right(question: Question, scores: Tensor, target: Tensor) -> list[Tensor | float]:
    """Sequences that are right at every place that counts, and sequences that have such a place."""
    counts = target != question.ignored  # (N, T)
    right = scores.argmax(class_axis(scores.dim())) == target
    asked = counts.any(1)
    return [((right | ~counts).all(1) & asked).sum(), asked.sum()]


def _exact(question: Question) -> Way | None:
    return Sums(partial(_wholly_right, question), mean) if question.axes == 1 and not question.one_hot else None


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
    MetricSpec(
        "exact_match",
        "Exact match",
        "Share of the sequences that are right at every place that is asked. Where a decoder is fed the true past, it "
        "is that of the sequences which the decoder writes by itself, always the likeliest: a first mistake ends both.",
        r"\tfrac1n \sum_i \prod_t [\hat y_{it} = y_{it}]",
        "Rajpurkar, Zhang, Lopyrev & Liang 2016, SQuAD, EMNLP, section 6.1",
        True,
        "{:.1%}",
        _CLASSES,
        way=_exact,
    ),
)
