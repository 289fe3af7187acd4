"""A thousand layers and two hundred nested blocks: checked, built, trained, exported; the work grows with the nodes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch

from core.cli import main
from core.compiler.build import build
from core.compiler.shapes import infer
from core.compiler.source import class_name, source
from core.data.dataset import fields_of, open_dataset
from core.export.exporters import export
from core.export.subject import Subject
from core.model.file import write
from core.model.project import Project
from core.training.trainer import Trainer
from tests.core.large import LARGE, LINEAR, chain, linear_names, nested, parameters
from tests.core.networks import run_source

both = pytest.mark.parametrize("name", LARGE)


@both
def test_check_reads_the_file_and_counts(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{name}.loom"
    write(LARGE[name](), path)
    assert main(["check", str(path), "--inside", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["problems"] == []
    assert report["parameters"] == parameters(name)
    layers = [node for node in report["nodes"] if node["kind"] == "linear"]
    assert len(layers) == LINEAR[name]
    assert {tuple(node["outputs"].values()) for node in layers} == {("N×8",)}


@both
def test_values_and_gradients_are_those_of_the_layers_by_hand(name: str, tmp_path: Path) -> None:
    project = LARGE[name]()
    fields = fields_of(project.data)
    network = build(project, fields)
    layers = [network.root.get_submodule(each) for each in linear_names(name)]
    with torch.no_grad():
        for layer in layers[1:]:
            layer.weight.copy_(torch.eye(8))
            layer.bias.fill_(0.001)
        layers[0].weight.fill_(0.5)
        layers[0].bias.fill_(0.25)
    points = torch.tensor([[1.0, 2.0], [0.0, 3.0]])
    found = network.inference_program()(points)[0]
    # (1 + 2) / 2 + 1/4 and 3 / 2 + 1/4, and 0.001 from each layer behind.
    expected = torch.full((2, 8), 1.75 + 0.001 * (LINEAR[name] - 1))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=0)
    found.sum().backward()
    torch.testing.assert_close(layers[0].weight.grad, torch.tensor([1.0, 5.0]).expand(8, 2))
    torch.testing.assert_close(layers[0].bias.grad, torch.full((8,), 2.0))
    written = run_source(source(project, fields), tmp_path)[class_name(project)]()
    written.load_state_dict(network.state_dict())
    assert torch.equal(written(points), network.inference_program()(points)[0])


@both
def test_it_learns_and_is_exported(name: str, tmp_path: Path) -> None:
    trainer = Trainer(LARGE[name](), max_steps=2)
    last = trainer.network.root.get_submodule(linear_names(name)[-1])
    before = last.bias.detach().clone()
    assert [step.index for step in trainer] == [1, 2]
    assert not torch.equal(last.bias, before)
    for format in ("python", "safetensors"):
        report = export(format, Subject(trainer.project, trainer.network, trainer.dataset), tmp_path / "net")
        assert report.difference <= 1e-6


@pytest.mark.slow
@both
def test_it_is_exported_as_onnx(name: str, tmp_path: Path) -> None:
    project = LARGE[name]()
    dataset = open_dataset(project.data)
    subject = Subject(project, build(project, dataset.fields), dataset)
    assert export("onnx", subject, tmp_path / "net.onnx").difference <= 1e-5


WORKS: dict[str, Callable[[Project], object]] = {
    "shapes": lambda project: infer(project, fields_of(project.data)),
    "build": lambda project: build(project, fields_of(project.data)).inference_program(),
    "source": lambda project: source(project, fields_of(project.data)),
}


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of the compiler and the model a piece of work goes through, each turn of a loop counted."""
    count = 0

    def line(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += 1
        return line

    def call(frame: FrameType, event: str, argument: object) -> Any:
        return line if "/core/" in frame.f_code.co_filename.replace("\\", "/") else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("make", [chain, nested])
def test_the_work_grows_with_the_number_of_nodes(make: Callable[[int], Project], work: str) -> None:
    small, large = make(60), make(120)
    WORKS[work](make(2))  # files are read and signatures asked once
    least = lines_run(lambda: WORKS[work](small))
    assert least > 1_000
    assert lines_run(lambda: WORKS[work](large)) < 2.4 * least
