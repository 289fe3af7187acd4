"""Exports: each format, written, read back by other means than ours, and compared; bad goals refused in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import safetensors.numpy
import torch

import presets
from core.compiler.build import build
from core.data.dataset import open_dataset
from core.export.exporters import export, exporters
from core.export.subject import Subject
from core.model.fault import ProjectError
from core.training.trainer import Trainer
from tests.presets.sizes import by_size


@pytest.fixture(scope="module")
def lenet() -> Subject:
    trainer = Trainer(presets.load("lenet-5"), max_steps=3)
    for _ in trainer:
        pass
    return Subject(trainer.project, trainer.network, trainer.dataset)


def untrained(preset: str) -> Subject:
    project = presets.load(preset)
    dataset = open_dataset(project.data)
    return Subject(project, build(project, dataset.fields, seed=3), dataset)


@pytest.mark.parametrize(("preset", "format"), by_size(*exporters))
def test_every_preset_exports_to_every_format(preset: str, format: str, tmp_path: Path) -> None:
    subject = untrained(preset)
    report = export(format, subject, tmp_path / "net")
    # Single precision beside the largest output: with tied tables, untrained scores reach hundreds.
    assert report.relative <= 1e-5
    assert report.samples >= 1
    assert all(file.exists() for file in report.files)


def test_the_python_file_needs_nothing_of_ours(lenet: Subject, tmp_path: Path) -> None:
    export("python", lenet, tmp_path / "lenet.py")
    text = (tmp_path / "lenet.py").read_text()
    assert "layerloom" not in text.lower().replace("made with layerloom", "")
    assert "nn.Conv2d(1, 6, kernel_size=5, padding=2)" in text
    code = (
        "import sys, runpy, numpy, torch\n"
        "assert not [p for p in sys.path if p in ('', '.')]\n"
        "model = runpy.run_path('lenet.py')['load']()\n"
        "numpy.save('out.npy', model(torch.from_numpy(numpy.load('in.npy'))).detach().numpy())\n"
    )
    samples = lenet.samples()
    np.save(tmp_path / "in.npy", next(iter(samples.values())))
    subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, check=True)
    assert np.allclose(np.load(tmp_path / "out.npy"), lenet.run(samples)[0], atol=1e-5)


def test_what_is_exported_is_what_trained(lenet: Subject, tmp_path: Path) -> None:
    export("safetensors", lenet, tmp_path / "w")
    saved = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    trained = lenet.network.state_dict()
    assert set(saved) == set(trained)
    assert all(np.array_equal(saved[name], trained[name].numpy()) for name in saved)


def test_the_onnx_batch_is_free(lenet: Subject, tmp_path: Path) -> None:
    import onnxruntime

    export("onnx", lenet, tmp_path / "net")
    onnx.checker.check_model(str(tmp_path / "net.onnx"))
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    for batch in (1, 5):
        [scores] = session.run(None, {session.get_inputs()[0].name: np.zeros((batch, 1, 28, 28), np.float32)})
        assert scores.shape == (batch, 10)


def test_standardised_inputs_are_told(tmp_path: Path) -> None:
    export("python", untrained("logistic-credit"), tmp_path / "net")
    text = (tmp_path / "net.py").read_text()
    assert "X_MEAN" in text
    assert "X_STD" in text


def test_another_function_is_refused(lenet: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = {name: value + 1 for name, value in lenet.state().items()}
    monkeypatch.setattr(Subject, "state", lambda self: state)
    with pytest.raises(ProjectError, match="differs from the trained network"):
        export("safetensors", lenet, tmp_path / "w")


def test_a_bad_goal_is_named(lenet: Subject, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no such folder"):
        export("python", lenet, tmp_path / "gone" / "net.py")
    for nothing in ("", ".", "/", ".."):
        with pytest.raises(ProjectError, match=r"names a folder.* such as net\.onnx"):
            export("onnx", lenet, Path(nothing))
    with pytest.raises(ProjectError, match="Formats are"):
        export("gif", lenet, tmp_path / "net")


def test_the_network_is_left_as_it_was(lenet: Subject, tmp_path: Path) -> None:
    before = {name: value.clone() for name, value in lenet.network.state_dict().items()}
    training = lenet.network.root.training
    export("onnx", lenet, tmp_path / "net")
    assert lenet.network.root.training == training
    assert all(torch.equal(before[name], value) for name, value in lenet.network.state_dict().items())
