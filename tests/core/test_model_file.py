"""The project file: round trips, readable text, every kind of damage named with its place, atomic saving."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import ops
from core.model.block import Block
from core.model.fault import ProjectError
from core.model.file import VERSION, decode, encode, read, write
from core.model.graph import Edge, Node, Weights
from core.model.project import Project
from core.model.settings import Data, Objective, Optimizer, Split, Training


def example() -> Project:
    project = Project("An example")
    project.note = "# Title\n\nTwo lines with $x^2$."
    block = Block("pair", title="A pair", color="#123456", note="Two layers.")
    ops.AddBlock(block).apply(project)
    for node in (Node("input_1", "input"), Node("linear_1", "linear"), Node("output_1", "output")):
        ops.AddNode(node, "pair").apply(project)
    ops.AddEdge(Edge("input_1", "output", "linear_1", "input"), "pair").apply(project)
    ops.AddEdge(Edge("linear_1", "output", "output_1", "input"), "pair").apply(project)
    nodes = [
        Node("input_1", "input", {"field": "x"}, x=1.5),
        Node("conv2d_1", "conv2d", {"out_channels": 6, "kernel_size": (5, 3)}, trainable=False),
        Node("pair_1", "block", {"block": "pair"}, title="First"),
        Node("pair_2", "block", {"block": "pair"}, weights=Weights("shared", "pair_1")),
    ]
    for node in nodes:
        ops.AddNode(node).apply(project)
    ops.AddEdge(Edge("input_1", "output", "conv2d_1", "input")).apply(project)
    ops.AddEdge(Edge("conv2d_1", "output", "pair_1", "input_1")).apply(project)
    project.data = Data("csv", {"path": "a.csv"}, Split(0.2, 0.1, 3), ("x",))
    project.training = Training(
        (Objective("g", {"mse_1": 2.0}, ("conv2d_1",), Optimizer("sgd", {"lr": 0.1})),), epochs=3
    )
    return project


def broken(change: object) -> bytes:
    """The example's JSON after `change` was applied to it."""
    content = json.loads(encode(example()))
    change(content)  # type: ignore[operator]
    return json.dumps(content).encode()


def test_a_project_survives_a_round_trip() -> None:
    text = encode(example())
    again = decode(text)
    assert encode(again) == text
    assert again.note == example().note
    assert again.graph.nodes["conv2d_1"].params["kernel_size"] == (5, 3)
    assert again.graph.nodes["pair_2"].weights.of == "pair_1"


def test_one_change_is_one_line_of_a_diff() -> None:
    project = example()
    before = encode(project).decode().splitlines()
    ops.SetParams("conv2d_1", {"out_channels": 7}).apply(project)
    after = encode(project).decode().splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert any('"input_1.output -> conv2d_1.input"' in line for line in after)


def set_in(*path: object) -> object:
    """A change that sets the value at a path of keys: the last item is the value."""
    *keys, last, value = path

    def change(content: object) -> None:
        for key in keys:
            content = content[key]  # type: ignore[index]
        content[last] = value  # type: ignore[index]

    return change


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (set_in("layerloom", VERSION + 1), "layerloom", "version"),
        (set_in("layerloom", "one"), "layerloom", "must be a whole number here, not a text"),
        (set_in("graph", "edges", 0, "gone_1.output -> conv2d_1.input"), "edges[0]", "no node “gone_1”"),
        (set_in("graph", "edges", 0, "input_1 to conv2d_1"), "edges[0]", "is not a wire"),
        (set_in("graph", "nodes", 1, "params", "out_channels", 0), "nodes[1] (conv2d_1)", "at least 1"),
        (set_in("graph", "nodes", 1, "params", "out_channels", 10**9), "nodes[1] (conv2d_1)", "at most"),
        (set_in("graph", "nodes", 1, "params", "out_channels", "six"), "nodes[1] (conv2d_1)", "whole number"),
        (set_in("graph", "nodes", 1, "params", "wings", 2), "nodes[1] (conv2d_1)", "no parameter “wings”"),
        (
            set_in("graph", "nodes", 1, "params", []),
            "graph.nodes[1].params",
            "must be an object { … } here, not a list",
        ),
        (set_in("graph", "nodes", 1, "id", "input_1"), "nodes[1] (input_1)", "already a node"),
        (set_in("graph", "nodes", 2, "params", "block", "gone"), "nodes[2] (pair_1)", "no block “gone”"),
        (set_in("graph", "nodes", 1, "x", "left"), "graph.nodes[1].x", "must be a number here, not a text"),
        (set_in("training", "epochs", 0), "training.epochs", "from 1"),
        (set_in("training", "batch_size", 10**9), "training.batch_size", "to 65,536"),
        (set_in("training", "objectives", []), "training.objectives", "at least one"),
        (set_in("data", "split", "test", 0.9), "data.split", "nothing to train on"),
        (set_in("surprise", 1), "the file", "no entry “surprise” here"),
        (set_in("graph", "nodes", 1, {"id": "a"}), "graph.nodes[1]", "entry “kind” is missing"),
        (set_in("training", "stop", {"seconds": "soon"}), "training.stop.seconds", "a number or null here, not a text"),
        (set_in("training", "keeps", "all"), "training.keeps", "“all” is not known here"),
    ],
)
def test_damage_is_named_with_its_place(change: object, place: str, words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        decode(broken(change))
    assert place in caught.value.place
    assert words in caught.value.message
    assert caught.value.fix


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_in("training", "keeps", "all"), "Write one of: best, last."),
        (set_in("training", "objectives", [{"penalised": "some"}]), "Write one of: all, matrices."),
        (set_in("graph", "nodes", 1, "weights", {"mode": "odd"}), "Write one of: average, copy, own, shared, start."),
    ],
)
def test_words_that_may_stand_in_a_place_are_named(change: object, words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        decode(broken(change))
    assert caught.value.fix == words


def test_of_a_long_value_only_the_beginning_is_repeated() -> None:
    for change in (set_in("training", "keeps", "e" * 5000), set_in("e" * 5000, 1)):
        with pytest.raises(ProjectError) as caught:
            decode(broken(change))
        assert len(caught.value.message) < 120


def test_a_cycle_in_a_file_is_refused() -> None:
    def change(content: dict[str, dict[str, list[object]]]) -> None:
        content["graph"]["nodes"] += [{"id": "add_1", "kind": "add"}, {"id": "relu_1", "kind": "relu"}]
        content["graph"]["edges"] += ["add_1.output -> relu_1.input", "relu_1.output -> add_1.inputs"]

    with pytest.raises(ProjectError, match="cycle"):
        decode(broken(change))


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_file_cut_anywhere_is_refused(cut: int) -> None:
    text = encode(example()).rstrip()
    with pytest.raises(ProjectError):
        decode(text[: cut % len(text)])


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_rubbish_is_refused(text: bytes) -> None:
    with pytest.raises(ProjectError):
        decode(text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"gone\.loom"):
        read(tmp_path / "gone.loom")


def test_a_failed_save_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.loom"
    write(example(), path)
    old = path.read_bytes()

    def full(source: object, goal: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ProjectError, match="No space left"):
        write(Project(), path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]
