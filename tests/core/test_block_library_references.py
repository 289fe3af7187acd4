"""Blocks of the library against torch's own layers, and against formulas written out: equal outputs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from core.blocks.library import open_block
from core.compiler.build import build
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.tensor import Field

WIDE = {"features": 12, "heads": 3, "hidden": 20}


def built(id: str, params: dict[str, Any], *inputs: tuple[str, tuple[int, ...]]) -> nn.Module:
    """One instance as a program of its inputs, in evaluation mode, with random weights and statistics."""
    project, fields = open_block(id), dict[str, Field]()
    AddNode(Node("it", "block", {"block": id.replace("-", "_"), **params})).apply(project)
    for port, shape in inputs:
        fields[port] = Field(port, shape)
        AddNode(Node(f"in_{port}", "input", {"field": port})).apply(project)
        AddEdge(Edge(f"in_{port}", "output", "it", port)).apply(project)
    AddNode(Node("out", "output")).apply(project)
    AddEdge(Edge("it", "output", "out", "input")).apply(project)
    program = build(project, fields, seed=5).inference_program().eval()
    generator = torch.Generator().manual_seed(0)
    for value in program.state_dict().values():
        if value.is_floating_point():
            value.copy_(0.5 * torch.rand(value.shape, generator=generator) + (0.3 if value.ndim == 1 else -0.25))
    return program


def state(program: nn.Module) -> dict[str, torch.Tensor]:
    return {key.removeprefix("it."): value for key, value in program.state_dict().items()}


def in_torchs_words(program: nn.Module) -> dict[str, torch.Tensor]:
    """The names that torch's encoder and decoder layers have for the same weights."""
    names = {"attention": "self_attn", "cross": "multihead_attn"}
    found = {}
    for key, value in state(program).items():
        part, _, rest = key.partition(".")
        found[f"{names.get(part, part)}.{rest.removeprefix('attention.')}"] = value
    return found


