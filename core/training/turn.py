"""One objective at work: its program, the way to moved weights, and its learning rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from core.compiler.network import Network
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.settings import Objective
from core.training.feed import Batch
from core.training.gradients import Descent
from core.training.judge import Judge
from core.training.precision import Precision
from core.training.rota import span
from core.training.schedules import Moment, schedules
from core.training.spec import choose

Result = tuple[Tensor, Sequence[Tensor]]
"""An objective's loss () and all outputs of its program: the losses, then the judge's ports."""


def loss_weights(project: Project, objective: Objective, place: str) -> dict[str, float]:
    """The loss nodes of an objective with their weights; raises ProjectError when there is none or one is missing."""
    found = {node.id: 1.0 for node in project.graph.of_family("loss")}
    if objective.losses:
        for name in objective.losses:
            if name not in found:
                raise ProjectError(f"There is no loss “{name}”.", place=place, fix="Choose a loss node of the network.")
        if not any(objective.losses.values()):
            raise ProjectError(
                "All its losses have the weight 0: nothing would be learnt.",
                place=place,
                fix="Give one of them another weight.",
            )
        return dict(objective.losses)
    if not found:
        raise ProjectError("The network has no loss.", place=place, fix="Add one, such as cross-entropy, and wire it.")
    return found


class Turn:
    """An objective with all that it needs to take its turn in a step."""

    def __init__(
        self,
        network: Network,
        project: Project,
        index: int,
        inputs: Sequence[str],
        judge: Judge,
        precision: Precision,
        steps_per_epoch: int,
    ) -> None:
        """`inputs` are the input nodes in the order of a batch; `judge` gives the metrics of these losses."""
        place = f"training.objectives[{index}]"
        training = project.training
        self.objective = objective = training.objectives[index]
        self.index, self.name = index, objective.name
        self.weights = loss_weights(project, objective, place)
        self.judge = judge
        self.program = network.program([(name, "loss") for name in self.weights] + list(judge.ports))
        places = tuple(inputs.index(name) for name in network.inputs_of(self.program))
        self._places = None if places == tuple(range(len(inputs))) else places
        self._forward = self.program.forward
        self._terms = list(self.weights.values())
        self._plain = self._terms == [1.0]
        self.precision = precision
        self.descent = Descent(
            network, objective, place, self.program, alone=len(training.objectives) == 1, precision=precision
        )
        self.schedule = choose(schedules, objective.schedule.kind, objective.schedule.params, place, "schedule")
        first, last = span(objective, training.epochs)
        self._begin = (first - 1) * steps_per_epoch, first - 1
        self._steps = (last - first + 1) * steps_per_epoch
        self.fast: Callable[[Batch], Result | None] | None = None
        """Takes the whole step of a batch at once, where it can and the run's settings allow it."""

    @property
    def rate(self) -> float:
        """The present learning rate, before the factors of single nodes."""
        return self.descent.rate

    def arguments(self, batch: Batch) -> Batch:
        """What this objective's program takes of a batch."""
        return batch if self._places is None else tuple(batch[place] for place in self._places)

    def forward(self, batch: Batch) -> Result:
        """The loss and the outputs of a batch with the present weights."""
        outputs: Sequence[Tensor]
        if self.precision.is_mixed:
            with self.precision():
                outputs = self._forward(*self.arguments(batch))
        else:
            outputs = self._forward(*self.arguments(batch))
        return self.combined(outputs), outputs

    def combined(self, outputs: Sequence[Tensor]) -> Tensor:
        """The objective's loss () from the outputs of its program."""
        if self._plain:
            return outputs[0]
        return sum((weight * outputs[i] for i, weight in enumerate(self._terms)), start=outputs[0].new_zeros(()))

    def set_rate(self, step: int, epoch: int, total_steps: int, losses: Sequence[float]) -> None:
        """The learning rate at a moment of the run: steps and epochs done before, and the loss of every epoch.

        A schedule counts from the objective's first epoch to its last, or to the run's end at `total_steps`.
        """
        before, epochs = self._begin
        steps = min(self._steps, total_steps - before)
        moment = Moment(max(0, step - before), max(0, epoch - epochs), steps, losses[epochs:] if epochs else losses)
        self.descent.set_rate(self.schedule.factor(moment, self.objective.schedule.params))

    def total(self, losses: Mapping[str, float]) -> float:
        """The objective's loss from the means of its loss nodes."""
        return sum(weight * losses[name] for name, weight in self.weights.items())

    def state(self) -> dict[str, Any]:
        """All that it takes to go on exactly; tensors in it are not copies."""
        return {"descent": self.descent.state(), "judge": self.judge.state()}

    def restore(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Goes on where `state` was taken, on a device that may be another."""
        self.descent.restore(state["descent"])
        self.judge.restore(state["judge"], device)
