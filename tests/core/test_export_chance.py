"""Networks that draw random numbers even when they predict leave the program all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import presets
from core.compiler.build import build
from core.data.dataset import open_dataset
from core.export.exporters import export, exporters
from core.export.subject import ExportReport, Subject
from core.model.fault import ProjectError
from core.model.project import Project
from tests.core.networks import add, wire


def subject_of(project: Project) -> Subject:
    project.data = presets.load("lenet-5").data
    dataset = open_dataset(project.data)
    return Subject(project, build(project, dataset.fields, seed=2), dataset)


def generator() -> Subject:
    """Digits beside noise of the same size, through a layer; and the digits alone, through another."""
    project = Project("Generator")
    add(project, "input")
    add(project, "flatten")
    add(project, "noise", shape=5)
    add(project, "linear", out_features=6)
    add(project, "linear", out_features=7)
    for kind in ("output", "output"):
        add(project, kind)
    for text in (
        "input_1 -> flatten_1",
        "input_1 -> noise_1",
        "noise_1 -> linear_1",
        "flatten_1 -> linear_2",
        "linear_1 -> output_1",
        "linear_2 -> output_2",
    ):
        wire(project, text)
    return subject_of(project)


@pytest.mark.parametrize("format", ["python", "safetensors"])
def test_the_same_numbers_are_drawn_where_torch_draws_them(format: str, tmp_path: Path) -> None:
    report = export(format, generator(), tmp_path / "net")
    assert report.relative <= 1e-6
    assert report.drawn == 0


def test_another_programs_numbers_are_not_compared(tmp_path: Path) -> None:
    report = export("onnx", generator(), tmp_path / "net")
    assert report.relative <= 1e-5
    assert report.drawn == 1
    assert "Not compared, as drawn at random: 1 output." in str(report)


@pytest.mark.parametrize("format", list(exporters))
def test_a_boltzmann_machine_leaves_whole(format: str, tmp_path: Path) -> None:
    """In evaluation it draws nothing, so each of its outputs is compared."""
    project = Project("Boltzmann")
    for kind in ("input", "flatten", "rbm"):
        add(project, kind)
    wire(project, "input_1 -> flatten_1")
    wire(project, "flatten_1 -> rbm_1")
    for port in ("output", "free_energy", "sample", "sample_free_energy", "reconstruction"):
        wire(project, f"rbm_1.{port} -> {add(project, 'output')}.input")
    report = export(format, subject_of(project), tmp_path / "net")
    assert report.relative <= 1e-5
    assert report.drawn == 0


def test_a_steady_output_is_compared_beside_one_that_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = generator()
    state = {name: value + (name == "linear_2.bias") for name, value in subject.state().items()}
    monkeypatch.setattr(Subject, "state", lambda self: state)
    with pytest.raises(ProjectError, match="differs from the trained network"):
        export("safetensors", subject, tmp_path / "net")


def test_checking_leaves_the_random_numbers_of_a_run_alone(tmp_path: Path) -> None:
    subject = generator()
    torch.manual_seed(9)
    expected = torch.rand(4)
    torch.manual_seed(9)
    subject.run(subject.samples())
    assert torch.equal(torch.rand(4), expected)


def test_a_report_names_the_size_of_what_it_compares() -> None:
    report = ExportReport("onnx", (Path("net.onnx"),), 1.5e-3, 2, 400.0)
    assert np.isclose(report.relative, 1.5e-3 / 400)
    assert str(report) == (
        "Wrote net.onnx; read back, its outputs (the largest is 400) differ by at most 1.5e-03 on 2 samples."
    )
    assert ExportReport("onnx", (), 0.5, 2, 0.1).relative == 0.5


def test_a_report_counts_in_words() -> None:
    one, two = (str(ExportReport("onnx", (Path("net.onnx"),), 0.0, count, drawn=count)) for count in (1, 2))
    assert one.endswith("on 1 sample. Not compared, as drawn at random: 1 output.")
    assert two.endswith("on 2 samples. Not compared, as drawn at random: 2 outputs.")
