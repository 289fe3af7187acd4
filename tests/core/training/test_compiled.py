"""The fast tier: a compiled step takes over at the end of an epoch, or the run stays as it is and says why.

Most tests run the traced graph in place of machine code: it computes the same, and needs no C++ compiler.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor, fx

from core.model.project import Project
from core.model.settings import Objective, Optimizer, Schedule
from core.training.compiled import prepare, takeover, tier, trial
from core.training.trainer import Trainer
from tests.core.training.test_compiled_step import NET, points, project

COMPILER = shutil.which("g++") or shutil.which("clang++")
Compile = Callable[[fx.GraphModule, Sequence[Tensor]], prepare.Run]


def wanted(of: Project, speed: str = "fast") -> Project:
    """Batches of 7, so that the last of an epoch of 24 samples holds 3."""
    of.training = msgspec.structs.replace(of.training, speed=speed, batch_size=7, epochs=8)
    return of


def weights(trainer: Trainer) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in trainer.network.state_dict().items()}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short runs are compiled too."""
    monkeypatch.setattr(takeover, "HEAD_START", 0.0)


def run(trainer: Trainer, epochs: int) -> Trainer:
    """Trains for some epochs and lets every compilation end before the epoch does."""
    for step in trainer:
        trainer.tier.wait()
        if step.index % trainer.steps_per_epoch == 0 and (epochs := epochs - 1) == 0:
            break
    assert trainer.failure is None
    return trainer


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts another function in the compiler's place, and times that speak for it."""

    def put(compiled: Compile = lambda graph, _: graph, faster: float = 0.1) -> None:
        monkeypatch.setattr(prepare, "compiled", compiled)
        monkeypatch.setattr(takeover, "times", lambda _: (1.0, faster))

    put()
    return put


def assert_same(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, rtol=1e-4, atol=1e-5)


def test_without_the_setting_nothing_is_compiled() -> None:
    trainer = run(Trainer(wanted(project(), "repeatable"), points()), 2)
    assert trainer.tier.turns == []
    assert trainer.turns[0].fast is None
    assert trainer.tier.note == ""


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nadam"])
@pytest.mark.usefixtures("uncompiled")
def test_it_takes_over_at_the_end_of_an_epoch_and_learns_the_same(optimizer: str) -> None:
    momentum = {"momentum": 0.9} if optimizer == "sgd" else {}
    kind = Optimizer(optimizer, {"lr": 0.02, **momentum})
    plans = {"optimizer": kind, "schedule": Schedule("cosine")}
    of = project()
    of.training = msgspec.structs.replace(of.training, objectives=(Objective(**plans),))
    slow = run(Trainer(wanted(of, "repeatable"), points()), 8)
    fast = Trainer(wanted(of), points())
    running = []
    for _ in fast:
        fast.tier.wait()
        running.append(fast.tier.turns[0].is_running)
    assert running == [False] * 3 + [True] * 29
    assert_same(weights(fast), weights(slow))
    assert "times as fast" in fast.tier.note
    assert [epoch.train["loss"] for epoch in fast.history.epochs] == pytest.approx(
        [epoch.train["loss"] for epoch in slow.history.epochs], rel=1e-4
    )


@pytest.mark.usefixtures("uncompiled")
def test_a_run_goes_on_from_what_a_compiled_one_left() -> None:
    whole = run(Trainer(wanted(project()), points()), 8)
    before = run(Trainer(wanted(project()), points()), 4)
    assert before.tier.turns[0].is_running
    after = Trainer(wanted(project(), "repeatable"), points())
    after.restore(before.state())
    run(after, 4)
    assert after.step == whole.step
    assert_same(weights(after), weights(whole))


@pytest.mark.usefixtures("uncompiled")
def test_it_goes_back_to_eager_steps_at_any_time() -> None:
    slow = run(Trainer(wanted(project(), "repeatable"), points()), 6)
    fast = run(Trainer(wanted(project()), points()), 3)
    assert fast.tier.turns[0].is_running
    fast.tier.stop()
    run(fast, 3)
    assert not fast.tier.turns[0].is_running
    assert_same(weights(fast), weights(slow))
    count = fast.turns[0].descent.optimizer.state_dict()["state"][0]["step"]
    assert int(count) == fast.step == 24


@pytest.mark.usefixtures("uncompiled")
def test_objectives_are_compiled_each_on_its_own() -> None:
    def two() -> Project:
        of = project()
        objectives = (
            Objective("first", trains=("linear_1",), optimizer=Optimizer("sgd", {"lr": 0.1})),
            Objective("second", trains=("linear_2",), accumulate=2),
        )
        of.training = msgspec.structs.replace(of.training, objectives=objectives)
        return of

    slow = run(Trainer(wanted(two(), "repeatable"), points()), 4)
    fast = run(Trainer(wanted(two()), points()), 4)
    assert [turn.is_running for turn in fast.tier.turns] == [True, False]
    assert "several batches" in fast.tier.note
    assert_same(weights(fast), weights(slow))


def raises(error: Exception) -> Compile:
    def compiled(graph: fx.GraphModule, arguments: Sequence[Tensor]) -> prepare.Run:
        raise error

    return compiled


