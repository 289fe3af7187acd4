"""All objectives of a project at work: their turns, whose turn it is when, and how they are judged."""

from __future__ import annotations

from collections.abc import Iterable

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
        # The first loss with metrics gives them their plain names; those of the others say whose they are.
        later = [judged.loss for judged in self.judged if judged.measures][1:]
        summed = [name for name in losses if project.graph.nodes[name].params.get("reduction") == "sum"]

        def judge(names: Iterable[str], whole: bool) -> Judge:
            size = training.batch_size
            return Judge(list(names), self.judged, prefixed=later, summed=summed, batch_size=size, whole=whole)

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
