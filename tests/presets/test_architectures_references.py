"""Our exported weights in reference classes of plain torch, and theirs in our exported classes: equal outputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

import presets
from core.compiler.build import build
from core.compiler.source import class_name, source
from core.data.dataset import fields_of, open_dataset
from core.export.exporters import export
from core.export.subject import Subject
from core.model.ops import SetData, SetParams
from core.model.project import Project
from core.model.settings import Data, Split
from tests.core.networks import run_source
from tests.presets.references import alexnet, gpt, resnet

State = dict[str, torch.Tensor]


def exported(project: Project, folder: Path) -> nn.Module:
    """The class that the project's source defines, with its own weights and lively statistics, in evaluation mode."""
    fields = fields_of(project.data)
    names = run_source(source(project, fields), folder)
    model: nn.Module = names[class_name(project)]()
    model.load_state_dict(build(project, fields, seed=7).inference_program().state_dict())
    return stirred(model, 1)


def stirred(model: nn.Module, seed: int) -> nn.Module:
    """Random means, variances and shifts, so that no two of them are equal by their initial values."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in model.state_dict().items():
        if value.is_floating_point() and value.ndim == 1:
            value.copy_(torch.rand(value.shape, generator=generator) + (0.5 if "var" in name else 0.0))
    return model.eval()


def saved(model: nn.Module, folder: Path) -> State:
    """The weights by way of a safetensors file."""
    path = folder / "weights.safetensors"
    safetensors.torch.save_file({key: value.clone() for key, value in model.state_dict().items()}, path)
    return safetensors.torch.load_file(path)


@torch.no_grad()
def agree(ours: nn.Module, theirs: nn.Module, x: torch.Tensor) -> None:
    expected = theirs(x)
    assert expected.std() > 1e-3
    torch.testing.assert_close(ours(x), expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


@torch.no_grad()
def differ(ours: nn.Module, theirs: nn.Module, x: torch.Tensor) -> None:
    assert not torch.allclose(ours(x), theirs(x), rtol=1e-2, atol=1e-3)


def both_ways(
    ours: nn.Module,
    reference: Callable[[], nn.Module],
    public: Callable[[str], str],
    x: torch.Tensor,
    folder: Path,
    turned: Callable[[str, torch.Tensor], torch.Tensor] = lambda key, value: value,
) -> None:
    theirs = stirred(reference(), 2)
    differ(ours, theirs, x)
    state = {public(key): turned(key, value) for key, value in saved(ours, folder).items()}
    theirs.load_state_dict(state, strict=True)
    agree(ours, theirs, x)
    theirs = stirred(reference(), 3)
    differ(ours, theirs, x)
    other = theirs.state_dict()
    ours.load_state_dict({key: turned(key, other[public(key)]) for key in ours.state_dict()}, strict=True)
    agree(ours, theirs, x)


def test_resnet_18_takes_and_gives_public_weights(tmp_path: Path) -> None:
    ours = exported(presets.load("resnet-18"), tmp_path)
    both_ways(ours, resnet.ResNet18, resnet.public, torch.randn(2, 3, 96, 96), tmp_path)


@pytest.mark.slow
def test_alexnet_takes_and_gives_public_weights(tmp_path: Path) -> None:
    ours = exported(presets.load("alexnet"), tmp_path)
    both_ways(ours, alexnet.AlexNet, alexnet.public, torch.randn(1, 3, 224, 224), tmp_path)


def small_gpt() -> Project:
    """GPT-2 as it is, with 2 blocks of 24 features and 3 heads, 40 positions and 97 tokens."""
    project = presets.load("gpt-2")
    tokens: dict[str, Any] = {**project.data.params, "classes": 97, "shape": 40}
    SetData(Data("placeholder", tokens, Split(0, 0, 0))).apply(project)
    SetParams("wte", {"num_embeddings": 97, "embedding_dim": 24}).apply(project)
    SetParams("wpe", {"max_length": 40}).apply(project)
    SetParams("lm_head", {"out_features": 97}).apply(project)
    SetParams("h", {"features": 24, "heads": 3, "hidden": 50, "repeat": 2}).apply(project)
    return project


@pytest.mark.parametrize("length", [1, 7, 40])
def test_gpt_2_takes_and_gives_public_weights(length: int, tmp_path: Path) -> None:
    ours = exported(small_gpt(), tmp_path)
    x = torch.randint(0, 97, (2, length))
    both_ways(ours, lambda: gpt.GPT2(97, 40, 24, 3, 50, 2), gpt.public, x, tmp_path, gpt.turned)


@pytest.mark.parametrize(
    ("make", "reference", "public", "turned"),
    [
        (lambda: presets.load("resnet-18"), resnet.ResNet18, resnet.public, lambda key, value: value),
        (small_gpt, lambda: gpt.GPT2(97, 40, 24, 3, 50, 2), gpt.public, gpt.turned),
    ],
    ids=["resnet-18", "gpt-2"],
)
def test_the_file_that_is_exported_loads_into_the_reference(
    make: Any, reference: Any, public: Any, turned: Any, tmp_path: Path
) -> None:
    """By the exporter of the program itself, as a stranger would use its file."""
    project = make()
    dataset = open_dataset(project.data)
    subject = Subject(project, build(project, dataset.fields, seed=7), dataset)
    stirred(subject.network.root, 1)
    export("safetensors", subject, tmp_path / "net")
    state = safetensors.torch.load_file(tmp_path / "net.safetensors")
    theirs = reference().eval()
    theirs.load_state_dict({public(key): turned(key, value) for key, value in state.items()}, strict=True)
    samples = subject.samples()
    (expected,) = subject.run(samples)
    with torch.no_grad():
        found = theirs(*(torch.from_numpy(value) for value in samples.values())).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * float(np.abs(expected).max()))


@pytest.mark.parametrize(
    ("id", "reference", "public"),
    [("resnet-18", resnet.ResNet18, resnet.public), ("alexnet", alexnet.AlexNet, alexnet.public)],
)
def test_the_mapping_covers_every_key_of_the_reference(id: str, reference: Any, public: Any) -> None:
    project = presets.load(id)
    with torch.device("meta"):
        theirs = reference().state_dict()
    ours = build(project, fields_of(project.data)).inference_program().state_dict()
    assert {public(key): value.shape for key, value in ours.items()} == {key: v.shape for key, v in theirs.items()}
