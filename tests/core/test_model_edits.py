"""Edits, undo and redo: what is refused, what is restored, and that any sequence of edits can be taken back."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import edits, ops
from core.model.block import Block
from core.model.fault import EditError
from core.model.file import decode, encode
from core.model.graph import Edge, Node
from core.model.history import History
from core.model.project import Project
from core.model.settings import Data, Training
from core.model.spec import registry


def chain(*kinds: str) -> Project:
    """A project whose nodes are wired one after the other through their first ports."""
    project = Project()
    before = ""
    for kind in kinds:
        node = Node(project.graph.new_id(kind), kind)
        ops.AddNode(node).apply(project)
        if before:
            port = registry[kind].inputs[0].name
            ops.AddEdge(Edge(before, "output", node.id, port)).apply(project)
        before = node.id
    return project


def test_a_cycle_is_refused_with_its_reason() -> None:
    project = chain("input", "add", "relu")
    with pytest.raises(EditError, match="cycle: add_1 already leads to relu_1"):
        ops.AddEdge(Edge("relu_1", "output", "add_1", "inputs", 1)).apply(project)


def test_a_second_wire_into_a_single_input_is_refused() -> None:
    project = chain("input", "relu")
    ops.AddNode(Node("tanh_1", "tanh")).apply(project)
    with pytest.raises(EditError, match="already has a wire"):
        ops.AddEdge(Edge("tanh_1", "output", "relu_1", "input")).apply(project)


@pytest.mark.parametrize(
    ("edge", "reason"),
    [
        (Edge("input_1", "nothing", "relu_1", "input"), "no output"),
        (Edge("input_1", "output", "relu_1", "side"), "no input"),
        (Edge("input_1", "output", "gone_1", "input"), "no node"),
        (Edge("relu_1", "output", "relu_1", "input"), "feed itself"),
        (Edge("input_1", "output", "relu_1", "input", 1), "one wire only"),
    ],
)
def test_impossible_wires_say_why(edge: Edge, reason: str) -> None:
    project = chain("input", "relu")
    assert reason in project.refusal(edge)


@pytest.mark.parametrize("name", ["", "Conv", "9a", "a-b", "class", "forward", "a.b", "x" * 65, "träger"])
def test_an_id_that_could_not_be_an_attribute_is_refused(name: str) -> None:
    with pytest.raises(EditError, match="cannot be an id"):
        ops.AddNode(Node(name, "relu")).apply(Project())


@pytest.mark.parametrize("value", [0, -3, 10**9, 2.5, "many", None, True])
def test_a_size_out_of_bounds_is_refused_in_plain_words(value: object) -> None:
    project = chain("input", "linear")
    with pytest.raises(EditError) as caught:
        ops.SetParams("linear_1", {"out_features": value}).apply(project)  # type: ignore[dict-item]
    assert registry["linear"].param("out_features").title in caught.value.message


def test_a_failed_edit_rolls_all_of_it_back() -> None:
    project = chain("input", "relu")
    before = encode(project)
    history = History(project)
    heard: list[object] = []
    history.changed.connect(heard.append)
    impossible = [ops.AddNode(Node("tanh_1", "tanh")), ops.AddNode(Node("relu_1", "relu"))]
    with pytest.raises(EditError):
        history.do("Two edits, the second impossible", impossible)
    assert encode(project) == before
    assert not heard
    assert not history.undo_text


def test_edits_of_one_key_are_one_step_until_broken() -> None:
    project = chain("input", "linear")
    history = History(project)
    for size in (3, 4, 5):
        history.do("Set units", [ops.SetParams("linear_1", {"out_features": size})], merge="linear_1.out_features")
    history.break_merge()
    history.do("Set units", [ops.SetParams("linear_1", {"out_features": 9})], merge="linear_1.out_features")
    assert history.depth == 2
    history.undo()
    assert project.graph.nodes["linear_1"].params["out_features"] == 5
    history.undo()
    assert "out_features" not in project.graph.nodes["linear_1"].params
    history.redo()
    assert project.graph.nodes["linear_1"].params["out_features"] == 5


def test_the_saved_point_is_found_again() -> None:
    history = History(chain("input", "relu"))
    assert history.is_saved
    history.do("Move", [ops.MoveNodes({"relu_1": (5, 5)})])
    assert not history.is_saved
    history.mark_saved()
    history.do("Move", [ops.MoveNodes({"relu_1": (6, 5)})])
    history.undo()
    assert history.is_saved
    history.undo()
    history.do("Move", [ops.MoveNodes({"relu_1": (7, 5)})])
    history.undo()
    assert not history.is_saved, "the saved state can no longer be reached"


def test_settings_are_undone_too() -> None:
    project = Project()
    history = History(project)
    history.do("Set epochs", [ops.SetTraining(Training(epochs=99))])
    history.do("Choose data", [ops.SetData(Data("iris"))])
    history.do("Rename", [ops.SetAbout("Mine", "A note.")])
    for _ in range(3):
        history.undo()
    assert (project.training, project.data, project.title) == (Training(), Data(), "Untitled")


def test_an_inserted_node_takes_over_the_wire_and_its_slot() -> None:
    project = chain("input", "relu", "add")
    ops.AddEdge(Edge("input_1", "output", "add_1", "inputs", 1)).apply(project)
    history = History(project)
    wire = Edge("input_1", "output", "add_1", "inputs", 1)
    history.do("Insert", edits.insertion(project, Node("tanh_1", "tanh"), wire))
    assert [edge.source for edge in project.graph.into("add_1")] == ["relu_1", "tanh_1"]
    history.undo()
    assert wire in project.graph.edges


def test_a_used_block_cannot_be_removed() -> None:
    project = Project()
    ops.AddBlock(Block("twice")).apply(project)
    ops.AddNode(Node("twice_1", "block", {"block": "twice"})).apply(project)
    with pytest.raises(EditError, match="still used"):
        ops.RemoveBlock("twice").apply(project)


KINDS = ("linear", "relu", "add", "concat", "conv2d", "lstm", "mse", "input")


@st.composite
def random_op(draw: st.DrawFn, project: Project) -> ops.Op:
    nodes = list(project.graph.nodes)
    kind = draw(st.sampled_from(KINDS))
    if not nodes:
        return ops.AddNode(Node(project.graph.new_id(kind), kind))
    node = draw(st.sampled_from(nodes))
    other = draw(st.sampled_from(nodes))
    number = draw(st.integers(-2, 12))
    target = project.graph.nodes[other]
    choices: list[ops.Op] = [
        ops.AddNode(Node(project.graph.new_id(kind), kind), position=None),
        ops.MoveNodes({node: (float(number), 2.0 * number)}),
        ops.SetParams(node, {"out_features": number}),
        ops.SetNode(msgspec.structs.replace(project.graph.nodes[node], title=f"t{number}", trainable=number > 0)),
        ops.RemoveNode(node),
        ops.SetTraining(Training(epochs=number)),
        *(ops.AddEdge(Edge(node, "output", other, p.name, max(number, 0))) for p in project.inputs_of(target)),
        *(ops.AddEdge(Edge(node, "output", other, p.name)) for p in project.inputs_of(target)),
        *(ops.RemoveEdge(edge) for edge in list(project.graph.edges)[:2]),
    ]
    return draw(st.sampled_from(choices))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_edits_can_be_undone_and_redone(data: st.DataObject) -> None:
    project = chain("input", "linear", "relu")
    history = History(project)
    start = encode(project)
    for number in range(data.draw(st.integers(1, 15))):
        op = data.draw(random_op(project))
        also = edits.removal(project, list(project.graph.nodes)[:1]) if data.draw(st.booleans()) else []
        group = [op, *also]
        try:
            history.do(f"Edit {number}", group)
        except EditError:
            continue
    end = encode(project)
    while history.undo():
        pass
    assert encode(project) == start
    while history.redo():
        pass
    assert encode(project) == end
    assert encode(decode(end)) == end
