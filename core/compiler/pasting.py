"""The program's own modules as text, with whatever they use, so that an exported file needs torch alone."""

from __future__ import annotations

import ast
import functools
import importlib.resources
from collections.abc import Iterable
from typing import NamedTuple

from core.compiler.targets import OWN


class _Text(NamedTuple):
    """The text of a file and its top-level statements by the names that they bind."""

    text: str
    bound: dict[str, ast.stmt]


@functools.cache
def _read(file: str) -> _Text:
    """A file of the program's own modules: `loss` is `core/layers/modules/loss.py`."""
    text = importlib.resources.files("core.layers.modules").joinpath(f"{file}.py").read_text(encoding="utf-8")
    bound: dict[str, ast.stmt] = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            bound[statement.name] = statement
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            for alias in statement.names:
                bound[alias.asname or alias.name.partition(".")[0]] = statement
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    bound[target.id] = statement
    return _Text(text, bound)


@functools.cache
def defined_names() -> frozenset[str]:
    """All names of the program's own modules, which no generated class may take."""
    files = importlib.resources.files("core.layers.modules").iterdir()
    names = [file.name.removesuffix(".py") for file in files if file.name.endswith(".py")]
    return frozenset(bound for name in names for bound in _read(name).bound)


def paste(targets: Iterable[str]) -> tuple[list[str], list[str]]:
    """The imports and the definitions that targets (`core.layers.modules.loss.DiceLoss`) need, in the files' order."""
    wanted: dict[str, list[str]] = {}
    for target in sorted(targets):
        file, name = target.removeprefix(OWN).split(".")[:2]
        wanted.setdefault(file, []).append(name)
    imports, definitions = list[str](), list[str]()
    for file, names in wanted.items():
        lines, texts = _needed(_read(file), names)
        imports += [line for line in lines if line not in imports]
        definitions += texts
    return imports, definitions


def _needed(file: _Text, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The imports and the definitions of one file that some of its names need, in its order."""
    needed: dict[ast.stmt, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        statement = file.bound.get(name)
        if statement is None or statement in needed:
            continue
        needed[statement] = name
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            waiting += [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]
    imports, definitions = [], []
    for statement in sorted(needed, key=lambda s: s.lineno):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            bound = {name for name, its in file.bound.items() if its is statement}
            imports += _import_lines(statement, bound, set(_names(needed)))
        else:
            definitions.append(_segment(file.text, statement))
    return imports, definitions


def _names(statements: Iterable[ast.stmt]) -> Iterable[str]:
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                yield node.id


def _import_lines(statement: ast.Import | ast.ImportFrom, bound: set[str], used: set[str]) -> list[str]:
    """One line for each name that is really used."""
    lines = []
    for alias in statement.names:
        name = alias.asname or alias.name.partition(".")[0]
        if name not in bound or name not in used:
            continue
        as_name = f" as {alias.asname}" if alias.asname else ""
        if isinstance(statement, ast.Import):
            lines.append(f"import {alias.name}{as_name}")
        else:
            lines.append(f"from {statement.module} import {alias.name}{as_name}")
    return lines


def _segment(text: str, statement: ast.stmt) -> str:
    first = statement.lineno
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and statement.decorator_list:
        first = min(decorator.lineno for decorator in statement.decorator_list)
    return "\n".join(text.splitlines()[first - 1 : statement.end_lineno])
