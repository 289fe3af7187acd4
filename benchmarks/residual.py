"""Residual networks as a notebook writes them, in plain torch (He, Zhang, Ren & Sun 2016, table 1).

They compute what the presets `resnet-18` and `resnet-50` compute, layer by layer: no ReLU works in place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import relu

COUNTS = {18: 11_689_512, 50: 25_557_032}
"""Parameters by depth; torchvision states the same of its reference weights."""


class Shortcut(nn.Module):
    """What both sorts of block have: the path around them, with a 1×1 convolution where sizes differ."""

    growth = 1

    def __init__(self, arriving: int, channels: int, stride: int) -> None:
        super().__init__()
        leaving = channels * self.growth
        self.projects = stride > 1 or arriving != leaving
        if self.projects:
            self.downsample = nn.Conv2d(arriving, leaving, 1, stride, bias=False)
            self.downsample_bn = nn.BatchNorm2d(leaving)

    def around(self, x: torch.Tensor) -> torch.Tensor:
        return self.downsample_bn(self.downsample(x)) if self.projects else x


class Basic(Shortcut):
    """(N, C, H, W) → (N, channels, H / stride, W / stride)."""

    def __init__(self, arriving: int, channels: int, stride: int) -> None:
        super().__init__(arriving, channels, stride)
        self.conv1 = nn.Conv2d(arriving, channels, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = relu(self.bn1(self.conv1(x)))
        return relu(self.bn2(self.conv2(inner)) + self.around(x))


class Bottleneck(Shortcut):
    """(N, C, H, W) → (N, 4 · channels, H / stride, W / stride); the stride is that of the 3×3 convolution."""

    growth = 4

    def __init__(self, arriving: int, channels: int, stride: int) -> None:
        super().__init__(arriving, channels, stride)
        self.conv1 = nn.Conv2d(arriving, channels, 1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, padding=1, bias=False)
        self.conv3 = nn.Conv2d(channels, 4 * channels, 1, bias=False)
        self.bn1, self.bn2, self.bn3 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels), nn.BatchNorm2d(4 * channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = relu(self.bn1(self.conv1(x)))
        inner = relu(self.bn2(self.conv2(inner)))
        return relu(self.bn3(self.conv3(inner)) + self.around(x))


class ResNet(nn.Module):
    """(N, 3, H, W) → (N, 1000)."""

    def __init__(self, block: type[Basic] | type[Bottleneck], depths: Sequence[int]) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        stages, arriving = [], 64
        for index, depth in enumerate(depths):
            channels = 64 * 2**index
            first = block(arriving, channels, 2 if index else 1)
            arriving = channels * block.growth
            stages.append(nn.Sequential(first, *(block(arriving, channels, 1) for _ in range(depth - 1))))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(arriving, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def resnet(depth: int) -> ResNet:
    """ResNet-18 or ResNet-50 with the published number of parameters; raises ValueError were it another."""
    network = ResNet(Basic, (2, 2, 2, 2)) if depth == 18 else ResNet(Bottleneck, (3, 4, 6, 3))
    if (count := sum(parameter.numel() for parameter in network.parameters())) != COUNTS[depth]:
        raise ValueError(f"ResNet-{depth} has {COUNTS[depth]:,} parameters, not {count:,}.")
    return network


def by_hand(key: str) -> str:
    """The name in `resnet(18)` of a weight of the preset `resnet-18`: `layer2_0.conv1.weight` is in `layer2.0`."""
    return re.sub(r"^layer(\d)_(\d)\.", r"layer\1.\2.", key)
