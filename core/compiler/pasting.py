"""The program's own modules and those of the user as text, with whatever they use: exported files need torch alone."""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Iterable

from core.compiler.targets import OWN, file_and_name
from core.layers import user
from core.layers.definitions import Definitions
from core.layers.user_targets import own_names


@functools.cache
def _read(file: str) -> Definitions:
    """A file of the program's own modules: `loss` is `core/layers/modules/loss.py`."""
    text = importlib.resources.files("core.layers.modules").joinpath(f"{file}.py").read_text(encoding="utf-8")
    return Definitions.read(text)


def _definitions(module: str) -> Definitions:
    """The text behind a module; that of a user's file as it was when it was loaded."""
    if module.startswith(user.PREFIX):
        return user.definitions(module.removeprefix(user.PREFIX))
    return _read(module.removeprefix(OWN))


def defined_names() -> frozenset[str]:
    """All names of the program's own modules and of the user's, which no generated class may take."""
    return own_names().union(*(user.definitions(stem).bound for stem in user.loaded()))


def paste(targets: Iterable[str]) -> tuple[list[str], list[str]]:
    """The imports and the definitions that targets (`core.layers.modules.loss.DiceLoss`) need, in the files' order."""
    wanted: dict[str, list[str]] = {}
    for target in sorted(targets):
        file, name = file_and_name(target)
        wanted.setdefault(file, []).append(name)
    imports, definitions = list[str](), list[str]()
    for file, names in wanted.items():
        lines, texts = _definitions(file).pasted(names)
        imports += [line for line in lines if line not in imports]
        definitions += texts
    return imports, definitions
