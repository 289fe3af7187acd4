"""Which process wrote something, and whether it is still there: number, start and host, as plain data."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


def here() -> dict[str, Any]:
    """The present process. Its start tells it from a later one that got the same number."""
    pid = os.getpid()
    return {"pid": pid, "started": _start_of(pid), "host": platform.node()}


@cache
def _start_of(pid: int) -> str:
    """The start of a process that lives for as long as anybody asks: this one."""
    return started(pid)


def is_gone(process: Mapping[str, Any]) -> bool:
    """Whether a process that `here` described has ended; one of another machine cannot be seen and is not gone."""
    if process.get("host") != platform.node():
        return False
    return started(int(process["pid"])) != process.get("started")


def started(pid: int) -> str:
    """When a process began, in the system's own words; empty where there is none, or none that still works."""
    if sys.platform == "win32":
        return _on_windows(pid)
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The name in parentheses may hold anything, spaces too; its state and start are the 1st and 20th after it.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else f"{fields[19]} {_boot()}"
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    state, _, start = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    return "" if state.startswith("Z") else start.strip()


def _boot() -> str:
    """Ticks are counted from the machine's start, so that start belongs to them."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


if sys.platform == "win32":
    import ctypes

    _QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
    _STILL_ACTIVE = 259

    def _on_windows(pid: int) -> str:
        kernel = ctypes.windll.kernel32
        kernel.OpenProcess.restype = ctypes.c_void_p
        handle = ctypes.c_void_p(kernel.OpenProcess(_QUERY, False, pid))
        if not handle:
            return ""
        times, code = [ctypes.c_uint64() for _ in range(4)], ctypes.c_ulong()
        kernel.GetProcessTimes(handle, *(ctypes.byref(time) for time in times))
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return str(times[0].value) if code.value == _STILL_ACTIVE else ""
