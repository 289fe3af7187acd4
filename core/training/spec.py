"""A choice that a form offers, with its parameters: what optimizers and schedules have in common. No torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.values import Params, Value


@dataclass(frozen=True)
class ChoiceSpec:
    """One entry of a registry: what it is called, what it does, its formula (LaTeX) and its source (paper).

    `check` says in plain words why parameters that are right one by one do not fit together; empty when they do.
    """

    kind: str
    title: str
    doc: str
    formula: str
    source: str
    params: tuple[Param, ...]
    check: Callable[[Params], str] | None = None

    def complete(self, given: Params) -> dict[str, Value]:
        """All parameters: those given, the defaults for the others."""
        return {param.name: given.get(param.name, param.default) for param in self.params}

    def complaint(self, given: Params) -> str:
        """Why the parameters cannot be accepted, in plain words; empty when they can."""
        known = {param.name: param for param in self.params}
        for name, value in given.items():
            if name not in known:
                return f"{self.title} has no parameter “{name}”; it has {', '.join(known) or 'none'}."
            if wrong := known[name].complaint(value):
                return wrong
        return self.check(self.complete(given)) if self.check else ""


Choice = TypeVar("Choice", bound=ChoiceSpec)


def choose(registry: Mapping[str, Choice], kind: str, given: Params, place: str, what: str) -> Choice:
    """The registered choice of that name; raises ProjectError when there is none or a parameter does not fit."""
    spec = registry.get(kind)
    if spec is None:
        raise ProjectError(f"There is no {what} “{kind}”.", place=place, fix=f"Choose one of {', '.join(registry)}.")
    if wrong := spec.complaint(given):
        raise ProjectError(wrong, place=place, fix=f"Change the {what}'s settings.")
    return spec


def number(value: Value) -> float:
    """A parameter that its spec promises to be a number."""
    if isinstance(value, (int, float)):
        return float(value)
    raise TypeError(f"{value!r} is not a number")
