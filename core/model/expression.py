"""Small formulas in place of numbers, such as `=channels*4`: parsed and computed here, never by `eval`.

They may use numbers, words in quotes, the parameters of the block around them, `+ - * / // % **`, comparisons,
`a if c else b`, and the functions in `FUNCTIONS`.
"""

from __future__ import annotations

import ast
import difflib
import functools
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from core.model.fault import ProjectError
from core.model.values import Value

MARK = "="
LONGEST = 200
LARGEST = 1e15
"""The largest number that a formula may pass through, so that it can never take long or fill the memory."""

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min, "max": max, "abs": abs, "round": round, "floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt,
}  # fmt: skip
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CONSTANTS = (bool, int, float, str)


class ExpressionError(ProjectError):
    """A formula that cannot be read or computed, with the reason in plain words."""


def is_expression(value: object) -> bool:
    """Whether a parameter's value is a formula: a text that begins with `=`."""
    return isinstance(value, str) and value.startswith(MARK)


@functools.lru_cache(maxsize=4_096)
def parse(text: str) -> ast.expr:
    """The tree of a formula (`=channels*4`, the mark is optional); raises ExpressionError."""
    body = text.removeprefix(MARK).strip()
    if not body:
        raise ExpressionError("The formula is empty.", fix="Write a number, or a formula such as =channels*4.")
    if len(body) > LONGEST:
        raise ExpressionError(f"The formula is longer than {LONGEST} characters.", fix="Make it shorter.")
    try:
        tree = ast.parse(body, mode="eval").body
        for node in ast.walk(tree):
            _allow(node, body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(
            f"“{body}” is not a formula.", fix="Write it with numbers, names and + - * / // % **."
        ) from error
    return tree


def _allow(node: ast.AST, body: str) -> None:
    """Refuses whatever is not arithmetic."""
    allowed = (
        ast.BinOp, ast.UnaryOp, ast.USub, ast.UAdd, ast.Compare, ast.IfExp, ast.Name, ast.Load, ast.Constant, ast.Call,
        ast.Tuple, *_BINARY, *_COMPARE,
    )  # fmt: skip
    if not isinstance(node, allowed):
        raise ExpressionError(
            f"“{body}” uses more than arithmetic.", fix="Use numbers, names, + - * / // % ** and comparisons."
        )
    if isinstance(node, ast.Constant) and not isinstance(node.value, _CONSTANTS):
        raise ExpressionError(f"“{body}” holds {node.value!r}, which is no number.", fix="Use plain numbers.")
    if isinstance(node, ast.Call) and (
        not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords
    ):
        raise ExpressionError(f"“{body}” calls an unknown function.", fix=f"There are {', '.join(FUNCTIONS)}.")


def complaint(text: str) -> str:
    """Why a text cannot be a formula; empty when it can."""
    try:
        parse(text)
    except ExpressionError as error:
        return f"{error.message} {error.fix}"
    return ""


def respelt(text: str, names: Mapping[str, Value]) -> str:
    """The formula with every unknown name replaced by the known one that is spelt most like it; empty if none is."""
    for name in sorted(names_in(text) - names.keys()):
        close = difflib.get_close_matches(name, names, 1)
        if not close:
            return ""
        text = re.sub(rf"\b{name}\b", close[0], text)
    return text


def _known(name: str, names: Mapping[str, Value]) -> str:
    """What can be named in place of an unknown name."""
    if not names:
        return "Only a block has parameters to name."
    if close := difflib.get_close_matches(name, names, 1):
        return f"Did you mean “{close[0]}”?"
    return f"There {'is' if len(names) == 1 else 'are'} {', '.join(sorted(names))}."


def names_in(text: str) -> set[str]:
    """The names that a formula needs; raises ExpressionError."""
    tree = parse(text)
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node not in called}


def evaluate(text: str, names: Mapping[str, Value]) -> Value:
    """The value of a formula; a whole result of `/` counts as a whole number. Raises ExpressionError."""
    body = text.removeprefix(MARK).strip()
    try:
        value = _value(parse(text), names, body)
    except ZeroDivisionError as error:
        raise ExpressionError(f"“{body}” divides by zero.", fix="Change the formula or the parameter in it.") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise ExpressionError(f"“{body}” cannot be computed.", fix="Check the parameters in it.") from error
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, tuple):
        return tuple(int(each) if isinstance(each, float) and each.is_integer() else each for each in value)
    return value  # type: ignore[no-any-return]


def _value(node: ast.expr, names: Mapping[str, Value], body: str) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            if name not in names:
                known = _known(name, names)
                raise ExpressionError(f"“{body}” names “{name}”, which is not a parameter here.", fix=known)
            return names[name]
        case ast.Tuple(elts=parts):
            return tuple(_value(part, names, body) for part in parts)
        case ast.UnaryOp(op=op, operand=operand):
            value = _value(operand, names, body)
            return -value if isinstance(op, ast.USub) else +value
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(op, _value(left, names, body), _value(right, names, body), body)
        case ast.IfExp(test=test, body=then, orelse=other):
            return _value(then if _value(test, names, body) else other, names, body)
        case ast.Compare(left=left, ops=ops, comparators=rest):
            values = [_value(left, names, body), *(_value(each, names, body) for each in rest)]
            return all(
                _COMPARE[type(op)](one, other) for op, one, other in zip(ops, values[:-1], values[1:], strict=True)
            )
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*(_value(each, names, body) for each in args))
    raise ExpressionError(f"“{body}” is not a formula.")


def _binary(op: ast.operator, left: Any, right: Any, body: str) -> Any:
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if not numbers or (isinstance(op, ast.Pow) and (abs(right) > 64 or abs(left) > 1e6)):
        raise ExpressionError(f"“{body}” cannot be computed.", fix="Use numbers of a usual size in it.")
    result = _BINARY[type(op)](left, right)
    if isinstance(result, complex) or abs(result) > LARGEST:
        raise ExpressionError(f"“{body}” is beyond what a parameter can hold.", fix="Use smaller numbers.")
    return result
