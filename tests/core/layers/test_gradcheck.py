"""Every module and loss of our own: its gradients equal finite differences in float64, for inputs and parameters."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.autograd.gradcheck import GradcheckError

from core.compiler.build import build
from core.compiler.targets import OWN
from core.layers.examples import example, example_arrays
from core.model.spec import registry
from tests.core.networks import single

KINDS = [
    spec.kind
    for spec in registry
    if spec.call not in ("source", "sink") and (spec.family == "loss" or spec.target.startswith(OWN) or spec.choose)
]
# Kinds that hold a part constant or change the gradient by design, so that finite differences see something else: their
# rules are compared with written-out ones in the files named.
BY_DESIGN = {
    "gradient_reversal": "test_operation_numbers.py",
    "distillation": "test_loss_gradients.py",
    "oja": "test_loss_gradients.py",
    "negative_cosine": "test_loss_gradients.py",
    "td_error": "test_loss_gradients.py",
    "policy_gradient": "test_loss_gradients.py",
    # Forbidden pairs are −∞, from which nothing can be subtracted.
    "causal_mask": "test_attention_scores.py",
    # The places of the example are drawn, so that several numbers fall on one; real switches are tested there.
    "max_unpool1d": "test_pooling_indices.py",
    "max_unpool2d": "test_pooling_indices.py",
}
# Decisions, places, constants and chance: nothing that they give has a gradient.
WITHOUT = {
    "cast", "compare", "constant", "mask_tokens", "noise", "one_hot", "padding_mask", "sequence_lengths",
    "time_embedding",
}  # fmt: skip


def _check(kind: str) -> bool:
    """Whether anything that a kind gives has a gradient; asserts that all such gradients are right."""
    network = build(*single(kind), seed=1)
    network.root.double()
    ports = [(f"{kind}_1", port.name) for port in registry[kind].outputs_for(example(kind)[0])]
    program = network.program(ports).train()
    tensors = {
        f"in_{port}_{slot}": torch.from_numpy(array).double() if array.dtype.kind == "f" else torch.from_numpy(array)
        for port, arrays in example_arrays(kind, 3).items()
        for slot, array in enumerate(arrays)
    }
    state = {name: value for name, value in program.named_parameters() if value.requires_grad}
    names = [name for name, value in tensors.items() if value.is_floating_point()]
    leaves = [tensors[name].requires_grad_() for name in names]
    leaves += [value.detach().clone().requires_grad_() for value in state.values()]
    buffers = {name: value.clone() for name, value in program.named_buffers()}

    def run(*values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        torch.manual_seed(5)  # chance is the same at every call
        inputs = {**tensors, **dict(zip(names, values, strict=False))}
        own = dict(zip(state, values[len(names) :], strict=True))
        kept = {name: value.clone() for name, value in buffers.items()}
        results = torch.func.functional_call(program, {**own, **kept}, kwargs=inputs)
        return tuple(value for value in results if value.requires_grad)

    if not leaves or not run(*leaves):
        return False
    return torch.autograd.gradcheck(run, leaves, eps=1e-6, atol=1e-6, rtol=1e-4, fast_mode=True)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in BY_DESIGN])
def test_gradients_equal_finite_differences(kind: str) -> None:
    assert _check(kind) == (kind not in WITHOUT)


@pytest.mark.parametrize("kind", BY_DESIGN)
def test_whatever_is_left_out_is_tested_elsewhere(kind: str) -> None:
    with pytest.raises(GradcheckError):
        _check(kind)
    assert kind in (Path(__file__).parent / BY_DESIGN[kind]).read_text(encoding="utf-8")
