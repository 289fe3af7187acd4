"""What does not fit into a project file, in plain words: which entry, what stands there, and what may."""

from __future__ import annotations

import re

import msgspec
from msgspec import inspect

NAMES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object { … }",
}
LONGEST = 60
"""Letters of a value that are repeated."""
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<found>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_NO_CHOICE = re.compile(r"Invalid enum value (?P<value>.*)", re.DOTALL)


def misfit(error: msgspec.ValidationError, root: type) -> tuple[str, str, str]:
    """Message, fix and place (`training.epochs`; empty for the whole) of a file that should hold a `root`."""
    text, _, at = str(error).rpartition(" - at `$")
    place = at.strip("`.") if text else ""
    return *_said(text or at or str(error), place, root), place


def _said(text: str, place: str, root: type) -> tuple[str, str]:
    if found := _EXPECTED.search(text):
        wanted = " or ".join(NAMES.get(each, each) for each in found["wanted"].split(" | "))
        return f"There must be {wanted} here, not {NAMES.get(found['found'], found['found'])}.", "Mend that entry."
    if found := _UNKNOWN.search(text):
        return f"There is no entry “{_short(found['name'])}” here.", "Correct its name, or take it out."
    if found := _MISSING.search(text):
        return f"The entry “{found['name']}” is missing.", "Add it, or open a copy of the file."
    if found := _NO_CHOICE.search(text):
        choices = ", ".join(_choices(place, root))
        return f"“{_short(found['value'].strip(chr(39)))}” is not known here.", f"Write one of: {choices}."
    return f"{text}.", "Mend that entry."


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _choices(place: str, root: type) -> list[str]:
    """The words that may stand at a place."""
    kind: object = inspect.type_info(root)
    for step in re.findall(r"\w+|\[[^\]]*\]", place):
        if isinstance(kind, inspect.StructType):
            kind = next(field.type for field in kind.fields if field.encode_name == step)
        elif isinstance(kind, inspect.ListType | inspect.VarTupleType):
            kind = kind.item_type
        elif isinstance(kind, inspect.DictType):
            kind = kind.value_type
    return [str(value) for value in kind.values] if isinstance(kind, inspect.LiteralType) else []
