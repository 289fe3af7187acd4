"""Text that a trained next-character network writes, one character after the other."""

from __future__ import annotations

import torch
from torch import fx

from core.data.text import decode
from core.model.tensor import Field
from core.training.feed import data_field
from core.training.trainer import Trainer

TEMPERATURE = 0.7
"""Below 1 likely characters become likelier; 0 would always take the likeliest and soon repeat itself."""


def write_text(
    program: fx.GraphModule, field: Field, start: str, length: int, *, temperature: float = TEMPERATURE, seed: int = 0
) -> str:
    """`start` and `length` characters more, drawn from softmax(scores / temperature); at 0 always the likeliest.

    `program` takes tokens (1, T) and returns scores (1, T, C) for the token after each; it is in evaluation mode, and
    gradients are off. Characters that it does not know are left out of `start`. Global random numbers are not touched.
    """
    device = next(program.parameters()).device
    tokens = [field.labels.index(letter) for letter in start if letter in field.labels] or [0]
    window = field.shape[0]
    chance = torch.Generator().manual_seed(seed)
    for _ in range(length):
        seen = tokens[-window:]
        # A shorter start is padded behind: a network that reads forward does not see what follows.
        row = torch.tensor([seen + [0] * (window - len(seen))], device=device)  # (1, T)
        scores = program(row)[0][0, len(seen) - 1].float().cpu()  # (C)
        tokens.append(_draw(scores, temperature, chance))
    return decode(tokens, field.labels)


def _draw(scores: torch.Tensor, temperature: float, chance: torch.Generator) -> int:
    if temperature <= 0:
        return int(scores.argmax())
    return int(torch.multinomial(torch.softmax(scores / temperature, 0), 1, generator=chance))


class Writer:
    """Writes once an epoch, because each character costs a pass through the network."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._field = self._vocabulary()
        self._written: tuple[tuple[int, int], str] = ((-1, 0), "")

    def _vocabulary(self) -> Field | None:
        """The field of tokens that the network reads, when it predicts the same tokens one further; else None."""
        trainer = self._trainer
        program = trainer.network.inference_program()
        reads = trainer.network.inputs_of(program)
        wants = {judged.target[0] for judged in trainer.judged}
        if len(reads) != 1 or len(wants) != 1:
            return None
        read, wanted = (trainer.dataset.fields[data_field(trainer.project, name)[0]] for name in (*reads, *wants))
        if not (read.meaning == wanted.meaning == "token" and read.labels == wanted.labels and len(read.shape) == 1):
            return None
        tokens, targets = (trainer.dataset.column("train", field.name)[:1] for field in (read, wanted))
        return read if tokens.shape == targets.shape and (tokens[:, 1:] == targets[:, :-1]).all() else None

    def text(self, length: int) -> str:
        """A start out of the validation part (or the training part) and `length` characters more; else empty."""
        trainer, field = self._trainer, self._field
        if field is None:
            return ""
        key = (trainer.step // trainer.steps_per_epoch, length)
        if self._written[0] != key:
            part = "validation" if trainer.feed.size("validation") else "train"
            start = decode(trainer.dataset.column(part, field.name)[0].tolist(), field.labels)[: field.shape[0] // 4]
            self._written = (key, write_text(trainer.network.inference_program(), field, start, length))
        return self._written[1]