@torch.no_grad()
@pytest.mark.parametrize(
    ("id", "theirs"),
    [
        ("encoder-layer", nn.TransformerEncoderLayer(12, 3, 20, batch_first=True)),
        (
            "bert-layer",
            nn.TransformerEncoderLayer(12, 3, 20, activation="gelu", layer_norm_eps=1e-12, batch_first=True),
        ),
        (
            "vit-layer",
            nn.TransformerEncoderLayer(
                12, 3, 20, activation="gelu", layer_norm_eps=1e-6, batch_first=True, norm_first=True
            ),
        ),
    ],
    ids=["encoder-layer", "bert-layer", "vit-layer"],
)
def test_encoder_layers_equal_torchs(id: str, theirs: nn.TransformerEncoderLayer) -> None:
    ours = built(id, WIDE, ("input", (5, 12)))
    theirs.load_state_dict(in_torchs_words(ours), strict=True)
    x = torch.randn(4, 5, 12)
    torch.testing.assert_close(ours(x)[0], theirs.eval()(x), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_the_decoder_layer_equals_torchs() -> None:
    ours = built("decoder-layer", WIDE, ("input", (5, 12)), ("memory", (7, 12)))
    theirs = nn.TransformerDecoderLayer(12, 3, 20, batch_first=True).eval()
    theirs.load_state_dict(in_torchs_words(ours), strict=True)
    x, memory = torch.randn(4, 5, 12), torch.randn(4, 7, 12)
    later = nn.Transformer.generate_square_subsequent_mask(5)
    torch.testing.assert_close(ours(x, memory)[0], theirs(x, memory, tgt_mask=later), rtol=1e-4, atol=1e-5)


def norm(x: torch.Tensor, weights: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    mean, var = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    return functional.batch_norm(x, mean, var, weights[f"{name}.weight"], weights[f"{name}.bias"])


@torch.no_grad()
def test_a_dense_layer_hands_on_what_came_and_adds_what_is_new() -> None:
    ours = built("dense-layer", {"growth": 3, "width": 2}, ("input", (4, 6, 6)))
    x, w = torch.randn(2, 4, 6, 6), state(ours)
    narrow = functional.conv2d(functional.relu(norm(x, w, "norm1")), w["conv1.weight"])
    new = functional.conv2d(functional.relu(norm(narrow, w, "norm2")), w["conv2.weight"], padding=1)
    torch.testing.assert_close(ours(x)[0], torch.cat((x, new), 1))


@torch.no_grad()
def test_an_inception_module_joins_its_branches_in_the_papers_order() -> None:
    params = {"n1": 2, "n3_reduce": 3, "n3": 4, "n5_reduce": 5, "n5": 6, "pool": 7}
    ours = built("inception", params, ("input", (3, 8, 8)))
    x, w = torch.randn(2, 3, 8, 8), state(ours)

    def step(x: torch.Tensor, name: str) -> torch.Tensor:
        kernel = w[f"{name}.conv.weight"]
        return functional.relu(norm(functional.conv2d(x, kernel, padding=kernel.shape[-1] // 2), w, f"{name}.bn"))

    expected = torch.cat(
        (
            step(x, "branch1"),
            step(step(x, "branch2_reduce"), "branch2"),
            step(step(x, "branch3_reduce"), "branch3"),
            step(functional.max_pool2d(x, 3, 1, 1), "branch4"),
        ),
        1,
    )
    assert w["branch3.conv.weight"].shape[-2:] == (5, 5)
    torch.testing.assert_close(ours(x)[0], expected)


@torch.no_grad()
def test_an_inverted_residual_bends_in_its_wide_middle_alone() -> None:
    ours = built("inverted-residual", {"channels": 4, "expand": 3}, ("input", (4, 7, 7)))
    x, w = torch.randn(2, 4, 7, 7), state(ours)
    out = functional.relu6(norm(functional.conv2d(x, w["expand.weight"]), w, "bn1"))
    out = functional.relu6(norm(functional.conv2d(out, w["depthwise.weight"], padding=1, groups=12), w, "bn2"))
    torch.testing.assert_close(ours(x)[0], x + norm(functional.conv2d(out, w["project.weight"]), w, "bn3"))


@torch.no_grad()
def test_a_mixer_layer_mixes_tokens_then_channels() -> None:
    params = {"tokens": 5, "channels": 6, "token_hidden": 7, "channel_hidden": 8}
    ours = built("mlp-mixer", params, ("input", (5, 6)))
    x, w = torch.randn(3, 5, 6), state(ours)

    def two(x: torch.Tensor, name: str) -> torch.Tensor:
        middle = functional.gelu(functional.linear(x, w[f"{name}1.weight"], w[f"{name}1.bias"]))
        return functional.linear(middle, w[f"{name}2.weight"], w[f"{name}2.bias"])

    x1 = x + two(functional.layer_norm(x, (6,), w["norm1.weight"], w["norm1.bias"], 1e-6).mT, "token").mT
    expected = x1 + two(functional.layer_norm(x1, (6,), w["norm2.weight"], w["norm2.bias"], 1e-6), "channel")
    torch.testing.assert_close(ours(x)[0], expected, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_convnext_block_normalises_over_channels() -> None:
    ours = built("convnext", {"channels": 4, "expand": 2}, ("input", (4, 9, 8)))
    x, w = torch.randn(2, 4, 9, 8), state(ours)
    out = functional.conv2d(x, w["dwconv.weight"], w["dwconv.bias"], padding=3, groups=4).permute(
        0, 2, 3, 1
    )  # (N, H, W, C)
    out = functional.layer_norm(out, (4,), w["norm.weight"], w["norm.bias"], 1e-6)
    out = functional.gelu(functional.linear(out, w["pwconv1.weight"][:, :, 0, 0], w["pwconv1.bias"]))
    out = functional.linear(out, w["pwconv2.weight"][:, :, 0, 0], w["pwconv2.bias"]).permute(0, 3, 1, 2)
    torch.testing.assert_close(ours(x)[0], x + out, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_u_net_stage_puts_what_came_across_first_and_cuts_its_border() -> None:
    params = {"channels": 3, "padding": 0, "crop": 2}
    ours = built("unet-up", params, ("input", (6, 5, 5)), ("skip", (3, 14, 14)))
    x, skip, w = torch.randn(2, 6, 5, 5), torch.randn(2, 3, 14, 14), state(ours)
    up = functional.conv_transpose2d(x, w["up.weight"], w["up.bias"], 2)
    out = torch.cat((skip[:, :, 2:-2, 2:-2], up), 1)
    for name in ("conv1", "conv2"):
        out = functional.relu(functional.conv2d(out, w[f"{name}.conv.weight"], w[f"{name}.conv.bias"]))
    torch.testing.assert_close(ours(x, skip)[0], out)
