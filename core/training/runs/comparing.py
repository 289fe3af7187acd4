"""The settings of runs side by side: only what differs between them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from core.data.registry import sources
from core.model.file import encode
from core.model.project import Project
from core.model.spec import Param
from core.training.optimizers import optimizers
from core.training.schedules import schedules

ABSENT = "–"


def differences(projects: Sequence[Project]) -> dict[str, list[str]]:
    """Place in the project file → its value in each project, for all places where any two differ.

    Where layers stand on the canvas, titles and notes are left out. A place that a project lacks has a dash; a
    parameter that is set in one of them alone has its default in the others.
    """
    flat = [settings(project) for project in projects]
    usual = [_defaults(project) for project in projects]
    places = dict.fromkeys(place for each in flat for place in each)
    rows = {
        place: [each.get(place) or other.get(place, ABSENT) for each, other in zip(flat, usual, strict=True)]
        for place in places
    }
    return {place: values for place, values in rows.items() if len(set(values)) > 1}


def settings(project: Project) -> dict[str, str]:
    """Every setting of a project by its place, such as `training.epochs` or `conv2d_1.out_channels`."""
    tree = json.loads(encode(project))
    found: dict[str, str] = {}
    for part in ("data", "training"):
        _flatten(tree[part], part, found)
    _graph(tree["graph"], "", found)
    for name, block in tree.get("blocks", {}).items():
        _graph(block, f"{name}/", found)
        _flatten(block.get("params", []), f"{name}.parameters", found)
    return found


def _defaults(project: Project) -> dict[str, str]:
    """What parameters are that a project does not name, by the places of `settings`."""
    found: dict[str, str] = {}
    objectives = project.training.objectives
    for number, objective in enumerate(objectives, 1):
        whose = "training.objectives" + (f".{number}" if len(objectives) > 1 else "")
        _usual(optimizers.get(objective.optimizer.kind), f"{whose}.optimizer.params", found)
        _usual(schedules.get(objective.schedule.kind), f"{whose}.schedule.params", found)
    _usual(sources.get(project.data.source), "data.params", found)
    for within in ("", *project.blocks):
        for node in project.inside(within).nodes.values():
            _usual(project.spec_of(node), f"{within}/{node.id}" if within else node.id, found)
    return found


class _Described(Protocol):
    """Whatever has parameters: an optimizer, a schedule, a data source, a kind of layer."""

    @property
    def params(self) -> tuple[Param, ...]: ...


def _usual(spec: _Described | None, place: str, found: dict[str, str]) -> None:
    for param in spec.params if spec is not None else ():
        found[f"{place}.{param.name}"] = _said(param.default)


def _graph(graph: Mapping[str, Any], prefix: str, found: dict[str, str]) -> None:
    for node in graph.get("nodes", []):
        place = f"{prefix}{node['id']}"
        found[place] = str(node["kind"])
        _flatten(node.get("params", {}), place, found)
        _flatten(node.get("weights", {}), f"{place}.weights", found)
        if "trainable" in node:
            found[f"{place}.trainable"] = _said(node["trainable"])
    for edge in graph.get("edges", []):
        found[f"{prefix}{edge}"] = "wired"


def _flatten(value: Any, place: str, found: dict[str, str]) -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            _flatten(each, f"{place}.{name}", found)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for number, each in enumerate(value, 1):
            # One objective needs no number.
            _flatten(each, place if len(value) == 1 else f"{place}.{number}", found)
    else:
        found[place] = _said(value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_said, value)) or ABSENT
    return ABSENT if value is None or value == "" else str(value)
