"""A pole on a cart that the network keeps upright (Barto, Sutton & Anderson 1983), as gymnasium computes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.acting.experience import Arrays
from core.data.acting.player import Player, State, playing
from core.data.registry import DataSource, Given, add
from core.model.spec import Param
from core.model.tensor import Field

if TYPE_CHECKING:
    from gymnasium.envs.classic_control.cartpole import CartPoleEnv

_STATE = ("cart position", "cart velocity", "pole angle", "pole velocity")


class CartPole:
    """Reward 1 for each step; over when the pole leans more than 12° or the cart leaves the track."""

    actions = 2

    def __init__(self, longest: int) -> None:
        """Episodes are cut off after `longest` steps."""
        self._environment, self._longest, self._age = _new(), longest, 0

    def reset(self, seed: int) -> State:
        self._age = 0
        return np.asarray(self._environment.reset(seed=seed)[0], np.float32)

    def step(self, action: int) -> tuple[State, float, bool, bool]:
        after, reward, is_over, _, _ = self._environment.step(action)  # type: ignore[no-untyped-call]
        self._age += 1
        return np.asarray(after, np.float32), float(reward), bool(is_over), self._age >= self._longest

    def state(self) -> dict[str, Any]:
        place = self._environment.state
        return {"place": [] if place is None else [float(value) for value in place], "age": self._age}

    def restore(self, state: Mapping[str, Any]) -> State:
        self._environment.reset(seed=0)
        place = np.asarray(state["place"], np.float64)
        self._environment.state = place
        self._age = state["age"]
        return place.astype(np.float32)


def _new() -> CartPoleEnv:
    from gymnasium.envs.classic_control.cartpole import CartPoleEnv

    return CartPoleEnv()


def _fields(given: Given) -> dict[str, Field]:
    fields = {
        "state": Field("state", (4,), "float32", "state", "state", _STATE),
        "action": Field("action", (), "int64", "class", "action", ("left", "right")),
        "reward": Field("reward", (1,), "float32", "number", "reward"),
        "next_state": Field("next_state", (4,), "float32", "state", "next state", _STATE),
        "done": Field("done", (1,), "float32", "number", "the episode ended"),
    }
    if given.word("use") == "episodes":
        fields["return"] = Field("return", (1,), "float32", "number", "discounted return")
    return fields


def _act(given: Given, seed: int) -> Player:
    return Player(CartPole(given.whole("longest")), given, seed)


def _read(given: Given) -> Arrays:
    """What a player meets that has learnt nothing yet: it takes any action."""
    use = "episodes" if given.word("use") == "episodes" else "steps"
    anything = Given({**given.values, "use": use, "explore": "epsilon", "epsilon": 1.0, "epsilon_end": 1.0})
    return _act(anything, 0).batch(lambda states: np.zeros((len(states), 2)), given.whole("samples"))


add(
    DataSource(
        id="cartpole",
        title="Cart and pole",
        doc="A pole stands on a cart; the network pushes it left or right and earns 1 for every step that it stays up.",
        source="Barto, Sutton & Anderson 1983, IEEE Transactions SMC 13; computed by gymnasium (MIT licence).",
        group="acting",
        describe=_fields,
        read=_read,
        act=_act,
        params=(
            *playing(),
            Param(
                "longest", "Longest episode", "int", 500, "Steps after which an episode is cut off.", low=1, high=10**6
            ),
            Param(
                "samples",
                "Shown",
                "int",
                200,
                "Steps of random play that stand for the data before a run.",
                low=1,
                high=10**5,
            ),
        ),
    )
)
