"""Settings of layers that have no effect under others: what leaves the layer is the same with any value of them."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from core.compiler.build import build
from core.layers.examples import example, example_arrays
from core.model.effect import without_effect
from core.model.spec import Param, registry
from tests.core.networks import single

HANGING = [(spec.kind, param) for spec in registry for param in spec.params if param.only]


def results(kind: str, params: dict[str, Any]) -> list[torch.Tensor]:
    project, fields = single(kind, (params, example(kind)[1]))
    network = build(project, fields)
    network.train()
    ports = [(f"{kind}_1", port.name) for port in registry[kind].outputs_for(params)]
    tensors = {
        f"in_{port}_{slot}": torch.from_numpy(array)
        for port, arrays in example_arrays(kind).items()
        for slot, array in enumerate(arrays)
    }
    torch.manual_seed(0)
    return list(network.program(ports)(**tensors))


@pytest.mark.parametrize(("kind", "param"), HANGING, ids=[f"{kind}-{param.name}" for kind, param in HANGING])
def test_a_setting_has_an_effect_exactly_where_it_says_so(kind: str, param: Param) -> None:
    spec, seen = registry[kind], set()
    [only] = param.only
    for value in spec.param(only.name).choices:
        params = {**example(kind)[0], only.name: value}
        idle = param.name in without_effect(spec.params, params)
        few, many = (results(kind, {**params, param.name: each}) for each in (0.1, 0.9))
        assert all(map(torch.equal, few, many)) == idle
        seen.add(idle)
    assert seen == {True, False}


def test_all_that_are_known_are_tried() -> None:
    assert {kind for kind, _ in HANGING} >= {"noise", "noise_schedule", "denoise_step"}
