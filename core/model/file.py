"""The project file: versioned JSON that a person can read and diff, written atomically, read with care.

Reading raises `ProjectError` whose `place` names where in the file the fault is.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from core.model.block import Block, BlockParam
from core.model.fault import EditError, ProjectError
from core.model.graph import BLOCK, Edge, Graph, Node
from core.model.misfit import misfit
from core.model.ops import AddBlock, AddEdge, AddNode
from core.model.project import Project
from core.model.settings import Data, Training, data_complaint, training_complaint

VERSION = 1
MAX_BYTES = 64 * 1024 * 1024


class GraphFile(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    nodes: list[Node] = []
    edges: list[str] = []


class BlockFile(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    title: str = ""
    color: str = ""
    note: str = ""
    params: list[BlockParam] = []
    nodes: list[Node] = []
    edges: list[str] = []


class ProjectFile(msgspec.Struct, forbid_unknown_fields=True):
    layerloom: int
    title: str = "Untitled"
    lecture: str = ""
    note: list[str] = []
    data: Data = Data()
    training: Training = Training()
    graph: GraphFile = GraphFile()
    blocks: dict[str, BlockFile] = {}


class _Version(msgspec.Struct):
    layerloom: int


def encode(project: Project) -> bytes:
    """The project as JSON text, one fact a line, in a stable order."""
    file = ProjectFile(
        layerloom=VERSION,
        title=project.title,
        lecture=project.lecture,
        note=project.note.split("\n") if project.note else [],
        data=project.data,
        training=project.training,
        graph=GraphFile(list(project.graph.nodes.values()), [str(e) for e in project.graph.edges]),
        blocks={
            name: BlockFile(
                block.title,
                block.color,
                block.note,
                list(block.params),
                list(block.graph.nodes.values()),
                [str(edge) for edge in block.graph.edges],
            )
            for name, block in project.blocks.items()
        },
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def decode(text: bytes) -> Project:
    """The project that `encode` wrote; raises ProjectError with the place of the first fault."""
    try:
        version = msgspec.json.decode(text, type=_Version).layerloom
        if version > VERSION:
            raise ProjectError(
                f"The file has version {version}; this program reads up to {VERSION}.",
                place="layerloom",
                fix="Update Layerloom to open it.",
            )
        if version < 1:
            raise ProjectError(
                f"There is no file version {version}.",
                place="layerloom",
                fix=f"Write {VERSION}, or open a copy of the file.",
            )
        file = msgspec.json.decode(text, type=ProjectFile)
    except msgspec.ValidationError as error:
        message, fix, place = misfit(error, ProjectFile)
        raise ProjectError(message, place=place or "the file", fix=fix) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProjectError(
            f"This is not a whole project file ({error}).",
            place=f"byte {len(text):,}" if "truncated" in str(error) else "the file",
            fix="The file is cut off or damaged; open a copy.",
        ) from error
    return _assemble(file)


def _assemble(file: ProjectFile) -> Project:
    project = Project(file.title)
    project.lecture, project.note = file.lecture, "\n".join(file.note)
    project.data, project.training = file.data, file.training
    for place, wrong in (training_complaint(file.training), data_complaint(file.data)):
        if wrong:
            raise ProjectError(wrong, place=place, fix="Mend that entry.")
    for name, block in file.blocks.items():
        new = Block(name, title=block.title, color=block.color, note=block.note, params=tuple(block.params))
        _apply(AddBlock(new), project, f"blocks.{name}")
    graphs = [(GraphFile(block.nodes, block.edges), name, f"blocks.{name}") for name, block in file.blocks.items()]
    graphs.append((file.graph, "", "graph"))
    # All nodes before all wires: a wire of one block may lead to an instance of another, whose ports are nodes.
    for each in graphs:
        _add_nodes(project, *each)
    for each in graphs:
        _add_edges(project, *each)
    return project


def _add_nodes(project: Project, file: GraphFile, block: str, place: str) -> None:
    for index, node in enumerate(file.nodes):
        here = f"{place}.nodes[{index}] ({node.id})"
        if node.kind == BLOCK and node.params.get("block") not in project.blocks:
            raise ProjectError(
                f"There is no block “{node.params.get('block')}” in the file.",
                place=here,
                fix="Correct its name, or take the node and its wires out.",
            )
        # A kind that is not here, such as one of the user's own, keeps its place; the compiler says what to do.
        _apply(AddNode(node, block, as_it_was=True), project, here)


def _add_edges(project: Project, file: GraphFile, block: str, place: str) -> None:
    graph = project.inside(block)
    for index, text in enumerate(file.edges):
        here = f"{place}.edges[{index}]"
        try:
            edge = Edge.parse(text)
        except ProjectError as error:
            raise ProjectError(error.message, place=here, fix=error.fix) from error
        if reason := project.refusal(edge, block, as_it_was=True, cycles=False):
            raise ProjectError(reason, place=f"{here} ({text})", fix="Correct the wire, or take it out.")
        graph.wires[edge.end] = edge
    # Once for all of them, as a look at every wire for every wire takes its time.
    if len(graph.order()) < len(graph.nodes):
        _find_cycle(project, graph, block, place)


def _find_cycle(project: Project, graph: Graph, block: str, place: str) -> None:
    """Raises ProjectError at the first wire of a file that closes a cycle."""
    edges = list(graph.edges)
    graph.wires.clear()
    for index, edge in enumerate(edges):
        _apply(AddEdge(edge, block, as_it_was=True), project, f"{place}.edges[{index}] ({edge})")


def _apply(op: AddNode | AddEdge | AddBlock, project: Project, place: str) -> None:
    try:
        op.apply(project)
    except EditError as error:
        raise ProjectError(error.message, place=place, fix=error.fix or "Mend that entry.") from error


def read(path: Path) -> Project:
    """Opens a project file; raises ProjectError whose place begins with the file's name."""
    try:
        with path.open("rb") as stream:
            # What is no plain file, such as a pipe, does not say how long it is.
            text = stream.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            message = f"The file is too large for a project: at most {MAX_BYTES:,} bytes are read."
            raise ProjectError(message, fix="Choose a .loom file.")
        return decode(text)
    except ProjectError as error:
        raise ProjectError(
            error.message, place=": ".join(filter(None, (path.name, error.place))), fix=error.fix
        ) from error
    except OSError as error:
        fix = "Choose another file, or see whether you may read it."
        raise ProjectError(f"The file cannot be read: {error.strerror}.", place=str(path), fix=fix) from error


def write(project: Project, path: Path) -> None:
    """Saves atomically: the old file stays whole until the new one is. Raises ProjectError."""
    try:
        write_atomically(path, encode(project))
    except OSError as error:
        raise ProjectError(
            f"The project cannot be saved: {error.strerror}.", place=str(path), fix="Choose another folder."
        ) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Writes beside the goal and renames, so that a reader never sees half a file."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
