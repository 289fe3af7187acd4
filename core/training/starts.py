"""Nodes that start from another's weights: they are the same until an objective begins to train them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.compiler.network import Copy, Network
from core.training.turn import Turn


class Starts:
    """Knows for every such node in which epoch it goes its own way: the first of any objective that trains it."""

    def __init__(self, network: Network, turns: Sequence[Turn]) -> None:
        self._network = network
        starting = [copy for copy in network.copies if copy.mode == "start"]
        self._parting: dict[Copy, float] = {copy: _parting(network, copy, turns) for copy in starting}

    def follow(self, epoch: int) -> None:
        """Brings those that have not parted by this epoch (from 1) up to date; to be called after every step."""
        for copy, parting in self._parting.items():
            if epoch < parting:
                self._network.follow(copy, 0.0)


def _parting(network: Network, copy: Copy, turns: Sequence[Turn]) -> float:
    """The first epoch in which any of the node's weights are trained; infinity where none ever are."""
    own = set(network.root.get_submodule(copy.node).parameters())
    begins = (turn.objective.begin for turn in turns if not own.isdisjoint(turn.descent.parameters))
    return min(begins, default=math.inf)
