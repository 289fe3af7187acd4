"""Small networks for tests, put together by the same edits that the program uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.layers.examples import example
from core.model.block import Block
from core.model.graph import Edge, Node, Weights
from core.model.ops import AddBlock, AddEdge, AddNode
from core.model.project import Project
from core.model.spec import Example, registry
from core.model.tensor import Field, TensorType
from core.model.values import Value

IMAGES = {
    "x": Field("x", (1, 28, 28), meaning="image"),
    "y": Field("y", (), "int64", "class", labels=tuple("0123456789")),
}
Layer = tuple[str, dict[str, Any]]


def add(project: Project, kind: str, block: str = "", *, name: str = "", **params: Value) -> str:
    """Adds a node and returns its id."""
    graph = project.inside(block)
    name = name or graph.new_id(kind)
    AddNode(Node(name, kind, params), block).apply(project)
    return name


def wire(project: Project, text: str, block: str = "") -> None:
    """Wires `a.output -> b.input`; `a -> b` uses the first ports."""
    if "." not in text:
        source, target = text.replace(" ", "").split("->")
        nodes = project.inside(block).nodes
        output, port = project.outputs_of(nodes[source])[0].name, project.inputs_of(nodes[target])[0].name
        text = f"{source}.{output} -> {target}.{port}"
    AddEdge(Edge.parse(text), block).apply(project)


def weigh(project: Project, node: str, mode: Any, of: str, rate: float = 0.0, block: str = "") -> None:
    """Sets whose weights a node uses, past the edits, so that wrong ones can be tried too."""
    graph = project.inside(block)
    old = graph.nodes[node]
    graph.nodes[node] = Node(node, old.kind, old.params, weights=Weights(mode, of, rate), trainable=old.trainable)


def chain(layers: list[Layer], *, title: str = "Chain", loss: str = "", project: Project | None = None) -> Project:
    """input_1 → layers → output_1, and a loss against input_2 (field y) where one is named."""
    project = project or Project(title)
    last = add(project, "input")
    for kind, params in layers:
        name = add(project, kind, **params)
        wire(project, f"{last} -> {name}")
        last = name
    wire(project, f"{last} -> {add(project, 'output')}")
    if loss:
        add(project, "input", field="y")
        name = add(project, loss)
        wire(project, f"{last} -> {name}")
        wire(project, f"input_2.output -> {name}.target")
    return project


LENET: list[Layer] = [
    ("conv2d", {"out_channels": 6, "kernel_size": 5, "padding": 2}),
    ("tanh", {}),
    ("avg_pool2d", {"kernel_size": 2}),
    ("conv2d", {"out_channels": 16, "kernel_size": 5}),
    ("tanh", {}),
    ("avg_pool2d", {"kernel_size": 2}),
    ("flatten", {}),
    ("linear", {"out_features": 120}),
    ("tanh", {}),
    ("linear", {"out_features": 84}),
    ("tanh", {}),
    ("linear", {"out_features": 10}),
]


def lenet() -> Project:
    return chain(LENET, title="LeNet-5", loss="cross_entropy")


def field_of(name: str, type_: TensorType) -> Field:
    shape = tuple(int(size) for size in type_.sample)
    return Field(name, shape, type_.dtype, "vector" if type_.is_float else "token", labels=tuple("abcdef"))


def single(kind: str, case: Example | None = None) -> tuple[Project, dict[str, Field]]:
    """One node of a kind as its example or a `case` has it: an input for every wire, an output for every port."""
    params, inputs = case or example(kind)
    project, fields = Project(registry[kind].title), dict[str, Field]()
    spec = registry[kind]
    name = add(project, kind, **params)
    for port, types in inputs.items():
        for slot, type_ in enumerate(types):
            field = f"{port}_{slot}"
            fields[field] = field_of(field, type_)
            source = add(project, "input", name=f"in_{field}", field=field)
            AddEdge(Edge(source, "output", name, port, slot)).apply(project)
    if spec.family != "loss":
        for output in spec.outputs_for(params):
            end = add(project, "output")
            AddEdge(Edge(name, output.name, end, "input")).apply(project)
    return project, fields


def run_source(text: str, folder: Path) -> Mapping[str, Any]:
    """Executes generated source as a module of its own, and returns its names."""
    path = folder / "generated.py"
    path.write_text(text, encoding="utf-8")
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, str(path), "exec"), names)
    return names


def residual() -> Project:
    """A block with a skip connection: linear → relu, added to what came in."""
    project = Project("Residual")
    AddBlock(Block("residual", title="Residual block")).apply(project)
    for kind in ("input", "linear", "relu", "add", "output"):
        add(project, kind, "residual", **({"out_features": 8} if kind == "linear" else {}))
    for text in (
        "input_1 -> linear_1",
        "linear_1 -> relu_1",
        "relu_1.output -> add_1.inputs",
        "input_1.output -> add_1.inputs[1]",
        "add_1 -> output_1",
    ):
        wire(project, text, "residual")
    return project


def instance(project: Project, block: str, block_in: str = "") -> str:
    name = project.inside(block_in).new_id("block")
    AddNode(Node(name, "block", {"block": block}), block_in).apply(project)
    return name