def wrong(graph: fx.GraphModule, arguments: Sequence[Tensor]) -> prepare.Run:
    """A compiler that gets the first weights wrong."""

    def step(*given: Tensor) -> Any:
        found = graph(*given)
        given[0].add_(1e-3)
        return found

    return step


def absent() -> Exception:
    from torch._inductor.exc import InvalidCxxCompiler

    return InvalidCxxCompiler()


@pytest.mark.parametrize(
    ("compiled", "faster", "words"),
    [
        (raises(absent()), 0.1, "no C++ compiler was found"),
        (raises(NotImplementedError("no such operator")), 0.1, "NotImplementedError: no such operator"),
        (wrong, 0.1, "its weights differ by 0.003"),
        (lambda graph, _: graph, 1.2, "it takes 1.20 of the time"),
    ],
    ids=["no compiler", "stumbles", "differs", "slower"],
)
def test_a_run_that_stays_as_it_is_says_why_and_changes_nothing(
    uncompiled: Callable[..., None], compiled: Compile, faster: float, words: str
) -> None:
    uncompiled(compiled, faster)
    slow = run(Trainer(wanted(project(), "repeatable"), points()), 3)
    fast = run(Trainer(wanted(project()), points()), 3)
    assert words in fast.tier.note
    assert not fast.tier.turns[0].is_running
    assert all(torch.equal(value, weights(slow)[name]) for name, value in weights(fast).items())


def test_a_compiled_step_that_stumbles_gives_way_to_the_eager_one(uncompiled: Callable[..., None]) -> None:
    def breaks(graph: fx.GraphModule, arguments: Sequence[Tensor]) -> prepare.Run:
        calls = 0

        def step(*given: Tensor) -> Any:
            nonlocal calls
            calls += 1
            if calls > trial.CHECKED + 4:
                raise AssertionError("a stride that was not expected")
            return graph(*given)

        return step

    uncompiled(breaks)
    slow = run(Trainer(wanted(project(), "repeatable"), points()), 6)
    fast = run(Trainer(wanted(project()), points()), 6)
    assert "a stride that was not expected" in fast.tier.note
    assert not fast.tier.turns[0].is_running
    assert_same(weights(fast), weights(slow))


def test_what_draws_random_numbers_stays_eager(uncompiled: Callable[..., None]) -> None:
    noisy = project([NET[0], ("dropout", {"p": 0.3}), *NET[1:]])
    fast = run(Trainer(wanted(noisy), points()), 2)
    assert fast.tier.note == "The step stays as it is: dropout_1 draws random numbers."


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler")
def test_machine_code_learns_the_same_and_leaves_the_random_numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "times", lambda _: (1.0, 0.1))
    monkeypatch.setattr(torch.random, "set_rng_state", None)
    slow = run(Trainer(wanted(project(), "repeatable"), points()), 6)
    fast = run(Trainer(wanted(project()), points()), 6)
    assert fast.tier.turns[0].is_running, fast.tier.note
    assert_same(weights(fast), weights(slow))


def test_a_trace_leaves_modules_alone_that_another_thread_calls(uncompiled: Callable[..., None]) -> None:
    begun, done = threading.Event(), threading.Event()

    class Waiting(torch.nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            begun.set()
            done.wait(60)
            return x + 1

    def compiled(graph: fx.GraphModule, arguments: Sequence[Tensor]) -> prepare.Run:
        fx.symbolic_trace(Waiting())
        return graph

    uncompiled(compiled)
    fast = Trainer(wanted(project()), points())
    for step in fast:
        if step.index == 3:
            assert begun.wait(60)
        if step.index == 10:
            done.set()
            fast.tier.wait()
    done.set()
    assert fast.failure is None
    assert fast.step == 32
    assert fast.tier.turns[0].is_running, fast.tier.note


def test_a_step_of_large_layers_is_not_compiled_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    macs = 7 * (6 * 5 + 5 * 3)
    for limit, is_large in ((macs + 1, False), (macs, True)):
        monkeypatch.setattr(tier, "LARGE", limit)
        note = Trainer(wanted(project()), points()).tier.note
        assert ("so large that compiling would not make it faster on the CPU" in note) == is_large


def test_a_short_run_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "HEAD_START", 1e9)
    monkeypatch.setattr("core.training.compiled.fast.Preparation", None)
    fast = run(Trainer(wanted(project()), points()), 8)
    assert fast.tier.note == ""
    assert not fast.tier.turns[0].is_running


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler")
def test_a_program_may_end_while_it_compiles() -> None:
    code = (
        "from core.training.compiled import takeover; takeover.HEAD_START = 0.0\n"
        "from tests.core.training.test_compiled import wanted; from core.training.trainer import Trainer\n"
        "from tests.core.training.test_compiled_step import project, points\n"
        "trainer = Trainer(wanted(project()), points())\n"
        "assert len(list(trainer)) == 32\n"
        "assert not trainer.tier.turns[0].is_over\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_recorded_step_on_a_gpu_learns_the_same() -> None:
    slow = run(Trainer(wanted(project(), "repeatable"), points(), device="cuda"), 6)
    fast = run(Trainer(wanted(project()), points(), device="cuda"), 6)
    assert fast.tier.turns[0].is_running, fast.tier.note
    assert_same(weights(fast), weights(slow))
