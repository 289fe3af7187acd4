"""Recurrence, step by step and sample by sample, each sample as long as it is; weights named as torch names them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch.nn import functional

from core.model.tensor import TensorType
from tests.core.layers.references.table import Given, Table, on, ref, whole

States = tuple[torch.Tensor, ...]
Cell = Callable[[Given, torch.Tensor, States, str], States]
NONLINEAR = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid, "identity": lambda x: x}


def _sums(g: Given, which: str, x: torch.Tensor, suffix: str, gates: int = 1) -> torch.Tensor:
    """W x + b with the weights `weight_ih_l0` and the like, for all gates at once."""
    rows = gates * g["hidden_size"]
    bias = g.optional(g["bias"], f"bias_{which}{suffix}", rows)
    return functional.linear(x, g.weight(f"weight_{which}{suffix}", rows, x.shape[-1]), bias)


def _elman(g: Given, x: torch.Tensor, states: States, suffix: str) -> States:
    """Elman 1990: h' = φ(W x + b + U h + c)."""
    return (NONLINEAR[g["nonlinearity"]](_sums(g, "ih", x, suffix) + _sums(g, "hh", states[0], suffix)),)


def _lstm(g: Given, x: torch.Tensor, states: States, suffix: str) -> States:
    """Gates in the order input, forget, cell, output."""
    hidden, cell = states
    i, f, c, o = (_sums(g, "ih", x, suffix, 4) + _sums(g, "hh", hidden, suffix, 4)).chunk(4, -1)
    cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(c)
    return torch.sigmoid(o) * torch.tanh(cell), cell


def _gru(g: Given, x: torch.Tensor, states: States, suffix: str) -> States:
    """Gates in the order reset, update, new; the reset gate acts behind U, as torch has it."""
    r, z, n = _sums(g, "ih", x, suffix, 3).chunk(3, -1)
    reset, update, new = _sums(g, "hh", states[0], suffix, 3).chunk(3, -1)
    r, z = torch.sigmoid(r + reset), torch.sigmoid(z + update)
    return ((1 - z) * torch.tanh(n + r * new) + z * states[0],)


def _layers(cell: Cell, count: int) -> Callable[..., tuple[torch.Tensor, ...]]:
    """All layers and directions over sequences, `count` states each; where a sample has ended, nothing moves."""

    def compute(g: Given, x: torch.Tensor, *rest: torch.Tensor | None) -> tuple[torch.Tensor, ...]:
        given, ends = rest[:count], torch.tensor(_ends(x, rest[count]))[:, None]
        directions = ("", "_reverse") if g["bidirectional"] else ("",)
        finals: list[States] = []
        output = x  # (N, T, F)
        for layer in range(g["num_layers"]):
            if layer and g.training and g["dropout"]:
                output = _dropped(g, output, steps_first=rest[count] is None)
            found = []
            for direction in directions:
                states = tuple(_first(g, state, len(finals), x) for state in given)
                steps: dict[int, torch.Tensor] = {}
                for t in reversed(range(x.shape[1])) if direction else range(x.shape[1]):
                    after = cell(g, output[:, t], states, f"_l{layer}{direction}")
                    states = tuple(torch.where(t < ends, new, old) for new, old in zip(after, states, strict=True))
                    steps[t] = torch.where(t < ends, states[0], 0.0)
                found.append(torch.stack([steps[t] for t in range(x.shape[1])], 1))
                finals.append(states)
            output = torch.cat(found, -1)
        every = tuple(torch.stack(each, 1) for each in zip(*finals, strict=True))  # (N, layers·directions, H)
        return output, *finals[-1], *(every if g["all_states"] else ())

    return compute


def _dropped(g: Given, output: torch.Tensor, steps_first: bool) -> torch.Tensor:
    """Dropout between layers. torch's own loops draw for all samples of a step, then for those of the next."""
    if steps_first:
        return functional.dropout(output.transpose(0, 1).contiguous(), g["dropout"]).transpose(0, 1)
    return functional.dropout(output, g["dropout"])


def _first(g: Given, state: torch.Tensor | None, row: int, x: torch.Tensor) -> torch.Tensor:
    """The state (N, H) that a layer and direction begins with: its own, that of all, or 0."""
    if state is None:
        return torch.zeros(len(x), g["hidden_size"], dtype=x.dtype)
    return state if state.dim() == 2 else state[:, row]


