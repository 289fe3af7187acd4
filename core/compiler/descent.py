"""Walks into nested blocks without recursion: blocks may be nested deeper than Python's own stack allows."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

Result = TypeVar("Result")
Walk = Generator["Walk[Any]", Any, Result]
"""A function that yields the walks that it would call, and is sent what they return."""


def descend(walk: Walk[Result]) -> Result:
    """Runs a walk and all that it yields, innermost first, and returns its result."""
    stack: list[Walk[Any]] = [walk]
    sent: Any = None
    while True:
        try:
            inner = stack[-1].send(sent)
        except StopIteration as end:
            stack.pop()
            sent = end.value
            if not stack:
                return sent  # type: ignore[no-any-return]
        else:
            stack.append(inner)
            sent = None
