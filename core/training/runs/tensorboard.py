"""A run as TensorBoard's event files: scalars per step and per epoch, and the settings as text."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path

from core.model.fault import ProjectError
from core.training.runs.comparing import settings
from core.training.runs.folder import RunFolder

PACKAGE = "tensorboardX"


def export_tensorboard(run: RunFolder, out: Path) -> int:
    """Writes event files into a folder and returns how many scalars they hold; raises ProjectError.

    The loss of every step is `loss/step` at that step; `train/…` and `validation/…` hold every metric at the last step
    of each epoch, beside the learning rate; `test/…` the metrics of the kept weights at the last step.
    """
    if find_spec(PACKAGE) is None:
        raise ProjectError(
            "Exporting to TensorBoard needs tensorboardX, which is not installed.",
            fix=f"Install it with “pip install {PACKAGE}”.",
        )
    # It is optional, and needs protobuf.
    from tensorboardX import SummaryWriter

    count = 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        with SummaryWriter(str(out), flush_secs=1_000_000) as writer:

            def add(name: str, value: float, step: int, when: float | None = None) -> None:
                nonlocal count
                if math.isfinite(value):
                    writer.add_scalar(name, value, step, walltime=when)
                    count += 1

            for index, loss in enumerate(run.losses, 1):
                add("loss/step", loss, index)
            for epoch in run.epochs:
                for part, metrics in (("train", epoch.train), ("validation", epoch.validation)):
                    for name, value in metrics.items():
                        add(f"{part}/{name}", value, epoch.step)
                add("learning rate", epoch.learning_rate, epoch.step)
            for name, value in run.test.items():
                add(f"test/{name}", value, run.steps)
            writer.add_text("settings", _table(run), 0)
    except OSError as error:
        raise ProjectError(
            f"It cannot be written: {error.strerror}.", place=str(out), fix="Choose another folder."
        ) from error
    return count


def _table(run: RunFolder) -> str:
    """The settings as a table in Markdown."""
    facts = {"run": run.path.name, "began": run.began, "seed": str(run.seed), "device": run.device}
    facts |= {f"version of {name}": version for name, version in run.versions.items()}
    rows = (
        f"| {place} | {value.replace('|', chr(92) + '|')} |" for place, value in (facts | settings(run.project)).items()
    )
    return "\n".join(["| setting | value |", "|---|---|", *rows])
