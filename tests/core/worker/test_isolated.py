"""A training process that is killed, crashes or hangs, and one whose window is killed: nothing waits or is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from core.layers import user
from core.model.fault import ProjectError
from core.model.file import write
from core.model.project import Project
from core.training.records import Watch
from core.training.runs import RunFolder, continue_run
from core.training.runs.process import started
from core.training.trainer import Trainer
from core.worker import endings
from core.worker.isolated import IsolatedRunner
from core.worker.process import Process
from core.worker.task import Evaluate, Keep, Task
from tests.core.training_data import MLP, digits
from tests.core.worker.following import Follower, task, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
ROOT = Path(__file__).resolve().parents[3]
HANGS = """
import time
import torch
from torch import nn

from core.model.spec import LayerSpec


class Sleeper(nn.Module):
    \"\"\"Never comes to an end where there are values.\"\"\"

    def forward(self, input):
        while input.device.type == "cpu":
            time.sleep(0.1)
        return input


LAYER = LayerSpec("sleeper", target="Sleeper")
"""
WINDOW = """
import sys, threading
from pathlib import Path
from core.model.file import encode, read
from core.worker.isolated import IsolatedRunner
from core.worker.task import Task

runner = IsolatedRunner(Task(encode(read(Path(sys.argv[1])))))
if sys.argv[2] == "main":
    runner.start()
else:
    begin = threading.Thread(target=runner.start)
    begin.start()
    begin.join()
while not runner.step_count and sys.argv[3] == "steps":
    threading.Event().wait(0.01)
print(runner.pid, flush=True)
threading.Event().wait()
"""


@pytest.fixture
def begin() -> Iterator[Callable[[Task], tuple[Follower, IsolatedRunner]]]:
    runners: list[IsolatedRunner] = []

    def started(wanted: Task) -> tuple[Follower, IsolatedRunner]:
        runners.append(IsolatedRunner(wanted))
        return Follower(runners[-1]), runners[-1]

    yield started
    for runner in runners:
        runner.close()
        assert not runner.is_alive


Begin = Callable[[Task], tuple[Follower, IsolatedRunner]]


def test_a_killed_worker_is_told_and_its_run_goes_on_as_the_unbroken_one(begin: Begin, tmp_path: Path) -> None:
    project = digits(epochs=2_000, batch_size=400)
    run, runner = begin(task(project, paused=True, keep=Keep(str(tmp_path))))
    for count in (1, 2, 3):
        runner.single_step()
        run.until(lambda count=count: len(run.steps) == count)
    runner.resume()
    run.until(lambda: len(run.steps) > 4)
    runner.pause()
    run.until(lambda: run.last.state == "paused" and runner.is_quiet)
    os.kill(runner.pid, signal.SIGKILL)
    run.until(lambda: not runner.is_alive)
    run.look()
    assert run.last.state == "crashed"
    assert run.last.failure is not None
    assert "memory ran out (signal 9)" in run.last.failure.message
    assert runner.is_quiet
    with pytest.raises(ProjectError, match="has ended"):
        runner.submit(Evaluate("test")).result(60)
    kept = RunFolder.open(Path(run.last.folder))
    assert kept.can_continue
    further = continue_run(kept.path)
    assert further.step == len(run.steps)
    losses = [step.loss for step in run.steps] + [step.loss for step in islice(further, 10)]
    assert [step.loss for step in islice(Trainer(project), len(losses))] == losses


def test_who_waits_for_an_answer_of_a_worker_that_crashes_is_told(begin: Begin) -> None:
    run, runner = begin(task(digits(epochs=100_000)))
    run.until(lambda: len(run.steps) > 3)
    os.kill(runner.pid, signal.SIGSTOP)
    waiting = runner.submit(Evaluate("test"))
    os.kill(runner.pid, signal.SIGSEGV)
    os.kill(runner.pid, signal.SIGCONT)
    with pytest.raises(ProjectError, match="has ended"):
        waiting.result(120)
    run.until(lambda: run.last.state == "crashed")
    assert run.last.failure is not None
    assert "crashed" in run.last.failure.message
    assert "signal 11" in run.last.failure.message


@pytest.fixture
def sleeper() -> Iterator[Project]:
    """A network with a layer of the user's own that never comes to an end."""
    user.folder().mkdir(parents=True)
    (user.folder() / "sleeper.py").write_text(HANGS, encoding="utf-8")
    file = next(each for each in user.found() if each.name == "sleeper.py")
    user.trust(file)
    assert user.load(file.path).kinds == ("sleeper",)
    yield digits([MLP[0], ("sleeper", {}), MLP[1]])
    user.forget()


def test_a_step_that_hangs_can_be_ended(begin: Begin, sleeper: Project) -> None:
    run, runner = begin(task(sleeper))
    run.until(lambda: run.last.state == "running")
    runner.stop()
    runner.end_step()
    run.until(lambda: not runner.is_alive)
    run.look()
    assert run.last.state == "crashed"
    assert run.last.failure is not None
    assert "You ended a step" in run.last.failure.message
    assert run.steps == []


def test_closing_does_not_wait_for_a_step_that_hangs(begin: Begin, sleeper: Project) -> None:
    run, runner = begin(task(sleeper))
    run.until(lambda: run.last.state == "running")
    runner.close()
    assert not runner.is_alive
    assert started(runner.pid) == ""


@pytest.mark.parametrize("thread", ["main", "other"])
def test_the_worker_ends_when_its_window_is_killed(thread: str, tmp_path: Path) -> None:
    worker_of_a_killed_window(digits(epochs=100_000), tmp_path, thread, "steps")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system itself sees to it on Linux")
def test_a_worker_that_hangs_ends_when_its_window_is_killed(sleeper: Project, tmp_path: Path) -> None:
    worker_of_a_killed_window(sleeper, tmp_path, "main", "at once")


def worker_of_a_killed_window(project: Project, folder: Path, thread: str, wait: str) -> None:
    """Kills a process that has a worker, and waits until that has gone too."""
    write(project, folder / "project.loom")
    command = [sys.executable, "-c", WINDOW, str(folder / "project.loom"), thread, wait]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        assert started(pid)
        window.send_signal(signal.SIGKILL)
    until(lambda: started(pid) == "")


def test_a_spare_process_begins_with_the_first_task_or_is_discarded() -> None:
    spare, other = Process(), Process()
    runner = IsolatedRunner(task(digits()), spare)
    run = Follower(runner).finish()
    assert (run.last.state, runner.pid) == ("done", spare.pid)
    runner.close()
    assert other.is_alive
    other.discard()
    assert not other.is_alive


def test_a_report_that_cannot_be_read_ends_the_run(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no such picture")

    monkeypatch.setattr("core.worker.sharing.read", broken)
    run, runner = begin(task(digits(epochs=100_000), watch=Watch(weights=frozenset({"linear_1"}))))
    run.until(lambda: not runner.is_alive)
    run.look()
    assert run.last.failure is not None
    assert "no such picture" in run.last.failure.message


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (-9, "was ended by the system, most likely because memory ran out (signal 9)"),
        (-15, "was ended from outside (signal 15)"),
        (-11, "crashed: it reached for memory that is not its own (signal 11)"),
        (-6, "gave up by itself (signal 6): terminate called."),
        (-63, "was ended by a signal (signal 63)"),
        (1, "ended before its time (status 1): terminate called."),
    ],
)
def test_endings_are_told_in_plain_words(status: int, words: str) -> None:
    failure = endings.spoken(status, ["Traceback", "terminate called", ""])
    assert failure.message.startswith(f"The training process {words}")
    assert "go on from its last state" in failure.fix
