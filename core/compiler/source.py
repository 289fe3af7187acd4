"""Graph → readable source: the class that a person would have written for the part of the network that predicts.

Its attributes bear the nodes' ids, so the weights that trained load into it by name.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence

from core.compiler.construction import Written
from core.compiler.ends import predictions
from core.compiler.groups import Use, collect
from core.compiler.inference import CompileError
from core.compiler.instances import instance_of
from core.compiler.pasting import defined_names, paste
from core.compiler.printing import class_word
from core.compiler.shape_cache import ShapeCache
from core.compiler.shapes import Analysis, analyse
from core.compiler.writing import ClassWriter
from core.model.block import Block
from core.model.fault import Fault
from core.model.graph import Graph
from core.model.project import Project
from core.model.tensor import Field, TensorType


def class_name(project: Project) -> str:
    """The name of the exported class: the title in Python's way, `LeNet-5` → `LeNet5`."""
    return class_word(project.title, tuple(defined_names()))


def source(project: Project, fields: Mapping[str, Field], cache: ShapeCache | None = None) -> str:
    """The text of a module that needs torch alone; raises CompileError when the network cannot run."""
    analysis = analyse(project, fields, cache)
    if not analysis.inference.ok:
        raise CompileError(analysis.inference.faults)
    goals = predictions(project)
    if not goals:
        raise CompileError((Fault("", "There is nothing to write: the network computes nothing.", "Add a layer."),))
    file = _File(project, analysis, goals)
    for use in file.groups.innermost_first(project):
        file.write(use)
    name = class_name(project)
    writer = ClassWriter(file, project.graph, goals)
    file.classes[name] = writer.text(name, [f"{_plain(project.title)}."])
    return file.text(_summary(project, analysis, name, writer))


class _File:
    """Classes and pasted definitions, gathered while the classes are written."""

    def __init__(self, project: Project, analysis: Analysis, goals: Sequence[tuple[str, str]]) -> None:
        self.project, self.plans, self.opened = project, analysis.plans, analysis.opened
        self.inference = analysis.inference
        self.groups = collect(project, analysis, goals)
        self.classes: dict[str, str] = {}
        self.own: set[str] = set()
        self.written: dict[Use, Written] = {}

    def write(self, use: Use) -> None:
        """Writes the class of all instances of a block that give and take the same values."""
        block, prefixes = self.project.blocks[use.block], self.groups.prefixes[use]
        instances = [self.opened[instance_of(prefix, self.opened)] for prefix in prefixes]
        goals = [(port, "input") for port in use.outputs]
        writer = ClassWriter(self, block.graph, goals, prefixes, instances, use.inputs)
        name = class_word(block.title, (class_name(self.project), *self.classes, *defined_names()))
        self.classes[name] = writer.text(name, _described(block))
        self.written[use] = Written(name, writer.symbols.arguments(), prefixes)

    def text(self, summary: str) -> str:
        imports, definitions = paste(sorted(self.own))
        body = "\n\n\n".join((*definitions, *self.classes.values()))
        lines = {"import torch", "from torch import nn", *imports}
        if re.search(r"\bF\.\w", body):
            lines.add("import torch.nn.functional as F")
        for module in ("operator", "math"):
            if re.search(rf"\b{module}\.\w", body):
                lines.add(f"import {module}")
        return f'"""{summary}"""\n\nfrom __future__ import annotations\n\n{_ordered(lines)}\n\n\n{body}\n'


def _ordered(imports: set[str]) -> str:
    """Import lines in the usual order: the standard library, then torch."""
    torch_lines = sorted(
        (line for line in imports if "torch" in line), key=lambda line: (line.startswith("from"), line)
    )
    others = sorted(imports - set(torch_lines))
    return "\n\n".join("\n".join(lines) for lines in (others, torch_lines) if lines)


def _plain(text: str) -> str:
    """Text that cannot end a docstring."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split()) or "A network"


def _described(block: Block) -> list[str]:
    """A block's title, and what its note begins with, as the lines of a docstring."""
    about = re.sub(r"[*`]", "", block.note.partition("\n\n")[0])
    if not about.strip():
        return [f"{_plain(block.title)}."]
    return [f"{_plain(block.title)}.", "", *textwrap.wrap(_plain(about), 80)]


def _shape(type_: TensorType) -> str:
    return f"({', '.join(str(dim) for dim in type_.shape)}{',' if type_.rank == 1 else ''}) {type_.dtype}"


def _summary(project: Project, analysis: Analysis, name: str, writer: ClassWriter) -> str:
    """The docstring of the file: what it is, what goes in, what comes out, how to load the weights."""
    reports = analysis.inference.nodes
    takes = [f"{variable}: {_shape(reports[node].outputs['output'])}" for node, variable in writer.arguments.items()]
    gives = [_shape(type_) for node, port in writer.goals if (type_ := _leaving(project.graph, analysis, node, port))]
    text = f"It takes {'; '.join(takes) or 'nothing'} and returns {'; '.join(gives)}. N is the number of samples."
    return "\n".join(
        (
            f"{_plain(project.title)}: a network made with Layerloom.",
            "",
            *textwrap.wrap(text, 84),
            "",
            f"    network = {name}()",
            '    network.load_state_dict(safetensors.torch.load_file("weights.safetensors"))',
            "    network.eval()",
            "",
        )
    )


def _leaving(graph: Graph, analysis: Analysis, node: str, port: str) -> TensorType | None:
    report = analysis.inference.nodes[node]
    return report.inputs["input"][0] if graph.nodes[node].kind == "output" else report.outputs.get(port)
