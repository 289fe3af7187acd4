"""A block that was put behind another node takes its size from what arrives, as layers do by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.compiler.shape_cache import ShapeCache
from core.compiler.shapes import infer
from core.model.block import Block
from core.model.expression import is_expression, names_in
from core.model.ops import SetParams
from core.model.project import Project
from core.model.tensor import Dim, Field, TensorType
from core.model.values import Value

SIZES = frozenset({"out_channels", "out_features", "num_features", "embedding_dim", "embed_dim", "hidden_size"})
"""Parameters of layers that say how many channels or features leave."""


def fitting(
    project: Project,
    fields: Mapping[str, Field],
    within: str,
    name: str,
    prefix: str = "",
    cache: ShapeCache | None = None,
    known: int = 0,
) -> dict[str, Value]:
    """The parameters of an instance with which the network has fewer errors than with those that it has.

    Tried are the numbers of channels and features that arrive at its first input, for the parameters of the block that
    are such numbers. Nothing where they mend nothing, where it is not known what arrives, or where there are no more
    than the `known` errors to begin with. `prefix` begins the paths of the nodes in `within`.
    """
    node = project.inside(within).nodes[name]
    block = project.block_of(node)
    arriving = _arriving(project, fields, within, name, prefix, cache)
    if block is None or arriving is None:
        return {}
    best: dict[str, Value] = {}
    least = _errors(project, fields, cache)
    for params in _choices(project, block, arriving):
        if least <= known:
            break
        before = SetParams(name, params, within).apply(project)
        try:
            errors = _errors(project, fields, cache)
        finally:
            before.apply(project)
        if errors < least:
            best, least = params, errors
    return best


def sizes_of(project: Project, block: Block, around: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The parameters of a block, in order, that say how many channels or features a layer inside it has."""
    found: set[str] = set()
    for node in block.graph.nodes.values():
        inner = project.block_of(node)
        if inner and inner.name in around | {block.name}:
            continue  # a file may hold a block that contains itself
        said = frozenset(sizes_of(project, inner, around | {block.name})) if inner else SIZES
        texts = [str(value) for key, value in node.params.items() if key in said and is_expression(value)]
        found |= {name for text in texts for name in names_in(text)}
    return tuple(param.name for param in block.params if param.name in found and param.type == "int")


def _choices(project: Project, block: Block, arriving: TensorType) -> Iterator[dict[str, Value]]:
    """What may be tried: one parameter for the channels, or two where what arrives has two axes."""
    kinds = {param.name: param.param for param in block.params}
    names = sizes_of(project, block)

    def can(name: str, size: Dim) -> bool:
        return isinstance(size, int) and not kinds[name].complaint(size)

    sample = arriving.sample
    ends = sample[:1] if len(sample) > 2 else tuple(dict.fromkeys(reversed(sample)))  # (C, H, W); (T, F); (F,)
    for size in ends:
        for name in names:
            if can(name, size):
                yield {name: size}
    if len(sample) == 2:
        rows, features = sample
        for first in names:
            for second in names:
                if first != second and can(first, rows) and can(second, features):
                    yield {first: rows, second: features}


def _arriving(
    project: Project, fields: Mapping[str, Field], within: str, name: str, prefix: str, cache: ShapeCache | None
) -> TensorType | None:
    """The type at the first input of an instance; none where it has no wire, or where nothing is known of it."""
    inputs = project.inputs_of(project.inside(within).nodes[name])
    wires = project.inside(within).into(name, inputs[0].name) if inputs else []
    if not wires or wires[0].source == name:
        return None
    report = infer(project, fields, cache).nodes.get(prefix + wires[0].source)
    return report.outputs.get(wires[0].output) if report else None


def _errors(project: Project, fields: Mapping[str, Field], cache: ShapeCache | None) -> int:
    return sum(fault.severity == "error" for fault in infer(project, fields, cache).faults)
