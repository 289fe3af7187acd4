"""Every parameter of a project by an address that a person can type, to be read and set.

`training.batch_size` · `training.objectives[0].optimizer.lr` · `training.objectives[0].schedule` (its kind) ·
`training.objectives[0].rates.linear_1` · `data.noise` · `data.split.test` · `linear_1.out_features` ·
`residual/conv2d_1.kernel_size` (a node inside a block's definition).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from core.data.registry import sources
from core.model.fault import EditError, ProjectError
from core.model.graph import BLOCK, Node
from core.model.ops import SetData, SetParams, SetTraining
from core.model.project import Project
from core.model.settings import BOUNDS, Objective, Optimizer, Schedule
from core.model.spec import Param
from core.model.values import Params, Value
from core.training.optimizers import optimizers
from core.training.parameters import objective_params, run_params
from core.training.schedules import schedules

_DEVICES = ("auto", "cpu", "cuda", "mps")
_LEARNING = ("dense", "convolution", "recurrent", "attention", "normalisation", "graph")
"""Families of layers that have weights; those inside of blocks are reached through their block."""
_OBJECTIVE = re.compile(r"training\.objectives\[(\d+)\]\.")


@dataclass(frozen=True)
class Place:
    """One parameter of a project: its address, what a list calls it, what it may be, and its value."""

    address: str
    title: str
    param: Param
    value: Value
    put: Callable[[Project, Value], None]


def places(project: Project) -> dict[str, Place]:
    """All parameters of a project by their addresses, in the order of the forms."""
    return {place.address: place for place in _all(project)}


def _all(project: Project) -> Iterator[Place]:
    yield from _training(project)
    yield from _objectives(project)
    yield from _data(project)
    yield from _nodes(project)


def place_of(project: Project, address: str) -> Place:
    """The parameter at an address; raises ProjectError where there is none."""
    if found := next((place for place in _all(project) if place.address == address), None):
        return found
    near = difflib.get_close_matches(address, places(project), 1, 0.5)
    fix = f"Did you mean “{near[0]}”?" if near else "Write it as training.batch_size or as linear_1.out_features."
    raise ProjectError(f"The project has no parameter “{address}”.", place=address, fix=fix)


def set_value(project: Project, address: str, value: Value) -> None:
    """Sets one parameter; raises ProjectError where the value does not fit."""
    place = place_of(project, address)
    if wrong := place.param.complaint(value):
        raise ProjectError(wrong, place=address, fix="Choose another value.")
    try:
        place.put(project, value)
    except EditError as error:
        raise ProjectError(error.message, place=address, fix=error.fix) from error


def _training(project: Project) -> Iterator[Place]:
    training = project.training
    params = run_params((*_DEVICES, *({training.device} - set(_DEVICES))), several=len(training.objectives) > 1)
    for param in params:

        def put(target: Project, value: Value, name: str = param.name) -> None:
            SetTraining(msgspec.structs.replace(target.training, **{name: value})).apply(target)

        yield Place(f"training.{param.name}", param.title, param, getattr(training, param.name), put)


def _objectives(project: Project) -> Iterator[Place]:
    training = project.training
    several, in_cycle = len(training.objectives) > 1, training.turns == "cycle"
    for index, objective in enumerate(training.objectives):
        head = f"training.objectives[{index}]."
        whose = f"{objective.name}: " if several else ""
        yield from _choice(head, whose, "optimizer", optimizers, objective.optimizer, Optimizer)
        yield from _choice(head, whose, "schedule", schedules, objective.schedule, Schedule)
        for param in objective_params(several=several, in_cycle=in_cycle):
            put = _changing(index, param.name, lambda _objective, value: value)
            yield Place(f"{head}{param.name}", f"{whose}{param.title}", param, getattr(objective, param.name), put)
        for name, what in (("losses", "weight"), ("rates", "rate")):
            low, high = BOUNDS["rate"] if name == "rates" else (None, None)
            for node, number in _numbers(project, objective, name):
                param = Param(node, node, "float", 1.0, f"The {what} of {node}.", low=low, high=high)
                put = _changing(index, name, _entering(project, name, node))
                yield Place(f"{head}{name}.{node}", f"{whose}{what} of {node}", param, number, put)


def _numbers(project: Project, objective: Objective, name: str) -> list[tuple[str, float]]:
    """Losses with their weights, or layers with the factor of their rate."""
    if name == "losses":
        known = [node.id for node in project.graph.of_family("loss")]
        return list((objective.losses or dict.fromkeys(known, 1.0)).items())
    names = objective.trains or tuple(node.id for node in project.graph.nodes.values() if _learns(project, node))
    return [(node, objective.rates.get(node, 1.0)) for node in dict.fromkeys((*names, *objective.rates))]


def _learns(project: Project, node: Node) -> bool:
    """Whether a node is of a sort that has weights as a rule."""
    spec = project.spec_of(node)
    return node.kind == BLOCK or (spec is not None and spec.call == "module" and spec.family in _LEARNING)


def _entering(project: Project, name: str, node: str) -> Callable[[Objective, Value], dict[str, Value]]:
    def entered(objective: Objective, value: Value) -> dict[str, Value]:
        return {**dict(_numbers(project, objective, name) if name == "losses" else objective.rates), node: value}

    return entered


def _changing(index: int, name: str, made: Callable[[Objective, Value], Any]) -> Callable[[Project, Value], None]:
    """Sets a field of one objective to what `made` makes of a value."""

    def put(target: Project, value: Value) -> None:
        objectives = list(target.training.objectives)
        objectives[index] = msgspec.structs.replace(objectives[index], **{name: made(objectives[index], value)})
        SetTraining(msgspec.structs.replace(target.training, objectives=tuple(objectives))).apply(target)

    return put


def _choice(head: str, whose: str, what: str, registry: Any, chosen: Any, make: Any) -> Iterator[Place]:
    """The kind of an optimizer or a schedule, and the parameters of the kind that is chosen."""
    title = what.capitalize()
    kind = Param(what, title, "choice", chosen.kind, f"The {what}.", choices=tuple(registry))
    index = int(_OBJECTIVE.match(head).group(1))  # type: ignore[union-attr]
    yield Place(f"{head}{what}", f"{whose}{title}", kind, chosen.kind, _changing(index, what, lambda _, v: make(v, {})))
    if spec := registry.get(chosen.kind):
        values = spec.complete(chosen.params)
        for param in spec.params:

            def made(objective: Objective, value: Value, name: str = param.name) -> Any:
                old = getattr(objective, what)
                return make(old.kind, {**old.params, name: value})

            title = f"{whose}{param.title}"
            yield Place(f"{head}{what}.{param.name}", title, param, values[param.name], _changing(index, what, made))


def _data(project: Project) -> Iterator[Place]:
    data = project.data
    source = sources.get(data.source)
    for param in source.params if source else ():

        def put(target: Project, value: Value, name: str = param.name) -> None:
            SetData(msgspec.structs.replace(target.data, params={**target.data.params, name: value})).apply(target)

        value = data.params.get(param.name, param.default)
        yield Place(f"data.{param.name}", f"data: {param.title}", param, value, put)
    for name in ("validation", "test", "seed"):
        low, high = BOUNDS[name]
        param = Param(
            name,
            name,
            "int" if name == "seed" else "float",
            getattr(data.split, name),
            f"The split's {name}.",
            low=low,
            high=high,
        )

        def put_split(target: Project, value: Value, name: str = name) -> None:
            split = msgspec.structs.replace(target.data.split, **{name: value})
            SetData(msgspec.structs.replace(target.data, split=split)).apply(target)

        yield Place(f"data.split.{name}", f"split: {name}", param, getattr(data.split, name), put_split)


def _nodes(project: Project) -> Iterator[Place]:
    for within in ("", *project.blocks):
        for node in project.inside(within).nodes.values():
            yield from _node(project, node, within)


def _node(project: Project, node: Node, within: str) -> Iterator[Place]:
    spec = project.spec_of(node)
    if spec is None:
        return
    values: Params = {param.name: node.params.get(param.name, param.default) for param in spec.params}
    for param in spec.params:

        def put(target: Project, value: Value, name: str = param.name) -> None:
            SetParams(node.id, {name: value}, within).apply(target)

        where = f"{within}/{node.id}" if within else node.id
        yield Place(f"{where}.{param.name}", f"{node.title or where}: {param.title}", param, values[param.name], put)
