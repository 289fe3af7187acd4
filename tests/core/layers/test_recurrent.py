"""Layers that read whole sequences compute what torch's do, from any state, at any depth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.compiler.batch import concrete
from core.compiler.build import build
from core.compiler.shapes import infer
from core.compiler.source import class_name, source
from core.compiler.trial import Plan, attempt
from core.layers.modules.recurrent import GRUWithState, LSTMWithState, RNNWithState
from core.model.fault import Complaint
from core.model.project import Project
from core.model.spec import registry
from core.model.tensor import TensorType
from tests.core.layers.nodes import BuiltNode, gradients
from tests.core.networks import add, field_of, run_source, single, weigh, wire

torch.manual_seed(0)
SEQUENCES = torch.randn(4, 6, 5, dtype=torch.float64)
PLAIN: dict[str, type[nn.RNNBase]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
SETTINGS: list[dict[str, Any]] = [
    {},
    {"bidirectional": True},
    {"num_layers": 2, "bias": False},
    {"num_layers": 3, "bidirectional": True},
]


def t(*sample: int, dtype: str = "float32") -> tuple[TensorType, ...]:
    return (TensorType(("N", *sample), dtype),)


def torchs(kind: str, node: BuiltNode, params: dict[str, Any]) -> nn.RNNBase:
    """torch's layer with the node's weights."""
    plain = PLAIN[kind](5, 3, **params, batch_first=True).double()
    plain.load_state_dict(node.module.state_dict())
    return plain


@pytest.mark.parametrize("params", SETTINGS, ids=str)
@pytest.mark.parametrize("kind", PLAIN)
def test_without_a_state_it_is_torchs_own_layer(kind: str, params: dict[str, Any]) -> None:
    node = BuiltNode(kind, {"hidden_size": 3, **params}, input=SEQUENCES)
    assert type(node.module) is PLAIN[kind]
    plain = torchs(kind, node, params)
    input = SEQUENCES.clone().requires_grad_()
    output, final = plain(input)
    expected = (output, *(state[-1] for state in (final if kind == "lstm" else (final,))))
    found = node(input=input)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    ours = gradients(found, input, *node.module.parameters())
    torch.testing.assert_close(ours, gradients(expected, input, *plain.parameters()), rtol=0, atol=0)


@pytest.mark.parametrize("params", SETTINGS, ids=str)
@pytest.mark.parametrize("kind", PLAIN)
def test_it_goes_on_from_the_states_that_arrive(kind: str, params: dict[str, Any]) -> None:
    """N×layers·directions×H in, the same out: with `all_states`, what ends one sequence begins the next."""
    count = params.get("num_layers", 1) * (2 if params.get("bidirectional") else 1)
    states = {"h_0": torch.randn(4, count, 3, dtype=torch.float64)}
    if kind == "lstm":
        states["c_0"] = torch.randn(4, count, 3, dtype=torch.float64)
    node = BuiltNode(kind, {"hidden_size": 3, "all_states": True, **params}, input=SEQUENCES, **states)
    plain = torchs(kind, node, params)
    leaves = [tensor.clone().requires_grad_() for tensor in (SEQUENCES, *states.values())]
    begin = [leaf.transpose(0, 1).contiguous() for leaf in leaves[1:]]
    output, final = plain(leaves[0], tuple(begin) if kind == "lstm" else begin[0])
    finals = final if kind == "lstm" else (final,)
    expected = (output, *(state[-1] for state in finals), *(state.transpose(0, 1) for state in finals))
    found = node(**dict(zip(("input", *states), leaves, strict=True)))
    assert [port for port in node.ports if port in ("states", "cells")]
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    ours = gradients(found, *leaves, *node.module.parameters())
    torch.testing.assert_close(ours, gradients(expected, *leaves, *plain.parameters()), rtol=0, atol=0)


@pytest.mark.parametrize("kind", PLAIN)
def test_one_vector_is_the_state_of_every_layer(kind: str) -> None:
    vector = torch.randn(4, 3, dtype=torch.float64)
    params = {"hidden_size": 3, "num_layers": 2, "bidirectional": True}
    node = BuiltNode(kind, params, input=SEQUENCES, h_0=vector)
    repeated = node(input=SEQUENCES, h_0=vector)
    each = vector[:, None].expand(4, 4, 3)
    torch.testing.assert_close(repeated, node(input=SEQUENCES, h_0=each), rtol=0, atol=0)
    assert not torch.equal(repeated[0], node(input=SEQUENCES, h_0=torch.zeros_like(vector))[0])


def test_cells_alone_may_arrive() -> None:
    cells = torch.randn(4, 3, dtype=torch.float64)
    node = BuiltNode("lstm", {"hidden_size": 3}, input=SEQUENCES, c_0=cells)
    plain = torchs("lstm", node, {})
    output, _ = plain(SEQUENCES, (torch.zeros(1, 4, 3, dtype=torch.float64), cells[None]))
    torch.testing.assert_close(node()[0], output, rtol=0, atol=0)


@pytest.mark.parametrize("kind", PLAIN)
def test_a_sequence_in_two_parts_is_the_same_sequence(kind: str) -> None:
    whole = BuiltNode(kind, {"hidden_size": 3}, input=SEQUENCES)
    _, *states = whole(input=SEQUENCES[:, :2])
    begin = dict(zip(("h_0", "c_0"), (state.detach() for state in states), strict=False))
    node = BuiltNode(kind, {"hidden_size": 3}, input=SEQUENCES[:, 2:], **begin)
    node.module.load_state_dict(whole.module.state_dict())
    output = node()[0]
    torch.testing.assert_close(output, whole(input=SEQUENCES)[0][:, 2:])


@pytest.mark.parametrize("kind", PLAIN)
def test_weights_have_torchs_names_however_it_is_wired(kind: str) -> None:
    """A wire into a state takes no learned weights away."""
    plain = BuiltNode(kind, {"hidden_size": 3}, input=SEQUENCES)
    wired = BuiltNode(kind, {"hidden_size": 3}, input=SEQUENCES, h_0=SEQUENCES[:, 0, :3])
    assert plain.module.state_dict().keys() == wired.module.state_dict().keys()


def test_shared_weights_are_wired_alike() -> None:
    """torch's own layer takes no lengths: who shares its weights is told so, and with them at both it works."""
    project, fields = Project("Two readers"), {"x": field_of("x", t(6, 5)[0]), "n": field_of("n", t(dtype="int64")[0])}
    add(project, "input", field="x")
    add(project, "input", field="n")
    for name in (add(project, "gru", hidden_size=3) for _ in range(2)):
        wire(project, f"input_1 -> {name}")
        wire(project, f"{name} -> {add(project, 'output')}")
    wire(project, "input_2.output -> gru_2.lengths")
    weigh(project, "gru_2", "shared", "gru_1")
    faults = [fault for fault in infer(project, fields).faults if fault.severity == "error"]
    assert [fault.node for fault in faults] == ["gru_2"]
    assert "inputs" in faults[0].message
    wire(project, "input_2.output -> gru_1.lengths")
    one, other = build(project, fields).inference_program()(SEQUENCES.float(), torch.tensor([6, 1, 2, 3]))
    assert torch.equal(one, other)


