"""No layer kind waits for a GPU while it computes or while its gradients are computed."""

from __future__ import annotations

import pytest
import torch

from core.compiler.build import build
from core.layers.examples import example, example_arrays
from core.model.spec import registry
from tests.core.networks import single
from tests.core.training.waiting import Watch

# torch looks whether indices are within bounds on the CPU alone.
LOOKED_AT_ON_THE_CPU = {"one_hot"}
COMPUTING = [spec.kind for spec in registry if spec.call not in ("source", "sink")]


@pytest.mark.parametrize("kind", [kind for kind in COMPUTING if kind not in LOOKED_AT_ON_THE_CPU])
def test_no_kind_waits(kind: str) -> None:
    network = build(*single(kind))
    program = network.program([(f"{kind}_1", port.name) for port in registry[kind].outputs_for(example(kind)[0])])
    tensors = {
        f"in_{port}_{slot}": torch.from_numpy(array)
        for port, arrays in example_arrays(kind, 4).items()
        for slot, array in enumerate(arrays)
    }
    for value in tensors.values():
        value.requires_grad_(value.is_floating_point())
    watch = Watch()
    with watch.watching():
        found = [result.square().sum() for result in program(**tensors) if result.requires_grad]
        if found:
            torch.stack(found).sum().backward()
    assert watch.found == []
