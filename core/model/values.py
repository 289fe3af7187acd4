"""The values that a parameter can hold, all of them plain JSON and all hashable."""

from __future__ import annotations

from collections.abc import Mapping

Value = bool | int | float | str | None | tuple[int | float, ...]
Params = Mapping[str, Value]


def show_value(value: Value) -> str:
    """How a value reads on a node or in a sentence: `5 × 3`, `yes`, `1e-05`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " × ".join(show_value(each) for each in value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    return value