@pytest.mark.parametrize("module", [RNNWithState, GRUWithState, LSTMWithState])
def test_gradients_are_right(module: type[nn.RNNBase]) -> None:
    layer = module(2, 3, 2, bidirectional=True, batch_first=True).double()
    states = [torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    input = torch.randn(2, 4, 2, dtype=torch.float64, requires_grad=True)
    taken = states if module is LSTMWithState else states[:1]
    lengths = torch.tensor([4, 2])
    assert torch.autograd.gradcheck(lambda *x: layer(*x, lengths)[0], (input, *taken))
    assert torch.autograd.gradcheck(lambda *x: torch.cat([*layer(*x, lengths)[1]]), (input, *taken))


@pytest.mark.parametrize("wired", [("input",), ("input", "lengths"), ("input", "h_0")], ids="-".join)
def test_exported_source_is_plain_where_torch_has_it(wired: tuple[str, ...], tmp_path: Path) -> None:
    types = {
        "input": (TensorType(("N", 6, 5)),),
        "h_0": (TensorType(("N", 3)),),
        "lengths": (TensorType(("N",), "int64"),),
    }
    project, fields = single("gru", ({"hidden_size": 3}, {port: types[port] for port in wired}))
    text = source(project, fields)
    assert ("class GRUWithState" in text) == (len(wired) > 1)
    assert ("nn.GRU(5, 3, batch_first=True)" in text) == (len(wired) == 1)
    assert ("lengths=" in text) == ("lengths" in wired), "behind a gap, ports go by their names"
    made = run_source(text, tmp_path)[class_name(project)]()
    program = build(project, fields, seed=4).inference_program()
    made.load_state_dict(program.state_dict(), strict=True)
    tensors = {"input": SEQUENCES.float(), "h_0": SEQUENCES[:, 0, :3].float(), "lengths": torch.tensor([6, 1, 3, 2])}
    arguments = [tensors[port] for port in wired]
    torch.testing.assert_close(made(*arguments), program(*arguments), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("kind", "inputs", "part", "offered"),
    [
        ("gru", {"h_0": t(7)}, "starts from a state N×64, but N×7", {"hidden_size": 7}),
        ("lstm", {"c_0": t(2, 64)}, "“c_0”", {}),
        ("lstm", {"h_0": t(64), "c_0": t(3)}, "N×64, but N×3", {"hidden_size": 3}),
        ("rnn", {"h_0": t(64, dtype="int64")}, "whole numbers", {}),
        ("rnn", {"lengths": t()}, "lengths as whole numbers", {}),
        ("rnn", {"lengths": t(1, dtype="int64")}, "one length for each sample (N), but N×1", {}),
        ("jordan_rnn", {"context": t(4)}, "N×1, but N×4", {"output_size": 4}),
        ("lstm_cell", {"cell": t(4)}, "state N×64, but N×4", {"hidden_size": 4}),
        ("gru_cell", {"hidden": t(4, 4)}, "takes vectors", {}),
    ],
)
def test_what_does_not_fit_is_said(
    kind: str, inputs: dict[str, tuple[TensorType, ...]], part: str, offered: dict[str, Any]
) -> None:
    arriving = t(6) if kind.endswith("cell") else t(5, 6)
    said = attempt(registry[kind], {}, {"input": arriving, **inputs})
    assert isinstance(said, Complaint)
    assert part in said.message
    assert said.fix
    assert said.params == offered


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(["rnn", "lstm", "gru"]),
    layers=st.integers(1, 3),
    both=st.booleans(),
    all_states=st.booleans(),
    ports=st.sets(st.sampled_from(["h_0", "lengths"])),
    steps=st.integers(1, 5),
)
def test_shapes_are_those_at_run_time(
    kind: str, layers: int, both: bool, all_states: bool, ports: set[str], steps: int
) -> None:
    params = {"hidden_size": 3, "num_layers": layers, "bidirectional": both, "all_states": all_states}
    tensors = {"input": torch.randn(4, steps, 5)}
    if "h_0" in ports:
        tensors["h_0"] = torch.randn(4, layers * (1 + both), 3)
    if "lengths" in ports:
        tensors["lengths"] = torch.tensor([steps, 1, 0, steps])
    node = BuiltNode(kind, params, **tensors)
    for port, output in zip(node.ports, node(), strict=True):
        type_ = node.types[port]
        assert type_ is not None
        assert tuple(output.shape) == concrete(type_.shape, 4)
    plan = attempt(registry[kind], params, {"input": t(steps, 5)})
    assert isinstance(plan, Plan)
    assert plan.report.parameters == sum(parameter.numel() for parameter in node.module.parameters())
