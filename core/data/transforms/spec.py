"""What a transform of the data is, and the list of all kinds; importing `core.data.transforms` fills it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.data.registry import Given
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field
from core.model.values import Params

Array = npt.NDArray[Any]
State = tuple[npt.NDArray[np.float32], ...]
"""What was fitted on the training part."""
Chunks = Callable[[], Iterator[Array]]
"""The training values of a field, (samples, *shape) in pieces, as often as they are asked for."""
When = Literal["always", "training"]

Group = Literal["scale", "code", "place", "colour", "noise"]
GROUPS: dict[Group, str] = {
    "scale": "Scale",
    "code": "Code and copy",
    "place": "Place in the picture",
    "colour": "Colour",
    "noise": "Noise and masks",
}
"""Groups of transforms in the order in which a menu lists them, with their titles."""


def _same(field: Field, given: Given) -> tuple[Field, ...]:
    return (field,)


def _no_complaint(field: Field, given: Given) -> str:
    return ""


@dataclass(frozen=True)
class TransformSpec:
    """One kind of transform.

    `when` is "always" for what changes every part alike, fitted on the training part alone, and "training" for what is
    drawn anew for every batch of training. `refuse` says why a field cannot be transformed, `gives` which fields come
    out, in the order of the results.

    An "always" kind works in NumPy: `fit` looks at the training part, `apply` takes values (samples, *shape), the
    field, the parameters, what was fitted and chance. Where `affine` is set, `fit` gives a mean and a deviation, each
    shaped to fit one sample, and (values − mean) / deviation is all that happens: such a kind may also follow one that
    is drawn. One that `draws` may take random numbers, once for each sample.

    A "training" kind names in `target` a function of torch that takes a batch (N, *shape), the field, the parameters
    and a generator. `still` is what it does to the other parts: nothing, the same "drawn once", or another function of
    torch (`core.data.transforms.…`) of the same form.

    `source` is the citation; `group` is its place in a menu.
    """

    kind: str
    title: str
    doc: str
    source: str
    group: Group
    when: When
    params: tuple[Param, ...] = ()
    refuse: Callable[[Field, Given], str] = _no_complaint
    gives: Callable[[Field, Given], tuple[Field, ...]] = _same
    fit: Callable[[Chunks, Field, Given], State] | None = None
    apply: Callable[[Array, Field, Given, State, np.random.Generator], tuple[Array, ...]] | None = None
    affine: bool = False
    draws: bool = False
    target: str = ""
    still: str = ""

    def given(self, params: Params, place: str) -> Given:
        """All parameters, checked; raises ProjectError with the parameter as its place."""
        known = {param.name for param in self.params}
        for name in params:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                fix = f"Did you mean “{near[0]}”?" if near else f"It has {', '.join(sorted(known)) or 'none'}."
                raise ProjectError(
                    f"“{self.title}” has no parameter “{name}”.", place=f"{place}.params.{name}", fix=fix
                )
        values = {param.name: params.get(param.name, param.default) for param in self.params}
        for param in self.params:
            if complaint := param.complaint(values[param.name]):
                raise ProjectError(complaint, place=f"{place}.params.{param.name}", fix="Change that parameter.")
        return Given(values)


transforms: dict[str, TransformSpec] = {}
"""Every kind of transform by its id, in the order in which a menu lists them."""


def add(*added: TransformSpec) -> None:
    """Registers kinds; an id can be taken once."""
    for each in added:
        if each.kind in transforms:
            raise ValueError(f"the transform {each.kind} is registered twice")
        transforms[each.kind] = each


def transform_of(kind: str, place: str = "data.transforms") -> TransformSpec:
    """The kind with that id; raises ProjectError."""
    if found := transforms.get(kind):
        return found
    near = difflib.get_close_matches(kind, transforms, 1)
    fix = f"Did you mean “{near[0]}”?" if near else f"There are {', '.join(transforms)}."
    raise ProjectError(f"There is no transform “{kind}”.", place=place, fix=fix)


def needs_floats(field: Field) -> str:
    """Why a field of measured values is needed; empty where it is one."""
    if field.dtype == "float32":
        return ""
    return f"holds {field.meaning} numbers, which are not measurements"


def needs_picture(field: Field) -> str:
    """Why a picture (C, H, W) is needed; empty where it is one."""
    if field.meaning == "image" and len(field.shape) == 3:
        return ""
    return f"is no picture, but a {field.meaning}"


def needs_colours(field: Field) -> str:
    """Why a picture in red, green and blue is needed; empty where it is one."""
    if wrong := needs_picture(field):
        return wrong
    return (
        ""
        if field.shape[0] == 3
        else f"has {field.shape[0]} channel{'s'[: field.shape[0] != 1]}, not red, green and blue"
    )
