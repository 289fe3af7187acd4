"""Real text that every Python brings along: its documentation, and the source of its standard library."""

from __future__ import annotations

import re
import sysconfig
from functools import lru_cache
from pathlib import Path

from core.model.fault import ProjectError

DOCUMENTATION, CODE = "documentation", "program code"
MODULES = (
    "argparse", "ast", "bdb", "calendar", "cmd", "codecs", "configparser", "contextlib", "copy", "csv", "difflib",
    "doctest", "enum", "fileinput", "fractions", "ftplib", "functools", "getopt", "gettext", "glob", "gzip", "heapq",
    "inspect", "ipaddress", "locale", "mailbox", "mimetypes", "optparse", "pdb", "pickle", "plistlib", "queue",
    "random", "sched", "shelve", "shlex", "shutil", "smtplib", "socket", "statistics", "string", "subprocess",
    "tarfile", "tempfile", "textwrap", "threading", "timeit", "tokenize", "trace", "traceback", "typing", "uuid",
    "warnings", "wave", "weakref", "webbrowser",
)  # fmt: skip
"""The modules whose source is the text of program code; those that a Python lacks are left out."""


@lru_cache(maxsize=4)
def corpus(text: str, characters: int, lower: bool) -> str:
    """The first `characters` of the documentation or of program code; raises ProjectError where Python lacks it."""
    whole = _documentation() if text == DOCUMENTATION else _code()
    whole = re.sub(r"\n{3,}", "\n\n", whole)[:characters]
    return whole.lower() if lower else whole


def _documentation() -> str:
    """All topics, without the rows that only underline headings."""
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise _lacking("documentation (pydoc_data)") from error
    whole = "\n\n".join(topics[name].strip("\n") for name in sorted(topics))
    return re.sub(r"^[*=~^\-]{3,}\n", "", whole, flags=re.MULTILINE)


def _code() -> str:
    folder = Path(sysconfig.get_path("stdlib"))
    files = [folder / f"{module}.py" for module in MODULES]
    try:
        sources = [file.read_text(encoding="utf-8").strip("\n") for file in files if file.is_file()]
    except OSError as error:
        raise _lacking("source") from error
    if not sources:
        raise _lacking("source")
    return "\n\n".join(sources)


def _lacking(what: str) -> ProjectError:
    return ProjectError(
        f"This Python comes without its {what}, which is the text to learn from.",
        place="data.source",
        fix="Install the whole of Python's standard library, or choose the other text.",
    )
