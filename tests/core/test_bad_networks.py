"""Every way in which a network can be wrong: a sentence in plain words, the way out, and the right node."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from core.compiler.shapes import infer
from core.model.graph import Edge, Node
from core.model.project import Project
from core.model.tensor import Field
from tests.core.networks import IMAGES, LENET, add, chain, instance, lenet, residual, weigh, wire

VECTORS = {"x": Field("x", (8,)), "y": Field("y", (8,))}
SERIES = Field("x", (5, 8))
RAW = re.compile(r"Traceback|mat1|aten|RuntimeError|torch\.|tensor a|File \"|<class|NoneType|\[2, |\(2x")


@dataclass
class Case:
    """A network, where its first finding must be, what it must say and what it must offer."""

    make: Callable[[], Project]
    node: str
    says: str
    fix: str = "."
    severity: str = "error"
    params: dict[str, object] | None = None
    fields: dict[str, Field] | None = None


def _edited(kind: str, number: int = 1, **params: object) -> Callable[[], Project]:
    def make() -> Project:
        project = lenet()
        node = project.graph.nodes[f"{kind}_{number}"]
        # Past the edits, which refuse most of these.
        project.graph.nodes[node.id] = Node(node.id, kind, {**node.params, **params})
        return project

    return make


def _cut(text: str) -> Callable[[], Project]:
    def make() -> Project:
        project = lenet()
        edge = next(edge for edge in project.graph.edges if str(edge) == text)
        del project.graph.wires[edge.end]
        return project

    return make


def _without_loss() -> Project:
    return chain(LENET)


def _without_output() -> Project:
    project = lenet()
    del project.graph.wires["output_1", "input", 0], project.graph.nodes["output_1"]
    return project


def _dead_end() -> Project:
    project = lenet()
    wire(project, f"conv2d_1 -> {add(project, 'relu')}")
    return project


def _transposed() -> Project:
    project = chain([("transpose", {"dim0": 1, "dim1": 2})], loss="mse")
    project.graph.nodes["transpose_1"] = Node("transpose_1", "transpose", {"dim0": 0, "dim1": 1})
    return project


def _unknown_kind() -> Project:
    project = lenet()
    project.graph.nodes["tanh_1"] = Node("tanh_1", "tanhh")
    return project


def _cycle() -> Project:
    project = lenet()
    edge = Edge("tanh_2", "output", "conv2d_1", "input")
    project.graph.wires[edge.end] = edge
    return project


def _block() -> Project:
    project = residual()
    add(project, "input")
    name = instance(project, "residual")
    add(project, "output")
    wire(project, f"input_1 -> {name}")
    wire(project, f"{name} -> output_1")
    return project


def _missing_block() -> Project:
    project = _block()
    del project.blocks["residual"]
    return project


def _own_block() -> Project:
    project = _block()
    project.blocks["residual"].graph.nodes["block_9"] = Node("block_9", "block", {"block": "residual"})
    return project


def _lost_port() -> Project:
    project = _block()
    graph = project.blocks["residual"].graph
    graph.nodes["input_2"] = _renamed(graph.nodes.pop("input_1"), "input_2")
    graph.wires = {}
    return project


def _lost_output() -> Project:
    project = _block()
    graph = project.blocks["residual"].graph
    graph.nodes["output_2"] = _renamed(graph.nodes.pop("output_1"), "output_2")
    edge = graph.wires.pop(("output_1", "input", 0))
    moved = Edge(edge.source, edge.output, "output_2", "input")
    graph.wires[moved.end] = moved
    return project


def _renamed(node: Node, name: str) -> Node:
    return Node(name, node.kind, node.params)


def _weights(mode: str, of: str, rate: float = 0.0, other: str = "linear", wide: int = 8) -> Callable[[], Project]:
    def make() -> Project:
        size = {"out_features": wide} if other == "linear" else {}
        project = chain([("linear", {"out_features": 8}), ("linear", {"out_features": 8}), (other, size)])
        weigh(project, "linear_1", mode, of, rate)
        return project

    return make


def _circle() -> Project:
    project = _weights("shared", "linear_2")()
    weigh(project, "linear_2", "shared", "linear_1")
    return project


def _huge_sum() -> Project:
    wide = {"out_features": 40_000}
    return chain([("flatten", {}), ("linear", wide), ("linear", wide), ("linear", wide)])


CASES = {
    "no data": Case(lenet, "input_1", "no data", "Choose data", fields={}),
    "field missing": Case(
        _edited("input", 1, field="pixels"), "input_1", "no field “pixels”; it has “x” and “y”", "input_1"
    ),
    "form that does not fit": Case(
        _edited("input", 1, form="one-hot"), "input_1", "cannot be read as one-hot", params={"form": "as stored"}
    ),
    "nothing at an input": Case(
        _cut("tanh_3.output -> linear_2.input"), "linear_2", r"Linear \(linear_2\) has nothing at its input", "Wire"
    ),
    "no target": Case(
        _cut("input_2.output -> cross_entropy_1.target"), "cross_entropy_1", "nothing at its input “target”", "“y”"
    ),
    "unwired output": Case(_cut("linear_3.output -> output_1.input"), "output_1", r"Output \(output_1\) has nothing"),
    "no wire into add": Case(lambda: _lone("add"), "add_1", "nothing at its input"),
    "kernel too large": Case(_edited("conv2d", 2, kernel_size=99), "conv2d_2", "14×14|14"),
    "pooled away": Case(_edited("avg_pool2d", 2, kernel_size=40), "avg_pool2d_2", "10×10|10"),
    "size of zero": Case(_edited("conv2d", 1, out_channels=0), "conv2d_1", "at least 1", "Choose"),
    "size of a billion": Case(_edited("linear", 1, out_features=10**9), "linear_1", "at most"),
    "huge numbers": Case(_edited("linear", 1, out_features=10**30), "linear_1", "at most"),
    "wrong type": Case(_edited("linear", 1, out_features="many"), "linear_1", "whole number"),
    "unknown parameter": Case(_edited("tanh", 1, slope=3), "tanh_1", "no parameter “slope”"),
    "too much memory in all": Case(_huge_sum, "linear_2", "GiB"),
    "images into linear": Case(
        lambda: chain([("linear", {})], loss="cross_entropy"), "linear_1|cross_entropy_1", r"28|axes"
    ),
    "vectors into a convolution": Case(lambda: chain([("conv2d", {})]), "conv2d_1", "N×8", fields=VECTORS),
    "numbers into an embedding": Case(lambda: chain([("embedding", {})]), "embedding_1", "whole|tokens"),
    "tokens into linear": Case(
        lambda: chain([("linear", {})]), "linear_1", "real|whole", fields={"x": Field("x", (6,), "int64", "token")}
    ),
    "heads that do not divide": Case(
        lambda: chain([("multi_head_attention", {"num_heads": 3})]),
        "multi_head_attention_1",
        "3",
        fields={"x": Field("x", (5, 8))},
    ),
    "impossible shape": Case(lambda: chain([("reshape", {"shape": (3, 5)})]), "reshape_1", "784|3×5|15"),
    "samples mixed": Case(_transposed, "transpose_1", "samples|batch", fields={"x": SERIES, "y": SERIES}),
    "classes against numbers": Case(lambda: chain([("flatten", {}), ("linear", {})], loss="mse"), "mse_1", "N×10"),
    "too few scores": Case(
        _edited("linear", 3, out_features=4), "cross_entropy_1", "4 scores for each sample.*10 classes", "10 outputs"
    ),
    "too few vectors": Case(
        lambda: chain([("embedding", {"num_embeddings": 5})]),
        "embedding_1",
        "5 vectors.*8 tokens",
        params={"num_embeddings": 8},
        fields={"x": Field("x", (4,), "int64", "token", labels=tuple("abcdefgh"))},
    ),
    "unknown kind": Case(_unknown_kind, "tanh_1", "no layer kind “tanhh”"),
    "cycle": Case(_cycle, "", "cycle"),
    "missing block": Case(_missing_block, "block_1", "no block “residual”"),
    "block inside itself": Case(_own_block, "block_1", "contains itself", fields=VECTORS),
    "lost input of a block": Case(_lost_port, "block_1", "nothing at its input|no such input", fields=VECTORS),
    "lost output of a block": Case(_lost_output, "output_1", "no such output", "Delete", fields=VECTORS),
    "weights of nobody": Case(_weights("shared", "nobody"), "linear_1", "no node “nobody”", fields=VECTORS),
    "weights of nothing": Case(_weights("shared", ""), "linear_1", "no node is named", fields=VECTORS),
    "weights of oneself": Case(_weights("shared", "linear_1"), "linear_1", "circle", fields=VECTORS),
    "weights in a circle": Case(_circle, "linear_1", "circle", fields=VECTORS),
    "weights of another kind": Case(
        _weights("shared", "relu_1", other="relu"), "linear_1", "another kind", fields=VECTORS
    ),
    "weights of another size": Case(
        _weights("average", "linear_3", wide=5), "linear_1", "sizes differ", fields=VECTORS
    ),
    "average that never moves": Case(_weights("average", "linear_2", 1.0), "linear_1", "rate|share", fields=VECTORS),
    "empty": Case(Project, "", "empty", severity="warning"),
    "no loss": Case(_without_loss, "", "no loss", "Cross-entropy", severity="warning"),
    "no output": Case(_without_output, "", "no Output", severity="warning"),
    "dead end": Case(_dead_end, "relu_1", "leads nowhere", "delete", severity="warning"),
}


def _lone(kind: str) -> Project:
    project = Project()
    add(project, kind)
    return project


@pytest.mark.parametrize("name", CASES)
def test_finding(name: str) -> None:
    case = CASES[name]
    found = infer(case.make(), IMAGES if case.fields is None else case.fields)
    first = next(fault for fault in found.faults if fault.severity == case.severity)
    assert re.fullmatch(case.node, first.node) or not case.node, found.faults
    assert re.search(case.says, first.message), first
    assert re.search(case.fix, first.fix), first
    assert found.ok is (case.severity == "warning")
    if case.params is not None:
        assert dict(first.params) == case.params
    for fault in found.faults:
        assert fault.message[0].isupper() or fault.message[0] in "“½0123456789", fault
        assert fault.message.endswith("."), fault
        assert fault.fix.endswith("."), fault
        assert not RAW.search(fault.message + fault.fix), fault
        assert len(fault.message) < 260, fault
