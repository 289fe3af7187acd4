"""The network as an ONNX model with a free batch size, for every runtime that reads it."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import torch

from core.export.subject import Array, Arrays, ExportReport, Subject, verify
from core.model.fault import ProjectError


def export_onnx(subject: Subject, path: Path) -> ExportReport:
    """Writes one ONNX file, runs it with onnxruntime and compares; raises ProjectError where ONNX lacks a layer."""
    program = subject.network.inference_program().eval()
    names = list(subject.network.inputs_of(program))
    samples = subject.samples()
    arguments = tuple(torch.from_numpy(samples[name]) for name in names)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        # The exporter reports its progress on the terminal and warns of its own parts.
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                program,
                arguments,
                temporary,
                dynamo=True,
                input_names=names,
                output_names=[f"{node}_{port}" if port != "output" else node for node, port in subject.network.outputs],
                dynamic_shapes=tuple({0: "batch"} for _ in names),
                external_data=False,
                verbose=False,
            )
        temporary.replace(path)
    except (torch.onnx.errors.OnnxExporterError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ProjectError(
            f"ONNX cannot express this network: {reason}",
            place=str(path),
            fix="Export it as Python, or replace the layer that ONNX lacks (RReLU, for example).",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return verify("onnx", (path,), subject, lambda arrays: _run(path, arrays))


def _run(path: Path, samples: Arrays) -> list[Array]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    known = {entry.name for entry in session.get_inputs()}
    return list(session.run(None, {name: value for name, value in samples.items() if name in known}))
