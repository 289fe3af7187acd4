"""Why a training process ended, in plain words, from its exit status and its last words."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from core.training.records import Failure

GO_ON = "The run can go on from its last state."
MEMORY = "Lower the batch size, make the network smaller or close other programs."
SIGNALS = {
    "SIGKILL": ("was ended by the system, most likely because memory ran out", MEMORY),
    "SIGTERM": ("was ended from outside", ""),
    "SIGHUP": ("was ended from outside", ""),
    "SIGSEGV": ("crashed: it reached for memory that is not its own", "Layers of your own may be the reason."),
    "SIGBUS": ("crashed: memory that it had been given was not there", MEMORY),
    "SIGABRT": ("gave up by itself", ""),
    "SIGFPE": ("crashed in its arithmetic", "Layers of your own may be the reason."),
    "SIGILL": ("crashed: the processor does not know an instruction of PyTorch", "Install PyTorch for this machine."),
}
WINDOWS = {
    0xC0000005: SIGNALS["SIGSEGV"],
    0xC0000017: SIGNALS["SIGKILL"],
    0xC000001D: SIGNALS["SIGILL"],
    0xC00000FD: ("crashed: functions called each other too deeply", "Layers of your own may be the reason."),
    0xC000013A: SIGNALS["SIGTERM"],
}
"""Statuses with which Windows ends a process."""


def spoken(status: int, last_words: Sequence[str] = ()) -> Failure:
    """The failure of a run whose process ended with this status; a negative one is the signal that ended it."""
    if status < 0:
        name = _signal(-status)
        what, fix = SIGNALS.get(name, ("was ended by a signal", ""))
        return _failure(f"{what} (signal {-status})", fix, last_words if name == "SIGABRT" else ())
    if sys.platform == "win32" and status in WINDOWS:
        what, fix = WINDOWS[status]
        return _failure(f"{what} (status 0x{status:X})", fix)
    return _failure(f"ended before its time (status {status})", "", last_words)


def ended_step(seconds: float) -> Failure:
    """The failure of a run whose step somebody ended."""
    return Failure(
        f"You ended a step that had been going on for {seconds:,.0f} s, and the training process with it.", GO_ON
    )


def misheard(problem: str) -> Failure:
    """The failure of a run of which a report could not be read."""
    return Failure(f"What the training process told could not be read ({problem}), so it was ended.", GO_ON)


def _failure(what: str, fix: str, last_words: Sequence[str] = ()) -> Failure:
    words = next((line.strip() for line in reversed(last_words) if line.strip()), "")
    return Failure(f"The training process {what}{f': {words}' if words else ''}.", f"{fix} {GO_ON}".strip())


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""
