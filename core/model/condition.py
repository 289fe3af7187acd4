"""With what values of another setting a setting counts."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.expression import is_expression
from core.model.values import Value


@dataclass(frozen=True)
class Only:
    """A setting has an effect only where the one called `name` is one of `values`; without them, more than `above`."""

    name: str
    values: tuple[Value, ...] = ()
    above: float = 0.0

    def holds(self, value: Value) -> bool:
        """Whether it is so with this value of the other setting; of a formula nobody knows, so it may be."""
        if is_expression(value):
            return True
        if self.values:
            return value in self.values
        return not isinstance(value, int | float) or value > self.above
