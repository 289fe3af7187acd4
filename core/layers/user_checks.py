"""What can be wrong with a file of the user's kinds, said in plain words with the line and the way out."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from core.layers.definitions import Definitions
from core.layers.user_specs import finished
from core.layers.user_targets import Found
from core.model.spec import LayerSpec

_STEM = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Problem:
    """Why a file adds no kinds: the file, the line (0 where none is to blame), what is wrong, what to do."""

    file: str
    message: str
    fix: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.message} {self.fix}"


def file_problem(path: Path, content: bytes) -> tuple[str, Problem | None]:
    """The text of a file, and what is wrong with it before anything of it is run."""
    if not _STEM.fullmatch(path.stem) or keyword.iskeyword(path.stem):
        good = re.sub(r"\W+", "_", path.stem, flags=re.ASCII).strip("_0123456789").lower() or "mine"
        if keyword.iskeyword(good):
            good += "_layer"
        message = f"“{path.stem}” cannot be the name of a module: it is letters, digits and _, a letter first."
        return "", Problem(path.name, message, f"Rename the file, such as to {good}.py.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return "", Problem(path.name, "It is not UTF-8 text.", "Save it as UTF-8 in your editor.", line)
    try:
        ast.parse(text)
    except SyntaxError as error:
        return text, Problem(path.name, f"This is not Python: {error.msg}.", "Mend that line.", error.lineno or 0)
    except (ValueError, RecursionError, MemoryError) as error:
        return text, Problem(path.name, f"This cannot be read as Python: {error}.", "Mend or shorten it.")
    return text, None


def specs_of(
    file: str, module: ModuleType, definitions: Definitions, others: Mapping[str, Definitions]
) -> tuple[LayerSpec, ...] | Problem:
    """The kinds of a file that was run, made whole; or the first thing that is wrong with them."""
    # What stands in the fields of a spec can be anything, and can raise whatever it likes when it is looked at.
    try:
        return _specs_of(file, module, definitions, others)
    except Exception as error:
        message = f"Its LayerSpec cannot be understood ({type(error).__name__}: {error})."
        line = _line(definitions, "LAYER") or _line(definitions, "SPECS")
        return Problem(file, message, "Compare it with the example in the layers folder.", line)


def _specs_of(
    file: str, module: ModuleType, definitions: Definitions, others: Mapping[str, Definitions]
) -> tuple[LayerSpec, ...] | Problem:
    given = _given(file, module, definitions)
    if isinstance(given, Problem):
        return given
    specs = list[LayerSpec]()
    for spec, line in given:
        whole = finished(Found(file, module, definitions, others), spec)
        if isinstance(whole, tuple):
            message, fix, its_line = whole
            return Problem(file, message, fix, its_line or line)
        if any(whole.kind == other.kind for other in specs):
            return Problem(file, f"It defines the kind “{whole.kind}” twice.", "Give one another name.", line)
        specs.append(whole)
    return tuple(specs)


def _given(file: str, module: ModuleType, definitions: Definitions) -> list[tuple[LayerSpec, int]] | Problem:
    """The specs as they stand in `LAYER` or `SPECS`, with their lines."""
    names = [name for name in ("LAYER", "SPECS") if hasattr(module, name)]
    if not names:
        return Problem(file, "It defines no layer.", "Add a line LAYER = LayerSpec(…), or SPECS = (…) for several.")
    if len(names) == 2:
        message = "It defines both LAYER and SPECS."
        return Problem(file, message, "Put all its layers into SPECS.", _line(definitions, "LAYER"))
    name = names[0]
    line, value = _line(definitions, name), getattr(module, name)
    if name == "LAYER" and isinstance(value, (tuple, list)):
        return Problem(file, "LAYER is one LayerSpec, not several.", "Call it SPECS instead.", line)
    several = [value] if name == "LAYER" else list(value) if isinstance(value, (tuple, list)) else None
    if several is None:
        return Problem(file, f"SPECS is a tuple of LayerSpec, not {_type(value)}.", "Write SPECS = (a, b, …).", line)
    if not several:
        return Problem(file, "SPECS is empty.", "Put at least one LayerSpec into it.", line)
    for each in several:
        if not isinstance(each, LayerSpec):
            fix = "Make it with LayerSpec(…) from core.model.spec."
            return Problem(file, f"{name} holds {_type(each)} where a LayerSpec belongs.", fix, line)
    return [(each, _line(definitions, name, each.kind)) for each in several]


def _type(value: object) -> str:
    return "nothing (None)" if value is None else f"a value of type {type(value).__name__}"


def _line(definitions: Definitions, name: str, kind: object = None) -> int:
    """The line where a name is bound; where the kind stands as text in the file, the line of that."""
    statement = definitions.bound.get(name)
    if statement is None:
        return 0
    if kind is not None:
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and node.value == kind:
                return node.lineno
    return statement.lineno
