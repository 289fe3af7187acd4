"""Which settings have no effect as the others are, in words: one source for every form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.model.condition import Only
from core.model.spec import Param
from core.model.values import Params, Value, show_value


def only_with(param: Param, name: str, *values: Value, above: float = 0.0) -> Param:
    """The parameter as one that counts only where another is one of `values`, or without them more than `above`."""
    return replace(param, only=(*param.only, Only(name, values, above)))


def without_effect(params: Sequence[Param], values: Params) -> dict[str, str]:
    """Why settings have no effect with these values (a missing one is the default): a sentence each, by name."""
    known = {param.name: param for param in params}
    found = {}
    for param in params:
        for only in param.only:
            other = known.get(only.name)
            if other and not only.holds(value := values.get(other.name, other.default)):
                shown = f"“{value}”" if isinstance(value, str) else show_value(value)
                found[param.name] = f"It has no effect while {other.title} is {shown}."
    return found
