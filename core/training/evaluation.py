"""The metrics of the present weights over a whole part of the data."""

from __future__ import annotations

from collections.abc import Sequence

from core.compiler.network import Network
from core.training.feed import Batch, Feed
from core.training.judge import Judge
from core.training.precision import Precision
from core.training.records import Metrics
from core.training.turn import Turn

EVALUATED, EVALUATED_MACS = 512, 2_000_000_000
"""Samples, and multiply-accumulates, at once when a part is evaluated, unless the batches are larger."""


class Evaluation:
    """One program for the losses of all objectives and what their metrics need."""

    def __init__(self, network: Network, feed: Feed, judge: Judge, losses: Sequence[str], precision: Precision) -> None:
        self._feed, self._judge, self._precision, self._network = feed, judge, precision, network
        self.program = network.program([(name, "loss") for name in losses] + list(judge.ports))
        self._takes = [feed.names.index(name) for name in network.inputs_of(self.program)]

    def arguments(self, batch: Batch) -> Batch:
        """What the program takes of a batch."""
        return tuple(batch[place] for place in self._takes)

    def over(self, part: str, turns: Sequence[Turn], batch_size: int) -> Metrics:
        """The metrics of a part that has samples; to be called in evaluation mode."""
        at_once = max(1, min(EVALUATED, EVALUATED_MACS // max(1, self._network.inference.macs)))
        for batch in self._feed.chunks(part, max(batch_size, at_once)):
            with self._precision():
                outputs = self.program(*self.arguments(batch))
            self._judge.add(outputs, batch[0].shape[0])
        losses, found = self._judge.close()
        return summary([(turn, losses) for turn in turns], named=len(turns) > 1) | found


def summary(turns: Sequence[tuple[Turn, dict[str, float]]], *, named: bool) -> Metrics:
    """The loss, that of each node where an objective adds up several, and that of each objective where `named`."""
    totals = {turn.name: turn.total(losses) for turn, losses in turns}
    found = {"loss": sum(totals.values())}
    for turn, losses in turns:
        if len(turn.weights) > 1:
            found |= {f"loss ({node})": losses[node] for node in turn.weights}
    return found | {f"loss ({name})": value for name, value in totals.items()} if named else found
