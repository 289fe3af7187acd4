"""Which metrics a network's losses have, and the ports of the program that they are computed from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.model.project import Project
from core.model.spec import registry
from core.model.tensor import Field
from core.training.feed import data_field
from core.training.metrics import IGNORED, Measure, Tally, TargetKind, measures_for, target_kind

Wire = tuple[str, str]
"""A node and one of its output ports."""


@dataclass(frozen=True)
class Judged:
    """A loss whose target comes straight from the data: what it compares, and the metrics that fit it."""

    loss: str
    prediction: Wire
    target: Wire
    kind: TargetKind
    field: Field
    measures: tuple[Measure, ...]

    @property
    def cut(self) -> tuple[float, float] | None:
        """For two classes: the score from which on the answer is yes, and the target above which it should be."""
        return next((measure.cut for measure in self.measures if measure.cut), None)

    @property
    def classifies(self) -> bool:
        return any(measure.name == "accuracy" for measure in self.measures)


def judged_losses(project: Project, fields: Mapping[str, Field], losses: Iterable[str]) -> list[Judged]:
    """The loss nodes among `losses` for which metrics are known, in order."""
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
        ignored = registry[kind].complete(project.graph.nodes[name].params).get("ignore_index")
        measures = measures_for(kind, of, ignored if isinstance(ignored, int) else IGNORED)
        found.append(Judged(name, wires[0], wires[1], of, field, measures))
    return found


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
        prefixed: Iterable[str] = (),
        summed: Iterable[str] = (),
        batch_size: int = 1,
    ) -> None:
        """Metrics of the losses in `prefixed` carry the loss's name, so that several losses do not collide.

        The losses in `summed` sum over their batch instead of averaging.
        """
        self._summed, self._batch_size = frozenset(summed), batch_size
        self._losses = tuple(losses)
        self._judged = [each for each in judged if each.measures and each.loss in self._losses]
        self._named = frozenset(prefixed)
        self.ports = tuple(dict.fromkeys(wire for j in self._judged for wire in (j.prediction, j.target)))
        place = {wire: len(self._losses) + index for index, wire in enumerate(self.ports)}
        self._pairs = [(place[j.prediction], place[j.target]) for j in self._judged]
        self._tallies = [Tally(j.measures, torch.cat) for j in self._judged]
        self._texts = [
            j.loss for j in self._judged if j.kind == "index" and j.field.meaning == "token" and j.loss in self._losses
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
            if judged.loss in self._texts:
                values["bits"] = losses[judged.loss] / math.log(2.0)
            for name, value in values.items():
                found[f"{name} ({judged.loss})" if judged.loss in self._named else name] = value
        return losses, found
