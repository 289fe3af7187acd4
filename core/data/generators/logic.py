"""Truth tables: the functions of two inputs that a single threshold neuron can compute, and the one that it cannot."""

from __future__ import annotations

import numpy as np

from core.data.registry import Arrays, DataSource, Given, add
from core.model.spec import Param
from core.model.tensor import Field

INPUTS = ((0, 0), (0, 1), (1, 0), (1, 1))
GATES = {
    "AND": (0, 0, 0, 1),
    "OR": (0, 1, 1, 1),
    "NOT": (1, 1, 0, 0),
    "NAND": (1, 1, 1, 0),
    "NOR": (1, 0, 0, 0),
    "XOR": (0, 1, 1, 0),
    "XNOR": (1, 0, 0, 1),
}
"""What each gives for the rows of `INPUTS`; NOT is that of the first input."""


def _truth(name: str, title: str) -> Field:
    return Field(name, (), "int64", "class", title, ("0", "1"))


def _fields(given: Given) -> dict[str, Field]:
    return {
        "x": Field("x", (2,), "float32", "vector", "inputs", ("a", "b")),
        "y": _truth("y", given.word("gate")),
        "a": Field("a", (1,), "float32", "number", "the first input alone"),
        **{f"y_{gate.lower()}": _truth(f"y_{gate.lower()}", gate) for gate in GATES},
    }


def _read(given: Given) -> Arrays:
    inputs = np.array(INPUTS, np.float32)
    tables = {gate: np.array(rows, np.int64) for gate, rows in GATES.items()}
    return {
        "x": inputs,
        "y": tables[given.word("gate")],
        "a": inputs[:, :1].copy(),
        **{f"y_{gate.lower()}": table.copy() for gate, table in tables.items()},
    }


add(
    DataSource(
        "logic",
        "Truth tables",
        "The four rows of two inputs a and b. y is the chosen function of them; the others have fields of their own. "
        "Only XOR and XNOR are not linearly separable.",
        "W. McCulloch, W. Pitts: A logical calculus of the ideas immanent in nervous activity (1943).",
        "toy",
        _fields,
        _read,
        (Param("gate", "Function", "choice", "AND", "What y is; NOT is that of a.", choices=tuple(GATES)),),
    )
)
