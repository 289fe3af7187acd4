"""Losses that wait on a device: they come in their order, and one that is not finite is told until the run ends."""

from __future__ import annotations

import math

import torch

from core.training.ledger import FETCH, Ledger
from core.training.records import History


def waiting() -> tuple[Ledger, History]:
    """A ledger of a device that is slow to be asked; its numbers are on the CPU all the same."""
    history = History()
    return Ledger(history, torch.device("cuda")), history


def test_losses_come_all_at_once_and_in_order() -> None:
    ledger, history = waiting()
    for number in range(FETCH):
        assert list(history.losses) == []
        assert ledger.add([], [torch.tensor(float(number)), torch.tensor(0.5)]) is None
    assert list(history.losses) == [number + 0.5 for number in range(FETCH)]


def test_a_look_at_the_history_does_not_swallow_a_loss_that_is_not_finite() -> None:
    ledger, history = waiting()
    ledger.add([], [torch.tensor(math.inf)])
    ledger.add([], [torch.tensor(1.0)])
    ledger.fetch()
    assert ledger.fetch() == math.inf
    assert list(history.losses) == [math.inf, 1.0]
