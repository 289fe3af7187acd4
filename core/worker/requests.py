"""Answers what a worker is asked for between two steps. The answers are texts, numbers and mappings of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.export.exporters import export
from core.export.subject import Subject
from core.training.trainer import Trainer
from core.worker.task import Evaluate, Request


def answer(request: Request, trainer: Trainer) -> Any:
    """To be called on the thread that trains; raises ProjectError where the request cannot be met."""
    with trainer.looking():
        if isinstance(request, Evaluate):
            return dict(trainer.evaluate(request.part))
        subject = Subject(trainer.project, trainer.network, trainer.dataset)
        return str(export(request.format, subject, Path(request.path)))
