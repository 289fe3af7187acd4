"""A file of the user as a module: run from the text that was allowed, not from what may lie on the disk by then."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.util
import io
import sys
import traceback
from pathlib import Path
from types import ModuleType

from core.layers.user_checks import Problem
from core.model.fault import Complaint
from core.model.spec import LayerSpec, registry

PREFIX = "layerloom_user."


class _Loader(importlib.abc.InspectLoader):
    """Gives `inspect` and tracebacks the text that runs."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text

    def get_source(self, fullname: str) -> str:
        return self._text

    def is_package(self, fullname: str) -> bool:
        return False

    def get_filename(self, fullname: str) -> str:
        return str(self._path)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._text, str(self._path), "exec", dont_inherit=True), module.__dict__)


class Code:
    """One file that is run; `undo` puts back the module that stood in its place."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text, self._name = path, text, PREFIX + path.stem
        self._before = sys.modules.get(self._name)
        self.module = ModuleType(self._name)

    def run(self) -> Problem | None:
        """Runs the file; whatever it raises is told with its line. What it prints goes to the error stream."""
        loader = _Loader(self._path, self._text)
        spec = importlib.util.spec_from_loader(self._name, loader, origin=str(self._path))
        if spec is None:
            return Problem(self._path.name, "It cannot be loaded as a module.", "Give it another name.")
        self.module = importlib.util.module_from_spec(spec)
        self.module.__file__ = str(self._path)
        sys.modules.setdefault(PREFIX.rstrip("."), ModuleType(PREFIX.rstrip("."))).__path__ = []
        sys.modules[self._name] = self.module
        try:
            with contextlib.redirect_stdout(sys.stderr or io.StringIO()):
                loader.exec_module(self.module)
        except (Exception, SystemExit) as error:
            return self._raised(error)
        return None

    def _raised(self, error: BaseException) -> Problem:
        line = error.lineno if isinstance(error, SyntaxError) and error.filename == str(self._path) else None
        for frame in traceback.extract_tb(error.__traceback__):
            line = frame.lineno if frame.filename == str(self._path) else line
        said = " ".join(str(error).split())[:300].rstrip(".")
        if isinstance(error, ModuleNotFoundError):
            fix = "Install that package where Layerloom is installed, or do without it."
            return Problem(self._path.name, f"{said}.", fix, line or 0)
        what = f"{type(error).__name__}: {said}" if said else type(error).__name__
        return Problem(self._path.name, f"Running it fails with {what}.", "Mend that line.", line or 0)

    def undo(self) -> None:
        """Puts back what stood in its place."""
        if self._before is None:
            sys.modules.pop(self._name, None)
        else:
            sys.modules[self._name] = self._before


def complaint_of(spec: LayerSpec, error: Exception) -> Complaint | None:
    """What a layer of a user's file raised when it was tried, with the line; nothing for the program's own layers."""
    file = registry.origin(spec.kind)
    if not file:
        return None
    module = sys.modules.get(PREFIX + file.removesuffix(".py"))
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == getattr(module, "__file__", None)]
    place = f"{file}, line {lines[-1]}" if lines else file
    said = " ".join(str(error).split())[:300].rstrip(".")
    fix = "Mend it there; its sizes follow from what arrives through “derive” of its LayerSpec."
    if "meta tensor" in said:
        fix = "Layers are tried on tensors without contents: let forward not look at values (.item(), if x > 0)."
    elif "untyped_storage" in said:
        said, fix = "what forward returns is no tensor", "Let forward return one tensor for every output."
    elif not lines:
        return None  # a layer of torch's, whose words the compiler knows
    return Complaint(f"{spec.title} fails in {place}: {said}.", fix)


def forget(stem: str) -> None:
    """Takes the module of a file away."""
    sys.modules.pop(PREFIX + stem, None)
