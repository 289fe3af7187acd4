"""The margin loss of capsule networks against eq. 4 of its paper, written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.layers.modules.loss_capsule import CapsuleMarginLoss
from tests.core.layers.loss_numbers import loss_of


def test_by_hand() -> None:
    """The right capsule is 0.2 too short, one other 0.4 too long, the third is short enough."""
    given = loss_of("capsule_margin", input=[[0.7, 0.5, 0.05, 0, 0, 0]], target=[0])
    assert given == pytest.approx(0.2**2 + 0.5 * 0.4**2)


def test_a_sure_and_right_answer_costs_nothing() -> None:
    assert loss_of("capsule_margin", input=[[0.05, 0.95, 0, 0, 0, 0], [0.99, 0.1, 0, 0, 0, 0]], target=[1, 0]) == 0


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(("present", "absent", "down"), [(0.9, 0.1, 0.5), (0.7, 0.3, 2.0), (1.0, 0.0, 0.0)])
def test_is_equation_4(present: float, absent: float, down: float, reduction: str) -> None:
    random = np.random.default_rng(3)
    lengths, target = random.uniform(0, 1, (4, 6)), random.integers(0, 6, 4)
    there = np.eye(6)[target]
    cells = there * np.maximum(0, present - lengths) ** 2 + down * (1 - there) * np.maximum(0, lengths - absent) ** 2
    expected = cells.sum() / (4 if reduction == "mean" else 1)
    params = {"present": present, "absent": absent, "down": down, "reduction": reduction}
    assert loss_of("capsule_margin", params, input=lengths, target=target) == pytest.approx(expected, abs=1e-12)


def test_gradients() -> None:
    lengths = torch.rand(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    assert torch.autograd.gradcheck(CapsuleMarginLoss(), (lengths, torch.tensor([0, 2, 1, 1])))
