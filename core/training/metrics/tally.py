"""Metrics over any number of batches: sums where they do, predictions kept where a metric needs all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from core.training.metrics.reading import answers, exact
from core.training.metrics.spec import Collected, Measure, Question, Sums, Told

if TYPE_CHECKING:
    from torch import Tensor

FLUSH = 1 << 20
"""Numbers that a tally keeps before it adds them up: 4 MB of float32."""
FETCH = 64
"""Stretches after which their sums are fetched from the device, which every look holds up."""
KEPT, KEPT_NUMBERS = 20_000, 1 << 21
"""Answers, and numbers in their scores, that are kept at most for metrics that need all of them."""


class Tally:
    """Adds measures up over batches, lazily: each step only keeps two references, whole stretches are added at once.

    Their sums stay on the device for a while, so that nothing in a step waits for it.
    Of more than `KEPT` answers every second, fourth, eighth … is kept, so that they stay spread over the whole part.
    """

    def __init__(
        self, question: Question, measures: tuple[Measure, ...], join: Callable[[list[Tensor]], Tensor]
    ) -> None:
        """`join` is torch.cat along the batch axis."""
        self._question, self._join = question, join
        self._sums = {measure.name: measure.way for measure in measures if isinstance(measure.way, Sums)}
        self._whole = {measure.name: measure.way for measure in measures if isinstance(measure.way, Collected)}
        self._order = [measure.name for measure in measures]
        self._start()

    def _start(self) -> None:
        self._totals: dict[str, list[float]] = {}
        self._waiting: list[tuple[str, list[Tensor | float]]] = []
        self._predictions: list[Tensor] = []
        self._targets: list[Tensor] = []
        self._held = 0
        self._kept: list[tuple[Tensor, Tensor]] = []
        self._stride, self._seen = 1, 0

    def add(self, prediction: Tensor, target: Tensor) -> None:
        if not self._order:
            return
        self._predictions.append(prediction.detach())
        self._targets.append(target)
        self._held += prediction.numel()
        if self._held > FLUSH:
            self._flush()

    def _flush(self) -> None:
        if not self._predictions:
            return
        prediction, target = self._join(self._predictions), self._join(self._targets)
        self._waiting += [(name, way.sums(prediction, target)) for name, way in self._sums.items()]
        if len(self._waiting) >= FETCH * len(self._sums):
            self._fetch()
        if self._whole:
            self._keep(*answers(self._question, prediction, target))
        self._predictions, self._targets, self._held = [], [], 0

    def _fetch(self) -> None:
        """Adds up the sums that wait on the device."""
        tensors = [one for _, sums in self._waiting for one in sums if not isinstance(one, int | float)]
        # One transfer for all of them.
        numbers = iter(self._join([exact(one.reshape(-1)) for one in tensors]).tolist() if tensors else [])
        for name, sums in self._waiting:
            new: list[float] = []
            for one in sums:
                new += [float(one)] if isinstance(one, int | float) else islice(numbers, one.numel())
            old = self._totals.get(name)
            self._totals[name] = [a + b for a, b in zip(old, new, strict=True)] if old else new
        self._waiting = []

    def _keep(self, scores: Tensor, true: Tensor) -> None:
        first = -self._seen % self._stride
        self._seen += len(true)
        self._kept.append((scores[first :: self._stride], true[first :: self._stride]))
        width = scores.shape[1] if scores.dim() > 1 else 1
        room = max(1, min(KEPT, KEPT_NUMBERS // max(1, width)))
        while sum(len(each) for _, each in self._kept) > room:
            whole = [self._join(list(part)) for part in zip(*self._kept, strict=True)]
            self._kept = [(whole[0][::2].clone(), whole[1][::2].clone())]
            self._stride *= 2

    def values(self) -> dict[str, Told]:
        """The metrics over all that was added, in order, and a fresh start."""
        self._flush()
        self._fetch()
        found: dict[str, Told] = {name: self._sums[name].value(sums) for name, sums in self._totals.items()}
        if self._kept:
            scores, true = (self._join(list(part)).cpu().float().numpy() for part in zip(*self._kept, strict=True))
            if self._question.task == "classes":
                scores, true = scores[true >= 0], true[true >= 0]
            true = true.astype("int64") if self._question.task in ("classes", "two", "mask") else true
            found |= {name: way.value(scores, true) for name, way in self._whole.items()}
        self._start()
        return {name: found[name] for name in self._order if name in found}

    def state(self) -> dict[str, Any]:
        """What was added and not yet told: what `restore` takes; not to be changed."""
        self._fetch()
        return {
            "totals": self._totals,
            "held": self._joined(self._predictions, self._targets),
            "kept": self._joined(*([pair[side] for pair in self._kept] for side in (0, 1))),
            "stride": self._stride,
            "seen": self._seen,
        }

    def _joined(self, *sides: list[Tensor]) -> list[Tensor]:
        return [self._join(side) for side in sides if side]

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes over what another tally of the same measures had noted."""
        self._start()
        self._totals = {name: list(sums) for name, sums in state["totals"].items()}
        self._stride, self._seen = state["stride"], state["seen"]
        if state["kept"]:
            self._kept = [(state["kept"][0], state["kept"][1])]
        if state["held"]:
            self._predictions, self._targets = ([side] for side in state["held"])
            self._held = self._predictions[0].numel()
