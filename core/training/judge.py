"""Which metrics a network's losses have, and the ports of the program that they are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.model.project import Project
from core.model.spec import registry
from core.model.tensor import Field
from core.training.devices import moved
from core.training.feed import data_field
from core.training.metrics import (
    Collected,
    Measure,
    OfLoss,
    Question,
    Tally,
    TargetKind,
    by_name,
    check_names,
    grid,
    measures_for,
    metrics,
    question_of,
    target_kind,
)
from core.training.metrics.grid import Detections

Wire = tuple[str, str]
"""A node and one of its output ports."""


@dataclass(frozen=True)
class Judged:
    """A loss whose target comes straight from the data: what it compares, what it asks and the metrics that fit it."""

    loss: str
    prediction: Wire
    target: Wire
    kind: TargetKind
    field: Field
    question: Question | None
    measures: tuple[Measure, ...]
    wanted: tuple[str, ...] = ()

    @property
    def cut(self) -> tuple[float, float] | None:
        """For two classes: the score from which on the answer is yes, and the target above which it should be."""
        return self.question.cut if self.question and self.question.task == "two" else None

    @property
    def classifies(self) -> bool:
        return self.question is not None and self.question.task in ("classes", "two")


def judged_losses(project: Project, fields: Mapping[str, Field], losses: Iterable[str]) -> list[Judged]:
    """The loss nodes among `losses` for which metrics may be known, in order.

    Raises ProjectError where the project wants a metric that is not there.
    """
    check_names(project.training.metrics)
    found = []
    for name in losses:
        kind = project.graph.nodes[name].kind
        prediction, target = project.graph.into(name, "input"), project.graph.into(name, "target")
        if not prediction or not target or project.graph.nodes[target[0].source].kind != "input":
            continue
        field_name, form = data_field(project, target[0].source)
        field = fields[field_name]
        of = target_kind(field, form)
        wires = [(edge.source, edge.output) for edge in (prediction[0], target[0])]
        question = question_of(kind, of, field, **registry[kind].complete(project.graph.nodes[name].params))
        measures = measures_for(question, project.training.metrics)
        found.append(Judged(name, wires[0], wires[1], of, field, question, measures, project.training.metrics))
    return found


def offered(project: Project, fields: Mapping[str, Field]) -> dict[str, bool]:
    """The metrics that fit any loss of the project, and whether each is computed without being asked for."""
    losses = [node.id for node in project.graph.of_family("loss")]
    questions = [judged.question for judged in judged_losses(project, fields, losses) if judged.question]
    fitting = {spec.name: spec for spec in metrics.values() for each in questions if spec.measure(each)}
    found = {name: any(each.task in spec.usual for each in questions) for name, spec in fitting.items()}
    return found | {spec.name: True for spec in grid.SPECS if detector(judged_losses(project, fields, losses))}


def detector(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """The losses of boxes, objects and, where there is one, classes over the same places; none where no such meet."""

    def over(task: str, places: tuple[int, ...]) -> Judged | None:
        shapes = (places, (*places, 1))
        return next((j for j in judged if j.question and j.question.task == task and j.field.shape in shapes), None)

    for boxes in judged:
        places = boxes.field.shape[:-1]
        if boxes.question and boxes.question.task == "boxes" and places and (objects := over("two", places)):
            classes = over("classes", places)
            return (boxes, objects, classes) if classes else (boxes, objects)
    return ()


class Judge:
    """Metrics over any number of batches: the mean of every loss, weighted by samples, and what `judged` adds.

    A program whose outputs are the losses in order and then `ports` feeds it. A loss that sums over its batch is told
    for a batch of `batch_size` samples, however large the batches were that it was computed for.
    """

    def __init__(
        self,
        losses: Sequence[str],
        judged: Sequence[Judged],
        *,
        owners: Mapping[str, str] | None = None,
        headline: str = "",
        summed: Iterable[str] = (),
        batch_size: int = 1,
        whole: bool = False,
    ) -> None:
        """Metrics of a loss that has one of `owners` carry its name, so that several losses do not collide.

        Those of the `headline` loss are told without it as well, after those that carry it.
        The losses in `summed` sum over their batch instead of averaging. Metrics that need the predictions of a whole
        part are computed where it is judged as a `whole`.
        """
        self._summed, self._batch_size = frozenset(summed), batch_size
        self._losses = tuple(losses)
        self._judged = [each for each in judged if each.question and each.measures and each.loss in self._losses]
        self._owners, self._headline = owners or {}, headline
        together = detector([each for each in judged if each.loss in self._losses]) if whole else ()
        self._detections = Detections(*(j.question for j in together if j.question)) if together else None
        self._wanted = together[0].wanted if together else ()
        read = (*self._judged, *together)
        self.ports = tuple(dict.fromkeys(wire for j in read for wire in (j.prediction, j.target)))
        place = {wire: len(self._losses) + index for index, wire in enumerate(self.ports)}
        self._pairs = [(place[j.prediction], place[j.target]) for j in self._judged]
        self._boxes = [place[wire] for j in together for wire in (j.prediction, j.target)]
        self._tallies = [
            Tally(j.question, tuple(m for m in j.measures if whole or not isinstance(m.way, Collected)), torch.cat)
            for j in self._judged
            if j.question
        ]
        self._values: list[list[Tensor]] = [[] for _ in self._losses]
        self._samples: list[int] = []

    def add(self, outputs: Sequence[Tensor], samples: int) -> None:
        """Notes a batch's outputs; nothing is computed or fetched from the device yet."""
        for index, values in enumerate(self._values):
            values.append(outputs[index].detach())
        self._samples.append(samples)
        for (prediction, target), tally in zip(self._pairs, self._tallies, strict=True):
            tally.add(outputs[prediction], outputs[target])
        if self._detections:
            self._detections.add(*(outputs[index] for index in self._boxes))

    def close(self) -> tuple[dict[str, float], dict[str, float]]:
        """The mean of every loss node, and the other metrics by name; the judge starts afresh."""
        total = sum(self._samples)
        if not total:
            return {}, {}
        samples = torch.tensor(self._samples, dtype=torch.float64)
        losses: dict[str, float] = {}
        for name, tensors in zip(self._losses, self._values, strict=True):
            told = torch.stack(tensors).cpu().double()
            mean_of = float(told.sum()) * self._batch_size if name in self._summed else float(told @ samples)
            losses[name] = mean_of / total
        self._values, self._samples = [[] for _ in self._losses], []
        found: dict[str, float] = {}
        for judged, tally in zip(self._judged, self._tallies, strict=True):
            values = tally.values()
            for measure in judged.measures:
                if isinstance(measure.way, OfLoss):
                    values[measure.name] = measure.way.value(losses[judged.loss])
            owner = self._owners.get(judged.loss)
            found |= by_name(values, f" ({owner})") if owner else {}
            found |= by_name(values) if not owner or judged.loss == self._headline else {}
        if self._detections:
            found |= self._detections.values(self._wanted)
        return losses, found

    def state(self) -> dict[str, Any]:
        """What was added and not yet closed: what `restore` takes; not to be changed."""
        return {
            "values": [torch.stack(values) if values else None for values in self._values],
            "samples": self._samples,
            "tallies": [tally.state() for tally in self._tallies],
            "detections": self._detections.rows if self._detections else [],
        }

    def restore(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Takes over what another judge of the same losses had noted; what comes next is on `device`."""
        state = moved(state, device)
        self._values = [[] if values is None else list(values) for values in state["values"]]
        self._samples = list(state["samples"])
        for tally, saved in zip(self._tallies, state["tallies"], strict=True):
            tally.restore(saved)
        if self._detections:
            self._detections.rows = [list(rows) for rows in state["detections"]]
