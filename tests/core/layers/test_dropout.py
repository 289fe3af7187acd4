"""Dropout of every sort: which numbers go together, how often, and that the mean stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.layers.modules.dropout import DropBlock2d, DropPath, GaussianDropout
from tests.core.layers.nodes import BuiltNode

SERIES = torch.rand(40, 6, 12, dtype=torch.float64) + 0.5
IMAGES = torch.rand(40, 6, 8, 7, dtype=torch.float64) + 0.5
VOLUMES = torch.rand(40, 6, 3, 4, 5, dtype=torch.float64) + 0.5

TORCHS: list[tuple[str, torch.Tensor, nn.Module]] = [
    ("dropout", IMAGES, nn.Dropout(0.3)),
    ("dropout1d", SERIES, nn.Dropout1d(0.3)),
    ("dropout2d", IMAGES, nn.Dropout2d(0.3)),
    ("dropout3d", VOLUMES, nn.Dropout3d(0.3)),
    ("alpha_dropout", IMAGES, nn.AlphaDropout(0.3)),
    ("feature_alpha_dropout", IMAGES, nn.FeatureAlphaDropout(0.3)),
]
OWN: list[tuple[str, dict[str, Any]]] = [
    ("drop_path", {"p": 0.3}),
    ("gaussian_dropout", {"p": 0.3}),
    ("drop_block2d", {"p": 0.3, "block_size": 3}),
]


@pytest.mark.parametrize(("kind", "arrives", "plain"), TORCHS, ids=[case[0] for case in TORCHS])
def test_dropout_is_torchs(kind: str, arrives: torch.Tensor, plain: nn.Module) -> None:
    node = BuiltNode(kind, {"p": 0.3}, input=arrives)
    for training in (True, False):
        node.network.train(training)
        plain.train(training)
        found: list[torch.Tensor] = []
        for run in (lambda x: node(input=x)[0], plain):
            torch.manual_seed(3)
            input = arrives.clone().requires_grad_()
            output = run(input)
            found += [output.detach(), *torch.autograd.grad(output.square().sum(), input)]
        torch.testing.assert_close(found[:2], found[2:], rtol=0, atol=0)
        assert torch.equal(found[0], arrives) is not training


@pytest.mark.parametrize(("kind", "params"), OWN)
def test_after_training_nothing_is_changed(kind: str, params: dict[str, Any]) -> None:
    node = BuiltNode(kind, params, input=IMAGES)
    node.network.eval()
    assert torch.equal(node()[0], IMAGES)
    node.network.train()
    assert not torch.equal(node()[0], IMAGES)
    quiet = BuiltNode(kind, {**params, "p": 0.0}, input=IMAGES)
    quiet.network.train()
    assert torch.equal(quiet()[0], IMAGES)


@pytest.mark.parametrize(("kind", "params"), OWN)
def test_the_same_random_state_gives_the_same_numbers(kind: str, params: dict[str, Any]) -> None:
    node = BuiltNode(kind, params, input=IMAGES)
    node.network.train()
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(node()[0])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("module", [GaussianDropout(0.4), DropPath(0.4), DropBlock2d(0.3, 2)], ids=lambda m: type(m))
def test_gradients_are_right(module: nn.Module) -> None:
    def run(input: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(0)
        output = module.train()(input)
        assert isinstance(output, torch.Tensor)
        return output

    assert torch.autograd.gradcheck(run, IMAGES[:3, :2, :4, :4].clone().requires_grad_())


def test_a_path_goes_with_all_that_a_sample_has() -> None:
    torch.manual_seed(0)
    module = DropPath(0.25).train()
    factor = (module(torch.ones(20_000, 2, 3)) * 0.75).numpy()
    assert set(np.unique(factor)) == {0, 1}
    assert (factor == factor[:, :1, :1]).all()
    # 20,000 draws: the standard deviation of the share is 0.003.
    assert factor[:, 0, 0].mean() == pytest.approx(0.75, abs=0.015)


def test_gaussian_noise_has_the_variance_of_dropout() -> None:
    torch.manual_seed(0)
    noise = GaussianDropout(0.2).train()(torch.full((200_000,), 2.0, dtype=torch.float64)) / 2
    assert noise.mean().item() == pytest.approx(1, abs=0.01)
    assert noise.var().item() == pytest.approx(0.2 / 0.8, abs=0.01)


@pytest.mark.parametrize("block", [1, 3, 5])
def test_blocks_are_squares_that_cover_the_share_asked_for(block: int) -> None:
    torch.manual_seed(0)
    module = DropBlock2d(0.05, block).train()
    output = module(torch.ones(300, 4, 24, 20)).numpy()
    kept = output != 0
    assert (1 - kept.mean()) == pytest.approx(0.05, abs=0.01)
    assert output.mean() == pytest.approx(1, abs=1e-5), "the mean is kept exactly, over the batch"
    # What is dropped is a union of squares: every dropped number lies in one that is dropped as a whole.
    windows = np.lib.stride_tricks.sliding_window_view(~kept, (block, block), (2, 3)).all((-1, -2))
    covered = np.zeros_like(kept)
    for row in range(block):
        for column in range(block):
            covered[:, :, row : row + windows.shape[2], column : column + windows.shape[3]] |= windows
    assert (covered == ~kept).all()


def test_all_that_falls_into_one_block_may_be_dropped() -> None:
    torch.manual_seed(0)
    outputs = [DropBlock2d(0.9, 4).train()(torch.ones(1, 1, 4, 4)) for _ in range(20)]
    assert all(output.isfinite().all() for output in outputs)
    assert {float(output.sum()) for output in outputs} == {0.0, 16.0}


def test_alpha_dropout_keeps_what_selu_made() -> None:
    torch.manual_seed(0)
    arrives = torch.nn.functional.selu(torch.randn(4_000, 50, dtype=torch.float64))
    node = BuiltNode("alpha_dropout", {"p": 0.2}, input=arrives)
    node.network.train()
    assert node()[0].mean().item() == pytest.approx(arrives.mean().item(), abs=0.02)
    assert node()[0].var().item() == pytest.approx(arrives.var().item(), abs=0.03)
