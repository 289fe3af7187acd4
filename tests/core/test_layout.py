"""The tidy layout: nothing overlaps, wires run forward, targets stand beside their loss."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.graph import Edge, Graph, Node
from core.model.laying import lay_out
from core.model.layout import size_of, tidy
from core.model.ops import MoveNodes
from tests.core.networks import chain

SIZE = size_of(Node("relu_1", "relu"))


def graph_of(count: int, wires: list[tuple[int, int]]) -> Graph:
    """A graph for its looks only: nodes n0 … and wires between them, each into a port of its own."""
    graph = Graph()
    for index in range(count):
        graph.nodes[f"n{index}"] = Node(f"n{index}", "relu")
    for slot, (source, target) in enumerate(wires):
        edge = Edge(f"n{source}", "output", f"n{target}", "input", slot)
        graph.wires[edge.end] = edge
    return graph


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(0, 24))
    pairs = st.tuples(st.integers(0, max(count - 1, 0)), st.integers(0, max(count - 1, 0)))
    wires = draw(st.lists(pairs.filter(lambda pair: pair[0] < pair[1]), max_size=40)) if count > 1 else []
    return graph_of(count, wires)


def overlapping(places: dict[str, tuple[float, float]], sizes: dict[str, tuple[float, float]]) -> list[tuple[str, str]]:
    boxes = [(name, x, y, *sizes.get(name, SIZE)) for name, (x, y) in places.items()]
    return [
        (a[0], b[0])
        for i, a in enumerate(boxes)
        for b in boxes[i + 1 :]
        if a[1] < b[1] + b[3] and b[1] < a[1] + a[3] and a[2] < b[2] + b[4] and b[2] < a[2] + a[4]
    ]


@given(graphs(), st.floats(0.5, 4.0))
@settings(max_examples=150, deadline=None)
def test_every_node_has_a_place_of_its_own(graph: Graph, aspect: float) -> None:
    places = tidy(graph, aspect=aspect)
    assert set(places) == set(graph.nodes)
    assert not overlapping(places, {})


@given(graphs(), st.data())
@settings(max_examples=100, deadline=None)
def test_sizes_are_respected(graph: Graph, data: st.DataObject) -> None:
    side = st.floats(40, 400)
    sizes = {name: (data.draw(side), data.draw(side)) for name in graph.nodes}
    assert not overlapping(tidy(graph, sizes), {name: (w - 1, h - 1) for name, (w, h) in sizes.items()})


@given(graphs())
@settings(max_examples=100, deadline=None)
def test_wires_run_to_the_right_or_to_a_lower_row(graph: Graph) -> None:
    places = tidy(graph)
    for edge in graph.edges:
        (x0, y0), (x1, y1) = places[edge.source], places[edge.target]
        assert x1 > x0 or y1 > y0


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_the_same_graph_gets_the_same_picture(graph: Graph) -> None:
    assert tidy(graph) == tidy(graph)


def test_a_short_chain_is_one_straight_row() -> None:
    places = tidy(graph_of(4, [(0, 1), (1, 2), (2, 3)]))
    assert len({y for _, y in places.values()}) == 1
    assert [x for x, _ in places.values()] == sorted({x for x, _ in places.values()})


def test_a_long_chain_is_wrapped_into_rows() -> None:
    places = tidy(graph_of(30, [(i, i + 1) for i in range(29)]))
    width = max(x for x, _ in places.values()) + SIZE[0]
    height = max(y for _, y in places.values()) + SIZE[1]
    assert 0.9 < width / height < 3.6


def test_a_target_stands_beside_its_loss_and_the_main_path_stays_straight() -> None:
    graph = graph_of(5, [(0, 1), (1, 2), (2, 3), (4, 3)])
    places = tidy(graph)
    assert places["n4"][0] == places["n2"][0]
    assert places["n4"][1] > places["n2"][1]
    assert len({places[f"n{i}"][1] for i in range(4)}) == 1


def test_an_output_continues_the_row_and_the_loss_stands_below_beside_its_target() -> None:
    graph = graph_of(5, [(0, 1), (1, 2), (1, 3), (4, 3)])
    graph.nodes["n2"] = Node("n2", "output")
    places = tidy(graph)
    assert places["n2"][1] == places["n1"][1] == places["n0"][1]
    assert places["n3"][0] == places["n2"][0]
    assert places["n4"][0] == places["n1"][0]
    assert places["n3"][1] == places["n4"][1] > places["n1"][1]


def test_five_thousand_nodes_do_not_exhaust_the_stack() -> None:
    places = tidy(graph_of(5000, [(i, i + 1) for i in range(4999)]))
    assert len(places) == 5000


def test_a_project_whose_nodes_lie_on_top_of_each_other_is_laid_out() -> None:
    project = chain([("linear", {"out_features": 4}), ("relu", {})])
    MoveNodes(dict.fromkeys(project.graph.nodes, (40.0, 8.0))).apply(project)
    lay_out(project)
    assert {name: (node.x, node.y) for name, node in project.graph.nodes.items()} == tidy(project.graph)
    moved = next(iter(project.graph.nodes))
    MoveNodes({moved: (-500.0, 3.0)}).apply(project)
    before = dict(project.graph.nodes)
    lay_out(project)
    assert project.graph.nodes == before
