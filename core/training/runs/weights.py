"""Weights of a network as a safetensors file, by the names of its `state_dict`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor

from core.compiler.network import Network
from core.model.fault import ProjectError
from core.training.runs.folder import BROKEN


def weight_bytes(state: Mapping[str, Tensor]) -> bytes:
    """Weights as safetensors; what two nodes share is written for each."""
    return safetensors.torch.save({name: value.detach().cpu().contiguous().clone() for name, value in state.items()})


def load_weights(network: Network, file: Path) -> None:
    """Puts the weights of a safetensors file into a network; raises ProjectError when it is damaged or does not fit."""
    try:
        found = safetensors.torch.load_file(file)
    except FileNotFoundError as error:
        message = "No weights were kept: the run was broken off before it could, or there was no room for them."
        raise ProjectError(message, place=str(file.parent), fix="Train again, or choose another run.") from error
    except OSError as error:
        message = f"The weights cannot be read: {error.strerror or error}."
        raise ProjectError(message, place=str(file), fix="See whether you may read the file.") from error
    except safetensors.SafetensorError as error:
        raise ProjectError("The file of weights is damaged.", place=str(file), fix=BROKEN) from error
    expected = network.state_dict()
    if wrong := sorted(found.keys() ^ expected.keys()):
        verb = "missing in the file" if wrong[0] in expected else "not in the network"
        raise ProjectError(
            f"The weights are those of another network: {wrong[0]} is {verb}.", place=str(file), fix="Open its project."
        )
    for name, value in expected.items():
        if found[name].shape != value.shape:
            here, there = (" × ".join(map(str, each.shape)) for each in (value, found[name]))
            raise ProjectError(f"{name} is {there} in the file and {here} in the network.", place=str(file))
    network.load_state_dict(found)
