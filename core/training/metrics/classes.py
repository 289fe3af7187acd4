"""Metrics of classes: how many answers are right, and what scikit-learn makes of the scores."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from core.training.metrics.reading import class_axis, class_rows, yes_or_no
from core.training.metrics.spec import Collected, MetricSpec, Question, Sums, Task, Told, Way

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    Array = npt.NDArray[Any]

ANSWERS: frozenset[Task] = frozenset({"classes", "two"})


def sklearn(name: str) -> Callable[..., Any]:
    """A function of scikit-learn's metrics, imported when it is first needed."""
    function: Callable[..., Any] = getattr(importlib.import_module("sklearn.metrics"), name)
    return function


def mean(sums: list[float]) -> float:
    total, count = sums
    return total / count if count else math.nan


def _right(question: Question, scores: Tensor, target: Tensor) -> list[Tensor | float]:
    """Right and counted answers."""
    if question.task != "classes":
        said, true = yes_or_no(question, scores, target)
        return [(said == true).sum(), said.numel()]
    axis = class_axis(scores.dim())
    true = target.argmax(axis) if question.one_hot else target
    # Rows of zeros are left out, as is the index that the loss ignores.
    counts = target.amax(axis) > 0 if question.one_hot else target != question.ignored
    right = (scores.argmax(axis) == true) & counts
    return [right.sum(), counts.sum()]


def _among_first(k: int, question: Question, scores: Tensor, target: Tensor) -> list[Tensor | float]:
    """Answers whose true class is among the k best scores, and counted ones."""
    rows, true, counts = class_rows(question, scores.detach(), target)
    best = rows.topk(min(k, rows.shape[1]), dim=1).indices  # (n, k)
    return [((best == true[:, None]).any(1) & counts).sum(), counts.sum()]


def _top(k: int, question: Question) -> Way | None:
    few = question.task != "classes" or 0 < question.classes <= k
    return None if few else Sums(partial(_among_first, k, question), mean)


def said(question: Question, scores: Array) -> Array:
    """The class that each answer names, (n): the best score, or whether the score is over the cut."""
    if question.task == "classes":
        best: Array = scores.argmax(1)
        return best
    return (scores >= (question.cut or (0.5, 0.5))[0]).astype("int64")


def chances(scores: Array) -> Array:
    """Rows that add up to 1, (n, classes): the softmax of scores and of logarithms; chances stay as they are."""
    import numpy as np

    values = scores.astype("float64")
    if (values >= 0).all() and np.allclose(values.sum(1), 1.0, atol=1e-3):
        return values
    powers = np.exp(values - values.max(1, keepdims=True))
    found: Array = powers / powers.sum(1, keepdims=True)
    return found


def _averaged(name: str, question: Question, scores: Array, true: Array) -> float:
    """A score of scikit-learn's: of the yes, or the mean over the classes."""
    if not len(true):
        return math.nan
    average = "binary" if question.task == "two" else "macro"
    return float(sklearn(name)(true, said(question, scores), average=average, zero_division=0))


def _each(name: str, question: Question, scores: Array, true: Array) -> Told:
    """A score of scikit-learn's for every class that occurs."""
    if not len(true):
        return math.nan
    answers = said(question, scores)
    classes = sorted({*true.tolist(), *answers.tolist()})
    found = sklearn(name)(true, answers, labels=classes, average=None, zero_division=0)
    return {question.label(index): float(value) for index, value in zip(classes, found, strict=True)}


def _plain(name: str, question: Question, scores: Array, true: Array) -> float:
    if len(true) < 2:
        return math.nan
    return float(sklearn(name)(true, said(question, scores)))


def _ranked(name: str, question: Question, scores: Array, true: Array) -> float:
    """A score of the order: of the yes, or the mean over the classes, each against the rest (one-vs-rest, macro)."""
    score = sklearn(name)
    if question.task == "two":
        return float(score(true, scores)) if 0 < true.sum() < len(true) else math.nan
    rows = chances(scores) if len(true) else scores
    found = [
        float(score(true == index, rows[:, index]))
        for index in range(rows.shape[1])
        if 0 < (true == index).sum() < len(true)
    ]
    return sum(found) / len(found) if found else math.nan


