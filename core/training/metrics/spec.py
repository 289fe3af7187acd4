"""What a metric is, what a loss asks of its prediction, and the three ways in which a metric is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

Task = Literal["classes", "two", "number", "values", "mask", "boxes"]
"""What a prediction is meant to be: one of several classes, yes or no, a number, values, a mask of 0 and 1, boxes."""

IGNORED = -100
"""The class index that cross-entropy and the metrics leave out."""

Told = float | dict[str, float]
"""The value of a metric, or one for each class by its name."""


@dataclass(frozen=True)
class Question:
    """What a loss asks of its prediction, and how the prediction and its target are to be read.

    `cut` is set for answers of yes or no: the score from which on the answer is yes, and the target above which it
    should be. `one_hot` says that targets are rows and not class indices, `likelihood` that the loss is the mean
    −ln p of each target, `logits` that a sigmoid makes probabilities of the scores, `centred` that boxes are centre
    and size. `axes` is the number of axes of one target: 2 for a class at every pixel.
    """

    task: Task
    cut: tuple[float, float] | None = None
    one_hot: bool = False
    ignored: int = IGNORED
    classes: int = 0
    labels: tuple[str, ...] = ()
    axes: int = 0
    tokens: bool = False
    likelihood: bool = False
    logits: bool = False
    centred: bool = False

    def label(self, index: int) -> str:
        """The name of a class."""
        return self.labels[index] if index < len(self.labels) else str(index)


@dataclass(frozen=True)
class Sums:
    """Exact over any batches: sums of a batch, and the value of the summed sums. Cheap enough for every step.

    `sums` are tensors of any shape on the device, and numbers that are known without it: nothing waits for the device.
    """

    sums: Callable[[Tensor, Tensor], list[Tensor | float]]
    value: Callable[[list[float]], Told]


@dataclass(frozen=True)
class Collected:
    """Computed from the predictions of a whole part, (n, classes) or (n), and their targets (n), as NumPy arrays.

    The values differ from an exact metric only where a part holds more answers than are kept.
    """

    value: Callable[[npt.NDArray[Any], npt.NDArray[Any]], Told]


@dataclass(frozen=True)
class OfLoss:
    """The loss in another unit."""

    value: Callable[[float], float]


Way = Sums | Collected | OfLoss


@dataclass(frozen=True)
class Measure:
    """A metric as it is computed for one question."""

    name: str
    way: Way


@dataclass(frozen=True)
class MetricSpec:
    """A metric: what it is called, what it says, its formula (LaTeX) and source, and how it is computed.

    `tasks` are those that it may fit, `usual` those where it is computed without being asked for. `way` gives the
    computation for a question of these tasks, or None where it means nothing there; a metric without it is told by
    the source of the data. `format` shows a value and `higher` says that more is better.
    """

    name: str
    title: str
    doc: str
    formula: str
    source: str
    higher: bool
    format: str = "{:.3g}"
    tasks: frozenset[Task] = frozenset()
    usual: frozenset[Task] = frozenset()
    way: Callable[[Question], Way | None] | None = None

    @property
    def share(self) -> bool:
        """Whether it is a share that reads best in per cent."""
        return self.format.endswith("%}")

    def measure(self, question: Question) -> Measure | None:
        """How it is computed for a question; None where it does not fit."""
        if self.way is None or question.task not in self.tasks:
            return None
        way = self.way(question)
        return Measure(self.name, way) if way else None
