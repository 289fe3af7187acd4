"""Text that a trained next-character network writes, one character after the other."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import fx, nn

from core.data.text import decode, encode
from core.model.tensor import Field
from core.training.feed import data_field
from core.training.trainer import Trainer

TEMPERATURE = 0.7
"""Below 1 likely characters become likelier; 0 would always take the likeliest and soon repeat itself."""
TOLERANCE, TRIED = 1e-9, 64
"""How far scores of cached steps may be from those of the whole window, as a share of the largest, and steps tried."""


def write_text(
    program: fx.GraphModule,
    field: Field,
    start: str,
    length: int,
    *,
    temperature: float = TEMPERATURE,
    seed: int = 0,
    cached: bool = True,
) -> str:
    """`start` and `length` characters more, drawn from softmax(scores / temperature); at 0 always the likeliest.

    `program` takes tokens (1, T) and returns scores (1, T, C) for the token after each; it is in evaluation mode, and
    gradients are off. Characters that it does not know are left out of `start`. Global random numbers are not touched.
    Where `cached` and every layer can go on from what it has seen, each character costs one step until the window is
    full. From then on, and in other networks, it costs the whole window: the positions of all steps move.
    """
    device = next(program.parameters()).device
    tokens = encode(start, field.labels) or [0]
    window, known = field.shape[0], len(tokens)
    chance = torch.Generator().manual_seed(seed)
    if cached and length > 0 and known <= window and goes_on(program, window, field.classes):
        with going_on(program):
            read = 0
            while len(tokens) <= window and len(tokens) < known + length:
                row = torch.tensor([tokens[read:]], device=device)  # (1, steps that are new)
                read = len(tokens)
                tokens.append(_draw(program(row)[0][0, -1], temperature, chance))
    while len(tokens) < known + length:
        seen = tokens[-window:]
        # A shorter start is padded behind: a network that reads forward does not see what follows.
        row = torch.tensor([seen + [0] * (window - len(seen))], device=device)  # (1, T)
        tokens.append(_draw(program(row)[0][0, len(seen) - 1], temperature, chance))
    return decode(tokens, field.labels)


def _keeping(program: fx.GraphModule) -> list[nn.Module]:
    """The layers that can keep what they have seen: those with a `cache`, which is None as a rule."""
    return [module for module in program.modules() if hasattr(module, "cache")]


@contextmanager
def going_on(program: fx.GraphModule) -> Iterator[None]:
    """Within, the program takes the steps that follow those it has seen: (1, 1) tokens are one step more.

    Layers keep the keys and values, and count the positions, of all steps since the beginning; see `goes_on`.
    """
    layers = _keeping(program)
    for layer in layers:
        layer.cache = {}  # type: ignore[assignment]
    try:
        yield
    finally:
        for layer in layers:
            layer.cache = None  # type: ignore[assignment]


def goes_on(program: fx.GraphModule, window: int, classes: int) -> bool:
    """Whether tokens in pieces get the scores that they get as a whole, so that `going_on` may be used.

    Tried, not deduced, with `window` arbitrary tokens below `classes`: an LSTM, a convolution or an attention that sees
    what follows gives other scores, and layers that are built for `window` steps stop. In double precision, so that
    rounding cannot hide what steps do to each other.
    """
    if not _keeping(program) or window < 3:
        return False
    device = next(program.parameters()).device
    exact = copy.deepcopy(program).to("cpu" if device.type == "mps" else device, torch.float64)
    chance = torch.Generator().manual_seed(0)
    tokens = torch.randint(classes, (1, window), generator=chance).to(next(exact.parameters()).device)  # (1, T)
    count = min(window, TRIED)
    middle = count // 2
    try:
        whole = exact(tokens)[0]
        with going_on(exact):
            pieces = [exact(part)[0] for part in tokens[:, :count].tensor_split((middle, middle + 1), 1)]
        joined = torch.cat(pieces, 1)
    except (RuntimeError, ValueError, IndexError, AssertionError):
        return False
    expected = whole[:, :count]
    room = TOLERANCE * max(1.0, float(whole.abs().max()))
    return joined.shape == expected.shape and torch.allclose(joined, expected, rtol=0.0, atol=room)


def _draw(scores: torch.Tensor, temperature: float, chance: torch.Generator) -> int:
    scores = scores.float().cpu()  # (C)
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
