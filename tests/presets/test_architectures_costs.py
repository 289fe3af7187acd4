"""Published architectures: multiply-accumulates of one sample and activations, beside published and derived numbers."""

from __future__ import annotations

from functools import cache

import pytest

import presets
from core.compiler.inference import Inference
from core.compiler.shapes import infer
from core.data.dataset import fields_of

# Billions of multiply-accumulates, as the metadata of torchvision's weights give them to three places (there called
# GFLOPS): `AlexNet_Weights.IMAGENET1K_V1.meta["_ops"]` and so on. Papers count the same in one or two places:
# He et al. 2016, table 1: 1.8 and 3.8 (stride 2 in the first convolution of a bottleneck; 4.1 with it in the second);
# Sandler et al. 2018, table 4: 300 M; Szegedy et al. 2015: 1.5; Howard's and Huang's figures agree alike.
PUBLISHED: dict[str, float] = {
    "alexnet": 0.714,
    "vgg-16": 15.470,
    "vgg-19": 19.632,
    "googlenet": 1.498,
    "resnet-18": 1.814,
    "resnet-50": 4.089,
    "densenet-121": 2.834,
    "mobilenet-v2": 0.301,
    "vit-b16": 17.564,
}


@cache
def inferred(id: str) -> Inference:
    project = presets.load(id)
    return infer(project, fields_of(project.data))


@pytest.mark.parametrize("id", PUBLISHED)
def test_the_multiply_accumulates_are_the_published_ones(id: str) -> None:
    assert round(inferred(id).macs / 1e9, 3) == PUBLISHED[id]


def attention(queries: int, keys: int, features: int) -> int:
    """Query and output for each query, key and value for each key, scores and weighted sums for each pair."""
    return 2 * (queries + keys) * features**2 + 2 * queries * keys * features


def feed(steps: int, features: int, hidden: int) -> int:
    return 2 * steps * features * hidden


def test_gpt_2_follows_from_its_formulas() -> None:
    """Radford et al. 2019: 12 blocks of 768 features on 1,024 tokens, and a row of the table for every token."""
    t, f = 1_024, 768
    blocks = 12 * (attention(t, t, f) + feed(t, f, 4 * f))
    assert inferred("gpt-2").macs == blocks + t * 50_257 * f


def test_bert_follows_from_its_formulas() -> None:
    """Devlin et al. 2019: 12 layers of 768 features on 512 tokens, the pooler, and the tied head over 30,522 tokens."""
    t, f = 512, 768
    layers = 12 * (attention(t, t, f) + feed(t, f, 4 * f))
    assert inferred("bert-base").macs == layers + f * f + t * 30_522 * f


def test_the_transformer_follows_from_its_formulas() -> None:
    """Vaswani et al. 2017: six layers each of 512 features and 2,048 hidden ones, 128 tokens on either side."""
    t, f, hidden = 128, 512, 2_048
    encoder = attention(t, t, f) + feed(t, f, hidden)
    decoder = 2 * attention(t, t, f) + feed(t, f, hidden)
    assert inferred("transformer-base").macs == 6 * (encoder + decoder) + t * 37_000 * f


def test_zfnet_follows_from_its_figure() -> None:
    """Zeiler & Fergus 2014, fig. 3: side², channels, kernel² and channels before, layer by layer."""
    convolutions = (
        110**2 * 96 * 7**2 * 3 + 26**2 * 256 * 5**2 * 96
        + 13**2 * (384 * 3**2 * 256 + 384 * 3**2 * 384 + 256 * 3**2 * 384)
    )  # fmt: skip
    assert inferred("zfnet").macs == convolutions + 256 * 6**2 * 4096 + 4096 * 4096 + 4096 * 1000


def test_u_net_follows_from_its_figure() -> None:
    """Ronneberger et al. 2015, fig. 1: the side of the map behind each convolution."""
    down = [(1, 64, 570, 568), (64, 128, 282, 280), (128, 256, 138, 136), (256, 512, 66, 64), (512, 1024, 30, 28)]
    up = [(512, 56, 54, 52), (256, 104, 102, 100), (128, 200, 198, 196), (64, 392, 390, 388)]
    total = 64 * 2 * 388**2
    for before, channels, one, two in down:
        total += 9 * channels * (before * one**2 + channels * two**2)
    for channels, wide, one, two in up:
        # An up-convolution without overlap: each output looks at one position of twice as many channels.
        total += 2 * channels * channels * wide**2 + 9 * channels * (2 * channels * one**2 + channels * two**2)
    assert inferred("unet").macs == total


def test_the_stem_of_resnet_by_hand() -> None:
    """A 7 × 7 convolution of 3 channels at 112² positions, and four bytes for each number that each node puts out."""
    reports = inferred("resnet-50").nodes
    assert reports["conv1"].macs == 112**2 * 64 * 7**2 * 3 == 118_013_952
    assert [reports[name].memory for name in ("conv1", "bn1", "relu", "maxpool")] == [4 * 64 * 112**2] * 3 + [
        4 * 64 * 56**2
    ]
    assert reports["fc"].macs == 2048 * 1000
    assert reports["fc"].memory == 4 * 1000
    assert reports["layer3_rest/4/conv2"].macs == 14**2 * 256 * 9 * 256


def test_depthwise_convolutions_cost_one_channel_each() -> None:
    """Sandler et al. 2018: the widened 3 × 3 convolution of the first block sees one channel at a time."""
    reports = inferred("mobilenet-v2").nodes
    depthwise = next(report for name, report in reports.items() if name.startswith("stage1/") and report.macs)
    assert depthwise.macs == 112**2 * 32 * 9


def test_activations_of_vgg_by_its_table() -> None:
    """Simonyan & Zisserman 2015, table 1, column D: what convolutions, pools and linear layers put out, 15.1 M numbers.

    With the image itself (150,528) these are the rows of the table of memory in the notes of Stanford's CS231n.
    """
    reports = inferred("vgg-16").nodes
    sides = ((64, 224, 2), (128, 112, 2), (256, 56, 3), (512, 28, 3), (512, 14, 3))
    convolutions = sum(count * channels * side**2 for channels, side, count in sides)
    pools = sum(channels * (side // 2) ** 2 for channels, side, _ in sides)
    linear = 4096 + 4096 + 1000
    counted = [r.memory for name, r in reports.items() if name.endswith(("/conv", "/pool", "fc6", "fc7", "fc8"))]
    assert len(counted) == 13 + 5 + 3
    assert sum(counted) == 4 * (convolutions + pools + linear) == 4 * 15_087_080
