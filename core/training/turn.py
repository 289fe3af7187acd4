"""One objective at work: its program, the parameters that it moves, its optimizer and its learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor
from torch.nn import Parameter

from core.compiler.network import Network
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.settings import Objective
from core.training.feed import Batch
from core.training.judge import Judge
from core.training.optimizers import optimizers
from core.training.schedules import Moment, schedules
from core.training.spec import choose, number


def loss_weights(project: Project, objective: Objective, place: str) -> dict[str, float]:
    """The loss nodes of an objective with their weights; raises ProjectError when there is none or one is missing."""
    found = {node.id: 1.0 for node in project.graph.of_family("loss")}
    if objective.losses:
        for name in objective.losses:
            if name not in found:
                raise ProjectError(f"There is no loss “{name}”.", place=place, fix="Choose a loss node of the network.")
        return dict(objective.losses)
    if not found:
        raise ProjectError("The network has no loss.", place=place, fix="Add one, such as cross-entropy, and wire it.")
    return found


def trained_parameters(network: Network, project: Project, objective: Objective, place: str) -> list[Parameter]:
    """The parameters that an objective moves; raises ProjectError when there is none or a node is missing."""
    if objective.trains:
        for name in objective.trains:
            if name not in project.graph.nodes:
                raise ProjectError(f"There is no node “{name}” to train.", place=place, fix="Take it off the list.")
        children = dict(network.root.named_children())
        found_modules = [children.get(name) or network.module_of(name) for name in objective.trains]
        modules = [module for module in found_modules if module is not None]
    else:
        modules = [network.root]
    found = dict.fromkeys(p for module in modules for p in module.parameters() if p.requires_grad)
    if not found:
        raise ProjectError(
            "There is nothing to train: no layer of this objective has weights that may move.",
            place=place,
            fix="Add a layer with weights, or set one to trainable.",
        )
    return list(found)


class Turn:
    """An objective with all that it needs to take its turn in a step."""

    def __init__(self, network: Network, project: Project, index: int, inputs: Sequence[str], judge: Judge) -> None:
        """`inputs` are the input nodes in the order of a batch; `judge` gives the metrics of these losses."""
        place = f"training.objectives[{index}]"
        self.objective = objective = project.training.objectives[index]
        self.index, self.name, self.every = index, objective.name, objective.every
        self.weights = loss_weights(project, objective, place)
        self.judge = judge
        self.program = network.program([(name, "loss") for name in self.weights] + list(judge.ports))
        places = tuple(inputs.index(name) for name in network.inputs_of(self.program))
        self._places = None if places == tuple(range(len(inputs))) else places
        self._forward = self.program.forward
        self._terms = list(self.weights.values())
        self._plain = self._terms == [1.0]
        self.parameters = trained_parameters(network, project, objective, place)
        # With several objectives, each gradient may only reach the weights that its own objective moves.
        alone = len(project.training.objectives) == 1
        self._only = None if alone else self.parameters
        optimizer = choose(optimizers, objective.optimizer.kind, objective.optimizer.params, place, "optimizer")
        self.optimizer = optimizer.make(self.parameters, **objective.optimizer.params)
        self.rate = self._base = number(optimizer.complete(objective.optimizer.params)["lr"])
        self.schedule = choose(schedules, objective.schedule.kind, objective.schedule.params, place, "schedule")

    def arguments(self, batch: Batch) -> Batch:
        """What this objective's program takes of a batch."""
        return batch if self._places is None else tuple(batch[place] for place in self._places)

    def forward(self, batch: Batch) -> tuple[Tensor, Sequence[Tensor]]:
        """The objective's loss () and all outputs of its program: the losses, then the judge's ports."""
        outputs: Sequence[Tensor] = self._forward(*self.arguments(batch))
        if self._plain:
            return outputs[0], outputs
        return sum(
            (weight * outputs[i] for i, weight in enumerate(self._terms)), start=outputs[0].new_zeros(())
        ), outputs

    def update(self, loss: Tensor) -> None:
        """Moves the weights one step against the gradient of the loss."""
        for parameter in self.parameters:
            parameter.grad = None
        if self._only is None:
            loss.backward()  # type: ignore[no-untyped-call]
        else:
            loss.backward(inputs=self._only)  # type: ignore[no-untyped-call]
        self.optimizer.step()

    def set_rate(self, moment: Moment) -> None:
        """The learning rate for this moment of the run."""
        self.rate = self._base * self.schedule.factor(moment, self.objective.schedule.params)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate

    def total(self, losses: Mapping[str, float]) -> float:
        """The objective's loss from the means of its loss nodes."""
        return sum(weight * losses[name] for name, weight in self.weights.items())
