"""`layerloom train` and `continue`: the app's trainer without the app, a line per epoch and a run folder."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.commands.layers import bring
from core.commands.printing import print_json
from core.compiler.inference import CompileError
from core.data.dataset import remarks_on
from core.model.fault import ProjectError
from core.model.project import Project
from core.training.forecast import forecast
from core.training.metrics import told, told_once
from core.training.records import Epoch, Metrics
from core.training.room import free_memory, warning
from core.training.runs import RunFolder, RunStore, RunWriter, cautions, continue_run
from core.training.runs.folder import PROJECT
from core.training.trainer import Trainer


def train(
    project: Project,
    *,
    epochs: int | None = None,
    steps: int | None = None,
    device: str | None = None,
    seed: int | None = None,
    out: Path | None = None,
    origin: str = "",
    as_json: bool = False,
) -> int:
    """Trains to the end (Ctrl+C ends it early and keeps what was reached); returns 1 when the run failed."""
    if out and (out / PROJECT).exists():
        fix = f"Choose another folder, or go on with it: layerloom continue {out}"
        raise ProjectError("There is a run in this folder already.", place=str(out), fix=fix)
    trainer = _made(lambda: Trainer(project, device=device, seed=seed, epochs=epochs, max_steps=steps))
    folder = out or RunStore(Path("runs")).new(project)
    return _go(trainer, RunWriter(folder, trainer, name=folder.name, origin=origin), as_json)


def go_on(folder: Path, *, epochs: int | None = None, checkpoint: int | None = None, as_json: bool = False) -> int:
    """Goes on with a run exactly where it was, in its own folder; returns 1 when it failed."""
    run = RunFolder.open(folder)
    bring(run.project)
    notes = cautions(run)
    trainer = _made(lambda: continue_run(folder, epochs, checkpoint=checkpoint))
    for note in notes:
        print(f"layerloom: {note}", file=sys.stderr)
    return _go(trainer, RunWriter(folder, trainer), as_json)


def _made(make: Callable[[], Trainer]) -> Trainer:
    try:
        return make()
    except CompileError as error:
        fault = error.faults[0]
        raise ProjectError(fault.message, place=fault.node, fix=fault.fix) from error


def _go(trainer: Trainer, writer: RunWriter, as_json: bool) -> int:
    _warn(trainer)
    bar = _Bar(trainer.total_epochs) if not as_json and sys.stderr.isatty() else None
    start, count, state = time.perf_counter(), 0, "done"
    try:
        for step in trainer:
            count += 1
            writer.after(step)
            if bar:
                bar.show(step.index / max(trainer.total_epochs * trainer.steps_per_epoch, 1))
            if step.ended:
                _tell(step.ended, as_json, bar)
    except KeyboardInterrupt:
        state = "stopped"
        print("layerloom: stopped; keeping what was reached", file=sys.stderr)
    seconds = time.perf_counter() - start
    writer.end("failed" if trainer.failure else state)
    if trainer.failure:
        failure = trainer.failure
        where = f"{failure.node}: " if failure.node else ""
        print(f"layerloom: {where}{failure.message} {failure.fix}", file=sys.stderr)
        if as_json:
            print_json({"done": False, "node": failure.node, "message": failure.message, "fix": failure.fix})
        return 1
    test = trainer.test()
    writer.keep_test(test)
    if writer.problem:
        raise ProjectError(writer.problem)
    rate = count / seconds if seconds else 0.0
    if as_json:
        facts = {"done": True, "ended_by": trainer.ended_by, "test": test, "seconds": seconds}
        facts |= {"steps_per_second": rate, "tier": trainer.tier.note}
        print_json(facts | {"run": str(writer.folder)})
    else:
        if trainer.ended_by:
            print(f"ended early: {trainer.ended_by}")
        if trainer.tier.note:
            print(trainer.tier.note)
        print(f"test        {_show(test) or 'no test part'}")
        print(f"{count:,} steps in {seconds:.1f} s ({rate:,.0f} steps/s); run kept in {writer.folder}")
    return 0


def _warn(trainer: Trainer) -> None:
    """Says before the first step what is not used or missing of the data, and when the memory will not do."""
    for remark in (*remarks_on(trainer.project.data), *trainer.dataset.notes):
        print(f"layerloom: {remark}", file=sys.stderr)
    device = str(trainer.device)
    said = forecast(trainer.project, trainer.dataset, device=device)
    if wrong := warning(said, free_memory(device)):
        print(f"layerloom: {' '.join(filter(None, (wrong, said.remark)))}", file=sys.stderr)


def _tell(epoch: Epoch, as_json: bool, bar: _Bar | None) -> None:
    if as_json:
        facts: dict[str, Any] = {name: getattr(epoch, name) for name in ("epoch", "step", "train", "validation")}
        print_json(facts)
        return
    if bar:
        bar.clear()
    best = "  best so far" if epoch.best else ""
    validation = f"   validation {_show(epoch.validation)}" if epoch.validation else ""
    print(f"epoch {epoch.epoch:4d}   train {_show(epoch.train)}{validation}{best}", flush=True)


def _show(metrics: Metrics) -> str:
    return "  ".join(f"{name} {told(name, metrics[name])}" for name in told_once(metrics))


class _Bar:
    """A progress bar on the terminal's last line."""

    def __init__(self, epochs: int) -> None:
        self._start = self._shown = time.perf_counter()
        self._epochs = epochs

    def show(self, share: float) -> None:
        now = time.perf_counter()
        if now - self._shown < 0.1 or share <= 0:
            return
        self._shown = now
        left = (now - self._start) * (1 - share) / share
        filled = "█" * int(30 * share)
        line = f"\r{filled:░<30} epoch {int(share * self._epochs) + 1}/{self._epochs}, {left:4.0f} s left "
        print(line, end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
