"""A run that is broken off anywhere and goes on is the unbroken run, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.model.fault import ProjectError
from core.model.graph import Weights
from core.model.project import Project
from core.model.settings import Objective, Optimizer, Schedule, Split
from core.training.checkpoint import pack, read_state, unpack, write_state
from core.training.trainer import Trainer
from tests.core.networks import add, chain, wire
from tests.core.training_data import digits, plan


def noisy() -> Project:
    """Dropout and batch normalisation, Adam, a schedule that looks at the losses."""
    layers = [("flatten", {}), ("linear", {"out_features": 12}), ("batch_norm1d", {}), ("relu", {})]
    layers += [("dropout", {"p": 0.3}), ("linear", {"out_features": 10})]
    objective = Objective(optimizer=Optimizer("adam", {"lr": 0.01}), schedule=Schedule("plateau", {"patience": 0}))
    return digits(layers, objectives=(objective,), epochs=3, batch_size=400)


def in_turns() -> Project:
    """Two objectives in a cycle, one of which adds batches up, with a schedule by steps."""
    project = digits(epochs=3, batch_size=300)
    first = Objective("first", steps=2, accumulate=3, clip_norm=1.0, schedule=Schedule("one-cycle"))
    second = Objective("second", optimizer=Optimizer("sgd", {"lr": 0.05, "momentum": 0.9}), begin=2)
    return plan(project, objectives=(first, second), turns="cycle", epochs=3, batch_size=300)


def curved() -> Project:
    return digits(objectives=(Objective(optimizer=Optimizer("lbfgs", {"max_iter": 3})),), epochs=3, batch_size=600)


def averaged() -> Project:
    """A copy of a layer every third step, which the loss also reads."""
    project = chain([("flatten", {}), ("linear", {"out_features": 10})], loss="cross_entropy")
    project.data = digits().data
    copy = add(project, "linear", out_features=10)
    node = project.graph.nodes[copy]
    project.graph.nodes[copy] = type(node)(
        node.id, node.kind, node.params, weights=Weights("copy", "linear_1", 3.0), trainable=node.trainable
    )
    wire(project, f"flatten_1 -> {copy}")
    wire(project, f"linear_1 -> {add(project, 'mse')}")
    wire(project, f"{copy}.output -> mse_1.target")
    return plan(project, epochs=3, batch_size=300, lr=0.01)


def halved() -> Project:
    return digits(epochs=2, batch_size=300, precision="bf16")


NETWORKS: list[Callable[[], Project]] = [noisy, in_turns, curved, averaged, halved]


def told(trainer: Trainer) -> dict[str, Any]:
    epochs = [{**asdict(epoch), "seconds": 0.0} for epoch in trainer.history.epochs]
    return {"losses": list(trainer.history.losses), "epochs": epochs, "test": trainer.test()}


@pytest.mark.parametrize("make", NETWORKS, ids=lambda make: make.__name__)
def test_a_run_goes_on_exactly_from_any_step(make: Callable[[], Project], tmp_path: Path) -> None:
    whole = Trainer(make())
    list(whole)
    assert whole.failure is None
    for stop in range(whole.total_steps + 1):
        broken = Trainer(make())
        steps = iter(broken)
        for _ in range(stop):
            next(steps)
        write_state(tmp_path / "state", broken.state())
        going_on = Trainer(make())
        going_on.restore(read_state(tmp_path / "state"))
        assert going_on.step == stop
        more = list(going_on)
        assert going_on.failure is None
        assert len(more) == whole.total_steps - stop
        assert told(going_on) == told(whole)
        for name, value in whole.network.state_dict().items():
            assert torch.equal(value, going_on.network.state_dict()[name]), name


def test_taking_the_state_leaves_no_trace() -> None:
    plain, watched = Trainer(noisy()), Trainer(noisy())
    list(plain)
    for _ in watched:
        pack(watched.state())
    assert told(plain) == told(watched)


def test_the_path_of_a_tiny_network_goes_on() -> None:
    def make() -> Trainer:
        from tests.core.training_data import data

        x = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]
        project = plan(chain([("linear", {"out_features": 1})], loss="mse"), epochs=2, batch_size=4)
        return Trainer(project, data(x, 2 * x, meaning="number"))

    whole, broken, going_on = make(), make(), make()
    list(whole)
    next(iter(broken))
    going_on.restore(unpack(pack(broken.state())))
    list(going_on)
    assert whole.path is not None
    assert going_on.path is not None
    np.testing.assert_array_equal(whole.path.points, going_on.path.points)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), TREES))
def test_any_tree_comes_back_as_it_was(tree: dict[str, Any]) -> None:
    assert unpack(pack(tree)) == tree


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64, torch.int64, torch.bool, torch.uint8])
def test_tensors_come_back_with_their_type_and_shape(dtype: torch.dtype) -> None:
    for shape in ((), (3,), (2, 0), (2, 3)):
        value = torch.ones(shape).to(dtype)
        back = unpack(pack({"value": value.t() if value.dim() == 2 else value}))["value"]
        assert back.dtype == dtype
        assert torch.equal(back, value.t() if value.dim() == 2 else value)


def test_a_state_holds_nothing_that_would_have_to_run() -> None:
    with pytest.raises(TypeError, match="function"):
        pack({"hook": lambda: None})


@given(st.binary(max_size=200))
def test_garbage_is_no_state(content: bytes) -> None:
    with pytest.raises(ValueError, match="not the state"):
        unpack(content)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=3))
def test_a_damaged_state_is_refused_or_read_and_never_breaks(at: int, other: bytes) -> None:
    content = pack({"a": torch.arange(4), "b": [1, 2.5, "x", (None,)]})
    damaged = content[:at] + other + content[at + len(other) :]
    with suppress(ValueError):
        assert isinstance(unpack(damaged[: len(content)]), dict)


def test_a_missing_or_damaged_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        read_state(tmp_path / "gone")
    assert caught.value.fix
    (tmp_path / "bad").write_bytes(b"not this")
    with pytest.raises(ProjectError, match="damaged"):
        read_state(tmp_path / "bad")


def tensors(state: Any) -> list[torch.Tensor]:
    if isinstance(state, dict | list | tuple):
        return [found for each in (state.values() if isinstance(state, dict) else state) for found in tensors(each)]
    return [state] if isinstance(state, torch.Tensor) else []


def test_what_an_epoch_had_noted_goes_on_on_the_device() -> None:
    project = digits(metrics=("accuracy", "f1"), batch_size=300)
    project.data = type(project.data)("digits", {"size": 8}, Split(0.0, 0.1))
    trainer = Trainer(project)
    steps = iter(trainer)
    for _ in range(3):
        next(steps)
    judge, kept = trainer.turns[0].judge, unpack(pack(trainer.turns[0].judge.state()))
    # Losses, predictions and targets: a file gives them back on the CPU, and new ones cannot be joined to them there.
    assert len(tensors(kept)) == 3
    judge.restore(kept, torch.device("meta"))
    assert {tensor.device.type for tensor in tensors(judge.state())} == {"meta"}
