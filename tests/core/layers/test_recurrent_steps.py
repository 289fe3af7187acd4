"""Jordan's network, cells and the steps of sequences against NumPy; what recurrence costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from core.compiler.build import build
from core.compiler.shapes import infer
from core.compiler.trial import Plan, attempt
from core.layers.modules.recurrent_steps import JordanRNN, LSTMCellWithState
from core.model.project import Project
from core.model.spec import registry
from core.model.tensor import TensorType
from core.model.values import Value
from tests.core.layers.nodes import BuiltNode, gradients
from tests.core.networks import add, field_of, single, weigh, wire

Array = npt.NDArray[np.float64]
torch.manual_seed(0)
SEQUENCES = torch.randn(4, 6, 5, dtype=torch.float64)
VECTORS = torch.randn(4, 5, dtype=torch.float64)
STATES = torch.randn(2, 4, 3, dtype=torch.float64)
LENGTHS = torch.tensor([6, 1, 0, 4])
FUNCTIONS = {
    "identity": lambda x: x,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"decay": 0.5, "output_activation": "sigmoid"},
        {"nonlinearity": "relu", "output_activation": "tanh", "bias": False},
        {"nonlinearity": "sigmoid", "output_activation": "relu"},
    ],
    ids=str,
)
def test_jordans_network_sees_its_own_output(params: dict[str, Any]) -> None:
    context = torch.randn(4, 2, dtype=torch.float64)
    node = BuiltNode("jordan_rnn", {"hidden_size": 3, "output_size": 2, **params}, input=SEQUENCES, context=context)
    weights: dict[str, Array] = {name: value.numpy() for name, value in node.module.state_dict().items()}
    hidden_of = FUNCTIONS[params.get("nonlinearity", "tanh")]
    output_of = FUNCTIONS[params.get("output_activation", "identity")]
    carried, outputs = context.numpy(), []
    for step in range(6):
        entering = SEQUENCES.numpy()[:, step] @ weights["weight_ih"].T + carried @ weights["weight_ch"].T
        hidden = hidden_of(entering + weights.get("bias_h", 0))
        outputs.append(output_of(hidden @ weights["weight_ho"].T + weights.get("bias_o", 0)))
        carried = outputs[-1] + params.get("decay", 0) * carried
    found, left = node()
    np.testing.assert_allclose(found.detach().numpy(), np.stack(outputs, 1), atol=1e-12)
    np.testing.assert_allclose(left.detach().numpy(), carried, atol=1e-12)
    unwired = node(input=SEQUENCES, context=torch.zeros_like(context))
    torch.testing.assert_close(node.module(SEQUENCES), unwired, rtol=0, atol=0)


def test_gradients_are_right() -> None:
    input, context = torch.randn(2, 3, 2).double().requires_grad_(), torch.randn(2, 2).double().requires_grad_()
    jordan = JordanRNN(2, 3, 2, output_activation="tanh", decay=0.3).double()
    assert torch.autograd.gradcheck(jordan, (input, context))
    vector, hidden, cell = (torch.randn(2, 3).double().requires_grad_() for _ in range(3))
    assert torch.autograd.gradcheck(LSTMCellWithState(3, 3).double(), (vector, hidden, cell))


@pytest.mark.parametrize("wired", [0, 1, 2])
@pytest.mark.parametrize(
    ("kind", "params", "plain"),
    [
        ("rnn_cell", {"nonlinearity": "relu"}, nn.RNNCell(5, 3, nonlinearity="relu")),
        ("gru_cell", {"bias": False}, nn.GRUCell(5, 3, bias=False)),
        ("lstm_cell", {}, nn.LSTMCell(5, 3)),
    ],
)
def test_a_cell_is_torchs(kind: str, params: dict[str, Any], plain: nn.Module, wired: int) -> None:
    ports = ("hidden", "cell")[: wired if kind == "lstm_cell" else min(wired, 1)]
    arriving = dict(zip(ports, STATES, strict=False))
    node = BuiltNode(kind, {"hidden_size": 3, **params}, input=VECTORS, **arriving)
    plain.double().load_state_dict(node.module.state_dict())
    input = VECTORS.clone().requires_grad_()
    state: Any = arriving.get("hidden", torch.zeros_like(STATES[0]))
    if kind == "lstm_cell":
        state = (state, arriving.get("cell", torch.zeros_like(STATES[1])))
    expected = plain(input, state)
    expected = expected if isinstance(expected, tuple) else (expected,)
    found = node(input=input, **arriving)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    ours = gradients(found, input, *node.module.parameters())
    torch.testing.assert_close(ours, gradients(expected, input, *plain.parameters()), rtol=0, atol=0)


def test_a_cell_step_by_step_is_the_whole_layer() -> None:
    layer = BuiltNode("lstm", {"hidden_size": 3}, input=SEQUENCES)
    cell = BuiltNode("lstm_cell", {"hidden_size": 3}, input=VECTORS, hidden=STATES[0], cell=STATES[1])
    cell.module.load_state_dict({name.removesuffix("_l0"): w for name, w in layer.module.state_dict().items()})
    hidden = memory = torch.zeros(4, 3, dtype=torch.float64)
    outputs = []
    for step in SEQUENCES.unbind(1):
        hidden, memory = cell(input=step, hidden=hidden, cell=memory)
        outputs.append(hidden)
    torch.testing.assert_close(layer(), (torch.stack(outputs, 1), hidden, memory))


@pytest.mark.parametrize("kind", ["rnn_cell", "lstm_cell", "gru_cell"])
def test_a_recurrence_is_unrolled_by_cells_that_share_their_weights(kind: str) -> None:
    """The first has no state before it; the second goes on from it with the same weights."""
    project = Project("Unrolled")
    first_in, second_in = (add(project, "input", field=field) for field in ("a", "b"))
    cells = [add(project, kind, hidden_size=3) for _ in range(2)]
    for source, cell in zip((first_in, second_in), cells, strict=True):
        wire(project, f"{source} -> {cell}")
    for port in ("hidden", "cell")[: 2 if kind == "lstm_cell" else 1]:
        wire(project, f"{cells[0]}.{port} -> {cells[1]}.{port}")
    wire(project, f"{cells[1]} -> {add(project, 'output')}")
    weigh(project, cells[1], "shared", cells[0])
    fields = {name: field_of(name, TensorType(("N", 5))) for name in ("a", "b")}
    network = build(project, fields)
    (found,) = network.inference_program()(VECTORS.float(), VECTORS.float() + 1)
    layer = {"rnn_cell": nn.RNN, "lstm_cell": nn.LSTM, "gru_cell": nn.GRU}[kind](5, 3, batch_first=True)
    layer.load_state_dict({f"{name}_l0": w for name, w in network.root.get_submodule(cells[0]).state_dict().items()})
    torch.testing.assert_close(found, layer(torch.stack((VECTORS, VECTORS + 1), 1).float())[0][:, -1])


def test_the_last_step_is_where_a_sample_ends() -> None:
    whole = BuiltNode("last_step", {}, input=SEQUENCES)()[0]
    assert torch.equal(whole, SEQUENCES[:, -1])
    ended = BuiltNode("last_step", {}, input=SEQUENCES, lengths=LENGTHS)()[0]
    assert torch.equal(ended, torch.stack([SEQUENCES[n, t] for n, t in enumerate((5, 0, 0, 3))]))


def test_reversing_leaves_padding_behind() -> None:
    assert torch.equal(BuiltNode("reverse_sequence", {}, input=SEQUENCES)()[0], SEQUENCES.flip(1))
    node = BuiltNode("reverse_sequence", {}, input=SEQUENCES, lengths=LENGTHS)
    expected = SEQUENCES.numpy().copy()
    for sample, length in enumerate(LENGTHS.tolist()):
        expected[sample, :length] = expected[sample, :length][::-1]
    assert np.array_equal(node()[0].numpy(), expected)
    assert torch.equal(node(input=node()[0], lengths=LENGTHS)[0], SEQUENCES), "twice is not at all"
    rows = SEQUENCES[:, :, 0]
    assert torch.equal(BuiltNode("reverse_sequence", {}, input=rows, lengths=LENGTHS)()[0], node()[0][:, :, 0])


@pytest.mark.parametrize("mask", ["bool", "float"])
@pytest.mark.parametrize("arrives", [SEQUENCES, SEQUENCES[:, :, 0]], ids=["vectors", "numbers"])
def test_what_is_behind_the_end_is_masked(mask: str, arrives: torch.Tensor) -> None:
    output, counts = BuiltNode("mask_by_length", {"mask_dtype": mask}, input=arrives, lengths=LENGTHS)()
    assert counts.dtype == (torch.bool if mask == "bool" else torch.float64)
    assert counts.int().tolist() == [[1] * n + [0] * (6 - n) for n in LENGTHS.tolist()]
    for sample, length in enumerate(LENGTHS.tolist()):
        assert torch.equal(output[sample, :length], arrives[sample, :length])
        assert not output[sample, length:].any()


def test_a_vector_at_every_step() -> None:
    node = BuiltNode("repeat_vector", {"steps": 3}, input=VECTORS)
    assert torch.equal(node()[0], torch.stack([VECTORS] * 3, 1))
    input = VECTORS.clone().requires_grad_()
    node(input=input)[0].sum().backward()
    assert input.grad is not None
    assert input.grad.eq(3).all()


def t(*sample: int, dtype: str = "float32") -> tuple[TensorType, ...]:
    return (TensorType(("N", *sample), dtype),)


@pytest.mark.parametrize(
    ("kind", "params", "inputs", "macs"),
    [
        # Steps × gates × hidden × (input + hidden), whatever is wired.
        ("lstm", {}, {"input": t(1_000, 8), "lengths": t(dtype="int64")}, 1_000 * 4 * 6 * (8 + 6)),
        ("lstm", {"bidirectional": True}, {"input": t(5, 8), "h_0": t(6)}, 2 * 5 * 4 * 6 * (8 + 6)),
        (
            "gru",
            {"num_layers": 2, "all_states": True},
            {"input": t(5, 8), "lengths": t(dtype="int64")},
            5 * 3 * 6 * (8 + 6) + 5 * 3 * 6 * (6 + 6),
        ),
        ("jordan_rnn", {"output_size": 2}, {"input": t(5, 8)}, 5 * (6 * 8 + 6 * 2 + 2 * 6)),
        ("rnn_cell", {}, {"input": t(8)}, 6 * (8 + 6)),
        ("gru_cell", {}, {"input": t(8), "hidden": t(6)}, 3 * 6 * (8 + 6)),
        ("lstm_cell", {}, {"input": t(8), "hidden": t(6)}, 4 * 6 * (8 + 6)),
    ],
)
def test_costs_can_be_worked_out_by_hand(
    kind: str, params: dict[str, Value], inputs: dict[str, tuple[TensorType, ...]], macs: int
) -> None:
    assert infer(*single(kind, ({"hidden_size": 6, **params}, inputs))).macs == macs


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", "jordan_rnn"])
def test_a_trial_runs_one_step_however_long_the_sequence(kind: str) -> None:
    """A step on the meta device takes milliseconds: a thousand of them would take seconds."""
    seen: list[int] = []
    hook = register_module_forward_hook(lambda module, given, result: seen.append(given[0].shape[1]))
    lengths: dict[str, Any] = {} if kind == "jordan_rnn" else {"lengths": t(dtype="int64")}
    try:
        plan = attempt(registry[kind], {}, {"input": t(1_000, 8), **lengths})
    finally:
        hook.remove()
    assert isinstance(plan, Plan)
    assert plan.report.outputs["output"].shape[:2] == ("N", 1_000)
    assert set(seen) == {1}
