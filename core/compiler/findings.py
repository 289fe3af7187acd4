"""What can be wrong with a network besides a layer's own shapes: each finding with its place and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from core.compiler.inference import NodeReport
from core.compiler.trial import MEMORY
from core.compiler.wording import called, gibibytes, quoted
from core.layers import user
from core.model.edits import circles
from core.model.fault import Fault, ProjectError
from core.model.graph import BLOCK, Graph, Node
from core.model.project import Project
from core.model.spec import Port, registry
from core.model.tensor import Field

LARGEST = 20_000
"""How many nodes a network may have when all its blocks are opened."""

DEEPEST = 256
"""How deep blocks may be nested."""


def depths(project: Project) -> dict[str, int]:
    """How many blocks each block holds inside one another, itself counted; those that contain themselves have none."""
    inner = {
        name: {str(node.params.get(BLOCK)) for node in block.graph.of_kind(BLOCK)} & project.blocks.keys()
        for name, block in project.blocks.items()
    }
    around: dict[str, list[str]] = {name: [] for name in inner}
    for name, held in inner.items():
        for each in held:
            around[each].append(name)
    waiting = {name: len(held) for name, held in inner.items()}
    found: dict[str, int] = {}
    ready = [name for name, count in waiting.items() if not count]
    while ready:
        name = ready.pop()
        found[name] = 1 + max((found[each] for each in inner[name]), default=0)
        for outer in around[name]:
            waiting[outer] -= 1
            if not waiting[outer]:
                ready.append(outer)
    return found


def endless(project: Project) -> set[str]:
    """The blocks that cannot be opened: they contain themselves, or are nested too deep."""
    found = depths(project)
    return {name for name in project.blocks if found.get(name, DEEPEST + 1) > DEEPEST}


def unknown(project: Project, node: Node, path: str, unopenable: Container[str]) -> Fault | None:
    """A node whose kind or block is not there, or whose block cannot be opened."""
    if node.kind != BLOCK:
        if node.kind in registry:
            return None
        return Fault(path, f"There is no layer kind “{node.kind}”.", user.way_to(node.kind))
    name = str(node.params.get(BLOCK))
    if name not in project.blocks:
        return Fault(path, f"There is no block “{name}”.", "Delete the node, or choose another block.")
    if name in unopenable:
        return Fault(
            path,
            f"The block “{project.blocks[name].title}” contains itself, or is nested more than {DEEPEST} deep.",
            "Take the instance out of the block that it stands for.",
            remove=tuple(circles(project, name)),
        )
    return None


def on_cycle(graph: Graph) -> Node:
    """The first node that a path of wires leads back to; raises StopIteration where there is none."""
    return next(
        node
        for node in graph.nodes.values()
        if any(graph.reaches(edge.target, node.id) for edge in graph.out_of(node.id))
    )


def too_many() -> Fault:
    """A network that, with its blocks opened, is beyond what is worth a try."""
    return Fault(
        "",
        f"With all blocks opened the network has more than {LARGEST:,} nodes.",
        "Repeat blocks less often, or take some away.",
    )


def left_open(instance: str, title: str, port: str, node: Node) -> Fault:
    """A block's optional port without a wire, where a node inside cannot do without it."""
    return Fault(
        instance,
        f"Nothing is wired into “{port}” of {title}, and {called(node)} inside it cannot do without.",
        f"Wire something into “{port}”, or let {node.id} inside the block do without it.",
        port=port,
    )


def unwired(project: Project, node: Node, path: str, port: Port, ports: int) -> Fault:
    where = "its input" if ports == 1 else f"its input “{port.name}”"
    if port.name == "target":
        fix = "Wire the Input that holds the right answers (field “y”) into it."
    elif ports == 1:
        fix = f"Wire an output of another layer into it, or delete {node.id}."
    else:
        fix = f"Wire an output of another layer into “{port.name}”."
    return Fault(path, f"{called(node, project)} has nothing at {where}.", fix, port=port.name)


