"""Samples that a network makes out of noise: in one go, or by a step that is taken again and again."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, fx

from core.compiler.instances import NO_NAMES, Names, Opened, computed, opened
from core.compiler.network import Network
from core.model.chance import CHANCE
from core.model.fault import Complaint
from core.model.graph import Graph, Node
from core.model.project import Project
from core.model.spec import Loop, registry
from core.model.values import Params
from core.training.feed import data_field
from core.training.judge import Wire
from core.training.records import FloatArray, Made
from core.training.trainer import Trainer

STAGES = 12
"""Moments of the way from noise to a sample that a picture of it keeps, the first and the last among them."""
REAL = 500
"""Real samples at most that are told beside."""
WORK, FEWEST = 20_000_000_000, 4
"""Multiply-accumulates that the samples of a picture may cost, and how many there are however much they cost."""


def samples(trainer: Trainer, count: int, *, seed: int = 0) -> Tensor:
    """`count` samples (count, …) that the network makes; the run goes on as if nothing had been.

    Raises LookupError where nothing on the canvas makes any; see `Sampler`.
    """
    with trainer.looking():
        return Sampler(trainer).stages(count, [-1], seed=seed)[0]


class Sampler:
    """Finds on the canvas what makes samples, and lets it make some; to be used while the trainer is looked at.

    First of all, this is a node whose kind is one step of a process (`LayerSpec.loop`), such as Denoise step: what
    leaves it is put to where it reads from, until its steps are done. Else it is an Output that is computed from a
    Noise node alone. What else the step reads, such as classes, comes from the data. Both may stand inside of blocks.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        project, network = trainer.project, trainer.network
        self.node, self.steps = "", 0
        """What makes the samples (empty: nothing does), and in how many steps."""
        self._loop: Loop | None = None
        self._given: list[Wire] = []
        self._made: tuple[tuple[int, int], Made | None] = ((-1, 0), None)
        places = list(_places(project))
        for place in places:
            spec = registry.get(place.node.kind)
            if spec and spec.loop and (wires := _wires(network, place, spec.loop)):
                self.node, self._loop, self._given = place.path, spec.loop, wires
                steps = spec.loop.steps
                self.steps = int(str(spec.complete(place.params)[steps])) if isinstance(steps, str) else steps
                break
        else:
            noises = {place.path for place in places if place.node.kind == "noise"}
            self.node = next((name for name, port in network.outputs if _is_made(network, (name, port), noises)), "")
        if self.node:
            out = self._loop.output if self._loop else next(port for name, port in network.outputs if name == self.node)
            self._program = network.program([(self.node, out)], self._given)

    def stages(self, count: int, wanted: Sequence[int], *, seed: int = 0) -> list[Tensor]:
        """`count` samples after so many steps each: 0 is the noise, −1 the last one. Raises LookupError; see `node`.

        Global random numbers are not touched.
        """
        if not self.node:
            raise LookupError("Nothing on the canvas makes samples out of noise.")
        places = {step % (self.steps + 1) for step in wanted}
        found: dict[int, Tensor] = {}
        device = self._trainer.device
        own = [device] if device.type == "cuda" else []
        with CHANCE, torch.random.fork_rng(devices=own):
            torch.manual_seed(seed)
            rest = self._rest(count)
            if self._loop is None:
                return [self._program(*rest)[0]] * len(wanted)
            state = self._noise(count)
            for step in range(self.steps + 1):
                if step in places:
                    found[step] = state
                if step < self.steps:
                    left = state.new_full((count,), self.steps - 1 - step, dtype=torch.int64)
                    state = self._program(state, *[left] * (len(self._given) - 1), *rest)[0]
        return [found[step % (self.steps + 1)] for step in wanted]

    def made(self, count: int) -> Made | None:
        """At most `count` samples on their way from noise, made once an epoch; None where nothing makes any."""
        if not self.node:
            return None
        trainer = self._trainer
        each = max(1, self.steps) * max(1, trainer.network.inference.macs)
        count = min(count, max(FEWEST, WORK // each))
        key = (trainer.step // trainer.steps_per_epoch, count)
        if self._made[0] != key:
            after = np.unique(np.linspace(0, self.steps, min(STAGES, self.steps + 1)).round().astype(np.int64))
            values = np.stack([_array(value) for value in self.stages(count, after.tolist())])  # (stages, count, …)
            real = self._real(values.shape[2:])
            if real.size:
                values = values.reshape(*values.shape[:2], *real.shape[1:])
            self._made = key, Made(self.node, values, after, real)
        return self._made[1]

    def _noise(self, count: int) -> Tensor:
        """What a process begins with, in the shape of what it takes and gives."""
        loop, inference = self._loop, self._trainer.network.inference
        node, port = self._given[0]
        arriving = inference.nodes[node].outputs[port]
        shape = (count, *(size for size in arriving.shape[1:] if isinstance(size, int)))
        if loop is not None and loop.start == "bernoulli":
            return torch.bernoulli(torch.full(shape, 0.5, device=self._trainer.device))
        return torch.randn(shape, device=self._trainer.device)

    def _rest(self, count: int) -> list[Tensor]:
        """What the step reads besides: the first samples of the training part, again and again if there are few."""
        feed, names = self._trainer.feed, self._trainer.network.inputs_of(self._program)[len(self._given) :]
        columns = feed.all("train") if names else ()
        found = [columns[feed.names.index(name)] for name in names]
        return [column[torch.arange(count, device=column.device) % len(column)] for column in found]

    def _real(self, shape: tuple[int, ...]) -> FloatArray:
        """Samples of the data that have as many numbers as those that are made, as the network is fed them."""
        trainer, size = self._trainer, int(np.prod(shape))
        for name, column in zip(trainer.feed.names, trainer.feed.all("train"), strict=True):
            field = trainer.dataset.fields[data_field(trainer.project, name)[0]]
            if column.is_floating_point() and int(np.prod(column.shape[1:])) == size and field.meaning != "class":
                return _array(column[:REAL])
        return np.zeros((0, *shape), np.float32)


class _Place(NamedTuple):
    """A node on the canvas or inside of a block's instance: the beginning of its path, and the values around it."""

    prefix: str
    graph: Graph
    node: Node
    names: Names

    @property
    def path(self) -> str:
        return self.prefix + self.node.id

    @property
    def params(self) -> Params:
        """Its parameters, formulas computed."""
        found = computed(self.node.params, self.names)
        return {} if isinstance(found, Complaint) else found


def _places(project: Project) -> Iterator[_Place]:
    """Every node of a network that was built, those on the canvas first, then those inside of its blocks."""
    waiting = deque[tuple[str, Graph, Names]]([("", project.graph, NO_NAMES)])
    while waiting:
        prefix, graph, names = waiting.popleft()
        for node in graph.nodes.values():
            place = _Place(prefix, graph, node, names)
            yield place
            block = project.block_of(node)
            inside = opened(block, node.params, names) if block else None
            if isinstance(inside, Opened):
                waiting += [(each, inside.block.graph, inside.names) for each in inside.prefixes(place.path)]


def _wires(network: Network, place: _Place, loop: Loop) -> list[Wire]:
    """What is replaced by what comes back, and by the number of the step; empty where one of them is not wired."""
    ports = [loop.input, loop.counter] if loop.counter else [loop.input]
    edges = [place.graph.into(place.node.id, port) for port in ports]
    if not all(edges):
        return []
    found = [(place.prefix + wires[0].source, wires[0].output) for wires in edges]
    return found if all(wire in network.values for wire in ((place.path, loop.output), *found)) else []


def _is_made(network: Network, wire: Wire, noises: Container[str]) -> bool:
    """Whether a value comes from one of the `noises`, and from no data but through one."""
    waiting: list[fx.Node] = [network.values[wire]]
    drawn = False
    while waiting:
        value = waiting.pop()
        if value.op == "placeholder":
            return False
        if value.meta.get("node", "") in noises:
            drawn = True
        else:
            waiting += value.all_input_nodes
    return drawn


def _array(value: Tensor) -> FloatArray:
    """A copy as float32 on the CPU."""
    return np.array(value.detach().cpu().float().numpy(), np.float32, copy=True)
