"""Sentences about a network in plain words: what torch says in its own terms is said here in the user's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from core.model.fault import Complaint
from core.model.graph import Node
from core.model.project import Project
from core.model.spec import Inputs, LayerSpec, Port
from core.model.tensor import TensorType

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str]]]


def called(node: Node, project: Project | None = None) -> str:
    """A node by its name and id: `Conv 2D (conv2d_1)`; an instance of a block of the project goes by the block's."""
    block = project.block_of(node) if project and not node.title else None
    name = (block.title if block else "") or node.name
    return f"{name[:1].upper()}{name[1:]} ({node.id})"


def arriving(inputs: Inputs) -> str:
    """The shapes at a node's inputs: `N×1×28×28`, or `query N×5×8, key N×7×8`."""
    if len(inputs) == 1:
        return " and ".join(str(type_) for type_ in next(iter(inputs.values())))
    return ", ".join(f"{port} {' and '.join(str(t) for t in types)}" for port, types in inputs.items())


def axes_text(port: Port) -> str:
    """The shape that a port takes, as it is written on wires: `N×C×H×W`, `N×…×F`."""
    return "×".join("…" if axis == "..." else axis for axis in port.axes.split()) or "scalar"


def expectation(spec: LayerSpec, inputs: Inputs) -> Complaint | None:
    """The first input whose rank or dtype the spec's ports rule out."""
    for port in spec.inputs:
        for type_ in inputs.get(port.name, ()):
            if complaint := _dtype_complaint(spec, port, type_) or _rank_complaint(spec, port, type_):
                return complaint
    return None


def _rank_complaint(spec: LayerSpec, port: Port, type_: TensorType) -> Complaint | None:
    axes = port.axes.split()
    fixed = len([axis for axis in axes if axis != "..."])
    if type_.rank == fixed or ("..." in axes and type_.rank >= fixed):
        return None
    at_least = "at least " if "..." in axes else ""
    plural = "axis" if fixed == 1 else "axes"
    return Complaint(
        f"{spec.title} takes {at_least}{fixed} {plural} ({axes_text(port)}); here {type_} arrives.",
        "Put a Flatten or a Reshape before it." if type_.rank > fixed else "Put a Reshape before it.",
        port=port.name,
        insert="flatten" if type_.rank > fixed and fixed == 2 else "",
    )


def _dtype_complaint(spec: LayerSpec, port: Port, type_: TensorType) -> Complaint | None:
    if port.dtype == "float" and not type_.is_float:
        return Complaint(
            f"{spec.title} computes with real numbers; whole numbers ({type_.dtype}) arrive.",
            "Put an Embedding before it, or choose the form “one-hot” or “number” at the Input.",
            port=port.name,
        )
    if port.dtype == "int" and type_.is_float:
        return Complaint(
            f"{spec.title} takes whole numbers, such as classes or tokens, at “{port.name}”; real numbers arrive.",
            "Wire an Input whose field holds classes or tokens, in the form “as stored”.",
            port=port.name,
        )
    return None


def _sizes(text: str) -> str:
    return re.sub(r"\s*[x,]\s*", "×", text.strip("[]() "))


RULES: tuple[Rule, ...] = (
    (
        re.compile(r"input size per channel: \(([^)]*)\)\. Kernel size: \(([^)]*)\)"),
        lambda m: (
            f"its kernel ({_sizes(m[2])}) is larger than what arrives, padding included ({_sizes(m[1])})",
            "Use a smaller kernel, add padding, or pool less before it.",
        ),
    ),
    (
        re.compile(r"Calculated output size: \(([^)]*)\)"),
        lambda m: (f"nothing would be left of it ({_sizes(m[1])})", "Use a smaller kernel, or pool less before it."),
    ),
    (
        re.compile(r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\).*dimension (\d+)"),
        lambda m: (f"the sizes {m[1]} and {m[2]} at axis {m[3]} differ", "Make the shapes equal at that axis."),
    ),
    (
        re.compile(r"must match except in dimension (\d+).*?(\d+).*?(\d+)"),
        lambda m: (f"only axis {m[1]} may differ between its inputs", "Make the other axes equal."),
    ),
    (
        re.compile(r"shape '\[([^\]]*)\]' is invalid for input of size"),
        lambda m: (f"the numbers that arrive do not fill {_sizes(m[1])}", "Choose sizes with the same product."),
    ),
    (
        re.compile(r"overflow|too large|Trying to (?:create|resize)|int64|Overflow"),
        lambda m: ("its sizes are beyond what a computer can hold", "Choose smaller sizes."),
    ),
    (
        re.compile(r"divisible"),
        lambda m: (_tail(m.string), "Choose numbers that divide without a rest."),
    ),
)


def _tail(text: str) -> str:
    """The first sentence of a message, short, without torch's own names."""
    first = next((line for line in text.strip().splitlines() if line.strip()), "it does not say why")
    first = re.sub(r"\btorch\.[\w.]+|aten::\w+|\w+Backend\w*", "", first)
    first = re.split(r"(?<=[a-z\])0-9])\. ", first)[0].strip(" .:")
    return first if len(first) <= 140 else first[:139].rstrip() + "…"


def reword(spec: LayerSpec, inputs: Inputs, error: Exception) -> Complaint:
    """Torch's error as a complaint: what arrived, what is wrong, what to do."""
    text = str(error)
    reason, fix = _tail(text), "Check its parameters and the shape that arrives."
    for pattern, says in RULES:
        if match := pattern.search(text):
            reason, fix = says(match)
            break
    shapes = arriving(inputs)
    return Complaint(f"{spec.title} cannot work{f' on {shapes}' if shapes else ''}: {reason}.", fix)


def quoted(names: Iterable[str]) -> str:
    """`“x”, “y” and “z”`."""
    words = [f"“{name}”" for name in names]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "none"


def gibibytes(count: float) -> str:
    return f"{count / 2**30:,.1f} GiB"
