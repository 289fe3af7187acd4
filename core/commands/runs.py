"""`layerloom runs` and `tensorboard`: what was trained, as a table, and as event files for TensorBoard."""

from __future__ import annotations

import sys
from pathlib import Path

from core.commands.printing import print_json, print_table
from core.model.amounts import counted, duration, size
from core.model.fault import ProjectError
from core.training.metrics import telling, told
from core.training.records import Epoch, Metrics
from core.training.runs import RunFolder, RunStore, default_folder, export_tensorboard

HEAD = (
    "run",
    "state",
    "epochs",
    "train loss",
    "val. loss",
    "validation",
    "test",
    "time",
    "size",
    "checkpoints",
    "tags",
)


def list_runs(folder: Path | None, as_json: bool) -> int:
    """Every run of a directory, the newest first; 1 where there is no such directory."""
    here = Path("runs")
    store = RunStore(folder or (here if here.is_dir() else default_folder()))
    if folder is not None and not folder.is_dir():
        raise ProjectError("There is no such directory.", place=str(folder), fix="Name one that holds run folders.")
    runs = store.runs()
    if as_json:
        print_json([report(run) for run in runs])
    else:
        print(f"{counted(len(runs), 'run')} in {store.folder}")
        if runs:
            print_table([_cells(run) for run in runs], HEAD)
    for why in store.broken.values():
        print(f"layerloom: {why}", file=sys.stderr)
    return 0


def tensorboard(folder: Path, out: Path, as_json: bool) -> int:
    """Writes event files of a run."""
    count = export_tensorboard(RunFolder.open(folder), out)
    if as_json:
        print_json({"scalars": count, "folder": str(out)})
    else:
        print(f"{counted(count, 'scalar')} written. See them with: tensorboard --logdir {out}")
    return 0


REPORTED = (
    "name", "title", "state", "origin", "began", "when", "seed", "device", "seconds", "steps", "total_steps",
    "total_epochs", "ended_by", "test", "versions",
)  # fmt: skip


def report(run: RunFolder) -> dict[str, object]:
    """A run for programs."""
    found: dict[str, object] = {name: getattr(run, name) for name in REPORTED}
    last = run.last_epoch
    return found | {
        "run": str(run.path),
        "epochs": run.epoch_count,
        "train": last.train if last else {},
        "validation": last.validation if last else {},
        "tags": list(run.tags),
        "checkpoints": list(run.checkpoints),
        "bytes": run.bytes,
        "can_continue": run.can_continue,
    }


def _cells(run: RunFolder) -> tuple[str, ...]:
    last = run.last_epoch
    return (
        run.path.name,
        run.state,
        f"{run.epoch_count:,}/{run.total_epochs:,}",
        _loss(last, "train"),
        _loss(last, "validation"),
        _result(last.validation if last else {}),
        _result(run.test),
        duration(run.seconds),
        size(run.bytes),
        ", ".join(map(str, run.checkpoints)) or "–",
        ", ".join(run.tags) or "–",
    )


def _loss(epoch: Epoch | None, part: str) -> str:
    loss = getattr(epoch, part).get("loss") if epoch else None
    return "–" if loss is None else f"{loss:.4f}"


def _result(metrics: Metrics) -> str:
    name = telling(metrics)
    return f"{name} {told(name, metrics[name])}" if name else "–"
