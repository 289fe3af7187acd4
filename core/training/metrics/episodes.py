"""Metrics that no loss has, told by a source of data that acts: what the network earns where it plays.

A feed that acts has `report() -> dict[str, float]`: the mean of what happened since the last call, under these names.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from core.training.metrics.spec import MetricSpec

SPECS = (
    MetricSpec(
        "return",
        "Return per episode",
        "The rewards of an episode added up, as the mean over the episodes that ended in this epoch.",
        r"G = \sum_{t} r_t",
        "Sutton & Barto 2018, Reinforcement Learning, section 3.3",
        True,
        "{:.4g}",
    ),
    MetricSpec(
        "episodes",
        "Episodes",
        "How many episodes ended in this epoch.",
        r"n",
        "Sutton & Barto 2018, Reinforcement Learning, section 3.3",
        True,
        "{:.0f}",
    ),
)


@runtime_checkable
class Reports(Protocol):
    """A feed that tells of itself at every epoch's end."""

    def report(self) -> dict[str, float]:
        """Metrics by name since the last call; empty where nothing happened."""
        ...


def reported(feed: object) -> dict[str, float]:
    """What a feed tells at an epoch's end; nothing where it only reads."""
    return feed.report() if isinstance(feed, Reports) else {}
