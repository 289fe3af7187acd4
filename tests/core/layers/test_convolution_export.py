"""A network of every sort of convolution and pooling leaves the program in every format and computes the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import presets
from core.compiler.build import build
from core.data.dataset import open_dataset
from core.export.exporters import export, exporters
from core.export.subject import Subject
from core.model.fault import ProjectError
from core.model.project import Project
from tests.core.networks import Layer, add, chain, wire

DOWN: list[Layer] = [
    ("pad2d", {"padding": (1, 2, 3, 0), "mode": "reflect"}),
    ("masked_conv2d", {"out_channels": 3, "kernel_size": 5, "mask_type": "A"}),
    ("separable_conv2d", {"out_channels": 4, "padding": "same"}),
    ("depthwise_conv2d", {"channel_multiplier": 2, "dilation": 2, "padding": 2}),
    ("min_pool2d", {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    ("lp_pool2d", {}),
    ("adaptive_avg_pool2d", {"output_size": 3}),
    ("upsample", {"mode": "bilinear", "scale_factor": 2.0}),
    ("pixel_unshuffle", {"downscale_factor": 2}),
    ("conv_transpose2d", {"out_channels": 8, "output_padding": 1}),
    ("pixel_shuffle", {}),
]


def subject_of(project: Project) -> Subject:
    project.data = presets.load("lenet-5").data
    dataset = open_dataset(project.data)
    return Subject(project, build(project, dataset.fields, seed=2), dataset)


@pytest.mark.parametrize("format", list(exporters))
def test_a_network_of_all_sorts_is_exported(format: str, tmp_path: Path) -> None:
    project = chain([*DOWN, ("unfold", {"stride": 2}), ("global_max_pool1d", {})])
    assert export(format, subject_of(project), tmp_path / "net").difference <= 1e-5


@pytest.mark.parametrize("format", list(exporters))
def test_switches_are_exported(format: str, tmp_path: Path) -> None:
    project = Project("Switches")
    for kind, params in (
        ("input", {"field": "x"}),
        ("max_pool2d", {"kernel_size": 3, "stride": 2, "return_indices": True}),
        ("max_unpool2d", {"kernel_size": 3, "stride": 2}),
        ("output", {}),
    ):
        add(project, kind, **params)
    wire(project, "input_1.output -> max_pool2d_1.input")
    wire(project, "max_pool2d_1.output -> max_unpool2d_1.input")
    wire(project, "max_pool2d_1.indices -> max_unpool2d_1.indices")
    wire(project, "input_1.output -> max_unpool2d_1.like")
    wire(project, "max_unpool2d_1.output -> output_1.input")
    assert export(format, subject_of(project), tmp_path / "net").difference <= 1e-5


def test_onnx_refuses_regions_of_unequal_size(tmp_path: Path) -> None:
    """28 into 4 regions works, into 3 does not: ONNX has no adaptive max pooling."""
    export("onnx", subject_of(chain([("adaptive_max_pool2d", {"output_size": 4})])), tmp_path / "four.onnx")
    with pytest.raises(ProjectError, match="ONNX cannot express"):
        export("onnx", subject_of(chain([("adaptive_max_pool2d", {"output_size": 3})])), tmp_path / "three.onnx")
    assert not (tmp_path / "three.onnx").exists()
