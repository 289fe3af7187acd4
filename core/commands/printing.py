"""How the headless commands print: JSON for programs, aligned columns for people."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any


def plain(value: Any) -> Any:
    """JSON has no infinity: such a number becomes null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def print_json(value: Any) -> None:
    print(json.dumps(plain(value), ensure_ascii=False), flush=True)


def print_table(rows: Iterable[Sequence[object]], head: Sequence[str]) -> None:
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
