"""Python text by its top-level names: what a class needs of its own file, so that it can be pasted elsewhere."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Import = ast.Import | ast.ImportFrom
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Definitions:
    """The text of a file and its top-level statements by the names that they bind."""

    text: str
    bound: dict[str, ast.stmt] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Definitions:
        """Raises SyntaxError, or ValueError for text that cannot be Python at all."""
        bound: dict[str, ast.stmt] = {}
        for statement in ast.parse(text).body:
            bound.update(dict.fromkeys(_binds(statement), statement))
        return cls(text, bound)

    def needed(self, names: Iterable[str]) -> list[ast.stmt]:
        """The statements that some names need, in the order of the file."""
        found: dict[ast.stmt, None] = {}
        waiting = list(names)
        while waiting:
            statement = self.bound.get(waiting.pop())
            if statement is None or statement in found:
                continue
            found[statement] = None
            if not isinstance(statement, Import):
                waiting += _uses(statement)
        return sorted(found, key=lambda statement: statement.lineno)

    def pasted(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """The imports, one line for each name that is really used, and the definitions that some names need."""
        statements = self.needed(names)
        used = {name for statement in statements for name in _uses(statement)}
        imports, texts = list[str](), list[str]()
        for statement in statements:
            if isinstance(statement, Import):
                its = {name for name, binding in self.bound.items() if binding is statement}
                imports += import_lines(statement, its & used)
            else:
                texts.append(self._segment(statement))
        return imports, texts

    def names_of(self, statement: ast.stmt) -> list[str]:
        """The names that a statement binds."""
        return [name for name, its in self.bound.items() if its is statement]

    def unknown(self, names: Iterable[str]) -> dict[str, int]:
        """Names that neither the file, nor Python, nor anything inside the definitions themselves binds, with lines."""
        found: dict[str, int] = {}
        for statement in self.needed(names):
            if isinstance(statement, Import):
                continue
            local = set(_binds_inside(statement))
            for node in ast.walk(statement):
                known = not isinstance(node, ast.Name) or node.id in self.bound or node.id in local
                if not known and isinstance(node, ast.Name) and not hasattr(builtins, node.id):
                    found.setdefault(node.id, node.lineno)
        return found

    def _segment(self, statement: ast.stmt) -> str:
        first = statement.lineno
        if isinstance(statement, Definition) and statement.decorator_list:
            first = min(decorator.lineno for decorator in statement.decorator_list)
        return "\n".join(self.text.splitlines()[first - 1 : statement.end_lineno])


def import_lines(statement: Import, names: Iterable[str]) -> list[str]:
    """An import as one line for each of the names that it binds."""
    lines, wanted = [], set(names)
    for alias in statement.names:
        if (alias.asname or alias.name.partition(".")[0]) not in wanted:
            continue
        as_name = f" as {alias.asname}" if alias.asname else ""
        start = "" if isinstance(statement, ast.Import) else f"from {'.' * statement.level}{statement.module or ''} "
        lines.append(f"{start}import {alias.name}{as_name}")
    return lines


def _binds(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top of a file binds."""
    if isinstance(statement, Definition):
        yield statement.name
    elif isinstance(statement, Import):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
            for node in ast.walk(target):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id


def _uses(statement: ast.AST) -> list[str]:
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]


def _binds_inside(statement: ast.stmt) -> Iterator[str]:
    """Every name that is bound anywhere inside a definition: its scopes are not told apart."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, Definition | Import):
            yield from _binds(node)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
    yield from ("__class__", "__name__", "__file__")
