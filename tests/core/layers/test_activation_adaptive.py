"""Adaptive log-softmax with the NLL loss is torch's AdaptiveLogSoftmaxWithLoss: the same numbers, weights and names."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.compiler.build import build
from core.compiler.trial import Plan, attempt
from core.layers.modules.activation import AdaptiveLogSoftmax
from core.model.fault import Complaint
from core.model.spec import registry
from core.model.tensor import TensorType
from core.model.values import Params
from tests.core.networks import single

PARAMS: Params = {"n_classes": 20, "cutoffs": (5, 11), "div_value": 2.0, "head_bias": True}
ARRIVING = {"input": (TensorType(("N", 8)),)}


def test_loss_gradients_and_probabilities_are_torchs() -> None:
    torch.manual_seed(0)
    theirs = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 11], 2.0, head_bias=True, dtype=torch.float64)
    network = build(*single("adaptive_log_softmax", (PARAMS, ARRIVING)), seed=0)
    program = network.program([("adaptive_log_softmax_1", "output")]).double()
    program.load_state_dict({f"adaptive_log_softmax_1.{name}": value for name, value in theirs.state_dict().items()})
    x, y = torch.randn(64, 8, dtype=torch.float64), torch.randint(20, (64,))
    results = []
    for module, run in (
        (theirs, lambda leaf: theirs(leaf, y).loss),
        (program, lambda leaf: nn.functional.nll_loss(program(in_input_0=leaf)[0], y)),
    ):
        leaf = x.clone().requires_grad_()
        loss = run(leaf)
        loss.backward()
        results.append((loss, leaf.grad, *(weight.grad for weight in module.parameters())))
    torch.testing.assert_close(results[0], results[1])
    torch.testing.assert_close(program(in_input_0=x)[0], theirs.log_prob(x))
    torch.testing.assert_close(program(in_input_0=x)[0].exp().sum(-1), torch.ones(64, dtype=torch.float64))


def test_steps_of_a_sequence_are_read_one_by_one() -> None:
    module = AdaptiveLogSoftmax(6, 9, (4,), 2.0)
    x = torch.randn(2, 5, 6)
    torch.testing.assert_close(module(x)[1, 3], module(x[1, 3]))


@pytest.mark.parametrize(
    ("params", "told", "mended"),
    [
        ({"n_classes": 20, "cutoffs": (11, 5), "div_value": 2.0}, "must rise and stay below", {"cutoffs": (5, 11)}),
        ({"n_classes": 20, "cutoffs": 20}, "must rise and stay below", {"cutoffs": (10,)}),
        ({"n_classes": 20, "cutoffs": (5, 11), "div_value": 4.0}, "nothing is left for cluster 2", {"div_value": 1.0}),
    ],
)
def test_cuts_that_cannot_work_are_told(params: Params, told: str, mended: Params) -> None:
    wrong = attempt(registry["adaptive_log_softmax"], params, ARRIVING)
    assert isinstance(wrong, Complaint)
    assert told in wrong.message
    assert wrong.params == mended
    assert isinstance(attempt(registry["adaptive_log_softmax"], {**params, **mended}, ARRIVING), Plan)
