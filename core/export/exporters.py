"""Every export format by name: the menu, the command line and the tests go through this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.export.onnx_model import export_onnx
from core.export.python import export_python
from core.export.subject import ExportReport, Subject
from core.export.weights import export_safetensors
from core.model.fault import ProjectError


@dataclass(frozen=True)
class Exporter:
    """A format: what the menu says, the file's suffix, and the function that writes and verifies."""

    id: str
    title: str
    suffix: str
    doc: str
    write: Callable[[Subject, Path], ExportReport]


exporters: dict[str, Exporter] = {
    exporter.id: exporter
    for exporter in (
        Exporter("python", "Python file + weights", ".py", "A class in plain PyTorch and its weights.", export_python),
        Exporter("safetensors", "Weights (safetensors)", ".safetensors", "The weights alone.", export_safetensors),
        Exporter("onnx", "ONNX model", ".onnx", "For onnxruntime, browsers and other programs.", export_onnx),
    )
}


def export(format: str, subject: Subject, path: Path) -> ExportReport:
    """Writes and verifies; a path without the format's suffix gets it. Raises ProjectError."""
    if format not in exporters:
        raise ProjectError(f"There is no format “{format}”.", fix=f"Formats are {', '.join(exporters)}.")
    if path.name in ("", ".."):
        fix = f"Give it a name, such as net{exporters[format].suffix}."
        raise ProjectError("This names a folder, not a file to write.", place=str(path), fix=fix)
    exporter = exporters[format]
    path = path if path.suffix == exporter.suffix else path.with_name(path.name + exporter.suffix)
    if not path.parent.is_dir():
        raise ProjectError("There is no such folder.", place=str(path.parent), fix="Choose a folder that exists.")
    try:
        return exporter.write(subject, path)
    except OSError as error:
        raise ProjectError(
            f"The file cannot be written: {error.strerror or error}.", place=str(path), fix="Choose another folder."
        ) from error
