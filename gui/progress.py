"""How far a run is, as a share and as a sentence with units."""

from __future__ import annotations

import math

from core.model.amounts import counted, duration
from gui.session import LiveRun, Session


def progress_of(session: Session) -> tuple[float, str]:
    """The share that is done, from 0 to 1, and what to say beside the bar."""
    run = session.run
    if run is None:
        return 0.0, _idle(session)
    share = min(1.0, run.progress)
    text = SAID[run.state](run)
    if run.stale and not run.active:
        text += " · edited since"
    return (1.0 if run.state == "done" else share), text


def _idle(session: Session) -> str:
    if session.document is None:
        return ""
    if not session.engine_is_ready:
        return "PyTorch is loading …"
    if not session.inference.nodes and not session.inference.faults:
        return ""
    if busy := session.control.cannot_train():
        return busy
    epochs = session.document.project.training.epochs
    return f"ready · {counted(epochs, 'epoch')}" if not session.can_start() else "not ready: see Problems"


def _epoch(run: LiveRun) -> str:
    now = run.steps[-1].epoch if run.steps else 0
    return f"epoch {now:,}/{run.total_epochs:,}"


def _running(run: LiveRun) -> str:
    if not run.steps:
        return "the first step is being computed …"
    return f"{_epoch(run)} · {run.samples_per_second:,.0f} samples/s · {clock(run.seconds_left)} left"


def _paused(run: LiveRun) -> str:
    return f"paused · {_epoch(run)} · step {len(run.steps):,}"


def _stopped(run: LiveRun) -> str:
    return f"stopped · {_epoch(run)} · {clock(run.seconds)}{_test(run)}"


def _done(run: LiveRun) -> str:
    early = " · ended early" if run.ended_by else ""
    return f"done · {counted(len(run.epochs), 'epoch')} in {clock(run.seconds)}{early}{_test(run)}"


def _failed(run: LiveRun) -> str:
    return f"failed · {run.failure.message}" if run.failure else "failed"


def _crashed(run: LiveRun) -> str:
    return f"interrupted · {run.failure.message}" if run.failure else "interrupted"


def _test(run: LiveRun) -> str:
    # Metrics need NumPy, which is imported after the first paint.
    from core.training.metrics import telling, title_of, told

    name = telling(run.test)
    if not name:
        return ""
    title = title_of(name)
    # “Accuracy” goes on in a sentence as “accuracy”; “R²” and “F1” stay as they are.
    word = title[:1].lower() + title[1:] if title[1:2].islower() else title
    return f" · test {word} {told(name, run.test[name])}"


SAID = {
    "starting": lambda run: "the data are being prepared …",
    "running": _running,
    "paused": _paused,
    "stopped": _stopped,
    "done": _done,
    "failed": _failed,
    "crashed": _crashed,
}


def clock(seconds: float) -> str:
    """A time with its unit, as the table of runs tells it; a dash where it is not known."""
    return duration(seconds) if math.isfinite(seconds) else "–"
