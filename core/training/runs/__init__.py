"""Runs that last: written while they train, listed, gone on with, compared and exported."""

from core.training.runs.comparing import differences
from core.training.runs.continuing import cautions, continue_run
from core.training.runs.folder import RunFolder
from core.training.runs.store import RunStore, default_folder
from core.training.runs.tensorboard import export_tensorboard
from core.training.runs.weights import load_weights
from core.training.runs.writer import RunWriter, change_facts

__all__ = [
    "RunFolder",
    "RunStore",
    "RunWriter",
    "cautions",
    "change_facts",
    "continue_run",
    "default_folder",
    "differences",
    "export_tensorboard",
    "load_weights",
]
