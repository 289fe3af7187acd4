"""`layerloom export`: a run, or a project with its starting weights, as files of others."""

from __future__ import annotations

import sys
from pathlib import Path

from core.commands.layers import bring
from core.compiler.build import build
from core.compiler.inference import CompileError
from core.data.dataset import open_dataset
from core.export.exporters import export
from core.export.subject import Subject
from core.model.fault import ProjectError
from core.model.project import Project
from core.training.runs import RunFolder, load_weights


def export_run(folder: Path, format: str, out: Path) -> int:
    """Exports a run's best weights."""
    run = RunFolder.open(folder)
    subject = _subject(bring(run.project))
    load_weights(subject.network, run.best)
    print(export(format, subject, out))
    return 0


def export_project(project: Project, format: str, out: Path) -> int:
    """Exports a project that has not been trained: its weights are those that a run would start from."""
    print("layerloom: this network is not trained; export a run folder for trained weights.", file=sys.stderr)
    print(export(format, _subject(project), out))
    return 0


def _subject(project: Project) -> Subject:
    dataset = open_dataset(project.data)
    try:
        network = build(project, dataset.fields, seed=project.training.seed)
    except CompileError as error:
        fault = error.faults[0]
        raise ProjectError(fault.message, place=fault.node, fix=fault.fix) from error
    return Subject(project, network, dataset)
