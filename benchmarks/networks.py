"""ResNet-50 on the canvas against plain torch and torchinfo, and ResNet-18 compiled against the class by hand.

An edit is one parameter of one node, at the top or inside a block (then it counts for all its instances), to a value
that no edit before had; undoing it leads back to what is known. Every edit leaves the network whole.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
import torchinfo
from torch import nn

import presets
from benchmarks.residual import by_hand, resnet
from core.compiler.build import build
from core.compiler.shape_cache import ShapeCache
from core.compiler.shapes import infer
from core.data.dataset import fields_of
from core.model.ops import SetParams
from core.model.project import Project
from core.model.values import Value

ROUNDS = 7
SIZES = ((4, 64, 40, 3), (1, 224, 20, 2))
"""Of the comparison of steps: batch, height and width of the images, rounds, and steps a stretch."""


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


class Edit(NamedTuple):
    """A parameter of a node, in the project's own graph or in a block's."""

    block: str
    node: str
    param: str
    value: Value


def edits(project: Project) -> Iterator[Edit]:
    """Three values for each of the sizes, strides and constants that can change without breaking the network."""
    for block in ("", *project.blocks):
        for node in project.inside(block).nodes.values():
            last = node.id in ("conv3", "downsample")  # their channels must be those of the short cut
            if node.kind == "conv2d" and not last:
                yield from (Edit(block, node.id, "out_channels", 48 + step) for step in range(3))
            elif node.kind == "batch_norm2d":
                yield from (Edit(block, node.id, "eps", 1e-4 * (2 + step)) for step in range(3))
            elif node.kind == "linear":
                yield from (Edit(block, node.id, "out_features", 1001 + step) for step in range(3))
            elif node.kind == "max_pool2d":
                yield from (Edit(block, node.id, "kernel_size", size) for size in (2, 4, 5))
            elif "stride" in node.params and node.kind == "block":
                yield from (Edit(block, node.id, "stride", stride) for stride in (3, 4))


class Editing(NamedTuple):
    """Seconds that inference takes after each edit, and after it is undone."""

    forth: list[float]
    back: list[float]


def editing(project: Project, cache: ShapeCache) -> Editing:
    """Makes and undoes every edit on a project that `cache` knows; raises ValueError where one breaks the network."""
    fields, times = fields_of(project.data), Editing([], [])
    infer(project, fields, cache)
    for edit in list(edits(project)):
        undo = SetParams(edit.node, {edit.param: edit.value}, edit.block).apply(project)
        times.forth.append(seconds(lambda: infer(project, fields, cache)))
        if errors := infer(project, fields, cache).errors:
            raise ValueError(f"{edit} breaks the network: {errors[0].message}")
        undo.apply(project)
        times.back.append(seconds(lambda: infer(project, fields, cache)))
    return times


def resnet_50() -> None:
    """Prints what inference, edits and compiling cost, and plain torch and torchinfo in turns with them."""
    project = presets.load("resnet-50")
    fields = fields_of(project.data)
    hand, names = resnet(50), ("cold", "compile", "hand", "summary")
    works: tuple[Callable[[], object], ...] = (
        lambda: infer(project, fields, ShapeCache()),
        lambda: build(project, fields, cache=ShapeCache()).inference_program(),
        lambda: resnet(50),
        lambda: torchinfo.summary(hand, input_size=(1, 3, 224, 224), verbose=0),
    )
    for work in works:
        work()
    rounds = [{name: seconds(work) for name, work in zip(names, works, strict=True)} for _ in range(ROUNDS)]
    found = editing(project, ShapeCache())
    nodes = len(infer(project, fields).nodes)
    print(f"ResNet-50, {nodes} nodes with its blocks opened; median of {ROUNDS} rounds in turns, ", end="")
    print(f"of {len(found.forth)} edits\n")
    print("{:<44}{:>10}{:>16}{:>11}".format("", "median", "least–largest", "goal"))
    for title, values, goal in (
        ("all shapes, nothing known before", [each["cold"] for each in rounds], 500),
        ("shapes after an edit to a new value", found.forth, 16),
        ("shapes after the edit is undone", found.back, 16),
        ("compiled, with all shapes and weights", [each["compile"] for each in rounds], 500),
        ("plain torch: the class by hand, with weights", [each["hand"] for each in rounds], 0),
        ("torchinfo: a summary of it", [each["summary"] for each in rounds], 0),
    ):
        spread = f"{1000 * min(values):.1f}–{1000 * max(values):.1f}"
        text = f"{title:<44}{1000 * statistics.median(values):>7.1f} ms{spread:>16}"
        print(text + (f"{f'≤ {goal} ms':>11}" if goal else ""))
    for ours, theirs, title in (
        ("compile", "hand", "compiled / the class by hand"),
        ("cold", "summary", "all shapes / torchinfo"),
    ):
        ratio = statistics.median(each[ours] / each[theirs] for each in rounds)
        print(f"{title:<44}{ratio:>10.2f}")


def step(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Forward and backward; returns the scores (N, 1000)."""
    network.zero_grad()
    found = network(x)
    scores: torch.Tensor = found[0] if isinstance(found, tuple) else found
    nn.functional.cross_entropy(scores, y).backward()
    return scores


