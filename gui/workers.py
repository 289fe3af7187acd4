"""Where the runs of the window train: on a thread, or each in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The worker needs NumPy and torch, which are imported after the first paint.
    from core.worker.process import Process
    from core.worker.task import Runner, Task


class Workers:
    """Makes runners. Where runs are isolated, a process is kept warm for the next one."""

    def __init__(self) -> None:
        self.isolated = False
        """Whether runs that begin from now on have a process of their own."""
        self._spare: Process | None = None

    def runner(self, task: Task) -> Runner:
        """A runner that has not been started."""
        if not self.isolated:
            from core.worker.threaded import ThreadRunner

            return ThreadRunner(task)
        from core.worker.isolated import IsolatedRunner

        spare, self._spare = self._spare, None
        return IsolatedRunner(task, spare)

    def warm(self) -> None:
        """Begins a spare process where there will be use for one; called on the window's thread."""
        if not self.isolated:
            self.close()
        elif self._spare is None or not self._spare.is_alive:
            from core.worker.process import Process

            self._spare = Process()

    def close(self) -> None:
        """Lets the spare process go."""
        if self._spare is not None:
            self._spare.discard()
            self._spare = None
