"""Metrics as declarative specs: adding one is adding a spec to a file of its family. Nothing here imports torch.

Which of them fit follows from what a loss asks of its prediction (`rules`); how they are computed says the spec.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from core.model.fault import ProjectError
from core.training.metrics import boxes, classes, episodes, grid, masks, numbers, text
from core.training.metrics.episodes import reported
from core.training.metrics.reading import class_axis
from core.training.metrics.rules import TargetKind, question_of, target_kind
from core.training.metrics.spec import IGNORED, Collected, Measure, MetricSpec, OfLoss, Question, Sums, Told
from core.training.metrics.tally import Tally

__all__ = [
    "IGNORED",
    "Collected",
    "Measure",
    "MetricSpec",
    "OfLoss",
    "Question",
    "Sums",
    "Tally",
    "TargetKind",
    "Told",
    "by_name",
    "check_names",
    "class_axis",
    "full_name",
    "measures_for",
    "metrics",
    "owner_of",
    "question_of",
    "reported",
    "spec_of",
    "target_kind",
    "telling",
    "title_of",
    "told",
    "told_once",
]

LOSS = MetricSpec(
    "loss", "Loss", "The mean loss over the samples.", r"\tfrac1n \sum_i \ell(\hat y_i, y_i)", "", False, "{:.4g}"
)

metrics: dict[str, MetricSpec] = {
    spec.name: spec
    for spec in (
        LOSS,
        *classes.SPECS,
        *numbers.SPECS,
        *text.SPECS,
        *masks.SPECS,
        *boxes.SPECS,
        *grid.SPECS,
        *episodes.SPECS,
    )
}
"""Every metric by name, in the order of forms."""


def spec_of(name: str) -> MetricSpec | None:
    """The metric of a name as runs tell it: `f1`, `f1 (critic)` of one of several objectives, `f1_by_class: cat`."""
    return metrics.get(name.partition(" (")[0].partition(":")[0])


def title_of(name: str, titles: Mapping[str, str] | None = None) -> str:
    """What a metric of a run is called: its title, and which class, objective or loss it is of; else its name.

    `titles` are those of loss nodes by their ids, where they have any.
    """
    spec = spec_of(name)
    if spec is None:
        return name
    rest = name[len(spec.name) :]
    head, begins, node = rest.rpartition(" (")
    title = (titles or {}).get(node.removesuffix(")"), "") if begins else ""
    return f"{spec.title}{head} ({title})" if title else f"{spec.title}{rest}"


def owner_of(name: str) -> str:
    """Which objective or loss a name says that its metric is of; empty where it does not."""
    return name.removesuffix(")").partition(" (")[2] if name.endswith(")") else ""


def full_name(name: str, names: Iterable[str]) -> str:
    """A metric's name with the objective or loss that it is of, where a run with these names has several.

    Such a run tells the metrics of its first loss twice: with their owner, and then by the plain names that are asked
    for wherever one figure stands for the run.
    """
    told_so_far = list(names)
    before = told_so_far[: told_so_far.index(name)] if name in told_so_far else []
    return next((each for each in reversed(before) if each.startswith(f"{name} (")), name)


def told_once(names: Iterable[str]) -> list[str]:
    """The names without the plain ones that stand for what is told under its full name as well."""
    known = list(dict.fromkeys(names))
    return [name for name in known if full_name(name, known) == name]


def told(name: str, value: float) -> str:
    """A value as text: shares in per cent; a dash where it is not known."""
    if math.isnan(value):
        return "–"
    spec = spec_of(name)
    return (spec.format if spec else "{:.4g}").format(value).replace("%", " %")


def by_name(values: dict[str, Told], suffix: str = "") -> dict[str, float]:
    """Metrics under the names of runs; one with a value for each class becomes one for every class."""
    found: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= {f"{name}: {label}{suffix}": each for label, each in value.items()}
        else:
            found[f"{name}{suffix}"] = value
    return found


def telling(values: dict[str, float]) -> str:
    """The name of the metric that tells most of a result: the first besides losses, else the loss; empty if none."""
    return next((name for name in values if spec_of(name) not in (LOSS, None)), next(iter(values), ""))


def check_names(names: Iterable[str]) -> None:
    """Raises ProjectError for a name that no metric has."""
    for name in names:
        if name not in metrics:
            offered = ", ".join(spec for spec in metrics if spec != "loss")
            raise ProjectError(
                f"There is no metric “{name}”.", place="training.metrics", fix=f"Choose among {offered}."
            )


def measures_for(question: Question | None, wanted: Iterable[str] = ()) -> tuple[Measure, ...]:
    """The measures that fit a question: those `wanted`, or where none is named, those that are usual for its task."""
    if question is None:
        return ()
    names = frozenset(wanted)
    chosen = [s for s in metrics.values() if (s.name in names if names else question.task in s.usual)]
    return tuple(measure for spec in chosen if (measure := spec.measure(question)))
