"""The claim of attention between sequences, at a fixed seed: what is written is right, and where it looks is why."""

from __future__ import annotations

import pytest
import torch

import presets
from core.training.trainer import Trainer
from tests.presets.claims import at, trained


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return trained(presets.load("seq2seq-attention"))


def test_95_of_100_words_are_written_backwards_without_a_mistake(trainer: Trainer) -> None:
    assert trainer.test()["exact_match"] >= 0.95


def test_the_decoder_does_so_too_when_it_is_fed_what_it_has_written_itself(trainer: Trainer) -> None:
    program = trainer.network.inference_program().eval()
    word, start, target = (torch.from_numpy(trainer.dataset.column("test", name)) for name in ("x", "start", "y"))
    takes = {"input_1": word, "input_2": torch.zeros_like(start)}
    takes["input_2"][:, 0] = start[:, 0]
    names = trainer.network.inputs_of(program)
    with torch.no_grad():
        for step in range(target.shape[1]):
            written = program(*(takes[name] for name in names))[0].argmax(2)  # (N, T)
            takes["input_2"][:, step + 1 : step + 2] = written[:, step : step + 1]
    exact = ((written == target) | (target < 0)).all(1).float().mean()
    assert exact >= 0.95
    assert float(exact) == pytest.approx(trainer.test()["exact_match"])


def test_the_attention_map_is_the_alignment(trainer: Trainer) -> None:
    weights = at(trainer, "additive_attention_1", "weights", "test")  # (N, T, S)
    letters = torch.from_numpy(trainer.dataset.column("test", "x") > 0).sum(1)  # (N)
    step = torch.arange(weights.shape[1])
    place = letters[:, None] - 1 - step  # (N, T): the letter that is written at a step, from behind
    asked = place >= 0
    looked = weights.argmax(2)
    assert (looked == place)[asked].float().mean() >= 0.95
    mass = weights.gather(2, place.clamp(min=0)[..., None]).squeeze(2)
    assert mass[asked].mean() >= 2 / 3
