"""Nodes that start from another's weights: alike until an objective trains them, and then on their own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch

from core.compiler.build import build
from core.compiler.shapes import infer
from core.model.file import decode, encode
from core.model.graph import Weights
from core.model.project import Project
from core.model.settings import Objective, Optimizer
from core.model.tensor import Field
from core.training.checkpoint import read_state, write_state
from core.training.trainer import Trainer
from tests.core.networks import IMAGES, add, chain, weigh, wire
from tests.core.training_data import digits, plan

FIRST = Objective("first", {"cross_entropy_1": 1.0}, ("linear_1",), Optimizer("sgd", {"lr": 0.1}), end=2)
SECOND = Objective("second", {"cross_entropy_2": 1.0}, ("linear_2",), Optimizer("sgd", {"lr": 0.1}), begin=3)


def two(*objectives: Objective, epochs: int = 3) -> Project:
    """Two linear classifiers of digits, the second of which starts from the first."""
    project = chain([("flatten", {}), ("linear", {"out_features": 10})], loss="cross_entropy")
    project.data = digits().data
    add(project, "linear", out_features=10)
    wire(project, "flatten_1 -> linear_2")
    wire(project, f"linear_2 -> {add(project, 'cross_entropy')}")
    wire(project, "input_2.output -> cross_entropy_2.target")
    weigh(project, "linear_2", "start", "linear_1")
    return plan(project, objectives=objectives or (FIRST, SECOND), epochs=epochs, batch_size=300)


def both(trainer: Trainer) -> tuple[torch.Tensor, torch.Tensor]:
    state = trainer.network.state_dict()
    return state["linear_1.weight"].clone(), state["linear_2.weight"].clone()


def test_it_is_the_other_until_its_objective_begins_and_then_goes_its_own_way() -> None:
    trainer = Trainer(two())
    before, copy = both(trainer)
    assert torch.equal(before, copy)
    for step in trainer:
        original, copy = both(trainer)
        if step.epoch <= 2:
            assert not torch.equal(original, before)
            assert torch.equal(original, copy)
            last = original
        else:
            assert torch.equal(original, last)
            assert not torch.equal(copy, last)
    assert trainer.failure is None


def test_the_first_steps_of_both_agree_where_they_begin_together() -> None:
    """Two nets with one start and one rule stay one net; with another rate they part."""
    begin = {"begin": 1, "end": 0}
    one, other = (msgspec.structs.replace(each, **begin) for each in (FIRST, SECOND))
    trainer = Trainer(two(one, other))
    list(trainer)
    assert torch.equal(*both(trainer))
    faster = msgspec.structs.replace(other, optimizer=Optimizer("sgd", {"lr": 0.2}))
    trainer = Trainer(two(one, faster))
    list(trainer)
    assert not torch.equal(*both(trainer))


def test_it_follows_to_the_end_where_nothing_trains_it() -> None:
    trainer = Trainer(two(msgspec.structs.replace(FIRST, end=0)))
    start = both(trainer)[0]
    list(trainer)
    original, copy = both(trainer)
    assert not torch.equal(original, start)
    assert torch.equal(original, copy)


def test_an_objective_without_a_list_trains_it_from_its_first_epoch() -> None:
    everything = Objective("everything", {"cross_entropy_1": 1.0, "cross_entropy_2": 2.0})
    trainer = Trainer(two(everything))
    next(iter(trainer))
    assert not torch.equal(*both(trainer))


def test_a_run_goes_on_exactly_before_and_after_the_parting(tmp_path: Path) -> None:
    whole = Trainer(two())
    list(whole)
    for stop in range(0, whole.total_steps, 3):
        broken = Trainer(two())
        for _, _ in zip(range(stop), broken, strict=False):
            pass
        write_state(tmp_path / "state", broken.state())
        again = Trainer(two())
        again.restore(read_state(tmp_path / "state"))
        list(again)
        assert torch.equal(both(whole)[0], both(again)[0])
        assert torch.equal(both(whole)[1], both(again)[1])


def test_its_weights_are_its_own_and_are_counted() -> None:
    project = two()
    network = build(project, IMAGES)
    assert network.inference.parameters == 2 * 7850
    assert all(parameter.requires_grad for parameter in network.root.parameters())
    assert network.root.linear_2 is not network.root.linear_1
    with torch.no_grad():
        network.root.linear_1.weight.add_(1.0)
    network.update_copies()
    assert not torch.equal(network.root.linear_1.weight, network.root.linear_2.weight)


def test_it_may_behave_otherwise_but_its_weights_must_fit() -> None:
    project = chain([("lora_linear", {"out_features": 10, "r": 2})])
    add(project, "lora_linear", out_features=10, r=2, learns="base", lora_alpha=3.0)
    wire(project, "input_1 -> lora_linear_2")
    wire(project, f"lora_linear_2 -> {add(project, 'output')}")
    vectors = {"x": Field("x", (12,))}
    for mode, fits in (("start", True), ("copy", False), ("average", False)):
        weigh(project, "lora_linear_2", mode, "lora_linear_1", 0.5)
        found = infer(project, vectors)
        assert found.ok == fits
        assert fits or any("sizes differ" in fault.message for fault in found.faults)
    weigh(project, "lora_linear_2", "start", "lora_linear_1")
    start = build(project, vectors).state_dict()
    assert torch.equal(start["lora_linear_1.base.weight"], start["lora_linear_2.base.weight"])
    node = project.graph.nodes["lora_linear_2"]
    project.graph.nodes["lora_linear_2"] = msgspec.structs.replace(node, params={**node.params, "r": 3})
    (fault,) = (fault for fault in infer(project, vectors).faults if fault.severity == "error")
    assert fault.node == "lora_linear_2"
    assert "sizes differ" in fault.message


@pytest.mark.parametrize(("of", "said"), [("nobody", "no node “nobody”"), ("relu_1", "another kind")])
def test_whom_it_cannot_start_from_is_said(of: str, said: str) -> None:
    project = chain([("linear", {"out_features": 8}), ("relu", {})])
    weigh(project, "linear_1", "start", of)
    faults = infer(project, {"x": Field("x", (8,))}).faults
    assert any("starts from" in fault.message and said in fault.message for fault in faults)


def test_the_mode_is_kept_in_files() -> None:
    assert decode(encode(two())).graph.nodes["linear_2"].weights == Weights("start", "linear_1")
