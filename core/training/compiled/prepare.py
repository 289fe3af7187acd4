"""A turn's whole step as machine code: traced, compiled and compared on copies."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from unittest import mock

from torch import Tensor, fx

from core.training.compiled.graphs import replayed
from core.training.compiled.step import Places, moving_buffers, traced
from core.training.compiled.trial import CHECKED, Refusal, Trial, largest_gap
from core.training.feed import Batch
from core.training.turn import Turn

_OPTIONS = {
    # The run beside needs the other cores.
    "compile_threads": 1,
    # `fits` and `bound` look at what goes in; a look at each of two dozen small tensors at every step costs a quarter.
    "size_asserts": False,
    "alignment_asserts": False,
}

Run = Callable[..., Sequence[Tensor]]


class Preparation(Trial):
    """Compiles a turn's step."""

    def __init__(self, turn: Turn, places: Places, batch: Batch) -> None:
        """To be made between two steps: it works on copies of the turn."""
        super().__init__()
        self._places, self._batch = places, tuple(value.clone() for value in batch)
        self._like = [(value.shape, value.dtype, value.stride()) for value in batch]
        # What the judge has collected is large and no part of the step.
        self._twin = copy.deepcopy(turn, {id(turn.judge): turn.judge})
        self._eager = copy.deepcopy(turn, {id(turn.judge): turn.judge})
        self._copies = places.held(turn).copies()
        self.is_on_gpu = self._copies.weights[0].device.type == "cuda"
        self.run: Run = _missing

    def fits(self, batch: Batch) -> bool:
        """Whether a batch has the shapes that the step was compiled for."""
        return all(
            value.shape == shape and value.dtype == dtype and value.stride() == stride
            for value, (shape, dtype, stride) in zip(batch, self._like, strict=True)
        )

    def bound(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Binds the step to the tensors that it shall move from now on; returns what `run` takes before a batch.

        Raises Refusal where they lie otherwise in memory than those that the step was compiled for.
        """
        for value, copied in zip(tensors, self._copies.flat(), strict=True):
            if value.shape != copied.shape or value.stride() != copied.stride():
                raise Refusal("its weights lie otherwise in memory than when it was compiled")
        if self.is_on_gpu:
            self.run = replayed(self._compiled, tensors, self._batch)
            return []
        return list(tensors)

    def take_eager(self) -> None:
        twin, batch = self._eager, self._batch
        loss, _ = twin.forward(batch)
        twin.descent.update(loss, batch[0].shape[0], lambda: twin.forward(batch)[0])

    def take_fast(self) -> None:
        self._compiled(*self._copies.flat(), *self._batch)

    def release(self) -> None:
        """Gives the copies' memory back; the step itself stays."""
        del self._twin, self._eager, self._copies

    def make(self) -> None:
        self._compile()
        self._compare()

    def _compile(self) -> None:
        moving = moving_buffers(copy.deepcopy(self._twin, {id(self._twin.judge): None}), self._batch)
        graph = traced(self._twin, self._places, self._copies, self._batch, moving)
        self._compiled = compiled(graph, [*self._copies.copies().flat(), *self._batch])
        self.run = self._compiled

    def _compare(self) -> None:
        """Raises Refusal where some steps on copies lead to other weights than those of the eager turn."""
        for _ in range(CHECKED):
            self.take_eager()
            self.take_fast()
        theirs, ours = self._places.held(self._eager), self._copies
        if apart := largest_gap(theirs.flat(), ours.flat()):
            raise Refusal(f"compiled, its weights differ by {apart:.1g} after {CHECKED} steps")


def compiled(graph: fx.GraphModule, arguments: Sequence[Tensor]) -> Run:
    """A graph as machine code. Raises what the compiler raises."""
    import torch._inductor
    import torch._inductor.compile_fx

    with torch.no_grad(), _random_numbers_left_alone():
        run: Run = torch._inductor.compile(graph, list(arguments), options=_OPTIONS)
        run(*arguments)
    return run


@contextlib.contextmanager
def _random_numbers_left_alone() -> Iterator[None]:
    """Nothing is drawn in here.

    The compiler sets torch's global generator back to where it was before, which would disturb noisy runs of other
    threads in the midst of a step.
    """
    import torch._dynamo.utils
    import torch._functorch.aot_autograd

    with (
        mock.patch.object(torch._dynamo.utils, "preserve_rng_state", contextlib.nullcontext),
        mock.patch.object(torch._functorch.aot_autograd, "preserve_rng_state", contextlib.nullcontext),
    ):
        yield


def _missing(*_: Tensor) -> Sequence[Tensor]:
    raise RuntimeError("the step has not been compiled")
