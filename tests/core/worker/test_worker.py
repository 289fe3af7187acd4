"""A run on a thread and in a process of its own: the same verbs, the same news, the same weights to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.model.fault import ProjectError
from core.model.project import Project
from core.training.records import Watch
from core.training.runs import RunFolder
from core.training.trainer import Trainer
from core.worker.task import Evaluate, Export, GoOn, Keep, Runner, Task
from tests.core.training_data import digits
from tests.core.worker.following import RUNNERS, Follower, task

LENET = [
    ("conv2d", {"out_channels": 4, "kernel_size": 3}), ("batch_norm2d", {}), ("tanh", {}),
    ("avg_pool2d", {"kernel_size": 2}), ("flatten", {}), ("dropout", {"p": 0.3}), ("linear", {"out_features": 10}),
]  # fmt: skip
LINEAR = frozenset({"linear_1"})


@pytest.fixture(params=list(RUNNERS))
def begin(request: pytest.FixtureRequest) -> Iterator[Callable[[Task], Follower]]:
    """Starts a run of either kind; it is closed at the end of the test."""
    runners: list[Runner] = []

    def started(wanted: Task) -> Follower:
        runners.append(RUNNERS[request.param](wanted))
        return Follower(runners[-1])

    yield started
    for runner in runners:
        runner.close()
        assert not runner.is_alive


Begin = Callable[[Task], Follower]


@pytest.mark.parametrize("project", [digits(epochs=3), digits(LENET, epochs=2)], ids=["mlp", "lenet"])
def test_it_trains_the_weights_of_the_headless_trainer(begin: Begin, project: Project) -> None:
    nodes = frozenset(project.graph.nodes)
    watch = Watch(weights=nodes, activations=nodes, confusion=True)
    run = begin(task(project, watch=watch)).finish()
    headless = Trainer(project)
    steps = list(headless)
    assert run.last.state == "done"
    assert [step.loss for step in run.steps] == [step.loss for step in steps]
    assert [step.losses for step in run.steps] == [step.losses for step in steps]
    ends = [step.ended for step in run.steps if step.ended], [step.ended for step in steps if step.ended]
    assert [(end.train, end.validation, end.best) for end in ends[0]] == [
        (end.train, end.validation, end.best) for end in ends[1]
    ]
    assert run.last.test == headless.test()
    headless.restore_best()
    state, shown = headless.network.state_dict(), run.snapshots[-1]
    assert shown.step == headless.step == run.runner.step_count
    assert shown.confusion is not None
    assert shown.confusion.counts.sum() == headless.feed.size("validation")
    assert shown.weights.keys() >= {"linear_1"}
    for node, arrays in shown.weights.items():
        for name, values in arrays.items():
            assert np.array_equal(values, state[f"{node}.{name}"].numpy())


def test_it_pauses_steps_looks_goes_on_and_stops(begin: Begin) -> None:
    run = begin(task(digits(epochs=100_000), paused=True, watch=Watch(weights=LINEAR)))
    run.until(lambda: run.last.state == "paused" and run.runner.is_quiet and bool(run.snapshots))
    assert run.steps == []
    assert run.last.totals is not None
    assert run.last.totals.steps == 100_000 * run.last.totals.steps_per_epoch
    for count in (1, 2):
        run.runner.single_step()
        run.until(lambda count=count: len(run.steps) == count and run.runner.is_quiet)
        assert run.snapshots[-1].step == count
    run.runner.watch(Watch(activations=LINEAR, sample=3))
    run.until(lambda: "linear_1" in run.snapshots[-1].activations)
    assert run.snapshots[-1].weights == {}
    run.runner.resume()
    run.until(lambda: len(run.steps) > 20 and run.last.state == "running")
    run.runner.pause()
    run.until(lambda: run.last.state == "paused" and run.runner.is_quiet)
    assert [step.index for step in run.steps] == list(range(1, run.runner.step_count + 1))
    run.runner.stop()
    assert run.finish().last.state == "stopped"


def test_what_it_is_asked_for_is_answered_between_steps_and_after_the_end(begin: Begin, tmp_path: Path) -> None:
    run = begin(task(digits(epochs=100_000)))
    during = run.runner.submit(Evaluate("validation")).result(120)
    assert 0 < during["accuracy"] <= 1
    run.runner.stop()
    run.finish()
    assert run.runner.submit(Evaluate("test")).result(120) == run.last.test
    report = run.runner.submit(Export("python", str(tmp_path / "net.py"))).result(120)
    assert "differ by at most" in report
    assert (tmp_path / "net.safetensors").exists()
    with pytest.raises(ProjectError, match="no such folder"):
        run.runner.submit(Export("python", str(tmp_path / "missing" / "net.py"))).result(120)


def test_it_is_kept_from_its_start_and_goes_on_as_the_unbroken_run(begin: Begin, tmp_path: Path) -> None:
    project = digits(LENET, epochs=4, batch_size=400)
    run = begin(task(project, paused=True, keep=Keep(str(tmp_path), origin="preset:some", tags=("tried",))))
    for count in range(1, 6):
        run.runner.single_step()
        run.until(lambda count=count: len(run.steps) == count)
    run.runner.stop()
    folder = Path(run.finish().last.folder)
    assert folder.parent == tmp_path
    kept = RunFolder.open(folder)
    assert (kept.state, kept.steps, kept.origin, kept.tags) == ("stopped", 5, "preset:some", ("tried",))
    run.runner.close()
    further = begin(Task(go_on=GoOn(str(folder)))).finish()
    whole = Trainer(project)
    losses = [step.loss for step in whole]
    assert [step.loss for step in further.steps] == losses[5:]
    assert list(RunFolder.open(folder).losses) == losses
    assert further.last.test == whole.test()


def test_what_cannot_begin_says_why(begin: Begin, tmp_path: Path) -> None:
    run = begin(Task(go_on=GoOn(str(tmp_path / "nowhere")))).finish()
    assert run.last.state == "failed"
    assert run.last.failure is not None
    assert "nowhere" in run.last.failure.node
    with pytest.raises((ProjectError, RuntimeError), match="over"):
        run.runner.submit(Evaluate("test")).result(120)
