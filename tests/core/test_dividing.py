"""A further objective takes the losses of a network of its own, where there is one."""

from __future__ import annotations

import msgspec

import presets
from core.model.dividing import networks, with_objective
from core.model.graph import Weights
from core.model.ops import SetNode, SetTraining
from core.model.project import Project
from core.training.trainer import Trainer
from tests.core.networks import add, wire
from tests.core.training.test_compiled_step import X, Y
from tests.core.training_data import data


def nets(count: int) -> Project:
    """Linear classifiers side by side on the same inputs."""
    project = Project("nets")
    x, y = add(project, "input", field="x"), add(project, "input", field="y")
    for _ in range(count):
        layer, loss = add(project, "linear", out_features=3), add(project, "cross_entropy")
        wire(project, f"{x} -> {layer}")
        wire(project, f"{layer} -> {loss}")
        wire(project, f"{y}.output -> {loss}.target")
    return project


def minimised(project: Project) -> list[list[str]]:
    return [list(objective.losses) for objective in project.training.objectives]


def test_three_nets_race_after_two_clicks() -> None:
    project = nets(3)
    SetTraining(with_objective(project)).apply(project)
    assert minimised(project) == [["cross_entropy_1"], ["cross_entropy_2", "cross_entropy_3"]]
    SetTraining(with_objective(project)).apply(project)
    assert minimised(project) == [["cross_entropy_1"], ["cross_entropy_2"], ["cross_entropy_3"]]

    SetTraining(with_objective(project)).apply(project)
    assert minimised(project)[-2:] == [["cross_entropy_3"]] * 2
    assert len({objective.name for objective in project.training.objectives}) == 4
    project.training = msgspec.structs.replace(project.training, epochs=1, device="cpu")
    trainer = Trainer(project, data(X, Y, classes=3))
    assert list(trainer)
    assert trainer.failure is None


def test_losses_with_layers_or_weights_in_common_stay_together() -> None:
    project = nets(2)
    node = project.graph.nodes["linear_2"]
    SetNode(msgspec.structs.replace(node, weights=Weights("shared", "linear_1"))).apply(project)
    assert networks(project.graph, ["cross_entropy_1", "cross_entropy_2"]) == [["cross_entropy_1", "cross_entropy_2"]]
    SetTraining(with_objective(project)).apply(project)
    assert minimised(project) == [[], []]
    vae = presets.load("vae")
    before = vae.training.objectives[0].losses
    assert [objective.losses for objective in with_objective(vae).objectives] == [before, before]


def test_weights_of_losses_are_kept() -> None:
    project = nets(2)
    first = msgspec.structs.replace(
        project.training.objectives[0], losses={"cross_entropy_2": 0.5, "cross_entropy_1": 2.0}
    )
    project.training = msgspec.structs.replace(project.training, objectives=(first,))
    losses = [objective.losses for objective in with_objective(project).objectives]
    assert losses == [{"cross_entropy_1": 2.0}, {"cross_entropy_2": 0.5}]
