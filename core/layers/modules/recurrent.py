"""Recurrence that torch lacks: initial states as inputs with the samples first, and sequences of unequal length."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional


def reverse_sequence(input: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """The first `lengths` steps of each sample in reverse, the others where they were.

    (N, T, …) and whole numbers (N,) → (N, T, …).
    """
    steps = torch.arange(input.shape[1], device=input.device)  # (T,)
    back = lengths.clamp(max=input.shape[1])[:, None] - 1 - steps  # (N, T)
    places = torch.where(back >= 0, back, steps)
    return input.gather(1, places.reshape(*places.shape, *[1] * (input.dim() - 2)).expand_as(input))


def last_step(input: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """The step of each sample at which it ends; of an empty one, the first. (N, T, …) and (N,) → (N, …)."""
    place = (lengths - 1).clamp(0, input.shape[1] - 1)  # (N,)
    place = place.reshape(-1, *[1] * (input.dim() - 1)).expand(-1, 1, *input.shape[2:])  # (N, 1, …)
    return input.gather(1, place).squeeze(1)


RECURRENCES: dict[str, Callable[..., tuple[torch.Tensor, torch.Tensor]]] = {
    "RNN_TANH": torch.rnn_tanh,
    "RNN_RELU": torch.rnn_relu,
    "GRU": torch.gru,
}


def run_by_length(
    layer: nn.RNNBase, input: torch.Tensor, states: Sequence[torch.Tensor], lengths: torch.Tensor
) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    """What a recurrent layer computes when each sample ends after its own number of steps.

    Input (N, T, F), states (layers·directions, N, H), lengths (N,) → output (N, T, H·directions) with zeros behind the
    end, and final states like the initial ones. The same as with packed sequences, in shapes that do not depend on the
    lengths: the backward direction reads each sample from its own end.
    """
    lengths = lengths.clamp(0, input.shape[1])
    behind = torch.arange(input.shape[1], device=input.device) >= lengths[:, None]  # (N, T)
    directions = 2 if layer.bidirectional else 1
    finals: list[tuple[torch.Tensor, ...]] = []
    output = input
    for number in range(layer.num_layers):
        if number:
            output = functional.dropout(output, layer.dropout, layer.training)
        found = []
        for direction in range(directions):
            row = number * directions + direction
            steps = reverse_sequence(output, lengths) if direction else output
            before = tuple(state[row : row + 1] for state in states)
            after, final = _one_direction(layer, layer.all_weights[row], steps, before, lengths, behind)
            found.append(reverse_sequence(after, lengths) if direction else after)
            finals.append(final)
        output = torch.cat(found, -1)
    output = output.masked_fill(behind[:, :, None], 0.0)
    return output, tuple(torch.cat(each) for each in zip(*finals, strict=True))


def _one_direction(
    layer: nn.RNNBase,
    weights: Sequence[torch.Tensor],
    input: torch.Tensor,
    states: tuple[torch.Tensor, ...],
    lengths: torch.Tensor,
    behind: torch.Tensor,
) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    """One layer in one direction: its output (N, T, H) and its states (1, N, H) where each sample ends."""
    options = (layer.bias, 1, 0.0, layer.training, False, True)
    cells: tuple[torch.Tensor, ...] = ()
    if layer.mode == "LSTM":
        # Behind the end, one more input shuts the input gates and opens the forget gates: the cells stay as they are.
        gates = (-1e4, 1e4, 0.0, 0.0)
        push = torch.cat([input.new_full((layer.hidden_size, 1), gate) for gate in gates])  # (4·H, 1)
        widened = [torch.cat((weights[0], push), 1), *weights[1:]]
        input = torch.cat((input, behind[:, :, None].to(input.dtype)), -1)  # (N, T, F + 1)
        output, _, last = torch.lstm(input, states, widened, *options)
        cells = (last,)
    else:
        output, _ = RECURRENCES[layer.mode](input, states[0], [*weights], *options)
    hidden = torch.where(lengths[:, None] > 0, last_step(output, lengths), states[0][0])
    return output, (hidden[None], *cells)


def initial_state(layer: nn.RNNBase, input: torch.Tensor, state: torch.Tensor | None) -> torch.Tensor:
    """A state as torch wants it, (layers·directions, N, H): zeros without one; (N, H) counts for all layers."""
    count = layer.num_layers * (2 if layer.bidirectional else 1)
    if state is None:
        return input.new_zeros(count, input.shape[0], layer.hidden_size)
    if state.dim() == 2:
        state = state[:, None].expand(-1, count, -1)
    return state.transpose(0, 1).contiguous()


class RNNWithState(nn.RNN):
    """torch's RNN, batch first, that takes an initial state and the lengths of its sequences (Elman 1990).

    Input (N, T, F), state (N, H) or (N, layers·directions, H), lengths (N,) → what `nn.RNN` returns, and behind it the
    final states (N, layers·directions, H).
    """

    def forward(  # type: ignore[override]
        self, input: torch.Tensor, h_0: torch.Tensor | None = None, lengths: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        state = initial_state(self, input, h_0)
        if lengths is None:
            output, final = super().forward(input, state)
        else:
            output, (final,) = run_by_length(self, input, (state,), lengths)
        return output, final, final.transpose(0, 1)


class GRUWithState(nn.GRU):
    """torch's GRU, batch first, that takes an initial state and the lengths of its sequences (Cho et al. 2014).

    Input (N, T, F), state (N, H) or (N, layers·directions, H), lengths (N,) → what `nn.GRU` returns, and behind it the
    final states (N, layers·directions, H).
    """

    def forward(  # type: ignore[override]
        self, input: torch.Tensor, h_0: torch.Tensor | None = None, lengths: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        state = initial_state(self, input, h_0)
        if lengths is None:
            output, final = super().forward(input, state)
        else:
            output, (final,) = run_by_length(self, input, (state,), lengths)
        return output, final, final.transpose(0, 1)


class LSTMWithState(nn.LSTM):
    """torch's LSTM, batch first, that takes initial states and the lengths of its sequences.

    Input (N, T, F), state and cells (N, H) or (N, layers·directions, H), lengths (N,) → what `nn.LSTM` returns, and
    behind it the final states and cells (N, layers·directions, H). Hochreiter & Schmidhuber 1997.
    """

    def forward(  # type: ignore[override]
        self,
        input: torch.Tensor,
        h_0: torch.Tensor | None = None,
        c_0: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
        states = (initial_state(self, input, h_0), initial_state(self, input, c_0))
        if lengths is None:
            output, (hidden, cell) = super().forward(input, states)
        else:
            output, (hidden, cell) = run_by_length(self, input, states, lengths)
        return output, (hidden, cell), (hidden.transpose(0, 1), cell.transpose(0, 1))
