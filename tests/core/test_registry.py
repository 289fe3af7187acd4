"""Every layer kind: its shapes are those at run time, it learns, its source computes the same, its file reads back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.compiler.batch import concrete
from core.compiler.build import build
from core.compiler.shapes import infer
from core.compiler.source import class_name, source
from core.layers.examples import example, example_arrays
from core.model.file import decode, encode
from core.model.spec import registry
from tests.core.networks import run_source, single

KINDS = [spec.kind for spec in registry]
COMPUTING = [spec.kind for spec in registry if spec.call not in ("source", "sink")]
PREDICTING = [kind for kind in COMPUTING if registry[kind].family != "loss"]
# Kinds whose outputs have no gradient at all: decisions, places, constants and chance, and what stops it.
WITHOUT_GRADIENT = {
    "argmax", "cast", "compare", "constant", "mask_tokens", "noise", "one_hot", "padding_mask", "sequence_lengths",
    "stop_gradient", "time_embedding",
}  # fmt: skip


def _tensors(kind: str, batch: int = 4) -> dict[str, torch.Tensor]:
    return {
        f"in_{port}_{slot}": torch.from_numpy(array)
        for port, arrays in example_arrays(kind, batch).items()
        for slot, array in enumerate(arrays)
    }


@pytest.mark.parametrize("kind", COMPUTING)
def test_types_are_those_at_run_time(kind: str) -> None:
    project, fields = single(kind)
    found = infer(project, fields)
    assert found.ok, found.faults
    network = build(project, fields)
    ports = [(f"{kind}_1", port.name) for port in registry[kind].outputs_for(example(kind)[0])]
    for training in (True, False):
        network.train(training)
        for batch in (4, 5):
            results = network.program(ports)(**_tensors(kind, batch))
            for (node, port), result in zip(ports, results, strict=True):
                type_ = found.type_at(node, port)
                assert type_ is not None
                assert tuple(result.shape) == concrete(type_.shape, batch)
                assert str(result.dtype) == f"torch.{type_.dtype}"
    counted = sum(parameter.numel() for parameter in network.root.parameters())
    assert found.parameters == counted


@pytest.mark.parametrize("kind", COMPUTING)
def test_gradients_are_finite_and_reach_the_parameters(kind: str) -> None:
    project, fields = single(kind)
    network = build(project, fields)
    tensors = {name: value.requires_grad_(value.is_floating_point()) for name, value in _tensors(kind).items()}
    ports = [(f"{kind}_1", port.name) for port in registry[kind].outputs_for(example(kind)[0])]
    results = [result for result in network.program(ports)(**tensors) if result.requires_grad]
    assert bool(results) == (kind not in WITHOUT_GRADIENT)
    if not results:
        return
    torch.stack([result.square().sum() for result in results]).sum().backward()
    learned = {name: value for name, value in network.root.named_parameters() if value.requires_grad}  # LoRA freezes
    gradients = {name: parameter.grad for name, parameter in learned.items()}
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients.values()), gradients
    assert all(value.grad is None or value.grad.isfinite().all() for value in tensors.values())


@pytest.mark.parametrize("kind", PREDICTING)
def test_source_computes_the_same(kind: str, tmp_path: Path) -> None:
    project, fields = single(kind)
    network = build(project, fields, seed=3)
    network.eval()
    program = network.inference_program()
    names = run_source(source(project, fields), tmp_path)
    module = names[class_name(project)]().eval()
    module.load_state_dict(program.state_dict(), strict=True)
    tensors = _tensors(kind)
    with torch.no_grad():
        torch.manual_seed(5)  # kinds that draw noise do so from the global random state
        expected = program(**tensors)
        torch.manual_seed(5)
        found = module(*(tensors[name] for name in network.inputs_of(program)))
    found = found if isinstance(found, tuple) else (found,)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_file_reads_back(kind: str) -> None:
    project, fields = single(kind)
    again = decode(encode(project))
    assert encode(again) == encode(project)
    assert infer(again, fields) == infer(project, fields)
