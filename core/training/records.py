"""What a run tells of itself: steps, epochs, snapshots. Values and NumPy only, so that the screen can hold them."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
Metrics = dict[str, float]
"""Metrics by name: `loss`, `accuracy`, `mae`, `r2` …"""


@dataclass(frozen=True, slots=True)
class Epoch:
    """The end of an epoch (counted from 1): mean metrics over the training and the validation part, and rates.

    `best` says that the weights of this epoch are the best so far and were kept.
    """

    epoch: int
    step: int
    train: Metrics
    validation: Metrics
    learning_rate: float
    seconds: float
    best: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One optimizer step (counted from 1): its loss per objective, and the epoch's end if it closed one.

    `loss` is nan on a device whose losses have not been fetched yet; `Trainer.history` has them all.
    """

    index: int
    epoch: int
    loss: float
    samples: int
    losses: dict[str, float] = field(default_factory=dict)
    ended: Epoch | None = None


@dataclass(frozen=True)
class Watch:
    """What a snapshot shall hold: only what somebody looks at.

    `weights` and `activations` are node ids; `sample` is an index into the validation part (into the training part
    where there is none); `confusion` and `boundary` ask for those pictures (`boundary` is the number of grid points a
    side), and so does `surface`; `text` is how many characters a language model shall write, `made` how many samples a
    network shall make out of noise. `fluent` says that pictures matter more than the training's speed.
    """

    weights: frozenset[str] = frozenset()
    activations: frozenset[str] = frozenset()
    sample: int = 0
    confusion: bool = False
    boundary: int = 0
    surface: int = 0
    text: int = 0
    made: int = 0
    fluent: bool = False


@dataclass(frozen=True)
class Confusion:
    """Counts over the validation part: rows are true classes, columns predicted ones."""

    counts: IntArray
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Boundary:
    """The network's output over a square of the first two features, in the units that the network is fed.

    `values` is (rows, columns, outputs) with row 0 at the lowest y; `extent` is (x0, y0, x1, y1). `points` (n, 2) and
    `targets` (n,) are training samples to draw over it. A network of one input feature has a curve instead: `values` is
    (1, columns, outputs), from x0 to x1, and `points` is (n, 1); `targets` are then the heights of the samples. Where
    several output nodes give such a curve, `names` are their titles in the order of `values`. Where several output
    nodes give such a map, `values` is that of the first, `others` are those of the rest and `names` the titles of all.
    """

    values: FloatArray
    extent: tuple[float, float, float, float]
    points: FloatArray
    targets: FloatArray
    names: tuple[str, ...] = ()
    others: tuple[FloatArray, ...] = ()


@dataclass(frozen=True)
class Surface:
    """The training loss over one or two weights: `losses` (n,) or (n, m) over the `axes` of the weights in `names`.

    `path` (steps + 1, weights) is where the run has been, its start first.
    """

    names: tuple[str, ...]
    axes: tuple[FloatArray, ...]
    losses: FloatArray
    path: FloatArray


@dataclass(frozen=True)
class Made:
    """Samples that a network made out of noise, by what left `node`.

    `values` is (stages, samples, …): the same samples after so many steps as `steps` (stages,) says, the noise first;
    one stage where it is done in one go. `real` (n, …) are samples of the data in the same units, where there are such.
    """

    node: str
    values: FloatArray
    steps: IntArray
    real: FloatArray


@dataclass(frozen=True)
class Snapshot:
    """Copies of what is watched at one moment: nothing in it is touched by the run any more.

    `weights` is node → parameter name → array; `activations` is node → output port → array of one sample (no batch
    axis); an input node's activation is the sample itself. `samples` counts those to choose from (0: not told).
    """

    step: int
    epoch: int
    weights: dict[str, dict[str, FloatArray]] = field(default_factory=dict)
    activations: dict[str, dict[str, FloatArray]] = field(default_factory=dict)
    confusion: Confusion | None = None
    boundary: Boundary | None = None
    samples: int = 0
    surface: Surface | None = None
    text: str = ""
    made: Made | None = None


@dataclass(frozen=True)
class Failure:
    """Why a run ended before its time, in plain words: the node where it began, and what to do."""

    message: str
    fix: str = ""
    node: str = ""


@dataclass
class History:
    """All that a run has told: the loss of every step (64-bit floats) and every epoch's end."""

    losses: array[float] = field(default_factory=lambda: array("d"))
    epochs: list[Epoch] = field(default_factory=list)

    @property
    def best(self) -> Epoch | None:
        """The epoch whose weights were kept as the best ones."""
        return next((epoch for epoch in reversed(self.epochs) if epoch.best), None)

    def state(self) -> dict[str, Any]:
        """What `restore` takes; not to be changed."""
        return {"losses": np.frombuffer(self.losses, np.float64).copy(), "epochs": [asdict(e) for e in self.epochs]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes over the history of the run that goes on."""
        self.losses[:] = array("d", np.asarray(state["losses"], np.float64).tobytes())
        self.epochs[:] = [Epoch(**epoch) for epoch in state["epochs"]]
