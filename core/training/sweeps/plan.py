"""A sweep as data: which parameters take which values, with which seeds; and the points that follow."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from core.model.fault import ProjectError
from core.model.file import decode, encode, write_atomically
from core.model.project import Project
from core.model.values import Value
from core.training.sweeps.address import place_of, set_value

FILE = "sweep.json"
SEED = "training.seed"
MOST = 10_000
"""Points at most."""


class Axis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters that take the same values together.

    `values` are given, or follow from `low` and `high`: `count` of them evenly spaced, or, where `random`, one drawn
    for each point; by their logarithm where `log`. Where one of the parameters is whole, so are all numbers.
    """

    addresses: tuple[str, ...]
    values: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    count: int = 0
    log: bool = False
    random: bool = False


class Sweep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every combination of the axes' values (and `draws` draws of the random ones) with each seed.

    `seed` is that of the draws.
    """

    axes: tuple[Axis, ...] = ()
    seeds: tuple[int, ...] = (0,)
    draws: int = 0
    seed: int = 0


class Point(msgspec.Struct, frozen=True):
    """One run of a sweep: a value for each axis."""

    index: int
    values: tuple[Value, ...]
    seed: int

    @property
    def name(self) -> str:
        """The name of its run folder."""
        return f"point-{self.index:04d}-seed-{self.seed}"


def points(sweep: Sweep, project: Project) -> list[Point]:
    """The runs of a sweep in order; raises ProjectError where an axis or a value does not fit the project."""
    if not sweep.axes or not sweep.seeds:
        raise ProjectError("The sweep has nothing to change.", place="axes", fix="Add a parameter, and a seed.")
    _check_addresses(sweep)
    if any(axis.random for axis in sweep.axes) and sweep.draws < 1:
        raise ProjectError("A random axis needs a number of draws.", place="draws", fix="Draw 10, for example.")
    grids = [((None,) if axis.random else _values(axis, project)) for axis in sweep.axes]
    total = math.prod(map(len, grids)) * max(1, sweep.draws if any(a.random for a in sweep.axes) else 1)
    if total * len(sweep.seeds) > MOST:
        raise ProjectError(f"That are {total * len(sweep.seeds):,} runs.", place="axes", fix=f"At most {MOST:,} go.")
    found = list(itertools.product(*grids))
    if any(axis.random for axis in sweep.axes):
        chance = np.random.default_rng(sweep.seed)
        found = [
            tuple(
                _drawn(axis, project, chance) if axis.random else each
                for axis, each in zip(sweep.axes, values, strict=True)
            )
            for values in found
            for _ in range(sweep.draws)
        ]
    made = [Point(index, values, seed) for index, values in enumerate(found) for seed in sweep.seeds]
    for point in made[:: len(sweep.seeds)]:
        at(project, sweep, point)
    return made


def at(project: Project, sweep: Sweep, point: Point) -> Project:
    """A copy of the project with the values and the seed of a point; raises ProjectError."""
    copy = decode(encode(project))
    set_value(copy, SEED, point.seed)
    for axis, value in zip(sweep.axes, point.values, strict=True):
        for address in axis.addresses:
            set_value(copy, address, value)
    return copy


def _check_addresses(sweep: Sweep) -> None:
    """Two values for one parameter cannot be."""
    every = [address for axis in sweep.axes for address in axis.addresses]
    for address in every:
        if every.count(address) > 1:
            raise ProjectError("It is changed twice by the sweep.", place=address, fix="Name each parameter once.")
    if SEED in every and len(sweep.seeds) > 1:
        raise ProjectError("The sweep changes the seed already.", place=SEED, fix="Ask for one seed for each point.")


def _values(axis: Axis, project: Project) -> tuple[Value, ...]:
    if axis.values:
        return axis.values
    if axis.count < 1:
        raise ProjectError("An axis has no values.", place=_name(axis), fix="List some, or give a range and a count.")
    if axis.count > MOST:
        raise ProjectError(f"{axis.count:,} values are too many.", place=_name(axis), fix=f"At most {MOST:,} go.")
    low, high = _range(axis)
    steps = np.linspace(low, high, axis.count)
    return tuple(dict.fromkeys(_number(axis, project, float(step)) for step in steps))


def _drawn(axis: Axis, project: Project, chance: np.random.Generator) -> Value:
    low, high = _range(axis)
    return _number(axis, project, float(chance.uniform(low, high)))


def _range(axis: Axis) -> tuple[float, float]:
    """The ends of an axis, or their logarithms."""
    if not axis.low <= axis.high or not math.isfinite(axis.high - axis.low):
        raise ProjectError(
            f"{axis.low:g} to {axis.high:g} is no range.", place=_name(axis), fix="Give the lower end first."
        )
    if axis.log and axis.low <= 0:
        fix = "Begin above 0, or space the values evenly."
        raise ProjectError(f"{axis.low:g} has no logarithm.", place=_name(axis), fix=fix)
    return (math.log(axis.low), math.log(axis.high)) if axis.log else (axis.low, axis.high)


def _number(axis: Axis, project: Project, place: float) -> Value:
    number = math.exp(place) if axis.log else place
    if any(place_of(project, address).param.type == "int" for address in axis.addresses):
        return round(number)
    return float(f"{number:.6g}")


def _name(axis: Axis) -> str:
    return axis.addresses[0] if axis.addresses else "axes"


class _File(msgspec.Struct):
    sweep: Sweep
    version: Literal[1] = 1
    origin: str = ""
    began: str = ""


def write_sweep(folder: Path, sweep: Sweep, project: Project, origin: str = "") -> None:
    """Puts a sweep and its project into a folder; raises ProjectError.

    `origin` is where the project came from: a file, or `preset:` and its id.
    """
    file = _File(sweep, origin=origin, began=datetime.now(UTC).isoformat(timespec="seconds"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "project.loom", encode(project))
        write_atomically(folder / FILE, msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n")
    except OSError as error:
        raise ProjectError(
            f"The sweep cannot be saved: {error.strerror}.", place=str(folder), fix="Choose another folder."
        ) from error


def read_sweep(folder: Path) -> tuple[Sweep, Project]:
    """The sweep and its project in a folder; raises ProjectError."""
    return _file(folder).sweep, _project(folder)


def told_by(folder: Path) -> tuple[Sweep, str, str]:
    """The sweep in a folder, where its project came from, and when it was begun (ISO 8601); raises ProjectError."""
    found = _file(folder)
    return found.sweep, found.origin, found.began


def _project(folder: Path) -> Project:
    try:
        return decode((folder / "project.loom").read_bytes())
    except OSError as error:
        raise ProjectError("There is no sweep in this folder.", place=str(folder), fix="Choose another one.") from error


def _file(folder: Path) -> _File:
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=_File)
    except OSError as error:
        raise ProjectError("There is no sweep in this folder.", place=str(folder), fix="Choose another one.") from error
    except msgspec.DecodeError as error:
        raise ProjectError(
            f"It is no sweep: {error}.", place=str(folder / FILE), fix="Start the sweep anew."
        ) from error