def stretch(network: nn.Module, x: torch.Tensor, y: torch.Tensor, count: int) -> float:
    """Seconds a step, over `count` steps."""
    begin = time.perf_counter()
    for _ in range(count):
        step(network, x, y)
    return (time.perf_counter() - begin) / count


def pair() -> tuple[nn.Module, nn.Module]:
    """ResNet-18 compiled and by hand, with the same weights."""
    project = presets.load("resnet-18")
    network = build(project, fields_of(project.data))
    hand = resnet(18)
    hand.load_state_dict({by_hand(key): value for key, value in network.state_dict().items()})
    return network.inference_program(), hand


def same(ours: nn.Module, theirs: nn.Module, x: torch.Tensor, y: torch.Tensor) -> bool:
    """Whether scores and gradients agree to the last bits of float32."""
    scores = step(ours, x, y), step(theirs, x, y)
    gradients = {by_hand(key): parameter.grad for key, parameter in ours.named_parameters()}
    pairs = [scores, *((gradients[key], parameter.grad) for key, parameter in theirs.named_parameters())]
    return all(torch.allclose(mine, its, rtol=1e-4, atol=1e-6) for mine, its in pairs)


def steps() -> None:
    """Prints forward and backward of the compiled ResNet-18 over that of the class, one thread, in turns."""
    ours, theirs = pair()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    print("{:<30}{:>10}{:>14}{:>8}{:>16}{:>9}".format("", "compiled", "hand-written", "ratio", "least–largest", "goal"))
    for batch, size, rounds, count in SIZES:
        x, y = torch.randn(batch, 3, size, size), torch.randint(1000, (batch,))  # (N, 3, H, W), (N,)
        if batch > 1 and not same(ours, theirs, x, y):
            raise ValueError("The compiled ResNet-18 and the class by hand do not compute the same.")
        pairs = []
        for index in range(rounds):
            nets = (ours, theirs) if index % 2 == 0 else (theirs, ours)
            times = {net: stretch(net, x, y, count) for net in nets}
            pairs.append((times[ours], times[theirs]))
        ratios = [mine / its for mine, its in pairs]
        mine, its = (1000 * statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"{f'ResNet-18 {batch}×3×{size}×{size}':<30}{mine:>7.1f} ms{its:>11.1f} ms{statistics.median(ratios):>8.3f}"
            f"{f'{min(ratios):.2f}–{max(ratios):.2f}':>16}{'≤ 1.03':>9}"
        )
    torch.set_num_threads(threads)


def main() -> None:
    resnet_50()
    print()
    steps()
