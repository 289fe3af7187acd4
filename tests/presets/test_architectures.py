"""Published architectures: their counts, each with its source, and the shape at every stage."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch

import presets
from core.blocks.library import library, open_block
from core.compiler.inference import Inference
from core.compiler.shapes import infer
from core.compiler.source import class_name, source
from core.data.dataset import fields_of
from core.model.project import Project

COUNTS: dict[str, tuple[int, str]] = {
    "alexnet": (61_100_840, "torchvision, AlexNet_Weights.IMAGENET1K_V1, num_params"),
    "zfnet": (62_357_608, "derived below from Zeiler & Fergus 2014, fig. 3"),
    "vgg-16": (138_357_544, "torchvision, VGG16_Weights.IMAGENET1K_V1, num_params; Simonyan & Zisserman 2015: 138M"),
    "vgg-19": (143_667_240, "torchvision, VGG19_Weights.IMAGENET1K_V1, num_params; Simonyan & Zisserman 2015: 144M"),
    "googlenet": (6_624_904, "torchvision, GoogLeNet_Weights.IMAGENET1K_V1, num_params"),
    "resnet-18": (11_689_512, "torchvision, ResNet18_Weights.IMAGENET1K_V1, num_params"),
    "resnet-50": (25_557_032, "torchvision, ResNet50_Weights.IMAGENET1K_V1, num_params"),
    "densenet-121": (7_978_856, "torchvision, DenseNet121_Weights.IMAGENET1K_V1, num_params"),
    "mobilenet-v2": (3_504_872, "torchvision, MobileNet_V2_Weights.IMAGENET1K_V1, num_params"),
    "unet": (31_030_658, "derived below from Ronneberger et al. 2015, fig. 1"),
    "gpt-2": (124_439_808, "the published weights “gpt2” with tied head; Radford et al. 2019"),
    "bert-base": (109_482_240, "the published weights “bert-base-uncased” with pooler; Devlin et al. 2019: 110M"),
    "vit-b16": (86_567_656, "torchvision, ViT_B_16_Weights.IMAGENET1K_V1, num_params; Dosovitskiy et al. 2021: 86M"),
    "transformer-base": (63_045_632, "derived below from Vaswani et al. 2017, §3 and §5.1; table 3 says 65·10⁶"),
}

STAGES: dict[str, str] = {
    "alexnet": "conv1 64×55×55, pool1 64×27×27, conv2 192×27×27, pool2 192×13×13, conv3 384×13×13, conv4 256×13×13, "
    "conv5 256×13×13, pool5 256×6×6, flatten 9216, fc6 4096, fc7 4096, fc8 1000",
    "zfnet": "conv1 96×110×110, pool1 96×55×55, conv2 256×26×26, pool2 256×13×13, conv3 384×13×13, conv4 384×13×13, "
    "conv5 256×13×13, pool5 256×6×6, fc6 4096, fc7 4096, fc8 1000",
    "vgg-16": "stage1 64×112×112, stage2 128×56×56, stage3 256×28×28, stage4 512×14×14, stage5 512×7×7, flatten 25088, "
    "fc6 4096, fc7 4096, fc8 1000, stage3/convs/2/conv 256×56×56",
    "vgg-19": "stage1 64×112×112, stage2 128×56×56, stage3 256×28×28, stage4 512×14×14, stage5 512×7×7, flatten 25088, "
    "fc6 4096, fc7 4096, fc8 1000, stage3/convs/3/conv 256×56×56",
    "googlenet": "conv1 64×112×112, maxpool1 64×56×56, conv3 192×56×56, maxpool2 192×28×28, inception3a 256×28×28, "
    "inception3b 480×28×28, maxpool3 480×14×14, inception4a 512×14×14, inception4b 512×14×14, inception4c 512×14×14, "
    "inception4d 528×14×14, inception4e 832×14×14, maxpool4 832×7×7, inception5a 832×7×7, inception5b 1024×7×7, "
    "avgpool 1024, fc 1000",
    "resnet-18": "conv1 64×112×112, maxpool 64×56×56, layer1 64×56×56, layer2_0 128×28×28, layer2_1 128×28×28, "
    "layer3_0 256×14×14, layer3_1 256×14×14, layer4_0 512×7×7, layer4_1 512×7×7, avgpool 512, fc 1000",
    "resnet-50": "conv1 64×112×112, maxpool 64×56×56, layer1_0 256×56×56, layer1_rest 256×56×56, layer2_0 512×28×28, "
    "layer2_rest 512×28×28, layer3_0 1024×14×14, layer3_rest 1024×14×14, layer4_0 2048×7×7, layer4_rest 2048×7×7, "
    "avgpool 2048, fc 1000, layer3_rest/4/conv2 256×14×14",
    "densenet-121": "conv0 64×112×112, pool0 64×56×56, denseblock1 256×56×56, transition1 128×28×28, "
    "denseblock2 512×28×28, transition2 256×14×14, denseblock3 1024×14×14, transition3 512×7×7, denseblock4 1024×7×7, "
    "avgpool 1024, classifier 1000, denseblock1/denselayer/0 96×56×56",
    "mobilenet-v2": "conv1 32×112×112, stage1 16×112×112, stage2 24×56×56, stage3 32×28×28, stage4 64×14×14, "
    "stage5 96×14×14, stage6 160×7×7, stage7_0 320×7×7, conv2 1280×7×7, classifier 1000",
    "unet": "down1|skip 64×568×568, down1 64×284×284, down2|skip 128×280×280, down2 128×140×140, "
    "down3|skip 256×136×136, down3 256×68×68, down4|skip 512×64×64, down4 512×32×32, bottom 1024×28×28, "
    "up4/up 512×56×56, up4/concat 1024×56×56, up4 512×52×52, up3 256×100×100, up2 128×196×196, up1 64×388×388, "
    "head 2×388×388",
    "gpt-2": "wte 1024×768, wpe 1024×768, h/0/c_fc 1024×3072, h 1024×768, ln_f 1024×768, lm_head 1024×50257",
    "bert-base": "word_embeddings 512×768, add 512×768, layer/11/linear1 512×3072, layer 512×768, first 768, tanh 768",
    "vit-b16": "conv_proj 196×768, class_token 197×768, layers/11/linear1 197×3072, layers 197×768, first 768, "
    "head 1000",
    "transformer-base": "embedding 128×512, encoder/5/linear1 128×2048, encoder 128×512, decoder/5/cross 128×512, "
    "decoder 128×512, head 128×37000",
}

BUILT_OF: dict[str, set[str]] = {
    "alexnet": set(),
    "zfnet": set(),
    "vgg-16": {"vgg_stage", "conv_relu"},
    "vgg-19": {"vgg_stage", "conv_relu"},
    "googlenet": {"inception", "conv_bn_relu"},
    "resnet-18": {"residual", "residual_projection"},
    "resnet-50": {"bottleneck", "bottleneck_projection"},
    "densenet-121": {"dense_layer", "dense_block", "transition"},
    "mobilenet-v2": {"depthwise_separable", "inverted_residual", "inverted_bottleneck"},
    "unet": {"unet_down", "unet_up", "conv_relu"},
    "gpt-2": {"gpt_block"},
    "bert-base": {"bert_layer"},
    "vit-b16": {"vit_layer"},
    "transformer-base": {"encoder_layer", "decoder_layer"},
}


@cache
def inferred(id: str) -> tuple[Project, Inference]:
    project = presets.load(id)
    return project, infer(project, fields_of(project.data))


@pytest.mark.parametrize("id", COUNTS)
def test_the_count_is_the_published_one(id: str) -> None:
    inference = inferred(id)[1]
    expected, source = COUNTS[id]
    assert not inference.faults
    assert inference.parameters == expected, source


@pytest.mark.parametrize("id", STAGES)
def test_the_shapes_are_those_of_the_paper(id: str) -> None:
    project, inference = inferred(id)
    for stage in STAGES[id].split(", "):
        where, expected = stage.rsplit(" ", 1)
        node, _, port = where.partition("|")
        outputs = inference.nodes[node].outputs if node in inference.nodes else ends(project, inference, node)
        type_ = outputs[port] if port else next(iter(outputs.values()))
        assert str(type_) == f"N×{expected}", stage


def ends(project: Project, inference: Inference, path: str) -> dict[str, object]:
    """What leaves one repetition of a block, which has no report of its own."""
    found = [inference.nodes[each] for each in inference.nodes if each.startswith(f"{path}/output")]
    return {"output": found[0].inputs["input"][0]}


@pytest.mark.parametrize("id", BUILT_OF)
def test_it_is_built_of_the_library(id: str) -> None:
    project = presets.load(id)
    assert set(project.blocks) == BUILT_OF[id]
    files = {entry.name: entry.id for entry in library()}
    for name, block in project.blocks.items():
        theirs = open_block(files[name]).blocks[name]
        assert list(block.graph.nodes.values()) == list(theirs.graph.nodes.values())
        assert list(block.graph.edges) == list(theirs.graph.edges)
        assert (block.title, block.params, block.note) == (theirs.title, theirs.params, theirs.note)


def test_every_architecture_is_in_all_tables() -> None:
    assert set(COUNTS) == set(STAGES) == set(BUILT_OF)
    assert set(COUNTS) <= set(presets.ids())


def conv(arriving: int, leaving: int, kernel: int) -> int:
    return arriving * leaving * kernel**2 + leaving


def test_the_count_of_u_net_follows_from_its_figure() -> None:
    down = [(1, 64), (64, 128), (128, 256), (256, 512), (512, 1024)]
    total = sum(conv(a, b, 3) + conv(b, b, 3) for a, b in down)
    # 2 × 2 up-convolution to half the channels, then two convolutions on what came across and up.
    total += sum(conv(2 * c, c, 2) + conv(2 * c, c, 3) + conv(c, c, 3) for c in (512, 256, 128, 64))
    assert total + conv(64, 2, 1) == COUNTS["unet"][0]


def test_the_count_of_zfnet_follows_from_its_figure() -> None:
    convolutions = conv(3, 96, 7) + conv(96, 256, 5) + conv(256, 384, 3) + conv(384, 384, 3) + conv(384, 256, 3)
    linear = (256 * 6 * 6 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 1000
    assert convolutions + linear == COUNTS["zfnet"][0]


def test_the_count_of_the_transformer_follows_from_its_formulas() -> None:
    d, hidden = 512, 2048
    attention, norm = 4 * d * d, 2 * d  # W^Q, W^K, W^V of all heads and W^O: matrices without a bias
    feed = d * hidden + hidden + hidden * d + d
    encoder = attention + feed + 2 * norm
    decoder = 2 * attention + feed + 3 * norm
    assert 37_000 * d + 6 * (encoder + decoder) == COUNTS["transformer-base"][0]


def test_gpt_2_counts_its_table_once() -> None:
    reports = inferred("gpt-2")[1].nodes
    assert reports["wte"].parameters == 50_257 * 768
    assert reports["lm_head"].parameters == 0


@pytest.mark.parametrize("id", COUNTS)
def test_the_exported_class_has_as_many_parameters(id: str) -> None:
    project = inferred(id)[0]
    text = source(project, fields_of(project.data))
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, id, "exec"), names)
    with torch.device("meta"):
        model = names[class_name(project)]()
    assert sum(parameter.numel() for parameter in model.parameters()) == COUNTS[id][0]
