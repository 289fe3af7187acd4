"""What a player has lived through: kept and drawn from again (replay), or used once in the order in which it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
Transition = dict[str, Any]
"""One step: state, action, reward, next_state, done."""


class Replay:
    """A ring of the last transitions (Lin 1992, Machine Learning 8); batches are drawn from it by chance."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._arrays: Arrays = {}
        self._next = self.size = 0

    def add(self, transition: Transition) -> None:
        if not self._arrays:
            shapes = {name: np.asarray(value) for name, value in transition.items()}
            self._arrays = {name: np.zeros((self._capacity, *v.shape), v.dtype) for name, v in shapes.items()}
        for name, value in transition.items():
            self._arrays[name][self._next] = value
        self._next = (self._next + 1) % self._capacity
        self.size = min(self.size + 1, self._capacity)

    def draw(self, count: int, chance: np.random.Generator) -> Arrays:
        """So many transitions, each of them equally likely, with repetition."""
        rows = chance.integers(0, self.size, count)
        return {name: values[rows] for name, values in self._arrays.items()}

    def state(self) -> dict[str, Any]:
        arrays = {name: values[: self.size] for name, values in self._arrays.items()}
        return {"arrays": arrays, "next": self._next, "size": self.size}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._next, self.size = state["next"], state["size"]
        self._arrays = {}
        for name, values in state["arrays"].items():
            kept = np.asarray(values)
            self._arrays[name] = np.zeros((self._capacity, *kept.shape[1:]), kept.dtype)
            self._arrays[name][: self.size] = kept


def stacked(transitions: Sequence[Transition]) -> Arrays:
    """Transitions as arrays whose first axis counts them."""
    return {name: np.stack([np.asarray(each[name]) for each in transitions]) for name in transitions[0]}


def returns(rewards: npt.NDArray[Any], gamma: float) -> npt.NDArray[np.float32]:
    """What is still to come at each step of one episode: G_t = r_t + γ G_{t+1}, (T,) (Sutton & Barto 2018, eq. 3.9)."""
    found, later = np.zeros(len(rewards), np.float32), 0.0
    for step in range(len(rewards) - 1, -1, -1):
        later = float(rewards[step]) + gamma * later
        found[step] = later
    return found
