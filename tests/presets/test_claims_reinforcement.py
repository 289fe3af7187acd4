"""The claims of reinforcement learning: a network that plays lasts five times as long as chance, at a fixed seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch

import presets
from core.data.acting.cartpole import CartPole
from core.training.trainer import Trainer
from tests.presets.claims import trained

EPISODES = 20
LONGEST = 500


def mean_return(choose: Callable[[npt.NDArray[np.float32]], int], episodes: int = EPISODES) -> float:
    """How long the pole stays up in the mean, over episodes that no training has begun with."""
    world, earned = CartPole(LONGEST), 0.0
    for seed in range(episodes):
        state, is_over = world.reset(1_000_000 + seed), False
        while not is_over:
            state, reward, fell, was_cut = world.step(choose(state))
            earned, is_over = earned + reward, fell or was_cut
    return earned / episodes


def by_chance() -> float:
    chance = np.random.default_rng(0)
    return mean_return(lambda state: int(chance.integers(2)), 200)


def by_network(trainer: Trainer) -> float:
    """The return of the action that scores best in each state, nothing tried out."""
    program = trainer.network.inference_program().eval()

    def best(state: npt.NDArray[np.float32]) -> int:
        with torch.no_grad():
            return int(program(torch.from_numpy(state[None]))[0].argmax())

    return mean_return(best)


def test_chance_lasts_for_about_22_steps() -> None:
    assert 20 < by_chance() < 25


@pytest.mark.slow
@pytest.mark.parametrize("id", ["dqn", "actor-critic"])
def test_a_network_that_plays_lasts_five_times_as_long_as_chance(id: str) -> None:
    assert by_network(trained(presets.load(id))) >= 5 * by_chance()
