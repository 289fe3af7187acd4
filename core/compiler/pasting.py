"""The program's own modules as text, with whatever they use, so that an exported file needs torch alone."""

from __future__ import annotations

import ast
import functools
import importlib.resources
from collections.abc import Iterable


@functools.cache
def _module() -> tuple[str, dict[str, ast.stmt]]:
    """The text of `core.layers.modules` and its top-level statements by the names that they bind."""
    path = importlib.resources.files("core.layers").joinpath("modules.py")
    text = path.read_text(encoding="utf-8")
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
    return text, bound


def defined_names() -> frozenset[str]:
    """All names of the program's own modules, which no generated class may take."""
    return frozenset(_module()[1])


def paste(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The imports and the definitions that the named classes and functions need, in the order of the module."""
    text, bound = _module()
    needed: dict[ast.stmt, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        statement = bound.get(name)
        if statement is None or statement in needed:
            continue
        needed[statement] = name
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            waiting += [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]
    imports, definitions = [], []
    for statement in sorted(needed, key=lambda s: s.lineno):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            imports += _import_lines(statement, {n for n, s in bound.items() if s is statement}, set(_names(needed)))
        else:
            definitions.append(_segment(text, statement))
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