def read_field(node: Node, path: str, fields: Mapping[str, Field]) -> Field | Fault:
    """The field that an input node reads, in its form."""
    spec = registry[node.kind]
    params = spec.complete(node.params)
    name = str(params.get("field", ""))
    if name not in fields:
        if not fields:
            return Fault(path, f"{called(node)} has no data to read.", "Choose data for this project.")
        near = difflib.get_close_matches(name, fields, 1, 0.0) if len(fields) == 1 or name else []
        return Fault(
            path,
            f"The data has no field “{name}”; it has {quoted(fields)}.",
            f"Choose one of them at {node.id}.",
            params={"field": near[0]} if near else {},
        )
    try:
        return fields[name].formed(str(params.get("form", "as stored")))
    except ProjectError as error:
        return Fault(path, error.message, error.fix, params={"form": "as stored"})


def inside(fault: Fault, instance: str) -> Fault:
    """A finding from inside an instance of a block, told by its place."""
    inner = fault.node.rpartition("/")[2]
    message = fault.message if fault.message.startswith("Inside ") else f"{inner}: {fault.message}"
    return replace(fault, message=f"Inside {instance}: {message}")


def of_whole(project: Project, reports: Mapping[str, NodeReport], faults: Sequence[Fault]) -> list[Fault]:
    """Findings about the network as a whole: nothing to learn from, dead ends, more memory than there is."""
    graph = project.graph
    if not graph.nodes:
        return [Fault("", "The network is empty.", "Drag an Input from the palette to begin.", "warning")]
    found = [*_memory(reports), *_output_batches(project, reports)]
    losses, outputs = graph.of_family("loss"), graph.of_kind("output")
    if not losses:
        found.append(
            Fault(
                "",
                "There is nothing to learn from: the network has no loss.",
                "Add a loss, such as Cross-entropy, and wire the prediction and the target into it.",
                "warning",
            )
        )
    if not outputs:
        taken = "the prediction that its loss judges" if losses else "its last layer"
        found.append(
            Fault(
                "",
                f"The network has no Output, so {taken} counts as one.",
                "Add an Output and wire the prediction into it.",
                "warning",
            )
        )
    if losses or outputs:
        found += _dead_ends(project, reports)
    return found


def _memory(reports: Mapping[str, NodeReport]) -> list[Fault]:
    total = 4 * sum(report.parameters for report in reports.values())
    if total <= MEMORY:
        return []
    largest = max(reports, key=lambda name: reports[name].parameters)
    return [
        Fault(
            largest,
            f"The network's parameters would need {gibibytes(total)} of memory; {gibibytes(MEMORY)} is the limit.",
            "Choose smaller sizes, first of all for this layer.",
        )
    ]


def _dead_ends(project: Project, reports: Mapping[str, NodeReport]) -> list[Fault]:
    leading = {edge.source for edge in project.graph.edges}
    return [
        Fault(
            node.id,
            f"{called(node, project)} leads nowhere: nothing uses what it computes.",
            "Wire its output into a layer, a loss or an Output, or delete it.",
            "warning",
        )
        for node in project.graph.nodes.values()
        if node.id not in leading and node.id in reports and not _is_end(node)
    ]


def _is_end(node: Node) -> bool:
    spec = registry.get(node.kind)
    return spec is not None and (spec.family == "loss" or spec.call == "sink")


def _output_batches(project: Project, reports: Mapping[str, NodeReport]) -> list[Fault]:
    found = []
    for node in project.graph.of_kind("output"):
        report = reports.get(node.id)
        type_ = report.inputs["input"][0] if report else None
        if type_ and (not type_.shape or type_.shape[0] != "N"):
            found.append(
                Fault(
                    node.id,
                    f"The first axis of what arrives at {node.id} ({type_}) is not the batch axis N, "
                    "so a prediction cannot be told from the next one.",
                    "Keep N first: reshape or transpose only the axes behind it.",
                    "warning",
                    "input",
                )
            )
    return found
