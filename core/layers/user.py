"""Kinds of the user's own: files in a folder of the configuration directory that add kinds while the program runs.

A file defines `LAYER` (one `LayerSpec`) or `SPECS` (several), and the modules that they are made of. Loading a file
runs it, so it is loaded only when the user has said yes to exactly these bytes: `found` tells which files wait, `trust`
keeps the yes, `load` adds the kinds to the registry, in place of those that the same file added before.
"""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from core.layers import user_code
from core.layers.definitions import Definitions
from core.layers.user_checks import Problem, file_problem, specs_of
from core.model.fault import ProjectError
from core.model.file import write_atomically
from core.model.spec import registry

PREFIX = user_code.PREFIX
"""What the targets of such kinds begin with: `layerloom_user.square.Square` is `Square` in square.py."""
LARGEST = 1_000_000
"""Bytes that a file may have."""


@dataclass(frozen=True)
class UserFile:
    """A file of the layers folder as it is now. `problem` says why it cannot be loaded, as far as reading it tells."""

    path: Path
    state: Literal["trusted", "new", "changed"]
    digest: str = ""
    problem: Problem | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_loaded(self) -> bool:
        """Whether the kinds of exactly this content are there."""
        return bool(self.digest) and _digests.get(self.path.stem) == self.digest


@dataclass(frozen=True)
class Loaded:
    """What came of loading a file: the kinds that it added, or why it added none."""

    name: str
    kinds: tuple[str, ...] = ()
    problem: Problem | None = None


_digests: dict[str, str] = {}
_definitions: dict[str, Definitions] = {}
_failures: dict[str, tuple[str, Problem]] = {}


def folder() -> Path:
    """Where the user's files are; it need not be there."""
    return Path(platformdirs.user_config_dir("layerloom", appauthor=False)) / "layers"


def store() -> Path:
    """Where it is kept which files were allowed with which content."""
    return folder().parent / "trusted-layers.json"


def found() -> list[UserFile]:
    """All files of the folder, by name."""
    try:
        paths = sorted(path for path in folder().iterdir() if path.suffix == ".py" and not path.name.startswith("."))
    except OSError:
        return []
    trusted = _trusted()
    return [_look(path, trusted)[0] for path in paths if not path.is_dir()]


def trust(file: UserFile) -> None:
    """Allows a file with the content that it had when it was found; raises ProjectError when that cannot be kept."""
    trusted = _trusted()
    trusted[file.name] = [*(each for each in trusted.get(file.name, ()) if each != file.digest), file.digest]
    try:
        store().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(store(), msgspec.json.format(msgspec.json.encode(trusted), indent=1))
    except OSError as error:
        raise ProjectError(
            f"It cannot be kept that {file.name} is allowed: {error.strerror}.",
            place=str(store()),
            fix="Make that folder writable.",
        ) from error


def load(path: Path) -> Loaded:
    """Runs a trusted file and adds its kinds; whatever is wrong with it is told as a problem, never raised.

    Where it fails, the kinds that an earlier content of the file added stay as they were.
    """
    file, text = _look(path, _trusted())
    name = file.name
    if file.problem:
        return Loaded(name, problem=file.problem)
    if file.state != "trusted":
        return Loaded(name, problem=_untrusted(file))
    others = {stem: its for stem, its in _definitions.items() if stem != path.stem}
    definitions = Definitions.read(text)
    code = user_code.Code(path, text)
    result = code.run()
    specs = result if isinstance(result, Problem) else specs_of(name, code.module, definitions, others)
    if isinstance(specs, Problem):
        code.undo()
        _failures[path.stem] = file.digest, specs
        return Loaded(name, problem=specs)
    _failures.pop(path.stem, None)
    _definitions[path.stem], _digests[path.stem] = definitions, file.digest
    registry.replace(name, *specs)
    return Loaded(name, tuple(spec.kind for spec in specs))


def load_trusted() -> list[Loaded]:
    """Loads every trusted file that is not loaded yet and has not failed as it is; tells what came of each."""
    waiting = [file for file in found() if file.state == "trusted" and not file.is_loaded and not failure(file)]
    return [load(file.path) for file in waiting]


def failure(file: UserFile) -> Problem | None:
    """Why loading the file as it is now failed."""
    digest, problem = _failures.get(file.path.stem, ("", None))
    return problem if digest == file.digest else None


def forget() -> None:
    """Takes all kinds of the user out of the registry again."""
    for stem in list(_definitions):
        registry.replace(f"{stem}.py")
        user_code.forget(stem)
    for each in (_definitions, _digests, _failures):
        each.clear()


def loaded() -> tuple[str, ...]:
    """The files whose kinds are there, by their names without `.py`."""
    return tuple(_definitions)


def definitions(stem: str) -> Definitions:
    """The text of a file that is loaded, as it was then."""
    return _definitions[stem]


def defining(kind: str) -> UserFile | None:
    """The file of the folder that seems to define a kind, found by reading the files without running them."""
    for file in found():
        try:
            tree = ast.parse(file.path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if any(isinstance(node, ast.Constant) and node.value == kind for node in ast.walk(tree)):
            return file
    return None


def way_to(kind: str) -> str:
    """What to do about a kind that is not there."""
    file = defining(kind)
    if file is None:
        return f"If it is a layer of somebody's own, put its file into {folder()}; otherwise delete the node."
    if file.problem:
        return f"It seems to be in your layers folder, but {file.problem}"
    if problem := failure(file):
        return f"It should be in your layers folder, but {problem}"
    if file.state == "trusted":
        return f"It seems to be in {file.name} of your layers folder, which is not loaded yet: start Layerloom again."
    how = f"answer “Load” where Layerloom asks, or run “layerloom layers trust {file.name}”"
    return f"It seems to be in {file.name} of your layers folder, which you have not allowed yet: {how}."


def _untrusted(file: UserFile) -> Problem:
    has = "is new" if file.state == "new" else "has changed since you allowed it"
    return Problem(file.name, f"It {has}, so it is not loaded.", f"Read it; then “layerloom layers trust {file.name}”.")


def _look(path: Path, trusted: dict[str, list[str]]) -> tuple[UserFile, str]:
    """A file and its text."""
    try:
        if path.stat().st_size > LARGEST:
            large = Problem(path.name, f"It is larger than {LARGEST:,} bytes.", "Keep data elsewhere.")
            return UserFile(path, "new", problem=large), ""
        content = path.read_bytes()
    except OSError as error:
        unread = Problem(path.name, f"It cannot be read: {error.strerror}.", "Check its permissions.")
        return UserFile(path, "new", problem=unread), ""
    digest = hashlib.sha256(content).hexdigest()
    known = trusted.get(path.name, [])
    state: Literal["trusted", "new", "changed"] = "trusted" if digest in known else "changed" if known else "new"
    text, problem = file_problem(path, content)
    return UserFile(path, state, digest, problem), text


def _trusted() -> dict[str, list[str]]:
    """The sums (SHA-256) of what was allowed, by file; nothing where the store is missing or damaged."""
    try:
        return msgspec.json.decode(store().read_bytes(), type=dict[str, list[str]])
    except (OSError, msgspec.DecodeError):
        return {}
