"""What the notes of the architectures say that one should try happens: counts, shapes and messages."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

import presets
from core.compiler.inference import Inference
from core.compiler.shapes import infer
from core.data.dataset import fields_of
from core.model.graph import Weights
from core.model.ops import RemoveEdge, RemoveNode, SetData, SetNode, SetParams
from core.model.project import Project

Edits = dict[str, dict[str, Any]]
INCEPTIONS = [f"inception{name}" for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")]
WIDE = {"features": 1024, "heads": 16, "hidden": 4096}

COUNTS: list[tuple[str, str, Edits, int]] = [
    ("alexnet", "pooled to 1 × 1", {"avgpool": {"output_size": 1}}, 24_400_680),
    ("alexnet", "stride 2", {"conv1": {"stride": 2}}, 61_100_840),
    ("vgg-16", "a convolution a stage", {f"stage{n}": {"convs": 1} for n in range(1, 6)}, 127_553_640),
    ("vgg-19", "a convolution a stage", {f"stage{n}": {"convs": 1} for n in range(1, 6)}, 127_553_640),
    ("vgg-16", "pooled to 1 × 1", {"avgpool": {"output_size": 1}}, 37_694_248),
    ("googlenet", "5 × 5", {name: {"wide": 5} for name in INCEPTIONS}, 6_624_904 + 380_928),
    ("resnet-18", "eight repetitions", {"layer1": {"repeat": 8}}, 11_689_512 + 6 * 2 * 36_992),
    ("resnet-50", "ResNet-101", {"layer3_rest": {"repeat": 22}}, 44_549_160),
    ("resnet-50", "ResNet-152", {"layer3_rest": {"repeat": 35}, "layer2_rest": {"repeat": 7}}, 60_192_808),
    ("resnet-50", "shared", {"layer3_rest": {"repeat_weights": "shared"}}, 25_557_032 - 4 * 1_117_184),
    (
        "densenet-121",
        "DenseNet-201",
        {"denseblock3": {"layers": 48}, "denseblock4": {"layers": 32}, "transition3": {"channels": 896}},
        20_013_928,
    ),
    ("mobilenet-v2", "no widening", {"stage6": {"expand": 1}}, 3_504_872 - 532_800),
    ("gpt-2", "GPT-2 medium", {"h": {**WIDE, "repeat": 24}, "wte": {"embedding_dim": 1024}}, 354_823_168),
    (
        "bert-base",
        "BERT large",
        {
            "layer": {**WIDE, "repeat": 24},
            "word_embeddings": {"embedding_dim": 1024},
            "token_type_embeddings": {"embedding_dim": 1024},
            "pooler": {"out_features": 1024},
        },
        335_141_888,
    ),
    ("bert-base", "one layer for all", {"layer": {"repeat_weights": "shared"}}, 31_515_648),
    ("vit-b16", "ViT-B/32", {"conv_proj": {"patch_size": 32}, "pos_embedding": {"max_length": 50}}, 88_224_232),
    (
        "transformer-base",
        "big",
        {
            "encoder": WIDE,
            "decoder": WIDE,
            "embedding": {"embedding_dim": 1024},
            "target_embedding": {"embedding_dim": 1024},
            "scale1": {"factor": 32.0},
            "scale2": {"factor": 32.0},
        },
        214_171_648,
    ),
]

NAMED = {"ResNet-101", "ResNet-152", "DenseNet-201", "GPT-2 medium", "BERT large", "ViT-B/32", "big"}
"""Networks that a note makes of another, with their counts."""


def edited(id: str, edits: Edits) -> Project:
    project = presets.load(id)
    for node, params in edits.items():
        SetParams(node, params).apply(project)
    return project


def inferred(project: Project) -> Inference:
    return infer(project, fields_of(project.data))


def shape(inference: Inference, node: str) -> str:
    return str(next(iter(inference.nodes[node].outputs.values())))


@pytest.mark.parametrize(("id", "what", "edits", "expected"), COUNTS, ids=[f"{row[0]}, {row[1]}" for row in COUNTS])
def test_an_edit_changes_the_count_as_the_note_says(id: str, what: str, edits: Edits, expected: int) -> None:
    inference = inferred(edited(id, edits))
    assert not inference.faults
    assert inference.parameters == expected
    if what in NAMED:
        assert f"{expected:,}" in presets.load(id).note


def test_heads_of_their_own_cost_a_table() -> None:
    for id, head, more in (("gpt-2", "lm_head", 38_597_376), ("transformer-base", "head", 18_944_000)):
        project = presets.load(id)
        before = inferred(project).parameters
        SetNode(msgspec.structs.replace(project.graph.nodes[head], weights=Weights())).apply(project)
        assert inferred(project).parameters == before + more


def test_rounding_down_loses_rows() -> None:
    assert shape(inferred(edited("zfnet", {"pool1": {"ceil_mode": False}})), "pool1") == "N×96×54×54"
    down = inferred(edited("googlenet", {f"maxpool{n}": {"ceil_mode": False} for n in range(1, 5)}))
    assert [shape(down, f"maxpool{n}").rsplit("×", 1)[1] for n in range(1, 5)] == ["55", "27", "13", "6"]


def test_zfnet_with_the_first_layer_of_alexnet_has_a_quarter_of_the_positions() -> None:
    inference = inferred(edited("zfnet", {"conv1": {"kernel_size": 11, "stride": 4}}))
    assert inference.ok
    assert shape(inference, "conv1") == "N×96×54×54"


def test_plain_layers_have_the_same_shapes_and_parameters() -> None:
    project = presets.load("resnet-18")
    before = inferred(project)
    skip = next(e for e in project.blocks["residual"].graph.edges if (e.source, e.target) == ("input", "add"))
    RemoveEdge(skip, "residual").apply(project)
    after = inferred(project)
    assert after.ok
    assert after.parameters == before.parameters
    assert all(after.nodes[name].outputs == before.nodes[name].outputs for name in project.graph.nodes)


def test_a_residual_block_of_other_channels_is_a_fault_inside_it() -> None:
    faults = inferred(edited("resnet-18", {"layer1": {"channels": 32}})).faults
    assert [fault.node for fault in faults if fault.severity == "error"] == ["layer1/0/add"]
    assert "do not fit together" in faults[0].message


def test_the_growth_of_the_last_dense_block_needs_no_other_edit() -> None:
    inference = inferred(edited("densenet-121", {"denseblock4": {"growth": 12}}))
    assert inference.ok
    assert shape(inference, "avgpool") == "N×704"


def test_a_padded_u_net_keeps_the_size() -> None:
    edits: Edits = {f"down{n}": {"padding": 1} for n in range(1, 5)}
    edits |= {f"up{n}": {"padding": 1, "crop": 0} for n in range(1, 5)} | {"bottom": {"padding": 1}}
    project = edited("unet", edits)
    params = {**project.data.params, "shape": (1, 576, 576), "map": 0}
    SetData(msgspec.structs.replace(project.data, params=params)).apply(project)
    inference = inferred(project)
    assert not inference.faults
    assert shape(inference, "head") == "N×2×576×576"
    assert not inferred(edited("unet", {"down1": {"channels": 32}})).faults


def test_the_padding_mask_of_bert_may_be_left_open() -> None:
    project = presets.load("bert-base")
    for edge in [e for e in project.graph.edges if "padding_mask" in (e.source, e.target)]:
        RemoveEdge(edge).apply(project)
    RemoveNode("padding_mask").apply(project)
    assert not inferred(project).faults


def test_a_decoder_without_memory_is_a_fault_that_names_the_port() -> None:
    project = presets.load("transformer-base")
    RemoveEdge(next(e for e in project.graph.edges if e.input == "memory")).apply(project)
    assert any("“memory”" in fault.message and fault.node == "decoder" for fault in inferred(project).faults)


def test_short_rows_cost_gpt_2_less_than_their_share() -> None:
    project = presets.load("gpt-2")
    long = sum(report.macs for report in inferred(project).nodes.values())
    SetData(msgspec.structs.replace(project.data, params={**project.data.params, "shape": 64})).apply(project)
    inference = inferred(project)
    assert not inference.faults
    assert sum(report.macs for report in inference.nodes.values()) < long * 64 / 1024
