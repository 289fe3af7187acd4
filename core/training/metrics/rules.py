"""The one table that says what a loss asks of its prediction, from the kind of the loss and what its target is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from core.model.tensor import Field
from core.model.values import Value
from core.training.metrics.spec import IGNORED, Question

TargetKind = Literal["index", "binary", "sign", "one-hot", "number", "values"]
"""What a target is: class indices, two classes as 0 and 1, as −1 and +1, one-hot rows, one number, other values."""


@dataclass(frozen=True)
class Rule:
    """A row of the table: with one of these losses (empty: any) and this target, this is asked."""

    target: TargetKind
    losses: frozenset[str]
    question: Question


def _losses(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LOGITS = _losses("bce_with_logits binary_focal")
_MARGINS = _losses("binary_hinge squared_hinge soft_margin perceptron")
_AT_LOGIT = Question("two", (0.0, 0.5), logits=True)
_AT_HALF = Question("two", (0.5, 0.5))

UNMEASURED = _losses("ctc poisson_nll")
"""Losses whose prediction is not what the target is: alignments, and logarithms of rates."""
LIKELIHOODS = _losses("cross_entropy nll")
"""Losses that are the mean −ln p of the true class."""

RULES: tuple[Rule, ...] = (
    Rule("index", frozenset(), Question("classes")),
    Rule("one-hot", frozenset(), Question("classes", one_hot=True)),
    Rule("sign", frozenset(), Question("two", (0.0, 0.0))),
    Rule("binary", _LOGITS, _AT_LOGIT),
    Rule("binary", _MARGINS, replace(_AT_LOGIT, logits=False)),
    Rule("binary", frozenset(), _AT_HALF),
    Rule("number", _LOGITS, _AT_LOGIT),
    Rule("number", _losses("bce"), _AT_HALF),
    Rule("number", _losses("box_iou"), Question("boxes")),
    Rule("number", frozenset(), Question("number")),
    Rule("values", _losses("dice iou"), Question("mask", (0.5, 0.5))),
    Rule("values", _losses("box_iou"), Question("boxes")),
    Rule("values", _LOGITS, Question("values", (0.0, 0.5), logits=True)),
    Rule("values", frozenset(), Question("values", (0.5, 0.5))),
)
"""The first row that fits is taken."""


def target_kind(field: Field, form: str) -> TargetKind:
    """What a field of the data is as a target when it is read in a form; raises ProjectError for a wrong form."""
    formed = field.formed(form)
    if form == "as stored" and field.meaning in ("class", "token"):
        return "index"
    if form == "one-hot":
        return "one-hot"
    if form == "sign":
        return "sign"
    if form == "number" and field.classes == 2:
        return "binary"
    return "number" if formed.meaning == "number" else "values"


def question_of(loss: str, target: TargetKind, field: Field | None = None, **params: Value) -> Question | None:
    """What a loss of this kind and these parameters asks; None where nothing is known that could be measured."""
    if loss in UNMEASURED:
        return None
    rule = next((rule for rule in RULES if rule.target == target and (not rule.losses or loss in rule.losses)), None)
    if rule is None:
        return None
    ignored = params.get("ignore_index")
    return replace(
        rule.question,
        ignored=ignored if isinstance(ignored, int) else IGNORED,
        classes=field.classes if field else 0,
        labels=field.labels if field and field.classes else (),
        axes=len(field.shape) if field else 0,
        tokens=bool(field and field.meaning == "token"),
        likelihood=loss in LIKELIHOODS and _is_plain(params),
        centred=params.get("form") == "centre and size",
    )


def _is_plain(params: Mapping[str, Value]) -> bool:
    """Whether a likelihood is neither smoothed nor weighted nor summed up."""
    smooth, weight = params.get("label_smoothing", 0.0), params.get("weight")
    return not smooth and not weight and params.get("reduction", "mean") == "mean"
