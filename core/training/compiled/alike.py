"""Which turns of a run are of one structure and independent, so that one pass can compute them all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from torch import Tensor, fx, nn

from core.compiler.chance import drawing
from core.model.settings import Training
from core.training.turn import Turn


def tensors_of(program: fx.GraphModule) -> dict[str, Tensor]:
    """Every parameter and buffer that a program uses, by its first name, in the order of use."""
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    for node in program.graph.nodes:
        for name, tensor in _own(program, node):
            if id(tensor) not in seen:
                seen.add(id(tensor))
                found[name] = tensor
    return found


def _own(program: fx.GraphModule, node: fx.Node) -> list[tuple[str, Tensor]]:
    """The tensors that stand behind a node of a program's graph, by name."""
    path = str(node.target)
    if node.op == "call_module":
        module = program.get_submodule(path)
        named = (*module.named_parameters(), *module.named_buffers())
        return [(f"{path}.{name}", tensor) for name, tensor in named]
    if node.op == "get_attr":
        holder, _, name = path.rpartition(".")
        return [(path, getattr(program.get_submodule(holder), name))]
    return []


def alike(turns: Sequence[Turn], training: Training) -> list[list[Turn]]:
    """Groups of two or more turns of one structure, whose order does not matter.

    They work at the same steps on the same inputs, through layers of the same kinds, settings and sizes, and neither
    moves another turn what they use, nor they what another uses.
    """
    if training.turns == "cycle":
        return []
    used, moved = [_used(turn) for turn in turns], [_moved(turn) for turn in turns]
    groups: dict[Hashable, list[Turn]] = {}
    for index, turn in enumerate(turns):
        others = [other for other in range(len(turns)) if other != index]
        meets = any(used[index] & moved[other] or moved[index] & used[other] for other in others)
        if not meets and _can(turn):
            groups.setdefault(_structure(turn), []).append(turn)
    return [group for group in groups.values() if len(group) > 1]


def _can(turn: Turn) -> bool:
    """Whether a pass over stacked weights gives all that the turn's own step needs."""
    tensors = tensors_of(turn.program).values()
    return (
        bool(_moved(turn))
        and turn.descent.takes_gradients
        and turn.precision.scaler is None
        and all(tensor.is_contiguous() for tensor in tensors)
        and not drawing(turn.program.graph)
    )


def _used(turn: Turn) -> set[int]:
    return {id(tensor) for tensor in tensors_of(turn.program).values()}


def _moved(turn: Turn) -> set[int]:
    """The weights that get a gradient from a turn's loss: it may be allowed others as well."""
    return _used(turn) & {id(parameter) for parameter in turn.descent.parameters}


def _structure(turn: Turn) -> Hashable:
    """What turns of one structure have in common, names of nodes aside."""
    objective, program = turn.objective, turn.program
    tensors = tensors_of(program).values()
    numbers = {id(tensor): index for index, tensor in enumerate(tensors)}
    moved = _moved(turn)
    weights = tuple((str(tensor.dtype), tensor.shape, id(tensor) in moved) for tensor in tensors)
    nodes: dict[fx.Node, int] = {}
    lines: list[Hashable] = []
    for node in program.graph.nodes:
        target: Hashable = node.target
        if node.op == "call_module":
            target = _described(program.get_submodule(str(node.target)))
        elif node.op == "get_attr":
            target = ""
        own = tuple(numbers[id(tensor)] for _, tensor in _own(program, node))
        given = fx.node.map_arg((node.args, node.kwargs), lambda each: f"%{nodes[each]}")
        lines.append((node.op, target, own, repr(given)))
        nodes[node] = len(nodes)
    return (*lines, weights, tuple(turn.weights.values()), objective.every, objective.begin, objective.end)


def _described(module: nn.Module) -> str:
    """A module's class and settings, and those of all modules in it."""
    parts = []
    for name, each in module.named_modules():
        plain = {key: value for key, value in vars(each).items() if not key.startswith("_")}
        settings = {key: value for key, value in plain.items() if not isinstance(value, Tensor | nn.Module)}
        parts.append(f"{name}:{type(each).__module__}.{type(each).__qualname__}{sorted(settings.items())!r}")
    return ";".join(parts)
