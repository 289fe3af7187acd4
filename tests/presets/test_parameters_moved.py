"""A few steps of each method: losses are finite, and the parameters that should move do, and no others."""

from __future__ import annotations

from itertools import islice
from math import isfinite

import msgspec
import pytest
import torch

import presets
from core.training.trainer import Trainer

CNN = ("conv2d_1", "conv2d_2", "linear_1")
NORMED = (*CNN, "batch_norm1d_1")
HEAD = ("linear_1", "linear_2", "batch_norm1d_1")
MLP = ("linear1", "linear2", "linear3")


def within(node: str, names: tuple[str, ...]) -> set[str]:
    return {f"{node}.{name}" for name in names}


# Preset, objective (none: all of them), what moves.
MOVES: list[tuple[str, str | None, set[str]]] = [
    ("perceptron", None, {"linear_1"}),
    ("gan", "discriminator", within("discriminator_1", MLP)),
    ("gan", "generator", within("generator_1", MLP)),
    ("gan", None, within("discriminator_1", MLP) | within("generator_1", MLP)),
    ("vae", None, {"linear_1", "mean", "log_variance", "decoder_1.linear1", "decoder_1.linear2"}),
    ("rbm", None, {"rbm_1"}),
    (
        "diffusion",
        None,
        within("predictor_1", ("linear1", "linear2"))
        | {f"predictor_1.layer.{i}.{name}" for i in range(3) for name in ("norm", "linear1", "linear2", "linear3")},
    ),
    ("simclr", "contrast", within("encoder_1", CNN) | {"linear_1"}),
    ("simclr", "probe", {"probe"}),
    # The untrained encoder, encoder_4, stands still whatever learns from it.
    ("simclr", None, within("encoder_1", CNN) | {"linear_1", "probe", "probe_0"}),
    # The teacher follows the student, and nothing else moves it.
    (
        "byol",
        "agreement",
        within("encoder_1", NORMED)
        | within("encoder_2", NORMED)
        | within("projector_1", HEAD)
        | within("projector_2", HEAD)
        | within("predictor", HEAD),
    ),
    ("byol", "probe", {"probe"}),
    # The target net is copied every so many steps, and these are fewer.
    ("dqn", None, within("q_online", ("linear_1", "linear_2", "linear_3"))),
    ("actor-critic", "actor", {"linear_1", "linear_2"}),
    ("actor-critic", "critic", within("critic_now", ("linear_1", "linear_2"))),
]


@pytest.mark.parametrize(("preset", "objective", "moves"), MOVES, ids=[f"{case[0]}-{case[1]}" for case in MOVES])
def test_what_should_move_moves_and_nothing_else(preset: str, objective: str | None, moves: set[str]) -> None:
    project = presets.load(preset)
    if objective:
        kept = tuple(each for each in project.training.objectives if each.name == objective)
        project.training = msgspec.structs.replace(project.training, objectives=kept)
    trainer = Trainer(project, device="cpu")
    before = {name: value.clone() for name, value in trainer.network.root.named_parameters()}
    steps = list(islice(trainer, 4))
    assert len(steps) == 4
    assert all(isfinite(loss) for step in steps for loss in step.losses.values())
    after = dict(trainer.network.root.named_parameters())
    moved = {name.rpartition(".")[0] for name, value in before.items() if not torch.equal(value, after[name])}
    assert moved == moves
