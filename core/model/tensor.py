"""The type of a tensor that flows along a wire, and of a field of the data, without torch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from core.model.fault import ProjectError

Dim = int | str
"""A size, or a name for one that changes with the batch: `N`, or `64N` where the batch was merged with another axis."""

Meaning = Literal["image", "class", "number", "vector", "token", "series", "graph", "state"]
Form = Literal["as stored", "number", "sign", "one-hot"]
FORMS: tuple[Form, ...] = ("as stored", "number", "sign", "one-hot")


@dataclass(frozen=True)
class TensorType:
    """Shape (with the batch axis, `N` first as a rule) and torch's name of the dtype (`float32`, `int64`, `bool`)."""

    shape: tuple[Dim, ...]
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def sample(self) -> tuple[Dim, ...]:
        """The shape of one sample: without the batch axis."""
        return self.shape[1:]

    @property
    def is_float(self) -> bool:
        return self.dtype.startswith(("float", "bfloat"))

    def size(self, axis: int) -> int:
        """The size of an axis that is known before a batch is: raises ValueError for a batch axis."""
        value = self.shape[axis]
        if isinstance(value, str):
            raise ValueError(f"axis {axis} of {self} changes with the batch")
        return value

    def __str__(self) -> str:
        return "×".join(str(dim) for dim in self.shape) if self.shape else "scalar"


@dataclass(frozen=True)
class Field:
    """A named column of the data: the shape of one sample, its dtype, what it means.

    `labels` are the names of the classes of a `class` or `token` field (their number is the number of classes), and
    the names of the columns of a `vector` field.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    meaning: Meaning = "vector"
    title: str = ""
    labels: tuple[str, ...] = field(default=())

    @property
    def classes(self) -> int:
        return len(self.labels) if self.meaning in ("class", "token") else 0

    @property
    def type(self) -> TensorType:
        return TensorType(("N", *self.shape), self.dtype)

    def formed(self, form: str) -> Field:
        """This field in another form: a class as a number (1), a sign −1/+1 (1) or one-hot (classes).

        Raises ProjectError where the form does not fit the field.
        """
        if form == "as stored":
            return self
        if form == "number" and self.meaning in ("class", "number") and self.shape in ((), (1,)):
            return replace(self, shape=(1,), dtype="float32", meaning="number", labels=())
        if form == "sign" and self.classes == 2 and self.shape == ():
            return replace(self, shape=(1,), dtype="float32", meaning="number", labels=())
        if form == "one-hot" and self.classes:
            return replace(self, shape=(*self.shape, self.classes), dtype="float32", meaning="vector")
        raise ProjectError(
            f"The field “{self.name}” cannot be read as {form}.",
            fix="A sign needs two classes; a number and one-hot need a class. Choose “as stored”.",
        )
