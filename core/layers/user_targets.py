"""What a kind of the user's own is made of: a class or function of the same file, or one of torch."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.resources
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from core.layers.definitions import Definitions, Import, import_lines
from core.model.spec import Inputs, LayerSpec
from core.model.values import Params

Wrong = tuple[str, str, int]
"""What is wrong, what to do, and the line (0 for that of the layer)."""

OUTSIDE = ("torch.", "operator.", "core.layers.modules.")
USED = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "math": "import math",
    "operator": "import operator",
}
"""Names that an exported file uses itself."""
PROGRAM = ("core", "gui", "presets", "layerloom", "layerloom_user")


@dataclass(frozen=True)
class Found:
    """A file that was run, and the texts of the other files that are loaded."""

    file: str
    module: ModuleType
    definitions: Definitions
    others: Mapping[str, Definitions]


@functools.cache
def own_names() -> frozenset[str]:
    """All names of the program's own modules: pasted text must not bind one of them to something else."""
    files = importlib.resources.files("core.layers.modules").iterdir()
    texts = [file.read_text(encoding="utf-8") for file in files if file.name.endswith(".py")]
    found = [Definitions.read(text) for text in texts]
    return frozenset(name for each in found for name, its in each.bound.items() if not isinstance(its, Import))


def absolute(found: Found, spec: LayerSpec) -> str | Wrong:
    """The full name of a kind's target; or what is wrong with it."""
    target = spec.target
    if not target:
        return f"“{spec.kind}” has no target.", 'Name the class that computes it, such as target="Square".', 0
    if "." in target:
        if target.startswith(OUTSIDE) and callable(_lookup(target)):
            return target
        fix = 'Name a class of this file, such as target="Square", or one of torch, such as "torch.nn.ReLU6".'
        return f"There is no “{target}” that a layer can be made of.", fix, 0
    statement = found.definitions.bound.get(target)
    value = getattr(found.module, target, None)
    if isinstance(statement, Import):
        name = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', target)}"
        fix = f'Write target="{name}" if it is one of torch.'
        return f"“{target}” is imported, not defined here.", fix, statement.lineno
    if statement is None or value is None:
        fix = f"Begin one with “class {target}(nn.Module):”."
        return f"There is no class “{target}” at the top of this file.", fix, 0
    if target.startswith("_") or not callable(value):
        what = "begins with _" if target.startswith("_") else "cannot be called"
        fix = "Name a class or function of this file."
        return f"“{target}” {what}, so it cannot be a layer.", fix, statement.lineno
    if spec.call == "module" and not _is_module(value):
        fix = f'Write class {target}(nn.Module), or call="function" for a plain function.'
        return f"“{target}” is not an nn.Module.", fix, statement.lineno
    if spec.call != "module" and isinstance(value, type):
        return f"“{target}” is a class, but call=“{spec.call}”.", 'Leave call out, or write call="module".', 0
    return _stands_alone(found, target) or f"{found.module.__name__}.{target}"


def absolute_choice(found: Found, choose: Callable[[Inputs, Params], str]) -> Callable[[Inputs, Params], str]:
    """`choose` may name classes of its file, too."""
    module = found.module.__name__

    def chosen(inputs: Inputs, params: Params) -> str:
        name = choose(inputs, params)
        return name if "." in name else f"{module}.{name}"

    return chosen


def constructor_wrong(spec: LayerSpec, target: str) -> Wrong | None:
    """Where the class in the file and the parameters of the spec do not fit each other."""
    made = _lookup(target)
    names = [param.name for param in spec.params if param.name not in spec.settings]
    if spec.call != "module" or target.startswith(OUTSIDE) or made is None:
        return None
    try:
        signature = inspect.signature(made)
        signature.bind(**dict.fromkeys(names))
    except TypeError as error:
        fix = f"Let the parameters of __init__ and the names in params be the same: {', '.join(names) or 'none'}."
        return f"{target.rpartition('.')[2]} cannot be made from its parameters: {error}.", fix, 0
    except ValueError:
        return None
    return None


def documented(target: str) -> str:
    """The first paragraph of what a class says of itself; nothing for torch's."""
    if not target or target.startswith(OUTSIDE):
        return ""
    text = inspect.getdoc(_lookup(target)) or ""
    # A class without a text of its own has that of nn.Module.
    own = vars(_lookup(target)).get("__doc__") if isinstance(_lookup(target), type) else text
    return " ".join(text.split("\n\n")[0].split()) if own else ""


def _lookup(dotted: str) -> Any:
    """The object of a full name, or nothing."""
    parts = dotted.split(".")
    depth = 4 if dotted.startswith("core.layers.modules.") else 2 if dotted.startswith("layerloom_user.") else 1
    name = ".".join(parts[:depth])
    try:
        found: Any = sys.modules.get(name) or importlib.import_module(name)
        for part in parts[depth:]:
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return None
    return found


def _is_module(value: object) -> bool:
    nn = sys.modules.get("torch.nn")
    return isinstance(value, type) and nn is not None and issubclass(value, nn.Module)


def _stands_alone(found: Found, target: str) -> Wrong | None:
    """What would keep the class from being pasted into an exported file that needs torch alone."""
    for statement in found.definitions.needed([target]):
        for name in found.definitions.names_of(statement):
            if isinstance(statement, Import):
                if wrong := _import_wrong(statement, name):
                    return wrong
                continue
            taken = [f"{stem}.py" for stem, its in found.others.items() if _defines(its, name)]
            if name in USED or name in own_names() or taken:
                owner = taken[0] if taken else "Layerloom itself"
                message = f"The name “{name}” is already used by {owner}; in an exported file both would stand."
                return message, f"Call it Own{name}, for example.", statement.lineno
    for name, line in found.definitions.unknown([target]).items():
        fix = "Define or import it at the top of the file, not inside an if, a loop or a star import."
        return f"{target} uses “{name}”, which the top of this file does not define.", fix, line
    return None


def _defines(definitions: Definitions, name: str) -> bool:
    statement = definitions.bound.get(name)
    return statement is not None and not isinstance(statement, Import)


def _import_wrong(statement: Import, name: str) -> Wrong | None:
    line = import_lines(statement, [name])[0]
    origin = statement.module or "" if isinstance(statement, ast.ImportFrom) else statement.names[0].name
    if origin.partition(".")[0] in PROGRAM or (isinstance(statement, ast.ImportFrom) and statement.level):
        message = f"The layer itself uses “{line}”, which an exported file cannot."
        fix = "Keep what the class needs in this file; only the LayerSpec may use Layerloom."
        return message, fix, statement.lineno
    same = {USED.get(name), f"import {name}", "import torch.nn as nn", "from torch.nn import functional as F"}
    if name in USED and line not in same:
        return f"“{line}” gives the name “{name}” another meaning.", "Import it under another name.", statement.lineno
    return None
