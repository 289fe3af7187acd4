"""A source in which the present network acts: its experience as batches, its returns as metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core.data.acting.experience import Replay, returns
from core.data.acting.player import Player, playing
from core.data.registry import Given, sources
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.settings import Data, Objective, Optimizer, Split
from core.training.checkpoint import pack, unpack
from core.training.trainer import Trainer
from tests.core.networks import add, weigh, wire
from tests.core.training_data import plan


class Corridor:
    """Places 0 to 4; action 1 goes right, 0 stays. Each step costs 1, the end at 4 is worth 10."""

    actions = 2

    def reset(self, seed: int) -> npt.NDArray[np.float32]:
        self.place = self.age = 0
        return self._seen()

    def _seen(self) -> npt.NDArray[np.float32]:
        return np.array([self.place], np.float32)

    def step(self, action: int) -> tuple[npt.NDArray[np.float32], float, bool, bool]:
        self.place, self.age = self.place + action, self.age + 1
        is_over = self.place == 4
        return self._seen(), 10.0 if is_over else -1.0, is_over, self.age == 6

    def state(self) -> dict[str, Any]:
        return {"place": self.place, "age": self.age}

    def restore(self, state: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        self.place, self.age = state["place"], state["age"]
        return self._seen()


def player(**params: Any) -> Player:
    defaults = {param.name: param.default for param in playing()}
    return Player(Corridor(), Given({**defaults, "epsilon": 0.0, "epsilon_end": 0.0, **params}), 0)


def right(states: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.tile([0.0, 1.0], (len(states), 1))


def left(states: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.tile([1.0, 0.0], (len(states), 1))


def test_returns_are_rewards_to_come() -> None:
    np.testing.assert_allclose(returns(np.array([1.0, 0.0, 2.0]), 0.5), [1.5, 1.0, 2.0])


def test_steps_are_used_once_in_their_order_across_episodes() -> None:
    batch = player(use="steps").batch(right, 6)
    assert batch["state"][:, 0].tolist() == [0, 1, 2, 3, 0, 1]
    assert batch["next_state"][:, 0].tolist() == [1, 2, 3, 4, 1, 2]
    assert batch["reward"][:, 0].tolist() == [-1, -1, -1, 10, -1, -1]
    assert batch["done"][:, 0].tolist() == [0, 0, 0, 1, 0, 0]
    assert batch["action"].tolist() == [1] * 6


def test_whole_episodes_know_their_returns() -> None:
    batch = player(use="episodes", gamma=1.0).batch(right, 5)
    assert batch["return"][:, 0].tolist() == [7, 8, 9, 10, 7, 8, 9, 10]


def test_an_episode_that_is_only_cut_off_is_not_over() -> None:
    batch = player(use="episodes").batch(left, 6)
    assert len(batch["done"]) == 6
    assert not batch["done"].any()


def test_what_was_earned_is_told_once() -> None:
    one = player(use="steps")
    one.batch(right, 9)
    assert one.report() == {"return": 7.0, "episodes": 2.0}
    assert one.report() == {}


def test_a_replay_keeps_the_last_steps_and_draws_them_alike() -> None:
    replay = Replay(4)
    for number in range(10):
        replay.add({"x": np.array([number]), "y": np.int64(number)})
    drawn = replay.draw(4_000, np.random.default_rng(0))
    values, counts = np.unique(drawn["x"][:, 0], return_counts=True)
    assert values.tolist() == [6, 7, 8, 9]
    assert (abs(counts - 1_000) < 100).all()
    np.testing.assert_array_equal(drawn["x"][:, 0], drawn["y"])


def test_epsilon_falls_in_a_line_and_then_stays() -> None:
    one = player(use="steps", epsilon=1.0, epsilon_end=0.0, epsilon_steps=2_000)
    early, late = one.batch(left, 400)["action"].mean(), one.batch(left, 4_000)["action"][2_000:].mean()
    assert 0.3 < early < 0.6
    assert late == 0.0


def test_actions_are_drawn_by_the_softmax_of_the_scores() -> None:
    one = player(use="steps", explore="sample")
    share = one.batch(lambda states: np.log([[0.8, 0.2]]).repeat(len(states), 0), 4_000)["action"].mean()
    assert abs(share - 0.2) < 0.03


@pytest.mark.parametrize("use", ["replay", "steps", "episodes"])
def test_a_player_goes_on_exactly(use: str) -> None:
    settings = {"use": use, "epsilon": 0.3, "epsilon_end": 0.3, "warmup": 7}
    whole, broken, going_on = player(**settings), player(**settings), player(**settings)
    whole.batch(right, 5)
    broken.batch(right, 5)
    going_on.restore(unpack(pack(broken.state())))
    for _ in range(3):
        expected, found = whole.batch(right, 5), going_on.batch(right, 5)
        for name, values in expected.items():
            np.testing.assert_array_equal(values, found[name])
    assert whole.report() == going_on.report()


def q_learner(**data: Any) -> Project:
    """DQN: values, and a copy of them that follows every 50 steps (Mnih et al. 2015)."""
    project = Project()
    ids = {field: add(project, "input", field=field) for field in ("state", "next_state", "action", "reward", "done")}
    add(project, "linear", out_features=24)
    add(project, "relu")
    add(project, "linear", out_features=2)
    add(project, "output")
    for layer, width in (("linear_1", 24), ("linear_2", 2)):
        weigh(project, add(project, "linear", out_features=width), "copy", layer, 50.0)
    add(project, "relu")
    add(project, "td_error", gamma=0.99)
    for text in (
        f"{ids['state']} -> linear_1", "linear_1 -> relu_1", "relu_1 -> linear_2", "linear_2 -> output_1",
        f"{ids['next_state']} -> linear_3", "linear_3 -> relu_2", "relu_2 -> linear_4",
        "linear_2.output -> td_error_1.values", "linear_4.output -> td_error_1.next_values",
        f"{ids['action']}.output -> td_error_1.action", f"{ids['reward']}.output -> td_error_1.reward",
        f"{ids['done']}.output -> td_error_1.done",
    ):  # fmt: skip
        wire(project, text)
    settings = {"use": "replay", "batches": 20, "warmup": 100, "epsilon_steps": 200, **data}
    project.data = Data("cartpole", settings, Split(0.0, 0.0))
    objective = Objective(optimizer=Optimizer("adam", {"lr": 1e-3}), clip_norm=10.0)
    return plan(project, objectives=(objective,), epochs=4, batch_size=16, keeps="last")


def test_a_value_network_plays_learns_and_tells_its_returns() -> None:
    trainer = Trainer(q_learner())
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    steps = list(trainer)
    assert trainer.failure is None
    assert len(steps) == 80
    moved = {name for name, value in trainer.network.state_dict().items() if not value.equal(before[name])}
    assert {"linear_1.weight", "linear_2.weight", "linear_3.weight", "linear_4.weight"} <= moved
    told = trainer.history.epochs[-1].train
    assert told["return"] > 0
    assert told["episodes"] >= 1


def test_the_same_seed_lives_the_same_life_and_a_run_goes_on_exactly() -> None:
    whole, again = Trainer(q_learner()), Trainer(q_learner())
    list(whole)
    for step in again:
        if step.index == 33:
            break
    going_on = Trainer(q_learner())
    going_on.restore(unpack(pack(again.state())))
    list(again)
    list(going_on)
    assert list(again.history.losses) == list(whole.history.losses)
    assert list(going_on.history.losses) == list(whole.history.losses)
    assert [e.train for e in going_on.history.epochs] == [e.train for e in whole.history.epochs]
    assert list(Trainer(q_learner(), seed=1))[-1].loss != whole.history.losses[-1]


def actor() -> Project:
    """REINFORCE on whole episodes (Williams 1992)."""
    project = Project()
    for field in ("state", "action", "return"):
        add(project, "input", field=field)
    add(project, "linear", out_features=2)
    add(project, "output")
    add(project, "policy_gradient")
    for text in (
        "input_1 -> linear_1", "linear_1 -> output_1", "linear_1.output -> policy_gradient_1.policy",
        "input_2.output -> policy_gradient_1.action", "input_3.output -> policy_gradient_1.returns",
    ):  # fmt: skip
        wire(project, text)
    project.data = Data("cartpole", {"use": "episodes", "explore": "sample", "batches": 5}, Split(0.0, 0.0))
    return plan(project, epochs=2, batch_size=50, keeps="last")


def test_a_policy_learns_from_whole_episodes() -> None:
    trainer = Trainer(actor())
    steps = list(trainer)
    assert trainer.failure is None
    assert len(steps) == 10
    assert all(step.samples >= 50 for step in steps)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda project: set_data(project, policy="gone_1"), "gone_1"),
        (lambda project: set_data(project, policy="linear_1"), "2 actions"),
        (lambda project: set_data(project, policy="linear_4"), "next_state|input_2"),
    ],
)
def test_a_policy_that_cannot_be_asked_is_told(change: Any, word: str) -> None:
    project = q_learner()
    change(project)
    with pytest.raises(ProjectError, match=word) as caught:
        Trainer(project)
    assert caught.value.place == "data.params.policy"
    assert caught.value.fix


def set_data(project: Project, **params: Any) -> None:
    project.data = Data("cartpole", {**project.data.params, **params}, project.data.split)


def test_returns_are_a_field_only_of_whole_episodes() -> None:
    source = sources["cartpole"]
    assert "return" not in source.fields({"use": "replay"})
    assert "return" in source.fields({"use": "episodes"})
    for use in ("replay", "steps", "episodes"):
        arrays = source.load({"use": use})
        assert set(arrays) == set(source.fields({"use": use}))
        assert len({len(values) for values in arrays.values()}) == 1


def test_what_is_met_is_not_transformed() -> None:
    project = q_learner()
    project.data = Data("cartpole", project.data.params, project.data.split, standardise=("state",))
    with pytest.raises(ProjectError, match="transformed"):
        Trainer(project)
