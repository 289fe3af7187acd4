"""One turn's way to its compiled step."""

from __future__ import annotations

from torch import Tensor

from core.training.compiled.prepare import Preparation
from core.training.compiled.step import Held, Places, objection
from core.training.compiled.takeover import Takeover
from core.training.compiled.trial import in_words
from core.training.feed import Batch
from core.training.turn import Result, Turn


class Fast(Takeover[Preparation]):
    """Called with each batch it takes the compiled step, or leaves it to the eager one."""

    how = "compiled"

    def __init__(self, turn: Turn, why_not: str = "") -> None:
        """`why_not` says why there is no sense in trying."""
        super().__init__()
        self._turn = turn
        self._held: Held | None = None
        self._arguments: list[Tensor] = []
        self._rates: list[float] = []
        if why_not := why_not or objection(turn):
            self.leave(why_not)

    @property
    def is_running(self) -> bool:
        return self._held is not None

    def __call__(self, batch: Batch) -> Result | None:
        if self._held is not None:
            return self._take(batch)
        self.consider(batch)
        return None

    def prepare(self, batch: Batch) -> Preparation:
        self._places = Places(self._turn)
        return Preparation(self._turn, self._places, batch)

    def take_over(self, work: Preparation) -> str:
        held = self._places.held(self._turn)
        self._arguments = work.bound(held.flat())
        self._rates = [group["lr"] for group in self._turn.descent.optimizer.param_groups]
        self._held = held
        work.release()
        return f"The step was compiled in {work.seconds:.1f} s and is"

    def stay(self, why: str) -> str:
        return f"The step stays as it is: {why}."

    def stop(self) -> None:
        super().stop()
        self._held = None

    def _take(self, batch: Batch) -> Result | None:
        assert self._work is not None
        assert self._held is not None
        # The last batch of an epoch may be shorter: it is a step of its own, and compiling it would not pay.
        if not self._work.fits(batch):
            return None
        for index, group in enumerate(self._turn.descent.optimizer.param_groups):
            if group["lr"] != self._rates[index]:
                self._rates[index] = group["lr"]
                self._held.rates[index].fill_(group["lr"])
        try:
            loss, *outputs = self._work.run(*self._arguments, *batch)
        except (RuntimeError, AssertionError) as error:
            # Such as memory that does not reach for what lies between the layers; weights move last.
            self.leave(in_words(error))
            return None
        return loss, outputs
