"""How values, calls and names are printed in generated source: as a person would write them, wrapped at 88 columns."""

from __future__ import annotations

import inspect
import json
import keyword
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from core.compiler.targets import PASTED, file_and_name
from core.model.values import Value

WIDTH = 88
OPERATORS: dict[Callable[..., Any], str] = {
    operator.add: "+",
    torch.add: "+",
    operator.sub: "-",
    torch.sub: "-",
    operator.mul: "*",
    torch.mul: "*",
    torch.multiply: "*",
    operator.truediv: "/",
    operator.matmul: "@",
    torch.matmul: "@",
}

RESERVED = ("F", "layer", "len", "math", "nn", "operator", "print", "range", "self", "torch")


def public_name(dotted: str) -> str:
    """`torch.nn.Conv2d` → `nn.Conv2d`, `torch.nn.functional.relu` → `F.relu`; own ones go by their last part."""
    if dotted.startswith(PASTED):
        return file_and_name(dotted)[1]
    for prefix, short in (("torch.nn.functional.", "F."), ("torch.nn.", "nn.")):
        if dotted.startswith(prefix):
            return short + dotted.removeprefix(prefix)
    return dotted


def class_word(title: str, taken: Sequence[str] = ()) -> str:
    """A title as a class name: `LeNet-5` → `LeNet5`, `transformer encoder` → `TransformerEncoder`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", plain)
    name = "".join(word[0].upper() + word[1:] for word in words)
    if not name or not name[0].isalpha():
        name = f"Network{name}"
    if keyword.iskeyword(name) or len(name) == 1:
        name += "Network"
    number = 2
    unique = name
    while unique in taken:
        unique = f"{name}{number}"
        number += 1
    return unique


def literal(value: Value) -> str:
    """A value as Python text, with double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def typed(value: Value) -> str:
    """The annotation of an argument with such a value."""
    if isinstance(value, tuple):
        kinds = {"float" if isinstance(each, float) else "int" for each in value}
        return f"tuple[{'float' if 'float' in kinds else 'int'}, ...]"
    return type(value).__name__


def _parameters(target: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The named parameters of a class or function; empty for torch's built-ins, which do not tell theirs."""
    if isinstance(target, type):
        for base in target.__mro__:
            if "__init__" not in vars(base):
                continue
            found = list(inspect.signature(base.__init__).parameters.values())[1:]  # type: ignore[misc]
            # nn.RNN, nn.LSTM and nn.GRU take *args; their base says which, after the name of the recurrence.
            if not any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in found):
                return {parameter.name: parameter for parameter in found if parameter.name != "mode"}
        return {}
    try:
        return dict(inspect.signature(target).parameters)
    except ValueError:
        return {}


def _is_default(parameter: inspect.Parameter | None, value: object) -> bool:
    default = parameter.default if parameter else inspect.Parameter.empty
    return type(default) is type(value) and default == value


def constructor(
    target: Callable[..., Any], kwargs: Mapping[str, Value], texts: Mapping[str, str] | None = None
) -> list[str]:
    """The arguments of a constructor: up to two leading sizes by position, defaults left out.

    `texts` are what is written in place of values.
    """
    parameters, texts = _parameters(target), texts or {}
    positional: list[str] = []
    rest = dict(kwargs)
    for parameter in list(parameters.values())[:2]:
        if parameter.default is not inspect.Parameter.empty or parameter.name not in rest:
            break
        value = rest.pop(parameter.name)
        positional.append(texts.get(parameter.name, literal(value)))
    order = [name for name in parameters if name in rest] + [name for name in rest if name not in parameters]
    named = [
        f"{name}={texts.get(name, literal(rest[name]))}"
        for name in order
        if texts.get(name, literal(rest[name])) != literal(rest[name])
        or not _is_default(parameters.get(name), rest[name])
    ]
    return positional + named


def keywords(
    target: Callable[..., Any], kwargs: Mapping[str, Value], texts: Mapping[str, str] | None = None
) -> list[str]:
    """The keyword arguments of a call, defaults left out; `texts` are what is written in place of values."""
    texts = texts or {}
    called = target.forward if isinstance(target, type) and issubclass(target, nn.Module) else target
    parameters = _parameters(called)
    return [
        f"{name}={texts.get(name, literal(value))}"
        for name, value in kwargs.items()
        if name in texts or not _is_default(parameters.get(name), value)
    ]


def operation(target: Callable[..., Any], values: Sequence[str], kwargs: Mapping[str, Value]) -> str:
    """`a + b` for a function that has an operator, or `x * 0.5` with a constant; empty for any other."""
    operands = [*values, literal(kwargs["other"])] if set(kwargs) == {"other"} else [*values]
    if target not in OPERATORS or len(operands) < 2 or (kwargs and len(operands) == len(values)):
        return ""
    return f" {OPERATORS[target]} ".join(operands)


def statement(indent: int, start: str, arguments: Sequence[str], end: str = ")", comment: str = "") -> str:
    """`start` + arguments + `end` on one line, or wrapped; a comment that does not fit is left out."""
    space = " " * indent
    line = f"{space}{start}{', '.join(arguments)}{end}"
    if len(line) <= WIDTH:
        return f"{line}  # {comment}" if comment and len(line) + 4 + len(comment) <= WIDTH else line
    inner = f"{space}    {', '.join(arguments)}"
    if len(inner) <= WIDTH:
        return f"{space}{start}\n{inner}\n{space}{end}"
    lines = "".join(f"{space}    {argument},\n" for argument in arguments)
    return f"{space}{start}\n{lines}{space}{end}"


def comprehension(indent: int, start: str, element: str, loop: str, end: str) -> str:
    """`start` + element + loop + `end` on one line, or wrapped before the loop: no comma may stand behind it."""
    line = statement(indent, start, [f"{element} {loop}"], end)
    if not line.endswith(f",\n{' ' * indent}{end}"):
        return line
    space = " " * indent
    return f"{space}{start}\n{space}    {element}\n{space}    {loop}\n{space}{end}"


def reserved(name: str) -> bool:
    """Whether a name cannot be a variable of a generated class: `layer` is that of its loops."""
    return keyword.iskeyword(name) or name in RESERVED


def docstring(indent: int, lines: Sequence[str]) -> list[str]:
    """The lines of a docstring: one line alone stands between its quotes, several end above them."""
    space = " " * indent
    if len(lines) == 1:
        return [f'{space}"""{lines[0]}"""']
    return [f'{space}"""{lines[0]}', *(space + line if line else "" for line in lines[1:]), f'{space}"""']
