"""A faster step in the making: on copies of a run's turns, in a thread of its own, until it stands or is given up."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import math
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import mock

import torch
from torch import Tensor, fx

TOLERANCE = 1e-5
"""By how much weights may differ from the eager step's after `CHECKED` steps, absolute and relative."""
CHECKED = 3
_ONE = threading.Lock()
"""One at a time in a process: the compiler takes a core of its own."""
_AT_WORK: set[threading.Thread] = set()


class Refusal(Exception):  # noqa: N818 - it is no error: the run goes on as it is
    """Why a step cannot be made faster, in plain words."""


class Trial(ABC):
    """`is_done` says when the faster step stands, `reason` in words why it does not."""

    is_on_gpu = False

    def __init__(self) -> None:
        self._threads = torch.get_num_threads()
        self._begin, self._end = time.perf_counter(), 0.0
        self.reason, self.is_done = "", False
        self._thread = threading.Thread(target=self._work, name="compiling", daemon=True)

    def begin(self) -> None:
        """Starts the work; all copies stand by then."""
        _AT_WORK.add(self._thread)
        self._thread.start()

    @abstractmethod
    def make(self) -> None:
        """Makes the step and compares it; raises Refusal where it will not do."""

    @abstractmethod
    def take_eager(self) -> None:
        """One eager step on copies."""

    @abstractmethod
    def take_fast(self) -> None:
        """One step of the new kind on copies."""

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return (self._end or time.perf_counter()) - self._begin

    def wait(self) -> None:
        """Until it stands, or is known not to."""
        self._thread.join()

    def _work(self) -> None:
        # At the run's own priority: held up with the interpreter's lock in its hands it would hold up the run.
        try:
            with _ONE, _tracing_in_this_thread_alone():
                torch.set_num_threads(self._threads)
                self.make()
        except Refusal as refusal:
            self.reason = str(refusal)
        except Exception as error:
            # Whatever it stumbles over, the run goes on as it is, and the reason is told.
            self.reason = in_words(error)
        finally:
            _AT_WORK.discard(self._thread)
        self._end = time.perf_counter()
        self.is_done = True


def largest_gap(theirs: Iterable[Tensor], ours: Iterable[Tensor]) -> float:
    """The largest difference beyond the tolerance, 0 where there is none, infinite where only one has a NaN."""
    worst = 0.0
    for one, other in zip(theirs, ours, strict=True):
        if not torch.allclose(other, one, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
            apart = (one.double() - other.double()).abs()
            # A maximum of NaN would compare as no difference at all.
            worst = max(worst, float(apart.nan_to_num(nan=math.inf, posinf=math.inf).max()))
    return worst


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
