"""What the tests of claims share: a preset trained through the engine that the app uses, and looks at its network."""

from __future__ import annotations

import msgspec
import torch

from core.model import ops
from core.model.project import Project
from core.model.values import Value
from core.training.trainer import Trainer


def trained(project: Project, **given: int) -> Trainer:
    """A trainer on the CPU that has run to its end."""
    trainer = Trainer(project, device="cpu", **given)  # type: ignore[arg-type]
    for _ in trainer:
        pass
    assert trainer.failure is None
    return trainer


def weight(trainer: Trainer, name: str) -> torch.Tensor:
    """A copy of a weight by its name in the state dict."""
    value: torch.Tensor = trainer.network.state_dict()[name]
    return value.detach().clone()


def at(trainer: Trainer, node: str, port: str = "output", part: str = "train") -> torch.Tensor:
    """What flows out of a node for a whole part of the data, in evaluation mode."""
    program = trainer.network.program([(node, port)]).eval()
    batch = trainer.feed.all(part)
    names = trainer.network.inputs_of(program)
    with torch.no_grad():
        value: torch.Tensor = program(*(batch[trainer.feed.names.index(name)] for name in names))[0]
    return value


def with_data(project: Project, **params: Value) -> Project:
    """The project with other parameters of its data source."""
    changed = {**project.data.params, **params}
    ops.SetData(msgspec.structs.replace(project.data, params=changed)).apply(project)
    return project
