"""Recurrence of one step, feedback from the output, and what is done with the steps of a sequence."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class JordanRNN(nn.Module):
    """A recurrent network whose output, not its hidden layer, is what the next step sees (Jordan 1986).

    h_t = φ(W_ih x_t + W_ch c_t + b_h), y_t = ψ(W_ho h_t + b_o), c_{t+1} = y_t + decay · c_t.
    Input (N, T, F) and a first context (N, O), zeros without one → outputs (N, T, O) and the context after the last
    step (N, O).
    """

    batch_first = True
    every_step_alike = True
    """A trial may run one step instead of all."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        nonlinearity: str = "tanh",
        output_activation: str = "identity",
        decay: float = 0.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.nonlinearity, self.output_activation, self.decay = nonlinearity, output_activation, decay
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, input_size))
        self.weight_ch = nn.Parameter(torch.empty(hidden_size, output_size))
        self.weight_ho = nn.Parameter(torch.empty(output_size, hidden_size))
        self.bias_h = nn.Parameter(torch.empty(hidden_size)) if bias else None
        self.bias_o = nn.Parameter(torch.empty(output_size)) if bias else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(self, input: torch.Tensor, context: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        if context is None:
            context = input.new_zeros(input.shape[0], self.weight_ho.shape[0])
        outputs = []
        for step in functional.linear(input, self.weight_ih, self.bias_h).unbind(1):  # (N, H)
            hidden = _activated(step + functional.linear(context, self.weight_ch), self.nonlinearity)
            output = _activated(
                functional.linear(hidden, self.weight_ho, self.bias_o), self.output_activation
            )  # (N, O)
            context = output + self.decay * context
            outputs.append(output)
        return torch.stack(outputs, 1), context


def _activated(input: torch.Tensor, name: str) -> torch.Tensor:
    if name == "identity":
        return input
    return {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu}[name](input)


class LSTMCellWithState(nn.LSTMCell):
    """torch's LSTM cell with its two states as two inputs, zeros without them.

    Input (N, F), hidden state (N, H), cells (N, H) → hidden state and cells (N, H). Hochreiter & Schmidhuber 1997.
    """

    def forward(  # type: ignore[override]
        self, input: torch.Tensor, hidden: torch.Tensor | None = None, cell: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        zeros = input.new_zeros(input.shape[0], self.hidden_size)
        return super().forward(input, (zeros if hidden is None else hidden, zeros if cell is None else cell))


def mask_by_length(
    input: torch.Tensor, lengths: torch.Tensor, mask_dtype: str = "bool"
) -> tuple[torch.Tensor, torch.Tensor]:
    """Zeros behind the end of each sample, and a mask that is true (or 1) up to it.

    (N, T, …) and whole numbers (N,) → (N, T, …) and (N, T).
    """
    mask = torch.arange(input.shape[1], device=input.device) < lengths[:, None]  # (N, T)
    behind = ~mask.reshape(*mask.shape, *[1] * (input.dim() - 2))
    return input.masked_fill(behind, 0.0), mask if mask_dtype == "bool" else mask.to(input.dtype)


def sequence_lengths(input: torch.Tensor, padding_idx: int = 0) -> torch.Tensor:
    """Up to which step each sample goes before nothing but padding follows. Tokens (N, T) → whole numbers (N,)."""
    steps = torch.arange(1, input.shape[1] + 1, device=input.device)  # (T,)
    return ((input != padding_idx) * steps).amax(1)


def repeat_vector(input: torch.Tensor, steps: int) -> torch.Tensor:
    """Each vector at every one of `steps` steps. (N, F) → (N, steps, F)."""
    return input[:, None].expand(-1, steps, -1)
