"""The state of a run as one file, exactly: tensors as safetensors, all else as JSON in its header. No pickle."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from core.model.fault import ProjectError
from core.model.file import write_atomically

_TENSOR, _TUPLE, _KEYS, _FLOAT = "@tensor", "@tuple", "@keys", "@float"
"""What stands in the JSON for a tensor, a tuple, a mapping whose keys are numbers, and a float that is not finite."""


def pack(state: Mapping[str, Any]) -> bytes:
    """A tree of mappings, lists, tuples, texts, numbers, None, tensors and arrays as bytes.

    Raises TypeError for anything else in it.
    """
    tensors: dict[str, Tensor] = {}
    tree = json.dumps(_packed(dict(state), tensors), separators=(",", ":"))
    return safetensors.torch.save(tensors, metadata={"state": tree})


def unpack(content: bytes) -> dict[str, Any]:
    """The tree that `pack` made bytes of, with tensors on the CPU and arrays as tensors; raises ValueError."""
    try:
        tensors = safetensors.torch.load(content)
        length = int.from_bytes(content[:8], "little")
        tree = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["state"])
        found = _unpacked(tree, tensors)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, IndexError) as error:
        raise ValueError(f"it is not the state of a run ({error})") from error
    if not isinstance(found, dict):
        raise ValueError("it is not the state of a run")
    return found


def write_state(file: Path, state: Mapping[str, Any]) -> None:
    """Writes a state atomically; raises OSError where the file cannot be written."""
    write_atomically(file, pack(state))


def read_state(file: Path) -> dict[str, Any]:
    """Reads what `write_state` wrote; raises ProjectError where it is missing or damaged."""
    try:
        return unpack(file.read_bytes())
    except FileNotFoundError as error:
        message = "No state was kept: the run was broken off before the first one, or there was no room for it."
        raise ProjectError(message, place=str(file.parent), fix="Start a new run.") from error
    except OSError as error:
        raise ProjectError(
            f"The run's state cannot be read: {error.strerror}.", place=str(file), fix="Start a new run."
        ) from error
    except ValueError as error:
        raise ProjectError("The run's state is damaged.", place=str(file), fix="Start a new run.") from error


def _packed(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(np.ascontiguousarray(value))
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().cpu().contiguous().clone()
        return {_TENSOR: name}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("@") for key in value):
            return {key: _packed(each, tensors) for key, each in value.items()}
        return {_KEYS: [[key, _packed(each, tensors)] for key, each in value.items()]}
    if isinstance(value, tuple):
        return {_TUPLE: [_packed(each, tensors) for each in value]}
    if isinstance(value, list):
        return [_packed(each, tensors) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {_FLOAT: repr(value)}
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"a state cannot hold {type(value).__name__}")


def _unpacked(tree: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(tree, list):
        return [_unpacked(each, tensors) for each in tree]
    if not isinstance(tree, dict):
        return tree
    if _TENSOR in tree:
        return tensors[tree[_TENSOR]]
    if _TUPLE in tree:
        return tuple(_unpacked(each, tensors) for each in tree[_TUPLE])
    if _KEYS in tree:
        return {key: _unpacked(each, tensors) for key, each in tree[_KEYS]}
    if _FLOAT in tree:
        return float(tree[_FLOAT])
    return {key: _unpacked(each, tensors) for key, each in tree.items()}
