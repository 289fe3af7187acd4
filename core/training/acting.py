"""Batches that come of the present network's own acting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.compiler.network import Network
from core.data.dataset import Dataset, in_form
from core.data.registry import Actor
from core.model.fault import ProjectError
from core.model.project import Project
from core.training.feed import Batch, Feed, data_field

STATE = "state"
"""The field that a policy is asked about."""


class ActingFeed(Feed):
    """Asks the network what to do between the batches; the data of the source only stand for what may be met.

    `looking` is held while the network is asked. Raises ProjectError where it has no policy.
    """

    def __init__(
        self,
        project: Project,
        dataset: Dataset,
        network: Network,
        device: torch.device,
        looking: Callable[[], AbstractContextManager[None]],
    ) -> None:
        super().__init__(project, dataset, network.inputs, device)
        source, data = dataset.source, project.data
        if source.act is None:
            raise ValueError(f"{source.id} is no source in which a network acts")
        if data.standardise or data.transforms:
            fix = "Take the transforms off; a layer of normalisation can do the same."
            raise ProjectError("What is met by acting cannot be transformed beforehand.", place="data", fix=fix)
        given = source.given(data.params)
        self._actor: Actor = source.act(given, project.training.seed)
        self._network, self._looking = network, looking
        wire = _policy_wire(network, given.word("policy"))
        self._program = network.program([wire])
        asked = network.inputs_of(self._program)
        if wrong := [name for name in asked if data_field(project, name) != (STATE, "as stored")]:
            raise ProjectError(
                f"The policy at {wire[0]} also reads {wrong[0]}, which is not known before it acts.",
                place="data.params.policy",
                fix=f"Let it follow from inputs that read the field “{STATE}”.",
            )
        self._asked = len(asked)
        report = network.inference.nodes[wire[0]]
        scores = report.outputs.get(wire[1]) or next(iter(report.inputs.get(wire[1], ())), None)
        actions = dataset.fields["action"].classes
        if scores is None or scores.sample != (actions,):
            raise ProjectError(
                f"The policy at {wire[0]} gives {scores}, and there are {actions} actions.",
                place="data.params.policy",
                fix=f"Give its last layer {actions} outputs.",
            )

    def _policy(self, states: npt.NDArray[Any]) -> npt.NDArray[Any]:
        given = torch.from_numpy(np.ascontiguousarray(states, np.float32)).to(self.device)
        (scores,) = self._program(*[given] * self._asked)
        found: npt.NDArray[Any] = scores.float().cpu().numpy()
        return found

    def steps(self, batch_size: int, merge_single: bool) -> int:
        return self._actor.batches

    def epoch(self, batch_size: int, merge_single: bool, generator: torch.Generator, skip: int = 0) -> Iterator[Batch]:
        """Batches of what is lived through; `skip` of them have been before."""
        for _ in range(self._actor.batches - skip):
            with self._looking():
                arrays = self._actor.batch(self._policy, batch_size)
            yield self._placed([self._column(arrays[field], field, form) for field, form in self._columns])

    def _column(self, values: npt.NDArray[Any], field: str, form: str) -> Tensor:
        formed = self._dataset.fields[field].formed(form)
        return torch.from_numpy(np.array(in_form(values, formed, form), formed.dtype)).to(self.device)

    def report(self) -> dict[str, float]:
        """What the network earned since the last call."""
        return self._actor.report()

    def state(self) -> dict[str, Any]:
        return self._actor.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        self._actor.restore(state)


def _policy_wire(network: Network, name: str) -> tuple[str, str]:
    """The value that scores the actions: that of the named node, or the network's first output."""
    if not name:
        if network.outputs:
            return network.outputs[0]
        fix = "Add an output node behind its scores, or name the node in the data's settings."
        raise ProjectError("No output of the network says how to act.", place="data.params.policy", fix=fix)
    found = next((wire for wire in network.values if wire[0] == name), None)
    if found is None:
        fix = "Write the name of the node whose output scores the actions."
        raise ProjectError(f"There is no node “{name}” to act by.", place="data.params.policy", fix=fix)
    return found


def feed_for(
    project: Project,
    dataset: Dataset,
    network: Network,
    device: torch.device,
    looking: Callable[[], AbstractContextManager[None]],
) -> Feed:
    """What feeds a network: the data as they are, or what comes of its acting; raises ProjectError."""
    if dataset.source.act is not None:
        return ActingFeed(project, dataset, network, device, looking)
    return Feed(project, dataset, network.inputs, device)
