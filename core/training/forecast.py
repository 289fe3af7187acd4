"""What a run will take, before it starts: bytes of memory by what they hold, and seconds. Nothing is allocated for it.

The network is made on torch's meta device, which has shapes and no numbers; one forward pass there says what autograd
keeps for the backward pass of a batch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from core.compiler.build import build
from core.compiler.inference import Inference
from core.compiler.network import Network
from core.data.dataset import Dataset
from core.model.amounts import duration, size
from core.model.project import Project
from core.training.evaluation import EVALUATED, EVALUATED_MACS
from core.training.feed import GATHER, data_field
from core.training.gradients import trained_parameters
from core.training.optimizers import optimizers
from core.training.threads import cores, thread_count
from core.training.turn import loss_weights

SLACK = 1.4
"""What the allocator holds of the activations beside those alive, from gaps between them: 1.1 to 1.8 as measured."""
BACKWARD = 3
"""A step costs about three forward passes: the gradients by inputs and by weights are one each."""
MACS_PER_SECOND = 12e9
"""Multiply-accumulates of one core in 32 bits; a few times less on old ones, more on new ones."""
CALL = 12e-6
"""Seconds that an operation takes besides its arithmetic; a node's step has four: forward, two backward, optimizer."""
CUDA_MACS = 4e12
"""The same of a GPU as small batches reach it."""
STEP = 150e-6
"""Seconds of a step besides its nodes."""


@dataclass(frozen=True)
class Forecast:
    """Bytes of a run besides those of the program itself, and its seconds.

    `kept` are the best weights, `activations` what autograd holds for a batch, or what an evaluation needs at once
    where that is more, guessed where the node called `guessed_at` needs more than shapes. `seconds` is nan while
    nothing is known.
    """

    parameters: int
    gradients: int
    optimizer: int
    kept: int
    data: int
    activations: int
    steps: int
    step_seconds: float
    epoch_seconds: float
    epochs: int
    guessed_at: str = ""

    @property
    def memory(self) -> int:
        """All bytes that the run adds to the program."""
        return self.parameters + self.gradients + self.optimizer + self.kept + self.data + self.activations

    @property
    def seconds(self) -> float:
        return self.steps * self.step_seconds + self.epochs * self.epoch_seconds

    @property
    def words(self) -> str:
        """`about 340 MiB, 2:10 min`."""
        return f"about {rough(self.memory)}, {duration(float(f'{self.seconds:.2g}'))}"

    @property
    def remark(self) -> str:
        """Why the memory is but a guess; empty where it is counted."""
        if not self.guessed_at:
            return ""
        return (
            f"The memory is a guess: {self.guessed_at} looks at numbers, of which a forecast knows only the shapes, so "
            "the outputs of all layers stand for what is kept. Without item(), numpy() and “if” on values in that "
            "layer it is counted."
        )

    def parts(self) -> dict[str, int]:
        """Bytes by what they hold, the largest first."""
        names = ("parameters", "gradients", "optimizer", "kept", "data", "activations")
        return dict(sorted(((name, getattr(self, name)) for name in names), key=lambda part: -part[1]))


def rough(number: int) -> str:
    """Memory with two digits, as befits a forecast: `7.5 GiB`."""
    unit = 1024 ** max(0, min(3, int(math.log(max(1, number), 1024))))
    return size(round(float(f"{number / unit:.2g}") * unit))


class NeedsNumbersError(Exception):
    """A node cannot run on shapes alone; `node` is what it is called in a sentence."""

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node


class _Walk(fx.Interpreter):
    """Runs a program on shapes and says at which node that fails."""

    def run_node(self, n: fx.Node) -> Any:
        try:
            return super().run_node(n)
        except (RuntimeError, TypeError) as error:
            raise NeedsNumbersError(str(n.meta.get("spoken", n.meta.get("node", n.name)))) from error


class _Attention(torch.autograd.Function):
    """What a fused kernel of attention keeps: its inputs, its output and a number for each query."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        result = query.new_empty((*query.shape[:-1], value.shape[-1]))
        ctx.save_for_backward(query, key, value, result, query.new_empty(query.shape[:-1]))
        return result


class _Fused(TorchFunctionMode):
    """Lets attention on the meta device keep what it keeps on a real one, where the scores are never written out."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = kwargs or {}
        if func is functional.scaled_dot_product_attention and len(args) >= 3 and not options.get("dropout_p"):
            return _Attention.apply(*args[:3])  # type: ignore[no-untyped-call]
        return func(*args, **options)


def meta_network(project: Project, dataset: Dataset) -> Network:
    """The network without numbers: shapes alone."""
    with torch.device("meta"):
        return build(project, dataset.fields, device="meta")


