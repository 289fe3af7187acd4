"""Why a step failed, in plain words: the node where it began and what to do about it."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, fx

from core.training.feed import Batch
from core.training.records import Failure

Found = tuple[str, str]
"""A node's id and what is wrong with its result: `NaN` or `infinite`."""


class _Walk(fx.Interpreter):
    """Runs a program node by node, and remembers where it is and the first result that is not finite."""

    def __init__(self, program: fx.GraphModule) -> None:
        super().__init__(program)
        self.here = ""
        self.first: Found | None = None
        self.uncounted: tuple[str, str] | None = None
        """What is wrong and what to do where that result is a mean over targets of which none counts."""

    def run_node(self, n: fx.Node) -> Any:
        if n.op != "output":
            self.here = canvas_node(n)
        result = super().run_node(n)
        if self.first is None and n.op != "output" and (wrong := _wrong(result)):
            self.first = (self.here, wrong)
            if n.op == "call_module":
                self.uncounted = _uncounted(self.fetch_attr(str(n.target)), self.fetch_args_kwargs_from_env(n)[0])
        return result


def _uncounted(loss: Any, given: tuple[Any, ...]) -> tuple[str, str] | None:
    """Why a loss has nothing to average, every target being ignored or of no weight; and what to do."""
    ignored = getattr(loss, "ignore_index", None)
    target = given[1] if ignored is not None and len(given) > 1 else None
    if not isinstance(target, Tensor) or target.is_floating_point() or getattr(loss, "reduction", "") != "mean":
        return None
    counted = target[target != ignored]  # (places that count)
    if not counted.numel():
        return (
            f"all targets of this batch are {ignored}, the class that {{}} ignores, so there is nothing to average",
            "Take larger batches, leave fewer targets out in the data, or set “Over the batch” of the loss to sum.",
        )
    weight = getattr(loss, "weight", None)
    if isinstance(weight, Tensor) and not bool((weight.to(counted.device)[counted] != 0).any()):
        return (
            "all targets of this batch are of classes that have the weight 0 in {}, so there is nothing to average",
            "Give these classes a weight, take larger batches, or set “Over the batch” of the loss to sum.",
        )
    return None


def canvas_node(node: fx.Node) -> str:
    """The id of the node on the canvas that a node of a program belongs to."""
    return str(node.meta.get("node", node.name))


def _spoken(program: fx.GraphModule, path: str) -> str:
    """How a node is called in a sentence: by its id, inside of blocks behind their titles."""
    return next((str(n.meta.get("spoken", path)) for n in program.graph.nodes if canvas_node(n) == path), path)


def _calls(program: fx.GraphModule, path: str) -> list[str]:
    """The modules that a node calls: repetitions of a block, and nodes that share weights, may call the same."""
    calls = [n for n in program.graph.nodes if n.op == "call_module"]
    return [str(n.target) for n in calls if canvas_node(n) == path]


def _caller(program: fx.GraphModule, parameter: str) -> str:
    """The path of the first node that uses a parameter; empty when none does."""
    calls = [n for n in program.graph.nodes if n.op == "call_module"]
    return next((canvas_node(n) for n in calls if parameter.startswith(f"{n.target}.")), "")


def _wrong(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return next((wrong for each in value if (wrong := _wrong(each))), "")
    if isinstance(value, Tensor) and value.is_floating_point() and not bool(torch.isfinite(value).all()):
        return "NaN" if bool(torch.isnan(value).any()) else "infinite"
    return ""


def _rerun(program: fx.GraphModule, batch: Batch) -> tuple[_Walk, Exception | None]:
    """The batch once more through the program, with running statistics put back afterwards."""
    buffers = [(buffer, buffer.clone()) for buffer in program.buffers()]
    walk, caught = _Walk(program), None
    with torch.no_grad():
        try:
            walk.run(*batch)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            caught = error
        for buffer, kept in buffers:
            buffer.copy_(kept)
    return walk, caught


def spoken(value: float) -> str:
    """What is wrong with a number that is not finite."""
    return "NaN" if math.isnan(value) else "infinite"


def not_finite(program: fx.GraphModule, batch: Batch, begin: str, rate: float) -> Failure:
    """Why a loss is NaN or infinite; `begin` says which and when, `rate` is the learning rate."""
    slower = f"Lower the learning rate (now {rate:g})"
    walk, _ = _rerun(program, batch)
    names = [name for name, p in program.named_parameters() if not bool(torch.isfinite(p).all())]
    if walk.first is None:
        return Failure(
            f"{begin}, though the results of all nodes for the last batch are finite.",
            f"{slower}, and look for extreme values in the data.",
            _caller(program, names[0]) if names else "",
        )
    node, wrong = walk.first
    if node in {str(each.target) for each in program.graph.nodes if each.op == "placeholder"}:
        return Failure(
            f"{begin}: the data that “{node}” reads hold a value that is {wrong}.",
            "Look for missing or damaged values in the data.",
            node,
        )
    if walk.uncounted:
        cause, fix = walk.uncounted
        return Failure(f"{begin}: {cause.format(_spoken(program, node))}.", fix, node)
    prefixes, title = tuple(f"{module}." for module in _calls(program, node)), _spoken(program, node)
    if any(name.startswith(prefixes) for name in names):
        cause = f"the step before made weights of {title} {wrong}"
    else:
        cause = f"the first result that is {wrong} is that of {title}"
    return Failure(f"{begin}: {cause}.", f"{slower}, or standardise the inputs.", node)


def out_of_memory(batch_size: int) -> Failure:
    """What to do when a step did not fit into memory."""
    smaller = f"Lower the batch size (now {batch_size:,})" if batch_size > 1 else "Use fewer samples"
    return Failure("There was not enough memory for a step.", f"{smaller}, or make the layers smaller.")


def is_memory_error(error: Exception) -> bool:
    """Whether an error means that memory could not be had, on any device."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    words = ("can't allocate memory", "out of memory", "not enough memory", "bad_alloc")
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)


def failed_step(error: Exception, program: fx.GraphModule, batch: Batch, batch_size: int) -> Failure:
    """Why a step raised an error."""
    if is_memory_error(error):
        return out_of_memory(batch_size)
    text = str(error).strip().partition("\n")[0]
    walk, again = _rerun(program, batch)
    if again is None:
        if "does not require grad" in text:
            return Failure(
                "No weight that may move reaches the loss, so there is nothing to learn from it.",
                "Set a layer between the data and the loss to trainable.",
            )
        return Failure(f"The backward pass failed: {text}", "Change the layer that it names.")
    node, title = walk.here, _spoken(program, walk.here)
    if "more than 1 value per channel" in text:
        return Failure(
            f"{title} has only one value per channel in a batch, so there is no variance to divide by.",
            "Set the batch size to 2 or more.",
            node,
        )
    if isinstance(again, IndexError):
        return Failure(
            f"{title} got a class or token that is too large for it: {text}",
            "Give the layer as many outputs (or rows) as the data have classes (or tokens).",
            node,
        )
    return Failure(f"{title} failed: {text}", "Check its parameters and what is wired to it.", node)
