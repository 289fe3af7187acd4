"""Nets of one structure side by side in one project: what a step of all costs, in steps of one in a hand-written loop.

Each net is an objective of the project, with its own Adam, metrics and validation; with the setting *fast* they train
abreast.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import msgspec
import torch

from benchmarks.steps import CASES, ROUNDS, Case, Ratio, hand_written, in_turns, project_of
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from core.model.settings import Objective
from core.training.records import Step
from core.training.trainer import Trainer

NETS = (8, 32)
GOALS = {8: 3.2}


def nets_of(case: Case, nets: int, **training: object) -> Project:
    """The case's network several times over, in one project: an objective each."""
    project = project_of(case, **training)
    names = [name for name in project.graph.nodes if name not in ("x", "y")]
    edges = list(project.graph.edges)
    for index in range(1, nets):
        for name in names:
            node = project.graph.nodes[name]
            AddNode(Node(f"{name}_of_{index}", node.kind, dict(node.params))).apply(project)
        for edge in edges:
            source = edge.source if edge.source in ("x", "y") else f"{edge.source}_of_{index}"
            AddEdge(Edge(source, edge.output, f"{edge.target}_of_{index}", edge.input)).apply(project)
    losses = ["loss_1", *(f"loss_1_of_{index}" for index in range(1, nets))]
    objectives = tuple(Objective(name=f"net {loss}", losses={loss: 1.0}) for loss in losses)
    project.training = msgspec.structs.replace(project.training, objectives=objectives)
    return project


def abreast(case: Case, nets: int) -> Iterator[Step]:
    """The steps of nets that train abreast; raises RuntimeError where they do not."""
    trainer = Trainer(nets_of(case, nets, speed="fast"))
    for step in trainer:
        if trainer.tier.groups[0].is_running:
            break
        trainer.tier.wait()
        if step.epoch > 50 and trainer.tier.note:
            raise RuntimeError(trainer.tier.note)
    return iter(trainer)


def main() -> None:
    print(f"nets raced side by side: the cost of a step of all in steps of one by hand; median of {ROUNDS} rounds\n")
    heads = ("network", "nets", "abreast", "by hand", "cost", "spread", "goal")
    print("{:<44}{:>6}{:>12}{:>10}{:>8}{:>13}{:>8}".format(*heads))
    for case in (each for each in CASES if each.compiled):
        x, y = Trainer(project_of(case)).feed.all("train")
        torch.set_num_threads(1)
        loops = (hand_written(case, x, y), *(abreast(case, nets) for nets in NETS))
        hand, *found = in_turns(loops, case.steps // 3)
        for nets, rates in zip(NETS, found, strict=True):
            goal = f"≤ {GOALS[nets]}" if nets in GOALS else ""
            print(
                f"{case.title:<44}{nets:>6}{statistics.median(rates):>10,.0f}/s{statistics.median(hand):>8,.0f}/s"
                f"{Ratio.of(hand, rates)}{goal:>8}",
                flush=True,
            )
