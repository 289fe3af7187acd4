"""What a person types as the values of a parameter, and which values are worth a first try."""

from __future__ import annotations

import math

from core.model.spec import Param
from core.model.values import Value
from gui.panels.entry import entered, shown

WORDS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def read_values(param: Param, text: str) -> tuple[tuple[Value, ...], str]:
    """The values in a list such as `0.1, 0.01` (or with `;` between), and what is wrong with it (empty: nothing)."""
    words = [word.strip() for word in text.split(";" if ";" in text else ",")]
    words = [word for word in words if word]
    if not words:
        return (), f"List values of {param.title}, with commas between."
    found: list[Value] = []
    for word in words:
        value, wrong = _read(param, word)
        if wrong:
            return (), wrong
        if value not in found:
            found.append(value)
    return tuple(found), ""


def _read(param: Param, word: str) -> tuple[Value, str]:
    if param.type == "bool":
        known = WORDS.get(word.casefold())
        return (known, "") if known is not None else (None, f"{param.title} is yes or no, not “{word}”.")
    if param.type in ("choice", "field"):
        return word, param.complaint(word)
    return entered(param, word)


def is_numeric(param: Param) -> bool:
    """Whether a range makes sense."""
    return param.type in ("int", "float")


def suggested(param: Param, value: Value) -> str:
    """A list to begin with: around the present value, or all there are."""
    if param.type == "bool":
        return "no, yes"
    if param.type == "choice":
        return ", ".join(param.choices[:6])
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return shown(param, value)
    if param.type == "int":
        around: list[float] = [max(1, value // 2), value, value * 2] if value > 0 else [value, value + 1, value + 2]
    elif 0 < value < 1 and param.high == 1.0:
        around = [value / 2, value, min(1.0, value * 1.5)]
    else:
        around = [value / 10, value, value * 10] if value else [0.0, 0.1, 0.2]
    whole = param.type == "int"
    kept = [int(each) if whole else float(f"{each:.6g}") for each in around]
    return ", ".join(shown(param, each) for each in dict.fromkeys(kept) if not param.complaint(each))


def range_around(param: Param, value: Value) -> tuple[float, float]:
    """The ends of a range to begin with."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value:
        return 0.0, 1.0
    low, high = (
        (abs(value) / 10, abs(value) * 10) if param.type == "float" else (max(1, abs(value) // 4), abs(value) * 4)
    )
    if param.high is not None:
        high = min(high, param.high)
    if param.low is not None:
        low = max(low, param.low)
    return float(f"{low:.6g}"), float(f"{high:.6g}")
