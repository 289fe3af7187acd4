"""What own modules compute together: McCulloch and Pitts's logic. Each family's numbers are in tests/core/layers."""

from __future__ import annotations

import pytest
import torch

from core.layers.modules import activation


@pytest.mark.parametrize(
    ("weights", "bias", "truth"),
    [((1, 1), -2, [0, 0, 0, 1]), ((1, 1), -1, [0, 1, 1, 1])],
    ids=["and", "or"],
)
def test_threshold_neurons_compute_logic(weights: tuple[int, int], bias: int, truth: list[int]) -> None:
    points = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
    sums = points @ torch.tensor(weights, dtype=torch.float64) + bias
    assert activation.Step()(sums).tolist() == truth
