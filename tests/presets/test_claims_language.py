"""The claims of small language models, at fixed seeds, through the engine that the app uses."""

from __future__ import annotations

import re

import pytest
import torch

import presets
from core.data.text import decode
from core.model import ops
from core.training.generate import Writer
from core.training.trainer import Trainer
from tests.presets.claims import trained


@pytest.mark.slow
def test_a_small_gpt_beats_the_character_lstm_at_equal_steps_with_fewer_parameters() -> None:
    gpt, rnn = presets.load("gpt-small"), presets.load("char-rnn")
    # The same text, the same batches.
    assert gpt.training.batch_size == rnn.training.batch_size
    ops.SetData(gpt.data).apply(rnn)
    decoder, lstm = trained(gpt), trained(rnn, epochs=gpt.training.epochs)
    assert decoder.step == lstm.step
    assert decoder.network.inference.parameters < lstm.network.inference.parameters
    assert decoder.test()["bits"] < lstm.test()["bits"]
    assert decoder.evaluate("validation")["bits"] < lstm.evaluate("validation")["bits"]
    with decoder.looking():
        text = Writer(decoder).text(400)
    read = decode(decoder.dataset.column("train", "x")[::2].ravel(), decoder.dataset.fields["x"].labels)
    words = re.findall(r"[a-z]{2,}", text)
    known = set(re.findall(r"[a-z]{2,}", read))
    assert len(words) >= 40
    assert sum(word in known for word in words) >= 0.6 * len(words)


@pytest.mark.slow
def test_lora_keeps_most_of_the_gain_of_full_fine_tuning_with_few_parameters() -> None:
    trainer = Trainer(presets.load("lora"), device="cpu")
    parting = trainer.settings.objectives[0].end
    before: dict[str, float] = {}
    frozen: dict[str, torch.Tensor] = {}
    for step in trainer:
        if step.epoch == parting and step.ended:
            before = trainer.test()
            frozen = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    assert trainer.failure is None
    after, weights = trainer.test(), trainer.network.state_dict()
    full, adapted = "bits (all weights)", "bits (LoRA)"
    assert before[full] == before[adapted]
    assert before[full] - after[adapted] >= 0.6 * (before[full] - after[full]) > 0.6
    # What learnt is the updates alone: fewer than a twentieth of what full fine-tuning moves.
    moved = {name for name, value in weights.items() if not torch.equal(value, frozen[name])}
    own = {name for name in moved if name.startswith("lora.")}
    assert all(name.endswith(("down.weight", "up.weight")) for name in own)
    assert not [name for name in moved if name.startswith("base.")]
    learnt, whole = (sum(weights[name].numel() for name in names) for names in (own, moved - own))
    assert learnt < 0.05 * whole
    assert whole == sum(value.numel() for name, value in weights.items() if _is_of_the_base(name))


def _is_of_the_base(name: str) -> bool:
    return name.startswith("base.") and not name.endswith(("down.weight", "up.weight"))
