"""The network as a Python file of its own, with its weights beside it as safetensors."""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from core.compiler.source import class_name, source
from core.export.subject import Array, Arrays, ExportReport, Subject, chance, verify
from core.export.weights import write_state
from core.model.file import write_atomically
from core.model.spec import registry


def export_python(subject: Subject, path: Path) -> ExportReport:
    """Writes `path` and its weights, runs the file as a stranger would, and compares."""
    weights = path.with_suffix(".safetensors")
    write_state(subject, weights)
    write_atomically(path, python_text(subject, weights.name).encode())

    def again(samples: Arrays) -> list[Array]:
        model = runpy.run_path(str(path))["load"]()
        with chance(), torch.no_grad():
            values = model(*(torch.from_numpy(samples[name]) for name in samples))
        return [value.numpy() for value in (values if isinstance(values, tuple) else (values,))]

    return verify("python", (path, weights), subject, again)


def python_text(subject: Subject, weights: str) -> str:
    """The class, what the data looked like, and a function that loads the trained weights."""
    name = class_name(subject.project)
    text = source(subject.project, subject.dataset.fields)
    head, _, body = text.partition("import torch\n")
    imports = "from pathlib import Path\n\nimport torch\n"
    rest = body.replace("from torch import nn\n", "from safetensors.torch import load_file\nfrom torch import nn\n", 1)
    return f"{head}{imports}{rest.rstrip()}\n\n\n{_facts(subject)}{_loader(name, weights)}"


def _facts(subject: Subject) -> str:
    """Constants that whoever feeds the network needs: the classes' names, and mean and deviation of each input."""
    lines: list[str] = []
    graph, dataset = subject.project.graph, subject.dataset
    labels = [field.labels for field in dataset.fields.values() if field.meaning == "class"]
    if labels:
        count = len(labels[0])
        plain = count > 10 and labels[0] == tuple(map(str, range(count)))
        names = f"[str(number) for number in range({count})]" if plain else _wrapped(labels[0])
        lines += ["# The classes, in the order of the outputs.", f"CLASSES = {names}", ""]
    used = {str(registry[n.kind].complete(n.params)["field"]) for n in graph.of_kind("input")}
    for field in sorted(used & dataset.mean.keys()):
        mean, std = np.ravel(dataset.mean[field]), np.ravel(dataset.std[field])
        lines += [
            f"# The field {field} was brought to a scale: ({field} - MEAN) / STD. Do so before calling the network.",
            f"{field.upper()}_MEAN = {_wrapped([float(f'{v:.8g}') for v in mean])}",
            f"{field.upper()}_STD = {_wrapped([float(f'{v:.8g}') for v in std])}",
            "",
        ]
    return "\n".join([*lines, "", ""]) if lines else ""


def _wrapped(values: Sequence[object]) -> str:
    """A list literal, one item a line where it is long."""
    line = f"[{', '.join(map(_literal, values))}]"
    if len(line) <= 90:
        return line
    return "[\n" + "".join(f"    {_literal(value)},\n" for value in values) + "]"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.encode("unicode_escape").decode().replace('"', '\\"') + '"'
    return repr(value)


def _loader(name: str, weights: str) -> str:
    return (
        f'WEIGHTS = Path(__file__).with_name("{weights}")\n\n\n'
        f"def load(weights: Path = WEIGHTS) -> {name}:\n"
        '    """The network with its trained weights, ready to predict."""\n'
        f"    model = {name}()\n"
        "    model.load_state_dict(load_file(weights))\n"
        "    return model.eval()\n\n\n"
        'if __name__ == "__main__":\n'
        "    model = load()\n"
        "    print(model)\n"
        '    print(f"{sum(p.numel() for p in model.parameters()):,} parameters")\n'
    )
