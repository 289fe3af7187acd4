"""Samples out of noise: the step on the canvas taken again and again, or an output behind a Noise node."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from core.model.block import BlockParam
from core.model.grouping import group
from core.model.ops import SetBlock, SetParams
from core.model.project import Project
from core.model.settings import Data, Objective, Optimizer
from core.training import sampling
from core.training.probe import Probe
from core.training.records import Watch
from core.training.sampling import Sampler, samples
from core.training.trainer import Trainer
from tests.core.networks import add, wire
from tests.core.training_data import digits, plan

STEPS = {"steps": 6, "beta_start": 0.05, "beta_end": 0.5}


def diffusion(conditional: bool = False) -> Project:
    """Points of two moons; a linear layer guesses the noise from a point, its step and, if asked, its class."""
    project = Project("Diffusion")
    add(project, "input")
    add(project, "noise_schedule", **STEPS)
    add(project, "time_embedding", embedding_dim=4)
    add(project, "concat")
    add(project, "linear", out_features=2)
    add(project, "mse")
    add(project, "denoise_step", **STEPS)
    for text in (
        "input_1 -> noise_schedule_1",
        "noise_schedule_1.step -> time_embedding_1.step",
        "noise_schedule_1.noisy -> concat_1.inputs",
        "time_embedding_1.output -> concat_1.inputs[1]",
        "concat_1 -> linear_1",
        "linear_1.output -> mse_1.input",
        "noise_schedule_1.noise -> mse_1.target",
        "noise_schedule_1.noisy -> denoise_step_1.input",
        "linear_1.output -> denoise_step_1.noise",
        "noise_schedule_1.step -> denoise_step_1.step",
    ):
        wire(project, text)
    if conditional:
        add(project, "input", field="y", form="one-hot")
        wire(project, "input_2.output -> concat_1.inputs[2]")
    project.data = Data("moons")
    return plan(project, "sgd", epochs=1, batch_size=50, lr=0.1)


def rbm() -> Project:
    project = Project("RBM")
    add(project, "input")
    add(project, "flatten")
    add(project, "rbm", hidden=5, always=True)
    add(project, "mean_loss")
    for text in (
        "input_1 -> flatten_1",
        "flatten_1 -> rbm_1",
        "rbm_1.free_energy -> mean_loss_1.plus",
        "rbm_1.sample_free_energy -> mean_loss_1.minus",
    ):
        wire(project, text)
    project.data = Data("binary-digits", {"flipped": 0.0})
    return plan(project, "sgd", epochs=1, batch_size=200, lr=0.1)


def trained(project: Project, steps: int = 2) -> Trainer:
    trainer = Trainer(project)
    list(islice(trainer, steps))
    return trainer


@pytest.mark.parametrize("conditional", [False, True])
def test_the_step_on_the_canvas_is_taken_from_the_last_to_the_first(conditional: bool) -> None:
    trainer = trained(diffusion(conditional))
    modules = {name: trainer.network.module_of(f"{name}_1") for name in ("time_embedding", "linear", "denoise_step")}
    labels = torch.eye(2)[torch.as_tensor(trainer.dataset.column("train", "y")[:7].astype(np.int64))]
    with trainer.looking():
        torch.manual_seed(3)
        x = torch.randn(7, 2)
        expected = [x]
        for step in reversed(range(6)):
            t = torch.full((7,), step)
            read = [x, modules["time_embedding"](t), *([labels] if conditional else [])]  # type: ignore[misc]
            x = modules["denoise_step"](x, modules["linear"](torch.cat(read, 1)), t)  # type: ignore[misc]
            expected.append(x)
        found = Sampler(trainer).stages(7, [0, 2, -1], seed=3)
    for one, other in zip(found, (expected[0], expected[2], expected[6]), strict=True):
        torch.testing.assert_close(one, other)
    torch.testing.assert_close(samples(trainer, 7, seed=3), expected[6])


def folded(project: Project, nodes: list[str], name: str, within: str = "") -> str:
    """Makes a block of nodes; returns the instance that stands in their place."""
    ops, instance = group(project, nodes, name, name.capitalize(), within)
    for op in ops:
        op.apply(project)
    return instance


@pytest.mark.parametrize("nested", [False, True])
def test_a_step_inside_of_blocks_is_taken_as_on_the_canvas(nested: bool) -> None:
    project = diffusion(True)
    plain = Sampler(trained(project))
    place = folded(project, ["concat_1", "linear_1", "denoise_step_1"], "denoising")
    path = f"{place}/denoise_step_1"
    if nested:
        inner = folded(project, ["denoise_step_1"], "step", "denoising")
        path = f"{place}/{inner}/denoise_step_1"
    trainer = trained(project, 0)
    sampler = Sampler(trainer)
    assert (sampler.node, sampler.steps) == (path, plain.steps)
    state = {name.removeprefix(f"{place}."): value for name, value in trainer.network.state_dict().items()}
    original = {name: state.get(name, value) for name, value in plain._trainer.network.state_dict().items()}
    plain._trainer.network.load_state_dict(original)
    assert torch.equal(samples(trainer, 5, seed=2), samples(plain._trainer, 5, seed=2))


def test_the_steps_of_a_process_in_a_block_may_be_a_formula() -> None:
    project = diffusion()
    block = folded(project, ["denoise_step_1"], "step")
    SetBlock("step", "Step", project.blocks["step"].color, "", (BlockParam("count", 9),)).apply(project)
    SetParams("denoise_step_1", {"steps": "=count"}, "step").apply(project)
    SetParams(block, {"count": 6}).apply(project)
    assert Sampler(trained(project)).steps == 6


def made_of_noise() -> Project:
    """Digits, and beside their classifier a linear layer that makes something out of noise."""
    project = digits()
    add(project, "noise", shape=3)
    add(project, "linear", out_features=64)
    add(project, "output")
    for text in ("input_1 -> noise_1", "noise_1 -> linear_3", "linear_3 -> output_2"):
        wire(project, text)
    return project


def test_noise_inside_of_a_block_makes_samples() -> None:
    project = made_of_noise()
    folded(project, ["noise_1", "linear_3"], "generator")
    sampler = Sampler(trained(project))
    assert sampler.node == "output_2"
    assert sampler.stages(4, [-1])[0].shape == (4, 64)


def test_a_value_that_is_given_is_not_computed() -> None:
    network = trained(diffusion(True)).network
    program = network.program([("mse_1", "loss"), ("concat_1", "output")], [("concat_1", "output")])
    assert network.inputs_of(program) == ("given_0", "input_1")
    value, x = torch.rand(3, 8), torch.rand(3, 2)
    assert torch.equal(program(value, x)[1], value)
    whole = network.program([("concat_1", "output")], [("input_1", "output")])
    assert network.inputs_of(whole) == ("given_0", "input_2")


def test_a_boltzmann_machine_samples_by_rounds_of_its_own() -> None:
    trainer = trained(rbm())
    machine = trainer.network.module_of("rbm_1")
    assert machine is not None
    with trainer.looking():
        torch.manual_seed(0)
        v = torch.bernoulli(torch.full((4, 64), 0.5))
        sampler = Sampler(trainer)
        assert sampler.steps == 300
        found = sampler.stages(4, [0, 3])
        assert torch.equal(found[0], v)
        for _ in range(3):
            v = machine(v)[2]
        assert torch.equal(found[1], v)
    assert set(samples(trainer, 4).unique().tolist()) == {0.0, 1.0}


def test_an_output_that_comes_from_noise_alone_makes_samples() -> None:
    project = made_of_noise()
    trainer = trained(project)
    sampler = Sampler(trainer)
    assert (sampler.node, sampler.steps) == ("output_2", 0)
    made = samples(trainer, 2000)
    state = trainer.network.state_dict()
    np.testing.assert_allclose(made.mean(0), state["linear_3.bias"], atol=0.15)
    spread = state["linear_3.weight"] @ state["linear_3.weight"].T
    np.testing.assert_allclose(torch.cov(made.T), spread, atol=0.15)


def test_noise_that_meets_data_makes_no_samples() -> None:
    project = digits([("flatten", {}), ("gaussian_noise", {}), ("linear", {"out_features": 10})])
    trainer = trained(project)
    assert Sampler(trainer).node == ""
    with pytest.raises(LookupError, match="Nothing on the canvas"):
        samples(trainer, 3)
    assert Probe(trainer).snapshot(Watch(made=4)).made is None


def test_a_snapshot_tells_the_way_and_real_samples_in_the_same_shape() -> None:
    trainer = trained(rbm())
    made = Probe(trainer).snapshot(Watch(made=5)).made
    assert made is not None
    assert made.node == "rbm_1"
    assert made.values.shape == (12, 5, 1, 8, 8)
    assert made.steps[0] == 0
    assert made.steps[-1] == 300
    np.testing.assert_array_equal(made.real, trainer.dataset.column("train", "x")[:500])
    points = Probe(trained(diffusion())).snapshot(Watch(made=5)).made
    assert points is not None
    assert points.values.shape == (7, 5, 2)
    assert points.steps.tolist() == list(range(7))


def test_samples_that_cost_much_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = trained(diffusion())
    macs = trainer.network.inference.macs
    monkeypatch.setattr(sampling, "WORK", 6 * macs * 9 + 1)
    made = [Probe(trainer).snapshot(Watch(made=count)).made for count in (5, 50)]
    assert [each.values.shape[1] for each in made if each] == [5, 9]
    monkeypatch.setattr(sampling, "WORK", 1)
    least = Probe(trainer).snapshot(Watch(made=50)).made
    assert least is not None
    assert least.values.shape[1] == 4


@pytest.mark.parametrize("make", [diffusion, rbm])
def test_making_samples_leaves_no_trace_in_a_run(make: object) -> None:
    plain, watched = (Trainer(make()) for _ in range(2))  # type: ignore[operator]
    list(plain)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = samples(watched, 3, seed=5)
    assert torch.equal(torch.get_rng_state(), before)
    for _ in watched:
        samples(watched, 3)
    for name, value in plain.network.state_dict().items():
        assert torch.equal(value, watched.network.state_dict()[name]), name
    assert not torch.equal(samples(watched, 3, seed=5), first)
    assert torch.equal(samples(watched, 3, seed=5), samples(watched, 3, seed=5))


@pytest.mark.parametrize("make", [diffusion, rbm])
def test_each_objective_moves_its_own_parameters_and_no_others(make: object) -> None:
    project: Project = make()  # type: ignore[operator]
    loss = next(node.id for node in project.graph.of_family("loss"))
    mover = "rbm_1" if "rbm_1" in project.graph.nodes else "linear_1"
    # Beside it, a layer of the same data that another objective would move.
    add(project, "linear", name="bystander", out_features=1)
    add(project, "mean_loss", name="other")
    source = "flatten_1" if "flatten_1" in project.graph.nodes else "input_1"
    wire(project, f"{source}.output -> bystander.input")
    wire(project, "bystander.output -> other.plus")
    objective = Objective(losses={loss: 1.0}, optimizer=Optimizer("sgd", {"lr": 0.1}))
    project.training = plan(project, objectives=(objective,), epochs=1, batch_size=50).training
    trainer = Trainer(project)
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    steps = list(islice(trainer, 3))
    assert np.isfinite([step.loss for step in steps]).all()
    moved = {name for name, value in trainer.network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if name.startswith(f"{mover}.")}
    assert all(torch.isfinite(value).all() for value in trainer.network.state_dict().values())
