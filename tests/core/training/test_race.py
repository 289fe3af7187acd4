"""Nets that are raced learn what each of them learns alone."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from core.compiler.build import build
from core.model.values import Value
from core.training.optimizers import optimizers
from core.training.race import Race, RaceError
from tests.core.training.test_compiled_step import points, project

STEPS = 40


def mlp(seed: int, hidden: int = 4) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1))


class Squared(nn.Module):
    """A net with its loss: (x, y) → ()."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        loss: Tensor = (self.net(x) - y).square().mean()
        return loss


def batches() -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(0)
    xs = torch.randn(STEPS, 10, 2, generator=generator)
    return [(x, x.prod(1, keepdim=True)) for x in xs]


@pytest.mark.parametrize(
    ("optimizer", "params"),
    [
        ("sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        ("adam", {"lr": 0.02}),
        ("adamw", {"lr": 0.02, "weight_decay": 0.1}),
        ("rmsprop", {"lr": 0.01}),
    ],
)
def test_each_learns_what_it_learns_alone(optimizer: str, params: dict[str, Value]) -> None:
    nets = [Squared(mlp(seed)) for seed in range(4)]
    race = Race(copy.deepcopy(nets), optimizer, params)
    together = torch.stack(list(race.steps(iter(batches()))))  # (steps, K)
    for index, net in enumerate(nets):
        alone = optimizers[optimizer].make(net.parameters(), **params)
        for step, (x, y) in enumerate(batches()):
            loss = net(x, y)
            assert float(together[step, index]) == pytest.approx(loss.item(), rel=1e-4)
            alone.zero_grad()
            loss.backward()
            alone.step()
        for name, value in net.named_parameters():
            torch.testing.assert_close(race.weights(index)[name], value.detach(), rtol=1e-5, atol=1e-5)


def test_rates_may_differ_from_net_to_net() -> None:
    nets = [Squared(mlp(0)) for _ in range(3)]
    race = Race(nets, "sgd", rates=(0.0, 0.01, 0.1))
    x, y = batches()[0]
    before = {name: value.clone() for name, value in race.weights(0).items()}
    race.step(x, y)
    assert all(torch.equal(value, before[name]) for name, value in race.weights(0).items())
    for name, value in before.items():
        small, large = race.weights(1)[name] - value, race.weights(2)[name] - value
        torch.testing.assert_close(10 * small, large, rtol=1e-3, atol=1e-6)
        assert large.abs().max() > 0


def test_weights_that_are_frozen_stay_and_the_others_come_back_into_the_nets() -> None:
    nets = [Squared(mlp(seed)) for seed in range(2)]
    for net in nets:
        net.net[0].weight.requires_grad_(False)  # type: ignore[index]
    before = [{name: value.detach().clone() for name, value in net.named_parameters()} for net in nets]
    race = Race(nets, "adam")
    for x, y in batches():
        race.step(x, y)
    race.hand_back()
    for net, old in zip(nets, before, strict=True):
        moved = {name for name, value in net.named_parameters() if not torch.equal(value, old[name])}
        assert moved == set(old) - {"net.0.weight"}


def test_the_programs_of_projects_are_raced() -> None:
    dataset = points()
    networks = [build(project(), dataset.fields, seed=seed) for seed in range(3)]
    programs = [network.program(network.losses) for network in networks]
    race = Race(programs, "adam", {"lr": 0.05})
    batch = tuple(torch.as_tensor(dataset.column("train", name)) for name in "xy")
    losses = [race.step(*batch) for _ in range(30)]
    assert (losses[-1] < 0.7 * losses[0]).all()
    race.hand_back()
    for index, program in enumerate(programs):
        assert program(*batch)[0].item() < float(losses[-1][index])


@pytest.mark.parametrize(
    ("nets", "words"),
    [
        ([], "no nets"),
        ([mlp(0), mlp(0, hidden=5)], "Net 2 has other layers"),
        ([nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))] * 2, "1 draws random numbers"),
        ([nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))] * 2, "1 keeps statistics"),
        ([nn.Tanh()] * 2, "no weights"),
    ],
)
def test_what_cannot_be_raced_is_said(nets: list[nn.Module], words: str) -> None:
    with pytest.raises(RaceError, match=words):
        Race(nets)


def test_wrong_rates_and_optimizers_are_said() -> None:
    with pytest.raises(RaceError, match="3 rates for 2 nets"):
        Race([mlp(0), mlp(1)], rates=(0.1, 0.2, 0.3))
    with pytest.raises(RaceError, match="several times in a step"):
        Race([mlp(0), mlp(1)], "lbfgs")
