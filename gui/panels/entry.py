"""What a person types into a form and what a form shows: text to the value of a parameter and back."""

from __future__ import annotations

import math
import re

from core.model.spec import Param
from core.model.values import Value, show_value

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_APART = re.compile(r"\s*[×x*,;]\s*|\s+")
NONE = "none"


def shown(param: Param, value: Value) -> str:
    """The value as a form writes it; `entered` reads it back."""
    if value is None:
        return NONE
    if isinstance(value, float) and not isinstance(value, bool):
        return repr(value) if value != int(value) or abs(value) >= 1e16 else f"{value:g}"
    if isinstance(value, tuple):
        return " × ".join(str(each) for each in value)
    return show_value(value)


def entered(param: Param, text: str) -> tuple[Value, str]:
    """The value that a text means, and why it cannot be accepted (empty when it can)."""
    text = text.strip()
    if param.type == "text":
        return text, param.complaint(text)
    for word in param.words:
        if text.casefold() == word.casefold():
            return word, ""
    if param.optional and text.casefold() in ("", NONE, "-", "–"):
        return None, ""
    if not text:
        return None, f"{param.title} needs a value."
    if param.type in ("ints", "floats"):
        return _several(param, text)
    value = _number(text, whole=param.type == "int")
    if value is None:
        return None, _expected(param, text)
    return value, param.complaint(value)


def _several(param: Param, text: str) -> tuple[Value, str]:
    numbers = [_number(part, whole=param.type == "ints") for part in _APART.split(text.strip("()[] "))]
    if any(number is None for number in numbers):
        return None, _expected(param, text)
    values = tuple(number for number in numbers if number is not None)
    value: Value = values[0] if len(values) == 1 and 1 not in param.lengths else values
    return value, param.complaint(value)


def _number(text: str, *, whole: bool) -> int | float | None:
    """The number that a text means: `1,024`, `1e-3`, `−0.5`; none when it means none."""
    text = text.replace("−", "-").replace("\N{NARROW NO-BREAK SPACE}", "")
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    try:
        number = float(text)
    except ValueError:
        return None
    if not whole:
        return number
    if not math.isfinite(number) or number != int(number):
        return None
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else int(number)


def _expected(param: Param, text: str) -> str:
    words = "".join(f" or “{word}”" for word in param.words)
    hint = {
        "int": f"a whole number{words}",
        "float": f"a number{words}, such as 0.001 or 1e-3",
        "ints": f"a whole number or several{words}, such as 5 or 5 × 3",
        "floats": f"a number or several{words}, such as 0.5 or 1 × −0.5",
    }.get(param.type, "a value")
    return f"{param.title} is {hint}, not “{text}”."


def stepped(param: Param, value: Value, steps: int) -> Value:
    """The value some steps up (or down, below 0) that the arrows lead to, within the parameter's bounds."""
    if isinstance(value, tuple):
        return tuple(_near(param, number + steps) for number in value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        low = param.low if param.low is not None else 0
        return _near(param, int(low) if param.type not in ("float", "floats") else low)
    if param.type in ("int", "ints"):
        return _near(param, value + steps)
    return _near(param, _rung(float(value), steps))


def _near(param: Param, number: float) -> int | float:
    if param.low is not None:
        number = max(number, param.low)
    if param.high is not None:
        number = min(number, param.high)
    return int(number) if param.type in ("int", "ints") else float(number)


def _rung(value: float, steps: int) -> float:
    """Floats go by tenths of their own size: 0.001 → 0.002, 0.01 → 0.009, 0.5 → 0.6; 0 goes by 0.1."""
    for _ in range(abs(steps)):
        size = abs(value)
        unit = 10.0 ** math.floor(math.log10(size)) if size else 0.1
        down = (value > 0) == (steps < 0)
        if size and down and math.isclose(size, unit):
            unit /= 10
        value = float(f"{value + math.copysign(unit, steps):.12g}")
    return value
