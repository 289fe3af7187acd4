"""Large networks for tests: a thousand layers in one chain, and two hundred blocks nested one in another."""

from __future__ import annotations

from core.model.layout import tidy
from core.model.ops import MoveNodes
from core.model.project import Project
from core.model.settings import Data, Training
from tests.core.blocks import define, place
from tests.core.networks import add, wire

POINTS, WIDTH = 2, 8


def _learning(project: Project, last: str) -> Project:
    """Lets a network of points learn the arms of a spiral: `last` gives enough scores."""
    wire(project, f"{last} -> {add(project, 'output')}")
    add(project, "input", name="arm", field="y")
    add(project, "cross_entropy")
    wire(project, f"{last} -> cross_entropy_1")
    wire(project, "arm.output -> cross_entropy_1.target")
    MoveNodes(tidy(project.graph)).apply(project)
    project.data, project.training = Data("spiral"), Training(epochs=1, batch_size=32, device="cpu")
    return project


def chain(length: int) -> Project:
    """Linear layers and ReLUs in turns, `length` of them."""
    project = Project("Chain")
    last = add(project, "input")
    for index in range(length):
        kind, params = ("relu", {}) if index % 2 else ("linear", {"out_features": WIDTH})
        name = add(project, kind, name=f"layer_{index}", **params)
        wire(project, f"{last} -> {name}")
        last = name
    return _learning(project, last)


def nested(depth: int) -> Project:
    """Blocks of a linear layer and the next block, `depth` of them one in another."""
    project = Project("Nested")
    for level in range(depth):
        block = f"level_{level}"
        nodes = {"x": ("input", {}), "fc": ("linear", {"out_features": WIDTH}), "y": ("output", {})}
        define(project, block, nodes, ["x -> fc"])
        last = place(project, "inner", f"level_{level - 1}", block) if level else "fc"
        if level:
            wire(project, "fc -> inner", block)
        wire(project, f"{last} -> y", block)
    wire(project, f"{add(project, 'input')} -> {place(project, 'whole', f'level_{depth - 1}')}")
    return _learning(project, "whole")


LARGE = {"chain": lambda: chain(1_000), "nested": lambda: nested(200)}
LINEAR = {"chain": 500, "nested": 200}
"""How many linear layers each of them has."""


def linear_names(name: str) -> list[str]:
    """The linear layers in their order, as modules are called."""
    if name == "chain":
        return [f"layer_{index}" for index in range(0, 1_000, 2)]
    return [".".join(["whole", *["inner"] * level, "fc"]) for level in range(200)]


def parameters(name: str) -> int:
    """The number of parameters: 2 → 8 once, then 8 → 8."""
    return (POINTS + 1) * WIDTH + (LINEAR[name] - 1) * (WIDTH + 1) * WIDTH
