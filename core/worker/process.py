"""A process for a worker: a fresh interpreter that imports torch and waits for its orders."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from core.worker.sharing import Memory
from core.worker.wire import Order, Report, receive_report, send

ROOT = Path(__file__).resolve().parents[2]
CODE = "import sys; sys.path.append(sys.argv[1]); from core.worker.child import main; main()"
GRACE = 10.0
"""Seconds in which the system ends a process."""
LINES = 40
"""The last lines of its error stream that are remembered."""


class Process:
    """Begins at once. `listen` may follow later: until then it is a spare one, warm and idle.

    It ends when this process does, however that ends. On Linux the system sees to it where it is begun on the main
    thread; elsewhere the end of its input does.
    """

    def __init__(self) -> None:
        self.memory = Memory()
        self.misheard = ""
        """What was wrong with a report that could not be read; the process was then ended."""
        bound = "bound" if threading.current_thread() is threading.main_thread() else "free"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-X", "faulthandler", "-c", CODE, str(ROOT), self.memory.handle, bound],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            pass_fds=self.memory.descriptors,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._words: deque[str] = deque(maxlen=LINES)
        self._threads = [self._thread(self._write, "orders"), self._thread(self._overhear, "last words")]

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def last_words(self) -> list[str]:
        """The end of what it wrote to its error stream."""
        return list(self._words)

    def listen(self, heard: Callable[[Report], object], ended: Callable[[int], object]) -> None:
        """Calls `heard` for every report and `ended` with the exit status, on a thread."""
        self._threads.append(self._thread(lambda: self._read(heard, ended), "reports"))

    def order(self, order: Order) -> None:
        """Sends an order; nothing happens where the process has ended."""
        self._orders.put(order)

    def finish(self) -> None:
        """No more orders will follow: it ends by itself."""
        self._orders.put(None)

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        self._process.kill()

    def discard(self) -> None:
        """Ends a spare one, to which nobody listens."""
        self.kill()
        self.wait(GRACE)
        self._stream(self._process.stdout).close()
        self.memory.close()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds; its threads then have ended as well."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._orders.put(None)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        return True

    def _thread(self, work: Callable[[], object], name: str) -> threading.Thread:
        thread = threading.Thread(target=work, name=f"worker's {name}", daemon=True)
        thread.start()
        return thread

    def _write(self) -> None:
        stream = self._stream(self._process.stdin)
        try:
            while (order := self._orders.get()) is not None:
                send(stream, order)
        except OSError:
            # The process has ended; the thread that listens tells so.
            pass
        try:
            stream.close()
        except OSError:
            return

    def _read(self, heard: Callable[[Report], object], ended: Callable[[int], object]) -> None:
        with self._stream(self._process.stdout) as stream:
            try:
                while (report := receive_report(stream)) is not None:
                    heard(report)
            except Exception as error:
                # Without its reports nobody would know of it any more.
                self.misheard = f"{type(error).__name__}: {error}"
                self.kill()
        status = self._process.wait()
        self._threads[1].join()
        ended(status)

    def _overhear(self) -> None:
        with self._stream(self._process.stderr) as stream:
            for line in stream:
                text = line.decode(errors="replace").rstrip()
                self._words.append(text)
                if sys.stderr is not None:
                    print(text, file=sys.stderr)

    @staticmethod
    def _stream(stream: object) -> BinaryIO:
        if stream is None:
            raise ValueError("the process was made without pipes")
        return stream  # type: ignore[return-value]
