"""Shape and operations: what joins, turns and reorders tensors without learning."""

from __future__ import annotations

from core.layers.operation import (
    arithmetic,
    deciding,
    functions,
    generative,
    joining,
    products,
    reduction,
    shape,
)

# Commonest first: shapes and joins, then sums and products, then what fewer networks need.
SPECS = (
    *shape.SPECS[:2],
    *arithmetic.SPECS[:1],
    *joining.SPECS[:1],
    *arithmetic.SPECS[1:],
    *products.SPECS,
    *shape.SPECS[2:],
    *reduction.SPECS,
    *joining.SPECS[1:],
    *functions.SPECS,
    *deciding.SPECS,
    *generative.SPECS,
)
