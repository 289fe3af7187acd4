"""`python -m benchmarks memory`: the resident memory of runs beside what was forecast before they started.

Each run has a process of its own, whose memory without a run is taken after a small run that loads all of torch that
runs use. The peak is the kernel's own (VmHWM, reset at the start of the run), so evaluations and gradients are in it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.blocks.library import open_block
from core.model.graph import BLOCK, Edge, Node
from core.model.ops import AddBlock, AddEdge, AddNode
from core.model.project import Project
from core.model.settings import Data, Training

GOAL = 0.25
"""Share of the forecast by which the measured memory may differ."""
STEPS = 300
MIB = 1024 * 1024


@dataclass(frozen=True)
class Run:
    """A workload; `steps` are enough for an evaluation at an epoch's end."""

    title: str
    project: Callable[[], Project]
    steps: int


def wired(project: Project, nodes: list[Node], data: Data, batch: int) -> Project:
    """The nodes in a row from the field x to cross-entropy with the field y."""
    loss, before = Node("loss", "cross_entropy"), "x"
    for node in (Node("x", "input", {"field": "x"}), Node("y", "input", {"field": "y"}), *nodes, loss):
        AddNode(node).apply(project)
    for node in (*nodes, loss):
        AddEdge(Edge(before, "output", node.id, "input")).apply(project)
        before = node.id
    AddEdge(Edge("y", "output", "loss", "target")).apply(project)
    project.data = data
    project.training = Training(epochs=1000, batch_size=batch, device="cpu")
    return project


def _case(index: int) -> Project:
    from benchmarks.steps import CASES, project_of

    return project_of(CASES[index])


def playground() -> Project:
    layers = [("linear", {"out_features": 4}), ("tanh", {}), ("linear", {"out_features": 2}), ("tanh", {})]
    nodes = [Node(f"n{index}", kind, dict(params)) for index, (kind, params) in enumerate(layers)]
    scores = Node("scores", "linear", {"out_features": 2})
    return wired(Project("memory"), [*nodes, scores], Data("circles", {"samples": 357}), 10)


def transformer() -> Project:
    """Four layers of width 128 over 64 characters, in batches of 32."""
    nodes = [
        Node("tokens", "embedding", {"num_embeddings": 128, "embedding_dim": 128}),
        Node("layers", BLOCK, {"block": "gpt_block", "features": 128, "heads": 4, "hidden": 512, "repeat": 4}),
        Node("scores", "linear", {"out_features": 128}),
    ]
    project = Project("memory")
    for block in open_block("gpt-block").blocks.values():
        AddBlock(block).apply(project)
    return wired(project, nodes, Data("text", {"characters": 20_000}), 32)


RUNS = (
    Run("MLP 2-4-2-1, batch 10", playground, STEPS),
    Run("MLP 64-128-10, batch 32", lambda: _case(0), STEPS),
    Run("LeNet-5 28×28, batch 64", lambda: _case(1), 60),
    Run("transformer 4×128, batch 32", transformer, 30),
)


@dataclass(frozen=True)
class Measured:
    """Bytes: the process without the run, what the run should add, and the peak while it ran."""

    before: int
    forecast: int
    peak: int

    @property
    def ratio(self) -> float:
        """The measured memory over the forecast one."""
        return self.peak / (self.before + self.forecast)


def status(name: str) -> int:
    """Bytes of a line of /proc/self/status, such as VmRSS."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"there is no {name} in /proc/self/status")


def measure(run: Run) -> Measured:
    """Forecasts and runs a workload in this process."""
    import gc

    import torch

    import core.data
    import core.layers  # noqa: F401 - fills the registry
    from core.data.dataset import open_dataset
    from core.training.forecast import forecast
    from core.training.trainer import Trainer

    torch.set_num_threads(1)
    project = run.project()
    dataset = open_dataset(project.data)
    said = forecast(project, dataset)
    for _ in Trainer(playground(), max_steps=40):
        pass
    gc.collect()
    before = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    for _ in islice(Trainer(project, dataset), run.steps):
        pass
    return Measured(before, said.memory, status("VmHWM"))


def measured(index: int) -> Measured:
    """A workload in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.memory", str(index)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return Measured(*json.loads(done.stdout))


def main() -> None:
    if not Path("/proc/self/clear_refs").exists():
        print("The memory of runs is measured on Linux alone.")
        return
    heads = ("run", "without it", "forecast", "together", "measured", "ratio", "goal")
    print("{:<30}{:>12}{:>12}{:>12}{:>12}{:>8}{:>14}".format(*heads))
    for index, run in enumerate(RUNS):
        found = measured(index)
        sizes = (found.before, found.forecast, found.before + found.forecast, found.peak)
        print(f"{run.title:<30}" + "".join(f"{each / MIB:>8.1f} MiB" for each in sizes), end="")
        print(f"{found.ratio:>8.2f}{f'{1 - GOAL:.2f}–{1 + GOAL:.2f}':>14}")


if __name__ == "__main__":
    result = measure(RUNS[int(sys.argv[1])])
    print(json.dumps([result.before, result.forecast, result.peak]))
