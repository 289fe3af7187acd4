"""A built network: modules by node id, one graph, and the programs that are cut from it and share its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import fx, nn

from core.compiler.inference import Inference


class Copy(NamedTuple):
    """A node whose weights follow those of node `of`: as a moving average, copied now and then, or until it learns.

    `rate` is the share of its old weights that an average keeps at each update, or the number of updates from one copy
    to the next.
    """

    node: str
    of: str
    mode: Literal["average", "copy", "start"]
    rate: float


Pair = tuple[torch.Tensor, torch.Tensor]


class Network:
    """All modules (`root`, by node id), the whole `graph`, and `values`: a node's port → its place in the graph.

    A node inside an instance of a block goes by `block_1/conv2d_1` in `values` and by `block_1.conv2d_1` in `root`.
    An `output` node's value stands under its input port. Every fx node has its node's path in `meta["node"]`,
    and inside an instance the same in words in `meta["spoken"]`.
    """

    def __init__(
        self,
        root: nn.Module,
        graph: fx.Graph,
        values: Mapping[tuple[str, str], fx.Node],
        inference: Inference,
        copies: tuple[Copy, ...] = (),
    ) -> None:
        self.root, self.graph, self.values, self.inference, self.copies = root, graph, values, inference, copies
        self.inputs: tuple[str, ...] = tuple(str(node.target) for node in graph.nodes if node.op == "placeholder")
        self.outputs: tuple[tuple[str, str], ...] = ()
        self.losses: tuple[tuple[str, str], ...] = ()
        self._updates = 0
        self._pairs: dict[Copy, tuple[list[Pair], list[Pair]]] = {}

    def program(self, outputs: Sequence[tuple[str, str]], given: Sequence[tuple[str, str]] = ()) -> fx.GraphModule:
        """What computes the given (node, port) pairs, and nothing else; raises KeyError for an unknown pair.

        Its modules are those of `root`. It takes the input nodes that it needs (`inputs_of`), by id or in the order of
        `inputs`, and returns a tuple in the order asked. Values that are `given` are not computed but taken, first of
        all and in this order; they are called `given_0`, `given_1` …
        """
        wanted = [self.values[pair] for pair in outputs]
        graph, copied = fx.Graph(), dict[fx.Node, fx.Node]()
        for index, pair in enumerate(given):
            copied[self.values[pair]] = graph.placeholder(f"given_{index}")
        needed: set[fx.Node] = set(copied)
        waiting = list(wanted)
        while waiting:
            node = waiting.pop()
            if node not in needed:
                needed.add(node)
                waiting += node.all_input_nodes
        for node in self.graph.nodes:
            if node in needed and node not in copied:
                copied[node] = graph.node_copy(node, lambda old: copied[old])
        graph.output(tuple(copied[node] for node in wanted))
        return fx.GraphModule(self.root, graph, "Network")

    def inference_program(self) -> fx.GraphModule:
        """What computes `outputs`: the values at the `output` nodes (or the prediction, where there is none)."""
        return self.program(self.outputs)

    def inputs_of(self, program: fx.GraphModule) -> tuple[str, ...]:
        """The ids of the input nodes that a program takes, in its order."""
        return tuple(str(node.target) for node in program.graph.nodes if node.op == "placeholder")

    def module_of(self, path: str) -> nn.Module | None:
        """The module that a node calls (its own or a shared one); None for a node without one."""
        for node in self.graph.nodes:
            if node.op == "call_module" and node.meta["node"] == path:
                return self.root.get_submodule(str(node.target))
        return None

    def state_dict(self) -> dict[str, Any]:
        return dict(self.root.state_dict())

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Loads what `state_dict` gave; raises RuntimeError when names or shapes differ."""
        self.root.load_state_dict(dict(state))

    def state(self) -> dict[str, Any]:
        """Weights, and how often copies were updated: what a run needs to go on exactly."""
        return {"weights": self.state_dict(), "updates": self._updates}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes over what `state` gave; raises RuntimeError when names or shapes differ."""
        self.load_state_dict(state["weights"])
        self._updates = state["updates"]

    def train(self, mode: bool = True) -> None:
        """Switches every module, and so every program, between training and evaluation."""
        self.root.train(mode)

    def eval(self) -> None:
        self.train(False)

    def update_copies(self) -> None:
        """Lets averages and copies follow their originals; to be called once after each optimizer step.

        What only starts from another is left to the run, which knows when its objectives begin.
        """
        self._updates += 1
        for copy in self.copies:
            if copy.mode == "average":
                self.follow(copy, copy.rate)
            elif copy.mode == "copy" and self._updates % max(1, round(copy.rate)) == 0:
                self.follow(copy, 0.0)

    @torch.no_grad()
    def follow(self, copy: Copy, kept: float) -> None:
        """Moves weights to `kept` · their own + (1 − `kept`) · the original's; buffers are copied as they are."""
        pairs = self._pairs.get(copy)
        if pairs is None:
            copied, original = self.root.get_submodule(copy.node), self.root.get_submodule(copy.of)
            pairs = self._pairs[copy] = (
                list(zip(copied.parameters(), original.parameters(), strict=True)),
                list(zip(copied.buffers(), original.buffers(), strict=True)),
            )
        for parameter, its_original in pairs[0]:
            parameter.lerp_(its_original, 1.0 - kept)
        for buffer, its_original in pairs[1]:
            buffer.copy_(its_original)


def carry_over(old: Network, new: Network) -> list[str]:
    """Copies the weights whose name and shape are the same from `old` to `new`, and returns their names."""
    before, after = old.root.state_dict(), new.root.state_dict()
    carried = [name for name, value in after.items() if name in before and before[name].shape == value.shape]
    with torch.no_grad():
        for name in carried:
            after[name].copy_(before[name])
    return carried
