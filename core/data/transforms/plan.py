"""The list of transforms of a project against the fields of its data: checked, and put in the order of its work."""

from __future__ import annotations

from dataclasses import dataclass

from core.data.registry import Given
from core.data.transforms.spec import TransformSpec, transform_of
from core.model.fault import ProjectError
from core.model.settings import Data, Transform
from core.model.tensor import Field


@dataclass(frozen=True, eq=False)
class Step:
    """One transform of one field: `place` in the list (−1: the data's own `standardise`), `turn` among its fields."""

    place: int
    turn: int
    spec: TransformSpec
    given: Given
    field: Field
    results: tuple[Field, ...]

    @property
    def drawn(self) -> bool:
        return self.spec.when == "training"

    @property
    def keeps_scale(self) -> bool:
        """Whether values mean afterwards what they meant before."""
        return self.drawn or self.spec.kind == "two_views"

    @property
    def lot(self) -> int:
        """What tells its random numbers from those of the other fields of the same transform; 0 where they are one."""
        return 0 if self.given.values.get("together") else self.turn

    def makes(self, name: str) -> int | None:
        """Which of the results has that name."""
        return next((index for index, field in enumerate(self.results) if field.name == name), None)


@dataclass(frozen=True)
class Plan:
    """All steps. The first `early` ones come before everything that is drawn anew for every batch.

    `fields` are those of the data after all steps.
    """

    steps: tuple[Step, ...]
    early: int
    fields: dict[str, Field]

    @property
    def draws(self) -> bool:
        """Whether batches of training differ from the data as they stand."""
        return any(step.drawn for step in self.steps)

    def needed(self, names: set[str]) -> tuple[tuple[int, ...], set[str]]:
        """The late steps that those fields come from, in order, and the fields that these need beforehand."""
        chosen: list[int] = []
        for index in reversed(range(self.early, len(self.steps))):
            step = self.steps[index]
            if made := {field.name for field in step.results} & names:
                chosen.append(index)
                names = (names - made) | {step.field.name}
        return tuple(reversed(chosen)), names


def listed(data: Data) -> list[tuple[int, Transform]]:
    """Every transform that is switched on with its place, the data's own `standardise` (−1) at the head."""
    own = [(-1, Transform("standardise", data.standardise))] if data.standardise else []
    return own + [(place, each) for place, each in enumerate(data.transforms) if each.on]


def place_of(place: int) -> str:
    """How a message names a place in the list."""
    return "data.standardise" if place < 0 else f"data.transforms[{place}]"


def plan(fields: dict[str, Field], data: Data) -> Plan:
    """Raises ProjectError, with its place, where a transform does not fit."""
    now = dict(fields)
    early: list[Step] = []
    late: list[Step] = []
    touched: set[str] = set()
    for place, transform in listed(data):
        here = place_of(place)
        spec = transform_of(transform.kind, f"{here}.kind")
        given = spec.given(transform.params, here)
        if not transform.fields:
            fix = f"The fields are {', '.join(now)}."
            raise ProjectError(f"“{spec.title}” has no field to work on.", place=f"{here}.fields", fix=fix)
        for turn, name in enumerate(transform.fields):
            step = _step(place, turn, spec, given, name, now)
            later = step.drawn or name in touched
            if later and not step.drawn and not spec.affine:
                raise ProjectError(
                    f"“{spec.title}” stands after a transform that is drawn anew for every batch.",
                    place=here,
                    fix="Move it above that one.",
                )
            (late if later else early).append(step)
            now |= {field.name: field for field in step.results}
            if later:
                touched |= {field.name for field in step.results}
    return Plan((*early, *late), len(early), now)


def before(fields: dict[str, Field], data: Data, place: int) -> dict[str, Field]:
    """The fields that the transform at a place in the list can choose from; what goes wrong above it is left out."""
    now = dict(fields)
    above = [each for each in listed(data) if each[0] < place]
    for number, transform in above:
        here = place_of(number)
        try:
            spec = transform_of(transform.kind)
            given = spec.given(transform.params, here)
            for turn, name in enumerate(transform.fields):
                step = _step(number, turn, spec, given, name, now)
                now |= {field.name: field for field in step.results}
        except ProjectError:
            continue
    return now


def _step(place: int, turn: int, spec: TransformSpec, given: Given, name: str, now: dict[str, Field]) -> Step:
    here = place_of(place)
    if name not in now:
        raise ProjectError(
            f"The data have no field “{name}” to {spec.title.lower()}.",
            place=here if place < 0 else f"{here}.fields",
            fix=f"The fields are {', '.join(now)}.",
        )
    field = now[name]
    if wrong := spec.refuse(field, given):
        raise ProjectError(
            f"“{spec.title}” does not fit the field “{name}”: it {wrong}.",
            place=here if place < 0 else f"{here}.fields",
            fix="Choose another field, or take the transform off.",
        )
    results = spec.gives(field, given)
    for result in results:
        if result.name != name and result.name in now:
            raise ProjectError(
                f"“{spec.title}” makes a field “{result.name}”, which is there already.",
                place=here,
                fix="Take one of the two off.",
            )
    return Step(place, turn, spec, given, field, results)
