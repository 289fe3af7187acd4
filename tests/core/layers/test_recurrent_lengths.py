"""Sequences of unequal length: the same as packed sequences, and padding changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from core.layers.modules.recurrent import GRUWithState, LSTMWithState, RNNWithState
from core.layers.modules.recurrent_steps import sequence_lengths
from tests.core.layers.nodes import BuiltNode, gradients

torch.manual_seed(0)
SEQUENCES = torch.randn(5, 7, 4, dtype=torch.float64)
LENGTHS = torch.tensor([7, 1, 3, 5, 2])
PLAIN: dict[str, type[nn.RNNBase]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
SETTINGS: list[dict[str, Any]] = [
    {},
    {"bidirectional": True},
    {"num_layers": 2, "bias": False},
    {"num_layers": 2, "bidirectional": True},
]
KINDS = [("rnn", {}), ("rnn", {"nonlinearity": "relu"}), ("lstm", {}), ("gru", {})]


@pytest.mark.parametrize("params", SETTINGS, ids=str)
@pytest.mark.parametrize(("kind", "more"), KINDS, ids=str)
def test_lengths_are_as_good_as_packing(kind: str, more: dict[str, Any], params: dict[str, Any]) -> None:
    params = {**params, **more}
    count = params.get("num_layers", 1) * (2 if params.get("bidirectional") else 1)
    state = torch.randn(5, count, 3, dtype=torch.float64)
    node = BuiltNode(
        kind, {"hidden_size": 3, "all_states": True, **params}, input=SEQUENCES, h_0=state, lengths=LENGTHS
    )
    plain = PLAIN[kind](4, 3, **params, batch_first=True).double()
    plain.load_state_dict(node.module.state_dict())
    input = SEQUENCES.clone().requires_grad_()
    packed = nn.utils.rnn.pack_padded_sequence(input, LENGTHS, batch_first=True, enforce_sorted=False)
    begin = state.transpose(0, 1).contiguous()
    result, final = plain(packed, (begin, torch.zeros_like(begin)) if kind == "lstm" else begin)
    output, _ = nn.utils.rnn.pad_packed_sequence(result, batch_first=True)
    finals = final if kind == "lstm" else (final,)
    expected = (output, *(each[-1] for each in finals), *(each.transpose(0, 1) for each in finals))
    found = node(input=input, h_0=state, lengths=LENGTHS)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    ours = gradients(found, input, *node.module.parameters())
    theirs = gradients(expected, input, *plain.parameters())
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", PLAIN)
def test_padding_changes_nothing(kind: str) -> None:
    node = BuiltNode(kind, {"hidden_size": 3, "bidirectional": True}, input=SEQUENCES, lengths=LENGTHS)
    other = SEQUENCES.clone()
    for sample, length in enumerate(LENGTHS):
        other[sample, length:] = 1e3
    before, after = node(input=SEQUENCES, lengths=LENGTHS), node(input=other, lengths=LENGTHS)
    torch.testing.assert_close(before, after, rtol=0, atol=0)
    assert not before[0][1, 1:].any(), "nothing comes out behind the end"
    input = other.clone().requires_grad_()
    (gradient,) = gradients(node(input=input, lengths=LENGTHS), input)
    assert not gradient[1, 1:].any()
    assert gradient[1, :1].any()


@pytest.mark.parametrize("kind", PLAIN)
def test_an_empty_sequence_leaves_the_state_as_it_was(kind: str) -> None:
    state = torch.randn(5, 3, dtype=torch.float64)
    node = BuiltNode(kind, {"hidden_size": 3}, input=SEQUENCES, h_0=state, lengths=LENGTHS)
    output, hidden, *cell = node(input=SEQUENCES, h_0=state, lengths=torch.tensor([0, 7, 0, 9, -1]))
    empty = torch.tensor([0, 2, 4])
    assert torch.equal(hidden[empty], state[empty])
    assert not output[empty].any()
    assert all(not each[empty].any() for each in cell)
    whole = node(input=SEQUENCES, h_0=state, lengths=torch.full((5,), 7))
    torch.testing.assert_close(output[[1, 3]], whole[0][[1, 3]], rtol=0, atol=0)


@pytest.mark.parametrize("kind", PLAIN)
def test_dropout_between_layers_is_drawn_while_training_alone(kind: str) -> None:
    params = {"hidden_size": 3, "num_layers": 2, "dropout": 0.5}
    node = BuiltNode(kind, params, input=SEQUENCES, lengths=LENGTHS)
    node.network.train()
    assert not torch.equal(node()[0], node()[0])
    node.network.eval()
    assert torch.equal(node()[0], node()[0])


@pytest.mark.parametrize("module", [RNNWithState, GRUWithState, LSTMWithState])
def test_it_is_exported_with_any_number_of_samples(module: type[nn.RNNBase]) -> None:
    layer = module(4, 3, 2, bidirectional=True, batch_first=True).eval()
    states = [torch.randn(5, 4, 3) for _ in range(2 if module is LSTMWithState else 1)]
    arguments = (SEQUENCES.float(), *states, LENGTHS)
    samples = torch.export.Dim("N", min=2, max=64)
    program = torch.export.export(layer, arguments, dynamic_shapes=tuple({0: samples} for _ in arguments))
    fewer = tuple(argument[1:4] for argument in arguments)
    torch.testing.assert_close(program.module()(*fewer), layer(*fewer))


def test_lengths_from_tokens_lead_to_the_state_at_the_end() -> None:
    """Tokens 1 2 0 0: padding is 0, and a 0 between tokens counts."""
    tokens = torch.tensor([[1, 2, 0, 0], [3, 0, 4, 0], [5, 6, 7, 8], [0, 0, 0, 0]])
    assert sequence_lengths(tokens).tolist() == [2, 3, 4, 0]
    assert sequence_lengths(tokens, padding_idx=8).tolist() == [4, 4, 3, 4]
    input = SEQUENCES[:4, :4]
    node = BuiltNode("gru", {"hidden_size": 3}, input=input, lengths=sequence_lengths(tokens))
    output, hidden = node()
    last = BuiltNode("last_step", {}, input=output.detach(), lengths=sequence_lengths(tokens))()[0]
    torch.testing.assert_close(last[:3], hidden[:3], rtol=0, atol=0)
