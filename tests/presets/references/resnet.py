"""ResNet-18 in plain torch, after He et al. 2016, with the attributes of the public weights."""

from __future__ import annotations

import re

import torch
from torch import nn


class BasicBlock(nn.Module):
    """Two 3 × 3 convolutions and a short cut, (N, C, H, W) → (N, channels, H / stride, W / stride)."""

    def __init__(self, arriving: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(arriving, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample: nn.Module | None = None
        if stride != 1 or arriving != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(arriving, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return torch.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    """(N, 3, H, W) → (N, 1000)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64), BasicBlock(64, 64))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512))
        self.fc = nn.Linear(512, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        out: torch.Tensor = self.fc(x.mean((2, 3)))
        return out


def public(key: str) -> str:
    """Our key → the public one, as the table in the note of `resnet-18` says."""
    key = re.sub(r"^layer(\d)_(\d)\.", r"layer\1.\2.", key)
    return key.replace(".downsample.", ".downsample.0.").replace(".downsample_bn.", ".downsample.1.")
