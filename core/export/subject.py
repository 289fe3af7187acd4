"""What is exported, and the comparison that every exporter ends with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from core.compiler.network import Network
from core.data.dataset import Dataset
from core.model.amounts import counted
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.spec import registry

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
SAMPLES = 8
TOLERANCE = 1e-3
"""A larger difference, relative to the largest output, means that the export is not the same function."""


@contextmanager
def chance(seed: int = 0) -> Iterator[None]:
    """Random numbers that begin at the same place each time, so that two runs draw the same; others' are left alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


@dataclass(frozen=True)
class Subject:
    """A trained network with the project that it was built from and the data that it was trained on."""

    project: Project
    network: Network
    dataset: Dataset

    def samples(self) -> dict[str, Array]:
        """A few real samples for each input of the inference part: input node id → (samples, …)."""
        part = next(p for p in ("test", "validation", "train") if self.dataset.size(p))
        program = self.network.inference_program()
        found = {}
        for name in self.network.inputs_of(program):
            node = self.project.graph.nodes[name]
            params = registry[node.kind].complete(node.params)
            rows = np.arange(min(SAMPLES, self.dataset.size(part)))
            column = self.dataset.column(part, str(params["field"]), str(params["form"]), rows)
            found[name] = column
        return found

    def run(self, samples: Arrays, seed: int = 0) -> list[Array]:
        """The trained network's outputs in evaluation mode, on the CPU; what it draws begins at `seed`."""
        program = self.network.inference_program()
        device = next((p.device for p in program.parameters()), torch.device("cpu"))
        was_training = program.training
        program.eval()
        with chance(seed), torch.no_grad():
            values = program(*(torch.from_numpy(samples[n]).to(device) for n in self.network.inputs_of(program)))
        program.train(was_training)
        return [value.cpu().numpy() for value in values]

    def state(self) -> dict[str, torch.Tensor]:
        """The parameters and buffers of the inference part by name, as copies on the CPU."""
        state = self.network.inference_program().state_dict()
        return {name: value.detach().cpu().contiguous().clone() for name, value in state.items()}


@dataclass(frozen=True)
class ExportReport:
    """What was written, and how far the file that was read back is from the trained network.

    `difference` is the largest absolute difference of any output over `samples` real samples; `largest` is the largest
    absolute output, beside which it is small: single precision keeps about seven digits of it. `drawn` counts outputs
    that were left out, because they are drawn at random and another program draws other numbers.
    """

    format: str
    files: tuple[Path, ...]
    difference: float
    samples: int
    largest: float = 1.0
    drawn: int = 0

    @property
    def relative(self) -> float:
        """The difference as a share of the largest output, or as it is where no output exceeds 1."""
        return self.difference / max(1.0, self.largest)

    def __str__(self) -> str:
        names = " and ".join(file.name for file in self.files)
        beside = f" (the largest is {self.largest:.3g})" if self.largest > 1 else ""
        return (
            f"Wrote {names}; read back, its outputs{beside} differ by at most {self.difference:.1e} "
            f"on {counted(self.samples, 'sample')}."
            + (f" Not compared, as drawn at random: {counted(self.drawn, 'output')}." if self.drawn else "")
        )


def verify(
    format: str, files: tuple[Path, ...], subject: Subject, again: Callable[[Arrays], list[Array]]
) -> ExportReport:
    """Runs what was read back on real samples and compares; raises ProjectError when it is another function.

    Outputs that differ are looked at again with other random numbers: where the network itself then gives something
    else, nothing can be said about them.
    """
    samples = subject.samples()
    expected, found = subject.run(samples), again(samples)
    pairs = list(zip(expected, found, strict=True))
    report = _compared(format, files, samples, pairs)
    if not report.relative <= TOLERANCE:
        others = subject.run(samples, seed=1)
        steady = [pair for pair, other in zip(pairs, others, strict=True) if np.array_equal(pair[0], other)]
        report = _compared(format, files, samples, steady, drawn=len(pairs) - len(steady))
    if not report.relative <= TOLERANCE:
        raise ProjectError(
            f"What was read back differs from the trained network by {report.difference:.2g}.",
            place=str(files[0]),
            fix="Do not use this file; export in another format.",
        )
    return report


def _compared(
    format: str, files: tuple[Path, ...], samples: Arrays, pairs: Sequence[tuple[Array, Array]], drawn: int = 0
) -> ExportReport:
    difference = max((float(np.max(np.abs(one - other), initial=0.0)) for one, other in pairs), default=0.0)
    largest = max((float(np.max(np.abs(one), initial=0.0)) for one, _ in pairs), default=0.0)
    return ExportReport(format, files, difference, len(next(iter(samples.values()), ())), largest, drawn)
