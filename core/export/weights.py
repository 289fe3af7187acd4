"""Weights alone, as safetensors: names are those of the exported class, values those of the trained network."""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
import torch

from core.compiler.build import build
from core.export.subject import Array, Arrays, ExportReport, Subject, chance, verify
from core.model.file import write_atomically


def write_state(subject: Subject, path: Path) -> None:
    """Writes the inference part's state, atomically."""
    facts = {"format": "pt", "title": subject.project.title, "made_by": "Layerloom"}
    write_atomically(path, safetensors.torch.save(subject.state(), metadata=facts))


def export_safetensors(subject: Subject, path: Path) -> ExportReport:
    """Writes the weights, loads them into a network that is built anew with other weights, and compares."""
    write_state(subject, path)

    def again(samples: Arrays) -> list[Array]:
        network = build(subject.project, subject.dataset.fields, seed=1)
        program = network.inference_program()
        program.load_state_dict(safetensors.torch.load_file(path), strict=True)
        program.eval()
        with chance(), torch.no_grad():
            values = program(*(torch.from_numpy(samples[name]) for name in network.inputs_of(program)))
        return [value.numpy() for value in values]

    return verify("safetensors", (path,), subject, again)
