"""A compiled step in the making: traced, compiled and compared on copies, in a thread of its own."""

from __future__ import annotations

import atexit
import contextlib
import copy
import ctypes
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest import mock

import torch
from torch import Tensor, fx

from core.training.compiled.graphs import replayed
from core.training.compiled.step import Held, Places, Refusal, moving_buffers, traced
from core.training.feed import Batch
from core.training.turn import Turn

TOLERANCE = 1e-5
"""By how much weights may differ from the eager step's after `CHECKED` steps, absolute and relative."""
CHECKED = 3
_ONE = threading.Lock()
"""One compilation at a time in a process: the compiler takes a core of its own."""
_AT_WORK: set[threading.Thread] = set()

_OPTIONS = {
    # The run beside needs the other cores.
    "compile_threads": 1,
    # `fits` and `bound` look at what goes in; a look at each of two dozen small tensors at every step costs a quarter.
    "size_asserts": False,
    "alignment_asserts": False,
}

Run = Callable[..., Sequence[Tensor]]


class Preparation:
    """Compiles a turn's step; `is_done` says when it stands, `reason` in words why it does not."""

    def __init__(self, turn: Turn, places: Places, batch: Batch) -> None:
        """To be made between two steps: the thread that it starts works on copies of the turn."""
        self._places, self._batch = places, tuple(value.clone() for value in batch)
        self._like = [(value.shape, value.dtype, value.stride()) for value in batch]
        # What the judge has collected is large and no part of the step.
        self._twin = copy.deepcopy(turn, {id(turn.judge): turn.judge})
        self._eager = copy.deepcopy(turn, {id(turn.judge): turn.judge})
        self._copies = places.held(turn).copies()
        self._threads = torch.get_num_threads()
        self._begin, self._end = time.perf_counter(), 0.0
        self.reason, self.is_done = "", False
        self.run: Run = _missing
        self._thread = threading.Thread(target=self._work, name="compiling", daemon=True)
        _AT_WORK.add(self._thread)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return (self._end or time.perf_counter()) - self._begin

    @property
    def is_on_gpu(self) -> bool:
        return self._copies.weights[0].device.type == "cuda"

    def fits(self, batch: Batch) -> bool:
        """Whether a batch has the shapes that the step was compiled for."""
        return all(
            value.shape == shape and value.dtype == dtype and value.stride() == stride
            for value, (shape, dtype, stride) in zip(batch, self._like, strict=True)
        )

    def wait(self) -> None:
        """Until it stands, or is known not to."""
        self._thread.join()

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
        """One eager step on a copy of the turn."""
        twin, batch = self._eager, self._batch
        loss, _ = twin.forward(batch)
        twin.descent.update(loss, batch[0].shape[0], lambda: twin.forward(batch)[0])

    def take_compiled(self) -> None:
        """One compiled step on copies of the tensors."""
        self._compiled(*self._copies.flat(), *self._batch)

    def release(self) -> None:
        """Gives the copies' memory back; the step itself stays."""
        del self._twin, self._eager, self._copies

    def _work(self) -> None:
        # At the run's own priority: held up with the interpreter's lock in its hands it would hold up the run.
        try:
            with _ONE, _tracing_in_this_thread_alone():
                torch.set_num_threads(self._threads)
                self._compile()
                self._compare()
        except Refusal as refusal:
            self.reason = str(refusal)
        except Exception as error:
            # Whatever the compiler stumbles over, the run goes on as it is, and the reason is told.
            self.reason = in_words(error)
        finally:
            _AT_WORK.discard(self._thread)
        self._end = time.perf_counter()
        self.is_done = True

    def _compile(self) -> None:
        moving = moving_buffers(copy.deepcopy(self._twin, {id(self._twin.judge): None}), self._batch)
        graph = traced(self._twin, self._places, self._copies, self._batch, moving)
        self._compiled = compiled(graph, [*self._copies.copies().flat(), *self._batch])
        self.run = self._compiled

    def _compare(self) -> None:
        """Raises Refusal where some steps on copies lead to other weights than those of the eager turn."""
        for _ in range(CHECKED):
            self.take_eager()
            self.take_compiled()
        theirs, ours = self._places.held(self._eager), self._copies
        if apart := largest_gap(theirs, ours):
            raise Refusal(f"compiled, its weights differ by {apart:.1g} after {CHECKED} steps")


def largest_gap(theirs: Held, ours: Held) -> float:
    """The largest difference beyond the tolerance, 0 where there is none."""
    worst = 0.0
    for one, other in zip(theirs.flat(), ours.flat(), strict=True):
        if not torch.allclose(other, one, rtol=TOLERANCE, atol=TOLERANCE):
            worst = max(worst, float((one.double() - other.double()).abs().max()))
    return worst


def compiled(graph: fx.GraphModule, arguments: Sequence[Tensor]) -> Run:
    """A graph as machine code. Raises what the compiler raises."""
    import torch._inductor
    import torch._inductor.compile_fx

    with torch.no_grad(), _random_numbers_left_alone():
        run: Run = torch._inductor.compile(graph, list(arguments), options=_OPTIONS)
        run(*arguments)
    return run


@contextlib.contextmanager
def _tracing_in_this_thread_alone() -> Iterator[None]:
    """While torch.fx traces, modules that other threads call are called as ever.

    It puts itself between every module and its call, in whatever thread, and would take those of the run for its own.
    """
    mine, call, get = threading.get_ident(), fx.Tracer.call_module, fx.Tracer.getattr

    def call_module(self: fx.Tracer, module: Any, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if threading.get_ident() != mine:
            return forward(*args, **kwargs)
        return call(self, module, forward, args, kwargs)

    def getattr_(self: fx.Tracer, name: str, value: Any, proxies: Any) -> Any:
        return get(self, name, value, proxies) if threading.get_ident() == mine else value

    with mock.patch.object(fx.Tracer, "call_module", call_module), mock.patch.object(fx.Tracer, "getattr", getattr_):
        yield


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


@atexit.register
def _break_off() -> None:
    """Ends what is being compiled when the program ends: a thread that is cut off within the compiler aborts it."""
    for thread in tuple(_AT_WORK):
        if thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        thread.join()


def in_words(error: Exception) -> str:
    """What a compiler's complaint means."""
    if "InvalidCxxCompiler" in f"{type(error).__name__} {error}":
        return "no C++ compiler was found (on Debian and Ubuntu, apt-get install g++ brings one)"
    told = str(error).strip().splitlines()
    return f"it cannot be compiled ({type(error).__name__}{': ' + told[0][:200] if told else ''})"


def _missing(*_: Tensor) -> Sequence[Tensor]:
    raise RuntimeError("the step has not been compiled")
