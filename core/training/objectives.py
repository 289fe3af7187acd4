"""All objectives of a project at work: their turns, whose turn it is when, and how they are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.compiler.network import Network
from core.data.dataset import Dataset
from core.model.project import Project
from core.training.checks import check_indices
from core.training.evaluation import Evaluation
from core.training.feed import Feed
from core.training.judge import Judge, judged_losses
from core.training.precision import Precision
from core.training.rota import Rota
from core.training.turn import Turn, loss_weights


def owners(objectives: Sequence[str], losses: Sequence[Mapping[str, float]]) -> dict[str, str]:
    """Whose the metrics of each loss are, from the names of objectives and the losses of each.

    They are the objective's where it is this loss alone and the only one that has it; else they are the loss node's.
    """
    nodes = dict.fromkeys(name for each in losses for name in each)
    found = {}
    for node in nodes:
        having = [index for index, each in enumerate(losses) if node in each]
        name = objectives[having[0]]
        is_alone = len(having) == len(losses[having[0]]) == objectives.count(name) == 1
        found[node] = name if is_alone and (name == node or name not in nodes) else node
    return found


class Objectives:
    """`turns` are the objectives in order, `judged` the losses that have metrics; raises ProjectError."""

    def __init__(
        self,
        project: Project,
        dataset: Dataset,
        network: Network,
        feed: Feed,
        precision: Precision,
        steps_per_epoch: int,
    ) -> None:
        training = project.training
        self.rota = Rota(training)
        wanted = [loss_weights(project, o, f"training.objectives[{i}]") for i, o in enumerate(training.objectives)]
        losses = list(dict.fromkeys(name for weights in wanted for name in weights))
        check_indices(project, dataset, network.inference, losses)
        self.judged = judged_losses(project, dataset.fields, losses)
        # Where several losses have metrics, all say whose they are, and those of the first go by plain names besides.
        known = [judged.loss for judged in self.judged if judged.measures]
        owned = owners([objective.name for objective in training.objectives], wanted) if len(known) > 1 else {}
        summed = [name for name in losses if project.graph.nodes[name].params.get("reduction") == "sum"]

        def judge(names: Iterable[str], whole: bool) -> Judge:
            size = training.batch_size
            first = known[0] if owned else ""
            return Judge(
                list(names), self.judged, owners=owned, headline=first, summed=summed, batch_size=size, whole=whole
            )

        # Metrics that need all predictions of a part are for validation; without one, training tells them.
        alone = not feed.size("validation")
        self.turns = [
            Turn(network, project, index, feed.names, judge(weights, alone), precision, steps_per_epoch)
            for index, weights in enumerate(wanted)
        ]
        self.evaluation = Evaluation(network, feed, judge(losses, True), losses, precision)

    def at(self, step: int, epoch: int) -> list[Turn]:
        """The objectives that work at a step (from 0) of an epoch (from 1)."""
        return self.turns if len(self.turns) == 1 else [self.turns[index] for index in self.rota.at(step, epoch)]

    def active(self, epoch: int) -> list[Turn]:
        """The objectives that work at some steps of an epoch (from 1)."""
        return [self.turns[index] for index in self.rota.active(epoch)]
