"""A player in an environment: it asks the present network what to do and turns what happens into batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from core.data.acting.experience import Arrays, Replay, Transition, returns, stacked
from core.data.registry import Given
from core.model.condition import Only
from core.model.spec import Param

State = npt.NDArray[np.float32]
Policy = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
"""States (N, …) to scores of the actions (N, A)."""
LONGEST = 100_000
"""Steps in one batch of whole episodes, at most."""
KEPT, FALLS = (Only("use", ("replay",)),), (Only("explore", ("epsilon",)),)


class Environment(Protocol):
    """A world of states, actions and rewards."""

    actions: int

    def reset(self, seed: int) -> State:
        """Begins an episode; the same seed begins the same one."""
        ...

    def step(self, action: int) -> tuple[State, float, bool, bool]:
        """The next state, the reward, whether the episode is over, and whether it was only cut off."""
        ...

    def state(self) -> dict[str, Any]:
        """What `restore` takes to go on within the episode."""
        ...

    def restore(self, state: Mapping[str, Any]) -> State: ...


def playing(gamma: float = 0.99) -> tuple[Param, ...]:
    """The parameters that every source has in which a network plays."""
    uses = ("replay", "steps", "episodes")
    return (
        Param(
            "use",
            "Experience",
            "choice",
            "replay",
            "replay draws batches from all that was kept; steps uses each step once; episodes uses whole ones once, "
            "and knows the return of each step.",
            choices=uses,
        ),
        Param("batches", "Batches", "int", 100, "Batches in an epoch.", low=1, high=100_000),
        Param(
            "policy",
            "Policy",
            "text",
            "",
            "The node whose output has a score for every action.",
            empty="Empty: the first output of the network decides.",
        ),
        Param(
            "explore",
            "Explore",
            "choice",
            "epsilon",
            "epsilon takes the best action, and now and then any; sample draws one by the softmax of the scores.",
            choices=("epsilon", "sample"),
        ),
        Param("epsilon", "First ε", "float", 1.0, "How often any action is taken at the start.", 0.0, 1.0, only=FALLS),
        Param("epsilon_end", "Last ε", "float", 0.05, "How often any action is taken later.", 0.0, 1.0, only=FALLS),
        Param(
            "epsilon_steps",
            "ε falls over",
            "int",
            5_000,
            "Steps over which ε falls.",
            1,
            10**9,
            unit="steps",
            only=FALLS,
        ),
        Param("capacity", "Memory", "int", 10_000, "Steps that a replay keeps.", 1, 10**7, unit="steps", only=KEPT),
        Param(
            "warmup", "First fill", "int", 500, "Steps that are played before a replay is used.", 1, 10**7, only=KEPT
        ),
        Param("collect", "Steps a batch", "int", 4, "Steps that are played before each batch.", 1, 10_000, only=KEPT),
        Param(
            "gamma",
            "Discount",
            "float",
            gamma,
            "What a reward is worth one step later (γ).",
            0.0,
            1.0,
            only=(Only("use", ("episodes",)),),
        ),
    )


class Player:
    """One run's life in an environment. Everything follows from its seed and from what the policy answers."""

    def __init__(self, environment: Environment, given: Given, seed: int) -> None:
        self._environment, self._given, self._seed = environment, given, seed
        self._chance = np.random.default_rng([seed, 1])
        self._replay = Replay(given.whole("capacity")) if given.word("use") == "replay" else None
        self._episode = self._steps = 0
        self._return = 0.0
        self._ended: list[float] = []
        self._here = self._begin()

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return self._given.whole("batches")

    def batch(self, policy: Policy, size: int) -> Arrays:
        """Plays on, and gives a batch of experience: `size` steps, or whole episodes of so many steps or more."""
        if self._replay is not None:
            more = self._given.whole("collect") if self._replay.size else self._given.whole("warmup")
            for _ in range(more):
                self._replay.add(self._play(policy))
            return self._replay.draw(size, self._chance)
        if self._given.word("use") == "steps":
            return stacked([self._play(policy) for _ in range(size)])
        return self._episodes(policy, size)

    def _episodes(self, policy: Policy, size: int) -> Arrays:
        """Whole episodes; the first one begins anew, so that every return is that of a whole one."""
        if not self._is_fresh():
            self._here = self._begin()
        found: list[Arrays] = []
        while sum(len(each["reward"]) for each in found) < size:
            episode = [self._play(policy)]
            while not self._is_fresh() and len(episode) < LONGEST:
                episode.append(self._play(policy))
            arrays = stacked(episode)
            arrays["return"] = returns(arrays["reward"][:, 0], self._given.real("gamma"))[:, None]
            found.append(arrays)
        return {name: np.concatenate([each[name] for each in found]) for name in found[0]}

    def report(self) -> dict[str, float]:
        """The mean return of the episodes that ended since the last call; empty where none did."""
        ended, self._ended = self._ended, []
        return {"return": float(np.mean(ended)), "episodes": float(len(ended))} if ended else {}

    def _begin(self) -> State:
        self._episode, self._return, self._age = self._episode + 1, 0.0, 0
        seed = np.random.SeedSequence([self._seed, 2, self._episode]).generate_state(1)[0]
        return self._environment.reset(int(seed))

    def _is_fresh(self) -> bool:
        """Whether nothing has happened yet in the present episode."""
        return self._age == 0

    def _play(self, policy: Policy) -> Transition:
        action = self._choose(policy)
        after, reward, is_over, is_cut = self._environment.step(action)
        transition: Transition = {
            "state": self._here,
            "action": np.int64(action),
            "reward": np.array([reward], np.float32),
            "next_state": after,
            # What was only cut off would have gone on: its value counts.
            "done": np.array([is_over], np.float32),
        }
        self._steps, self._age = self._steps + 1, self._age + 1
        self._return += reward
        if is_over or is_cut:
            self._ended.append(self._return)
            self._here = self._begin()
        else:
            self._here = after
        return transition

    def _choose(self, policy: Policy) -> int:
        given = self._given
        if given.word("explore") == "epsilon":
            first, last = given.real("epsilon"), given.real("epsilon_end")
            epsilon = first + (last - first) * min(1.0, self._steps / given.whole("epsilon_steps"))
            if self._chance.random() < epsilon:
                return int(self._chance.integers(self._environment.actions))
            return int(np.argmax(policy(self._here[None])[0]))
        scores = np.asarray(policy(self._here[None])[0], np.float64)
        shares = np.exp(scores - scores.max())
        return int(np.searchsorted(np.cumsum(shares), self._chance.random() * shares.sum(), side="right"))

    def state(self) -> dict[str, Any]:
        """All that it takes to go on exactly."""
        return {
            "chance": self._chance.bit_generator.state,
            "replay": self._replay.state() if self._replay is not None else None,
            "environment": self._environment.state(),
            "episode": self._episode,
            "steps": self._steps,
            "age": self._age,
            "return": self._return,
            "ended": list(self._ended),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on where `state` was taken."""
        self._chance.bit_generator.state = state["chance"]
        if self._replay is not None:
            self._replay.restore(state["replay"])
        self._here = self._environment.restore(state["environment"])
        self._episode, self._steps, self._age = state["episode"], state["steps"], state["age"]
        self._return, self._ended = state["return"], list(state["ended"])
