"""How inference, compiling and printing grow with the network: a long chain, and blocks nested one in another.

The exponent is the slope of a line through the points (log nodes, log seconds), by least squares: 1 is linear; it is
less where a fixed cost still tells.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence

import numpy as np

import core.layers  # noqa: F401 - fills the registry
from core.compiler.build import build
from core.compiler.shape_cache import ShapeCache
from core.compiler.shapes import infer
from core.compiler.source import source
from core.model.block import Block
from core.model.graph import Edge, Node
from core.model.ops import AddBlock, AddEdge, AddNode
from core.model.project import Project
from core.model.tensor import Field

FIELDS = {"x": Field("x", (8,))}
ROUNDS = 7
LENGTHS = (125, 250, 500, 1_000)
DEPTHS = (25, 50, 100, 200)


def _fill(project: Project, nodes: Sequence[Node], block: str = "") -> None:
    """Nodes one behind another, in a block or outside of all."""
    for node in nodes:
        AddNode(node, block).apply(project)
    for before, after in itertools.pairwise(nodes):
        leaving, arriving = project.outputs_of(before)[0].name, project.inputs_of(after)[0].name
        AddEdge(Edge(before.id, leaving, after.id, arriving), block).apply(project)


def chain(length: int) -> Project:
    """Linear layers and ReLUs in turns, `length` of them."""
    project = Project("Chain")
    layers = [
        Node(f"relu_{index}", "relu") if index % 2 else Node(f"linear_{index}", "linear", {"out_features": 8})
        for index in range(length)
    ]
    _fill(project, [Node("x", "input"), *layers, Node("y", "output")])
    return project


def nested(depth: int) -> Project:
    """Blocks of a linear layer and the next block, `depth` of them one in another."""
    project = Project("Nested")
    for level in range(depth):
        name = f"level_{level}"
        AddBlock(Block(name)).apply(project)
        inner = [Node("inner", "block", {"block": f"level_{level - 1}"})] if level else []
        linear = Node("linear", "linear", {"out_features": 8})
        _fill(project, [Node("x", "input"), linear, *inner, Node("y", "output")], name)
    whole = Node("whole", "block", {"block": f"level_{depth - 1}"})
    _fill(project, [Node("x", "input"), whole, Node("y", "output")])
    return project


WORKS: dict[str, Callable[[Project], object]] = {
    "shapes": lambda project: infer(project, FIELDS),
    "compiled": lambda project: build(project, FIELDS, cache=ShapeCache()),
    "printed": lambda project: source(project, FIELDS),
}


def _seconds(work: Callable[[Project], object], project: Project) -> float:
    begin = time.perf_counter()
    work(project)
    return time.perf_counter() - begin


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of log seconds over log sizes."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def main() -> None:
    print(f"growth, milliseconds, the least of {ROUNDS} rounds; exponent by least squares (goal: near 1 or below)\n")
    for title, make, sizes in (("nodes in a chain", chain, LENGTHS), ("nested blocks", nested, DEPTHS)):
        print(f"{title:<20}{''.join(f'{size:>9,}' for size in sizes)}{'exponent':>11}")
        projects = [make(size) for size in sizes]
        for name, work in WORKS.items():
            work(projects[0])
            rounds = [[_seconds(work, project) for project in projects] for _ in range(ROUNDS)]
            least = [min(column) for column in zip(*rounds, strict=True)]
            row = "".join(f"{1000 * value:>9.1f}" for value in least)
            print(f"{name:<20}{row}{exponent(sizes, least):>11.2f}")
