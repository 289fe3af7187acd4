"""Every layer kind computes what plain torch, or its formula written out by hand, computes: outputs and gradients.

The tables of `references/` hold one row a kind; a kind without a row fails here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
import torch

from core.compiler.build import build
from core.compiler.network import Network
from core.compiler.shape_cache import ShapeCache
from core.compiler.shapes import infer
from core.layers.examples import example
from core.model.spec import Example, registry
from core.model.values import Value
from tests.core.layers.references import (
    activation,
    attention,
    attention_parts,
    chance,
    convolution,
    dense,
    graph,
    loss,
    loss_images,
    loss_pairs,
    normalisation,
    operation,
    pooling,
    recurrent,
    shape,
)
from tests.core.layers.references.table import Given, Reference, Table
from tests.core.networks import single

TABLES: tuple[Table, ...] = (
    activation.REFERENCES,
    attention.REFERENCES,
    attention_parts.REFERENCES,
    chance.REFERENCES,
    convolution.REFERENCES,
    dense.REFERENCES,
    graph.REFERENCES,
    loss.REFERENCES,
    loss_images.REFERENCES,
    loss_pairs.REFERENCES,
    normalisation.REFERENCES,
    operation.REFERENCES,
    pooling.REFERENCES,
    recurrent.REFERENCES,
    shape.REFERENCES,
)
REFERENCES: dict[str, Reference] = {kind: row for table in TABLES for kind, row in table.items()}
COMPUTING = [spec.kind for spec in registry if spec.call not in ("source", "sink")]


def test_every_kind_has_one_reference() -> None:
    counts = Counter(kind for table in TABLES for kind in table)
    assert sorted(counts) == sorted(COMPUTING)
    assert set(counts.values()) == {1}


def _turned(kind: str) -> Iterator[tuple[dict[str, Value], tuple[str, ...]]]:
    """The example with one choice, word or switch turned, and ports to leave open: first none, then each, then all."""
    params = dict(example(kind)[0])
    complete = registry[kind].complete(params)
    for param in registry[kind].params:
        others = param.choices if param.type == "choice" else (False, True) if param.type == "bool" else param.words
        for value in others:
            if value != complete[param.name]:
                yield {**params, param.name: value}, ()
    wired = tuple(port.name for port in registry[kind].inputs if port.optional and port.name in example(kind)[1])
    for left in (*((port,) for port in wired), wired):
        if left:
            yield params, left


def cases(kind: str, cache: ShapeCache) -> Iterator[Example]:
    """The example, everything near it that works, and what the row names."""
    params, inputs = example(kind)
    yield params, inputs
    for changed, left in _turned(kind):
        case = (changed, {port: types for port, types in inputs.items() if port not in left})
        if infer(*single(kind, case), cache).ok:
            yield case
    for further in REFERENCES[kind].also:
        yield further if isinstance(further, tuple) else ({**params, **further}, inputs)


def _arriving(kind: str, case: Example, random: np.random.Generator) -> dict[str, list[torch.Tensor]]:
    """Numbers for four samples at every wired port."""
    draws, found = REFERENCES[kind].draws, dict[str, list[torch.Tensor]]()
    for port, types in case[1].items():
        found[port] = []
        for type_ in types:
            shape = tuple(dim if isinstance(dim, int) else 4 for dim in type_.shape)
            if port in draws:
                array = draws[port](random, shape)
            else:
                array = random.uniform(-2, 2, shape) if type_.is_float else random.integers(0, 6, shape)
            tensor = torch.from_numpy(np.asarray(array))
            found[port].append(tensor.double().requires_grad_() if type_.is_float else tensor.long())
    return found


@torch.no_grad()
def _draw_state(module: torch.nn.Module, random: np.random.Generator) -> None:
    """Parameters and running statistics that are nothing special: no zeros, no ones."""
    kept = {name: buffer for name, buffer in module.named_buffers() if name.startswith("running")}
    for name, value in (*module.named_parameters(), *kept.items()):
        low, high = (0.5, 1.5) if name == "running_var" else (-0.8, 0.8)
        value.copy_(torch.from_numpy(random.uniform(low, high, tuple(value.shape))))


def _copy(value: torch.Tensor) -> torch.Tensor:
    """The same numbers with a gradient of their own, if they have one at all."""
    return value.detach().clone().requires_grad_(value.requires_grad)


def _sort(output: torch.Tensor) -> tuple[str, bool]:
    """Real (in any precision), whole or truth values; and whether it has a gradient at all."""
    return "real" if output.is_floating_point() else str(output.dtype), output.requires_grad


def _gradients(outputs: list[torch.Tensor], leaves: list[torch.Tensor]) -> list[torch.Tensor]:
    """Of a weighted sum in which every number counts differently; 0 where nothing depends on a leaf."""
    total = torch.zeros((), dtype=torch.float64)
    for output in outputs:
        if output.requires_grad:
            weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype).reshape(output.shape)
            total = total + (output * weights).sum()
    if not total.requires_grad or not leaves:
        return []
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    return [torch.zeros_like(leaf) if each is None else each for each, leaf in zip(found, leaves, strict=True)]


def _compare(network: Network, kind: str, case: Example) -> None:
    """Outputs, gradients of all real inputs and parameters, and buffers, of one call; raises AssertionError."""
    spec, node, row = registry[kind], f"{kind}_1", REFERENCES[kind]
    random = np.random.default_rng(3)
    module = network.root.get_submodule(node) if spec.call == "module" else torch.nn.Module()
    _draw_state(module, random)
    tensors = _arriving(kind, case, random)
    learned = {name: value for name, value in module.named_parameters() if value.requires_grad}
    state = {name: _copy(value) for name, value in (*module.named_parameters(), *module.named_buffers())}
    copies = {port: [_copy(tensor) for tensor in each] for port, each in tensors.items()}
    ports = [(node, port.name) for port in spec.outputs_for(case[0])]
    torch.manual_seed(5)
    outputs = list(
        network.program(ports)(
            **{f"in_{port}_{slot}": tensor for port, each in tensors.items() for slot, tensor in enumerate(each)}
        )
    )
    arriving = [copies.get(port.name) if port.variadic else copies.get(port.name, [None])[0] for port in spec.inputs]
    torch.manual_seed(5)
    given = Given(spec.complete(case[0]), state, module.training)
    computed = row.compute(given, *arriving)
    assert given.asked >= {name for name, _ in module.named_parameters()}
    expected = [computed] if isinstance(computed, torch.Tensor) else list(computed)
    close = {"rtol": row.rtol, "atol": row.rtol, "check_dtype": False}
    torch.testing.assert_close(outputs, expected, **close)
    assert [_sort(output) for output in outputs] == [_sort(output) for output in expected]
    leaves = [tensor for each in tensors.values() for tensor in each if tensor.requires_grad]
    theirs = [tensor for each in copies.values() for tensor in each if tensor.requires_grad]
    torch.testing.assert_close(
        _gradients(outputs, [*leaves, *learned.values()]),
        _gradients(expected, [*theirs, *(state[name] for name in learned)]),
        **close,
    )
    buffers = dict(module.named_buffers())
    torch.testing.assert_close(buffers, {name: state[name] for name in buffers}, **close)


@pytest.mark.parametrize("kind", COMPUTING)
def test_outputs_and_gradients_are_those_of_the_reference(kind: str) -> None:
    spec, cache, compared = registry[kind], ShapeCache(), list[Mapping[str, Value]]()
    for case in cases(kind, cache):
        network = build(*single(kind, case), seed=1, cache=cache)
        network.root.double()
        for training in (True, False):
            network.train(training)
            try:
                _compare(network, kind, case)
            except Exception as error:
                error.add_note(f"{kind} with {case}, training: {training}")
                raise
        compared.append(spec.complete(case[0]))
    still = [param.name for param in spec.params if len({repr(params[param.name]) for params in compared}) < 2]
    assert not still, f"{', '.join(still)} of {kind} had one value in all cases: its row needs another"
