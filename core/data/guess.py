"""What files are for a project: which source reads them, and what it understood of them, in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.data.dataset import open_dataset, source_fields
from core.data.delimited import MISSING
from core.data.images import SUFFIXES as PICTURES
from core.data.parquet import is_parquet
from core.data.registry import sources
from core.data.sounds import SUFFIXES as SOUNDS
from core.data.table import TABLES, preview
from core.model.amounts import counted
from core.model.fault import ProjectError
from core.model.settings import Data
from core.model.tensor import Field
from core.model.values import Value

Found = tuple[str, dict[str, Value]]
HEAD = 64 * 1024
"""Bytes of a file that are looked at."""
LIKE_A_TABLE = 0.9
"""The share of lines that must have as many separators as the first one."""


def guess(paths: Sequence[Path], present: Data) -> Found | None:
    """The source that reads these files or this folder, with its parameters; none for what no source reads.

    Of two files that belong together (images and labels, x and y) either may come first, alone too: the other is kept
    where `present` has it.
    """
    found: Found | None = None
    params: dict[str, Value] = {}
    for path in paths:
        one = _single(path)
        if one is None or (found is not None and one[0] != found[0]):
            continue
        found = one
        params |= one[1]
    if found is None:
        return None
    if found[0] == present.source == "idx":
        params = {**present.params, **params}
    return found[0], params


def _single(path: Path) -> Found | None:
    name = path.name.lower()
    if path.is_dir():
        return _folder(path), {"path": str(path)}
    if name.endswith((".parquet", ".pq")) or is_parquet(path):
        return "parquet", {"path": str(path)}
    if name.endswith((".csv", ".tsv", ".tab")):
        return "csv", {"path": str(path)}
    if name.endswith((".npz", ".npy")):
        stem = path.stem.lower()
        is_target = name.endswith(".npy") and (stem in ("y", "labels", "targets") or stem.endswith("_y"))
        return "numpy", {"y_path" if is_target else "path": str(path)}
    if name.endswith(tuple(SOUNDS)):
        return "sound", {"path": str(path)}
    if "ubyte" in name or name.endswith((".idx", ".idx.gz")):
        return "idx", {"labels_path" if "label" in name or "idx1" in name else "images_path": str(path)}
    if name.endswith((".txt", ".text", ".md", ".rst", ".dat", ".data")):
        return ("csv" if _is_table(path) else "text-file"), {"path": str(path)}
    return None


def _folder(folder: Path) -> str:
    """Sounds or pictures, whichever the sub-folders hold first."""
    try:
        for inner in sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith(".")):
            for each in inner.iterdir():
                if each.suffix.lower() in SOUNDS:
                    return "sound-folder"
                if each.suffix.lower() in PICTURES:
                    return "image-folder"
    except OSError:
        # What is wrong with the folder is told when it is read.
        return "image-folder"
    return "image-folder"


def _is_table(path: Path) -> bool:
    """Whether nearly every line has as many tabs, semicolons, bars or commas as the first one, and cells are short."""
    try:
        with path.open("rb") as stream:
            lines = stream.read(HEAD).decode("utf-8", "replace").splitlines()[:200]
    except OSError:
        return False
    lines = [line for line in lines if line.strip()]
    for separator in "\t;|,":
        wanted = lines[0].count(separator) if lines else 0
        if wanted and len(lines) > 1:
            alike = [line for line in lines if line.count(separator) == wanted]
            cells = [cell.strip() for line in alike for cell in line.split(separator)]
            numbers = sum(cell.replace(".", "", 1).lstrip("+-").isdigit() or cell.lower() in MISSING for cell in cells)
            if len(alike) >= LIKE_A_TABLE * len(lines) and numbers >= len(cells) / 4:
                return True
    return False


def understood(data: Data) -> str:
    """What was made of the user's own files, in a sentence or two; raises ProjectError."""
    source = sources[data.source]
    fields = source_fields(data)
    name = next((Path(str(data.params[each])).name for each in source.files if data.params.get(each)), source.title)
    if data.source in TABLES:
        delimiter, header = (str(data.params.get(each, "detect")) for each in ("delimiter", "header"))
        seen = preview(str(data.params["path"]), delimiter, header)
        size = f"{counted(seen.count, 'row')}, {counted(len(seen.columns), 'column')}"
        wanted = str(data.params.get("target") or seen.columns[-1].name)
        guessed = "" if data.params.get("target") else ", the last column"
        return f"{name}: {size}. To predict: “{wanted}”{guessed}, {_kind(fields['y'])}."
    samples = open_dataset(data).samples
    kinds = [f"{each} is {_kind(field)}" for each, field in fields.items()]
    return f"{name}: {counted(samples, 'sample')}; {', '.join(kinds)}."


def _kind(field: Field) -> str:
    shape = "×".join(f"{size:,}" for size in field.shape)
    if field.meaning == "class":
        return f"{field.classes:,} classes"
    if field.meaning == "token":
        return f"{shape} tokens out of {field.classes:,}"
    if field.shape in ((), (1,)):
        return "a number"
    return f"{'an' if field.meaning[0] in 'aeiou' else 'a'} {field.meaning} {shape}"


def is_incomplete(error: ProjectError) -> bool:
    """Whether nothing is wrong but that a second file is still to be chosen."""
    return error.place.startswith("data.params.") and error.message.startswith("No ")