def _collected(compute: Callable[..., Told], name: str, question: Question) -> Way:
    return Collected(partial(compute, name, question))


_MACRO = "The mean over the classes, however many samples each has; of two classes, that of the yes."
_OCCUR = "One value for each class that occurs."


def _class_metric(
    name: str, title: str, doc: str, formula: str, source: str, function: str
) -> tuple[MetricSpec, MetricSpec]:
    """A metric as a mean over the classes, and class by class."""
    way, each = partial(_collected, _averaged, function), partial(_collected, _each, function)
    return (
        MetricSpec(name, title, f"{doc} {_MACRO}", formula, source, True, "{:.1%}", ANSWERS, way=way),
        MetricSpec(
            f"{name}_by_class",
            f"{title} by class",
            f"{doc} {_OCCUR}",
            formula,
            source,
            True,
            "{:.1%}",
            ANSWERS,
            way=each,
        ),
    )


SPECS = (
    MetricSpec(
        "accuracy",
        "Accuracy",
        "Share of the samples whose predicted class is the true one.",
        r"\tfrac1n \sum_i [\hat y_i = y_i]",
        "Bishop 2006, Pattern Recognition and Machine Learning, section 1.5",
        True,
        "{:.1%}",
        ANSWERS,
        ANSWERS,
        lambda question: Sums(partial(_right, question), mean),
    ),
    *(
        MetricSpec(
            f"top_{k}",
            f"Top-{k} accuracy",
            f"Share of the samples whose true class is among the {k} that score best.",
            rf"\tfrac1n \sum_i [y_i \in \mathrm{{top}}_{k}(\hat y_i)]",
            "Krizhevsky, Sutskever & Hinton 2012, NIPS 25",
            True,
            "{:.1%}",
            frozenset({"classes"}),
            way=partial(_top, k),
        )
        for k in (3, 5)
    ),
    *_class_metric(
        "precision",
        "Precision",
        "Share of the samples taken for a class that belong to it.",
        r"\frac{TP}{TP + FP}",
        "van Rijsbergen 1979, Information Retrieval, chapter 7",
        "precision_score",
    ),
    *_class_metric(
        "recall",
        "Recall",
        "Share of the samples of a class that are found.",
        r"\frac{TP}{TP + FN}",
        "van Rijsbergen 1979, Information Retrieval, chapter 7",
        "recall_score",
    ),
    *_class_metric(
        "f1",
        "F₁",
        "The harmonic mean of precision and recall.",
        r"\frac{2\,TP}{2\,TP + FP + FN}",
        "van Rijsbergen 1979, Information Retrieval, chapter 7",
        "f1_score",
    ),
    MetricSpec(
        "roc_auc",
        "ROC AUC",
        f"How often a sample of a class scores higher than one of the rest; 0.5 is chance. {_MACRO}",
        r"P(\hat y_{+} > \hat y_{-})",
        "Fawcett 2006, An introduction to ROC analysis, Pattern Recognition Letters 27",
        True,
        "{:.3f}",
        ANSWERS,
        way=partial(_collected, _ranked, "roc_auc_score"),
    ),
    MetricSpec(
        "average_precision",
        "Average precision",
        f"The precision at every score that could be the cut, weighted by the recall gained there. {_MACRO}",
        r"\sum_k (R_k - R_{k-1})\, P_k",
        "Zhu 2004, Recall, precision and average precision, University of Waterloo",
        True,
        "{:.3f}",
        ANSWERS,
        way=partial(_collected, _ranked, "average_precision_score"),
    ),
    MetricSpec(
        "mcc",
        "Matthews correlation",
        "Correlation of predicted and true classes, from −1 to 1; 0 is chance, however unequal the classes are.",
        r"\frac{TP \cdot TN - FP \cdot FN}{\sqrt{(TP+FP)(TP+FN)(TN+FP)(TN+FN)}}",
        "Matthews 1975, Biochimica et Biophysica Acta 405",
        True,
        "{:.3f}",
        ANSWERS,
        way=partial(_collected, _plain, "matthews_corrcoef"),
    ),
)
