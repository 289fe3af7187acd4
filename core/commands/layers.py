"""`layerloom layers`: the files of the user's own layers, what they add, and the yes that each needs to be loaded."""

from __future__ import annotations

import sys
from pathlib import Path

from core.commands.printing import print_json, print_table
from core.layers import user
from core.layers.user import UserFile
from core.model.fault import ProjectError
from core.model.graph import BLOCK
from core.model.project import Project
from core.model.spec import registry


def list_layers(as_json: bool) -> int:
    """Every file of the folder: whether it is allowed, and the kinds that it adds or why it adds none."""
    user.load_trusted()
    files = user.found()
    rows = [
        (file.name, file.state, ", ".join(_kinds(file)), str(file.problem or user.failure(file) or ""))
        for file in files
    ]
    if as_json:
        print_json(
            [
                {"file": name, "state": state, "kinds": _kinds(file), "problem": problem}
                for (name, state, _, problem), file in zip(rows, files, strict=True)
            ]
        )
        return 0
    print(f"Your layers folder is {user.folder()}")
    if rows:
        print_table(((name, state, kinds or "–") for name, state, kinds, _ in rows), ("file", "state", "kinds"))
    for *_, problem in rows:
        if problem:
            print(problem)
    for file in files:
        if file.state != "trusted" and not file.problem:
            print(f"{file.name} adds code. Read it, then allow it with “layerloom layers trust {file.name}”.")
    return 0


def trust_layer(subject: str, as_json: bool) -> int:
    """Allows a file of the folder as it is now, loads it, and tells what it adds; 1 where it adds nothing."""
    path = user.folder() / Path(subject).name
    file = next((each for each in user.found() if each.path == path), None)
    if file is None or (Path(subject).name != subject and Path(subject).absolute() != path):
        raise ProjectError(
            f"“{subject}” is no file of your layers folder.", fix=f"Put it into {user.folder()} and give its name."
        )
    if not file.problem:
        user.trust(file)
    loaded = user.load(path)
    if as_json:
        problem = str(loaded.problem or "")
        print_json({"file": loaded.name, "kinds": list(loaded.kinds), "problem": problem})
    elif loaded.problem:
        print(f"layerloom: {loaded.problem}", file=sys.stderr)
    else:
        print(f"{loaded.name} is allowed as it is now, and adds {', '.join(loaded.kinds)}.")
    return 1 if loaded.problem else 0


def bring(project: Project) -> Project:
    """Loads the user's allowed files when a project has a kind that is not there, and returns the project."""
    graphs = (project.graph, *(block.graph for block in project.blocks.values()))
    kinds = {node.kind for graph in graphs for node in graph.nodes.values()} - {BLOCK}
    if any(kind not in registry for kind in kinds):
        bring_all()
    return project


def bring_all() -> None:
    """Loads the user's allowed files; what is wrong with one is told on the error stream."""
    for each in user.load_trusted():
        if each.problem:
            print(f"layerloom: {each.problem}", file=sys.stderr)


def _kinds(file: UserFile) -> list[str]:
    return [spec.kind for spec in registry if registry.origin(spec.kind) == file.name]