def kept_by_autograd(project: Project, dataset: Dataset, network: Network, batch: int) -> int:
    """Bytes that a forward pass of all losses keeps for the backward pass, besides parameters and data."""
    losses = {name for o in project.training.objectives for name in loss_weights(project, o, "training.objectives")}
    program = network.program([(name, "loss") for name in losses])
    arguments = [_batch_of(project, dataset, name, batch) for name in network.inputs_of(program)]
    known = {t.untyped_storage()._cdata for t in (*arguments, *network.root.parameters(), *network.root.buffers())}
    saved: dict[int, torch.UntypedStorage] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in known:
            # Held, so that no later storage takes its place.
            saved[storage._cdata] = storage
        return tensor

    network.train()
    with torch.device("meta"), _Fused(), torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        outputs = _Walk(program).run(*arguments)
    found: int = sum(storage.nbytes() for storage in saved.values())
    del outputs
    return found


def _batch_of(project: Project, dataset: Dataset, name: str, batch: int) -> Tensor:
    field, form = data_field(project, name)
    kind = dataset.fields[field].formed(form)
    return torch.zeros((batch, *kind.shape), dtype=getattr(torch, kind.dtype), device="meta")


def data_bytes(project: Project, dataset: Dataset, names: tuple[str, ...]) -> int:
    """Bytes of the data on the device: each column that is read, and the training part once more in a new order."""
    columns = dict.fromkeys(data_field(project, name) for name in names)
    rows = {part: dataset.size(part) for part in ("train", "validation", "test")}
    found: dict[tuple[str, str], int] = {}
    for field, form in columns:
        kind = dataset.fields[field].formed(form)
        found[field, form] = math.prod(kind.shape) * getattr(torch, kind.dtype).itemsize
    sample = sum(found.values())
    again = rows["train"] if sample * rows["train"] <= GATHER else project.training.batch_size
    return sample * (sum(rows.values()) + again)


def optimizer_states(kind: str, params: Mapping[str, Any]) -> int:
    """Numbers that an optimizer keeps for every parameter."""
    spec = optimizers.get(kind)
    if spec is None:
        return 0
    given = spec.complete(params)
    history = given.get("history_size")
    more = 2 * history if isinstance(history, int) else 0
    return spec.states + bool(given.get("momentum")) + more


def forecast(project: Project, dataset: Dataset, *, device: str = "cpu") -> Forecast:
    """What a run of the project takes; raises CompileError and ProjectError as the run itself would."""
    training = project.training
    network = meta_network(project, dataset)
    places = [f"training.objectives[{index}]" for index in range(len(training.objectives))]
    moved = [trained_parameters(network, o, p) for o, p in zip(training.objectives, places, strict=True)]
    parameters = sum(t.nbytes for t in {*network.root.parameters(), *network.root.buffers()})
    gradients = sum(p.nbytes for p in {p for each in moved for p in each})
    states = sum(
        optimizer_states(o.optimizer.kind, o.optimizer.params) * sum(p.nbytes for p in each)
        for o, each in zip(training.objectives, moved, strict=True)
    )
    inference = network.inference
    batch = min(training.batch_size, dataset.size("train"))
    largest = _largest(inference)
    guessed_at = ""
    try:
        held = kept_by_autograd(project, dataset, network, batch)
    except NeedsNumbersError as error:
        held, guessed_at = inference.memory * batch, error.node
    # While gradients flow back, those of two outputs are alive beside what is kept.
    activations = int(SLACK * (held + 2 * largest * batch))
    judged = max(training.batch_size, min(EVALUATED, EVALUATED_MACS // max(1, inference.macs)))
    looking = 3 * largest * min(judged, max(dataset.size(part) for part in dataset.parts))
    steps = -(-dataset.size("train") // training.batch_size)
    step, per_sample = seconds_of_step(inference, batch, len(training.objectives), device)
    return Forecast(
        parameters,
        gradients,
        states,
        parameters if training.keeps == "best" else 0,
        data_bytes(project, dataset, network.inputs),
        max(activations, looking),
        steps * training.epochs,
        step,
        dataset.size("validation") * per_sample,
        training.epochs,
        guessed_at,
    )


def _largest(inference: Inference) -> int:
    """Bytes of one sample's largest output of a node."""
    return max((report.memory for report in inference.nodes.values()), default=0)


def seconds_of_step(inference: Inference, batch: int, objectives: int, device: str) -> tuple[float, float]:
    """Seconds of a step and of one sample that is only evaluated, from the multiply-accumulates."""
    macs = inference.macs
    if device.startswith("cuda"):
        speed = CUDA_MACS
    else:
        speed = MACS_PER_SECOND * (1 + 0.8 * (thread_count(macs, batch, cores()) - 1))
    # Element-wise work is bound by memory: about a byte for what takes two multiply-accumulates.
    work = macs + 2 * inference.memory
    calls = 4 * CALL * sum(1 for report in inference.nodes.values() if report.memory or report.macs)
    return objectives * (STEP + calls + BACKWARD * batch * work / speed), work / speed