def _jordan(g: Given, x: torch.Tensor, context: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    """h = φ(W x + U c + b), y = ψ(V h + d), c' = y + decay · c (Jordan 1986)."""
    size, outs = g["hidden_size"], g["output_size"]
    w, u, v = (
        g.weight("weight_ih", size, x.shape[2]),
        g.weight("weight_ch", size, outs),
        g.weight("weight_ho", outs, size),
    )
    b, d = g.optional(g["bias"], "bias_h", size), g.optional(g["bias"], "bias_o", outs)
    context = torch.zeros(len(x), g["output_size"], dtype=x.dtype) if context is None else context
    outputs = []
    for step in range(x.shape[1]):
        hidden = NONLINEAR[g["nonlinearity"]](x[:, step] @ w.T + context @ u.T + (0 if b is None else b))
        output = NONLINEAR[g["output_activation"]](hidden @ v.T + (0 if d is None else d))
        context = output + g["decay"] * context
        outputs.append(output)
    return torch.stack(outputs, 1), context


def _single(cell: Cell, count: int) -> Callable[..., States]:
    """One step of a cell; states that do not arrive are 0."""

    def compute(g: Given, x: torch.Tensor, *given: torch.Tensor | None) -> States:
        nothing = torch.zeros(len(x), g["hidden_size"], dtype=x.dtype)
        return cell(g, x, tuple(nothing if state is None else state for state in given[:count]), "")

    return compute


def _ends(x: torch.Tensor, lengths: torch.Tensor | None) -> Sequence[int]:
    return [x.shape[1]] * len(x) if lengths is None else lengths.clamp(0, x.shape[1]).tolist()


def _last_step(g: Given, x: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    return torch.stack([sample[max(end, 1) - 1] for sample, end in zip(x, _ends(x, lengths), strict=True)])


def _reverse(g: Given, x: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    parts = zip(x, _ends(x, lengths), strict=True)
    return torch.stack([torch.cat((sample[:end].flip(0), sample[end:])) for sample, end in parts])


def _mask(g: Given, x: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    mask = torch.zeros(x.shape[:2], dtype=x.dtype)
    for n, end in enumerate(_ends(x, lengths)):
        mask[n, :end] = 1
    shown = mask.bool() if g["mask_dtype"] == "bool" else mask
    return x * mask.reshape(*mask.shape, *[1] * (x.dim() - 2)), shown


def _counted(g: Given, tokens: torch.Tensor) -> torch.Tensor:
    ends = []
    for row in tokens.tolist():
        while row and row[-1] == g["padding_idx"]:
            row.pop()
        ends.append(len(row))
    return torch.tensor(ends)


ANY = whole(-1, 9)
"""Lengths beyond the steps that there are, and below 0."""
DEEP = {"num_layers": 2, "bidirectional": True, "all_states": True}
DROPPED = on({"num_layers": 2, "dropout": 0.5, "hidden_size": 3}, input=(5, 4))
SMALL = on({"hidden_size": 3}, input=(4,))
EACH = (
    {"num_layers": 2, "bidirectional": True, "hidden_size": 3},
    {
        "input": (TensorType(("N", 5, 4)),),
        "h_0": (TensorType(("N", 4, 3)),),
        "lengths": (TensorType(("N",), "int64"),),
    },
)
"""States of their own for each layer and direction."""

REFERENCES: Table = {
    "rnn": ref(_layers(_elman, 1), DEEP, EACH, DROPPED, lengths=ANY),
    "lstm": ref(_layers(_lstm, 2), DEEP, EACH, DROPPED, lengths=ANY),
    "gru": ref(_layers(_gru, 1), {**DEEP, "dropout": 0.5}, EACH, DROPPED, lengths=ANY),
    "jordan_rnn": ref(_jordan, on({"hidden_size": 4, "output_size": 2, "decay": 0.9}, input=(5, 3))),
    "rnn_cell": ref(_single(_elman, 1), SMALL),
    "lstm_cell": ref(_single(_lstm, 2), SMALL),
    "gru_cell": ref(_single(_gru, 1), SMALL),
    "last_step": ref(_last_step, on({}, input=(4, 2, 3)), lengths=ANY),
    "reverse_sequence": ref(_reverse, on({}, input=(4, 2, 3)), lengths=ANY),
    "mask_by_length": ref(_mask, lengths=ANY),
    "sequence_lengths": ref(_counted, {"padding_idx": 3}),
    "repeat_vector": ref(lambda g, x: torch.stack([x] * g["steps"], 1), {"steps": 2}),
}
