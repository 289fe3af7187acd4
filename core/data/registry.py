"""What a data source is, and the list of all of them; importing `core.data` fills it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy.typing as npt

from core.data.download import Download
from core.data.paths import stamp_of
from core.data.split import Parts
from core.model.fault import ProjectError
from core.model.settings import Split
from core.model.spec import Param
from core.model.tensor import Field
from core.model.values import Params, Value

Arrays = dict[str, npt.NDArray[Any]]
"""All samples of every field: the first axis counts the samples and is equally long in all of them."""

Group = Literal["real", "toy", "sequence", "made", "acting", "own"]
GROUPS: dict[Group, str] = {
    "real": "Real data",
    "toy": "Toy data",
    "sequence": "Generated sequences",
    "made": "Made of digits",
    "acting": "Learning by acting",
    "own": "Your own data",
}
"""Groups of sources in the order in which a form lists them, with their titles."""


@dataclass(frozen=True)
class Given:
    """The checked and complete parameters of a source, each read as what it is."""

    values: Params

    def _get(self, name: str, kind: type | tuple[type, ...]) -> Value:
        value = self.values[name]
        if not isinstance(value, kind):
            raise TypeError(f"the parameter {name} was not checked: {value!r}")
        return value

    def whole(self, name: str) -> int:
        return int(self._get(name, int))  # type: ignore[arg-type]

    def real(self, name: str) -> float:
        return float(self._get(name, (int, float)))  # type: ignore[arg-type]

    def word(self, name: str) -> str:
        return str(self._get(name, str)).strip()

    def flag(self, name: str) -> bool:
        return bool(self._get(name, bool))

    def numbers(self, name: str) -> tuple[float, ...]:
        """One number or several, as a tuple; none is an empty one."""
        value = self._get(name, (int, float, tuple, type(None)))
        if value is None:
            return ()
        return tuple(value) if isinstance(value, tuple) else (value,)  # type: ignore[return-value]

    def sizes(self, name: str) -> tuple[int, ...]:
        """One whole number or several, as a tuple; none is an empty one."""
        return tuple(int(each) for each in self.numbers(name))


class Actor(Protocol):
    """Plays on with the present network, batch by batch; `batches` make an epoch."""

    @property
    def batches(self) -> int: ...

    def batch(self, policy: Callable[[npt.NDArray[Any]], npt.NDArray[Any]], size: int) -> Arrays:
        """Acts by what `policy` says of states (N, …): scores of actions (N, A); gives a batch of about `size`."""
        ...

    def report(self) -> dict[str, float]:
        """Metrics by name of what happened since the last call."""
        ...

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class DataSource:
    """One source of data: what it gives (`fields`), and all of it (`load`).

    `source` is the citation with the licence. `files` names the parameters that are paths, each with the filter of a
    file dialog; an empty filter means a folder. `standardise` names the fields that a form should standardise when the
    source is chosen. `gap` is set where neighbouring samples overlap: such data are split into contiguous blocks, and
    that many samples are left out between two blocks, so that no part sees what is another's. `parts` is set where
    the source itself must say which sample may belong where: it has a test part of its own, or samples share what must
    not be seen twice. `needs` names the files that have to be fetched from the net before these parameters work.
    `act` is set where batches come of the present network's acting: what it makes for a run's seed plays and gives
    batches; `read` is then only what stands for the data before a run. `remarks` says in sentences what of the user's
    files is not used.
    """

    id: str
    title: str
    doc: str
    source: str
    group: Group
    describe: Callable[[Given], dict[str, Field]]
    read: Callable[[Given], Arrays]
    params: tuple[Param, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    standardise: tuple[str, ...] = ()
    gap: Callable[[Given], int] | None = None
    parts: Callable[[Given, Arrays, Split], Parts] | None = None
    needs: Callable[[Given], tuple[Download, ...]] | None = None
    act: Callable[[Given, int], Actor] | None = None
    remarks: Callable[[Given], tuple[str, ...]] | None = None

    def param(self, name: str) -> Param:
        for param in self.params:
            if param.name == name:
                return param
        raise KeyError(f"{self.id} has no parameter {name}")

    def given(self, params: Params) -> Given:
        """All parameters, checked; raises ProjectError with the parameter as its place."""
        known = {param.name for param in self.params}
        for name in params:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                has = f"Did you mean “{near[0]}”?" if near else f"It has {', '.join(sorted(known)) or 'none'}."
                raise ProjectError(
                    f"The data source “{self.id}” has no parameter “{name}”.", place=f"data.params.{name}", fix=has
                )
        values = {param.name: params.get(param.name, param.default) for param in self.params}
        for param in self.params:
            if complaint := param.complaint(values[param.name]):
                raise ProjectError(complaint, place=f"data.params.{param.name}", fix="Change that parameter.")
        return Given(values)

    def fields(self, params: Params) -> dict[str, Field]:
        """The fields by name, without loading more than they need; raises ProjectError."""
        return self.describe(self.given(params))

    def load(self, params: Params) -> Arrays:
        """All samples of every field; raises ProjectError."""
        return self.read(self.given(params))

    def missing(self, params: Params) -> tuple[Download, ...]:
        """The files that are not here and can be fetched with `core.data.download.fetch`; raises ProjectError."""
        return self.needs(self.given(params)) if self.needs else ()

    def stamp(self, given: Given) -> Hashable:
        """Changes whenever the parameters or the files behind them do."""
        return self.id, tuple(sorted(given.values.items())), tuple(stamp_of(given.word(name)) for name in self.files)


sources: dict[str, DataSource] = {}
"""Every data source by its id, in the order in which a form lists them."""


def add(*added: DataSource) -> None:
    """Registers sources; an id can be taken once."""
    for each in added:
        if each.id in sources:
            raise ValueError(f"the data source {each.id} is registered twice")
        sources[each.id] = each


def source_of(id: str) -> DataSource:
    """The source with that id; raises ProjectError."""
    if found := sources.get(id):
        return found
    near = difflib.get_close_matches(id, sources, 1)
    fix = f"Did you mean “{near[0]}”?" if near else f"There are {', '.join(sources)}."
    raise ProjectError(f"There is no data source “{id}”.", place="data.source", fix=fix)
