"""What attention and graph layers cost, worked out by hand, and that whatever they are can be exported."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import presets
from core.compiler.build import build
from core.compiler.shapes import infer
from core.data.dataset import open_dataset
from core.export.exporters import export
from core.export.subject import Subject
from core.layers.examples import example_arrays
from core.model.spec import registry
from core.model.values import Value
from tests.core.networks import chain, single

KINDS = [spec.kind for spec in registry if spec.family in ("attention", "graph")]


@pytest.mark.parametrize(
    ("kind", "params", "macs"),
    [
        # Five steps of eight features: scores 5·5·8 and as many weighted sums.
        ("causal_self_attention", {"need_weights": True}, 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8),
        ("causal_self_attention", {"need_weights": False}, 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8),
        # Beside that, every pair has a relative key and value.
        ("relative_self_attention", {}, 4 * 5 * 8 * 8 + 4 * 5 * 5 * 8),
        # Seven keys.
        ("scaled_dot_product_attention", {}, 2 * 5 * 7 * 8),
        ("scaled_dot_product_attention", {"need_weights": False}, 2 * 5 * 7 * 8),
        ("additive_attention", {}, (5 + 7) * 8 * 6 + 5 * 7 * 6 + 5 * 7 * 8),
        # Self-attention, attention to seven steps of memory, and the small network.
        (
            "transformer_decoder_layer",
            {},
            (4 * 5 * 8 * 8 + 2 * 5 * 5 * 8) + (2 * (5 + 7) * 8 * 8 + 2 * 5 * 7 * 8) + 2 * 5 * 8 * 16,
        ),
        ("patch_embedding", {}, 4 * 8 * 3 * 16),
        # 36 patches in windows of 9.
        ("window_attention", {}, 36 * (4 * 4 * 4 + 2 * 9 * 4)),
        ("gcn_conv", {}, 5 * 4 * 3 + 5 * 5 * 3),
        ("gat_conv", {}, 5 * 4 * 6 + 5 * 5 * 6),
        ("rotary_positions", {}, 0),
    ],
)
def test_costs_can_be_worked_out_by_hand(kind: str, params: dict[str, Value], macs: int) -> None:
    spec = registry[kind]
    assert spec.example
    found = infer(*single(kind, ({**spec.example[0], **params}, spec.example[1])))
    assert found.ok, found.faults
    assert found.macs == macs


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_survive_torch_export_for_any_number_of_samples(kind: str) -> None:
    program = build(*single(kind)).inference_program().eval()
    tensors = {f"in_{port}_0": torch.from_numpy(array) for port, (array,) in example_arrays(kind, 4).items()}
    samples = torch.export.Dim("N", min=2, max=64)
    exported = torch.export.export(program, (), tensors, dynamic_shapes={name: {0: samples} for name in tensors})
    more = {name: torch.cat((tensor, tensor[:3])) for name, tensor in tensors.items()}
    with torch.no_grad():
        for one, other in zip(exported.module()(**more), program(**more), strict=True):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("kind", ["window_attention", "shifted_window_attention"])
def test_windows_can_be_run_elsewhere(kind: str, tmp_path: Path) -> None:
    """28 × 28 pixels do not fill windows of 5 × 5: the model that onnxruntime runs pads, shifts and masks as well."""
    project = chain([
        ("conv2d", {"out_channels": 4, "kernel_size": 1}),
        ("permute", {"dims": (2, 3, 1)}),
        (kind, {"num_heads": 2, "window_size": 5}),
    ])  # fmt: skip
    project.data = presets.load("lenet-5").data
    dataset = open_dataset(project.data)
    report = export("onnx", Subject(project, build(project, dataset.fields, seed=2), dataset), tmp_path / "net")
    assert report.relative <= 1e-5
