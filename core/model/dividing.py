"""A further objective for a project: it takes a network of its own where the losses belong to several."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

import msgspec

from core.model.graph import Graph
from core.model.project import Project
from core.model.settings import Objective, Training


def with_objective(project: Project) -> Training:
    """The training with one objective more, set like the last one.

    Where an objective minimises losses of networks that have no layer in common, it keeps those of the first network
    and the new one takes the rest: so two networks race each other after one click.
    """
    training = project.training
    objectives = list(training.objectives)
    name = new_name(training)
    every = [node.id for node in project.graph.of_family("loss")]
    for index in range(len(objectives) - 1, -1, -1):
        losses = dict(objectives[index].losses) or dict.fromkeys(every, 1.0)
        first, *others = networks(project.graph, [loss for loss in losses if loss in every]) or [[]]
        if others:
            rest = [loss for other in others for loss in other]
            kept = {loss: losses[loss] for loss in first}
            objectives[index] = msgspec.structs.replace(objectives[index], losses=kept)
            return _joined(training, objectives, index, name, {loss: losses[loss] for loss in rest})
    return _joined(training, objectives, len(objectives) - 1, name, dict(objectives[-1].losses))


def new_name(training: Training) -> str:
    """The first free name for an objective."""
    taken = {objective.name for objective in training.objectives}
    return next(name for number in count(2) if (name := f"objective {number}") not in taken)


def _joined(
    training: Training, objectives: list[Objective], after: int, name: str, losses: dict[str, float]
) -> Training:
    new = msgspec.structs.replace(objectives[after], name=name, losses=losses)
    return msgspec.structs.replace(training, objectives=(*objectives[: after + 1], new, *objectives[after + 1 :]))


def networks(graph: Graph, losses: Iterable[str]) -> list[list[str]]:
    """The losses by the networks that they belong to: those of one network have a layer or weights in common."""
    found: list[tuple[set[str], list[str]]] = []
    for loss in losses:
        layers, names = _behind(graph, loss), [loss]
        for other in [other for other in found if other[0] & layers]:
            found.remove(other)
            layers, names = layers | other[0], other[1] + names
        found.append((layers, names))
    return [names for _, names in sorted(found, key=lambda each: list(graph.nodes).index(each[1][0]))]


def _behind(graph: Graph, loss: str) -> set[str]:
    """The nodes that a loss is computed from, and those whose weights they use; data are nobody's own."""
    arriving = graph.arriving()
    found, waiting = {loss}, [loss]
    while waiting:
        name = waiting.pop()
        sources = [edge.source for edge in arriving.get(name, ())]
        if graph.nodes[name].weights.mode != "own":
            sources.append(graph.nodes[name].weights.of)
        for source in sources:
            if source in graph.nodes and source not in found and graph.nodes[source].kind != "input":
                found.add(source)
                waiting.append(source)
    return found
