"""What changes the shape of tensors or takes parts of them, place by place; flows and diffusion."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from core.model.spec import Example
from core.model.tensor import TensorType
from tests.core.layers.references.table import Given, Shape, Table, on, ref, whole


def _axes(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


def _picked(place: Callable[[Given, np.ndarray], np.ndarray]) -> Callable[..., torch.Tensor]:
    """An operation that only moves numbers: NumPy moves their places, and the numbers are taken from there."""

    def compute(g: Given, x: torch.Tensor) -> torch.Tensor:
        places = np.arange(x.numel()).reshape(tuple(x.shape))
        moved = np.ascontiguousarray(place(g, places))
        return x.flatten()[torch.from_numpy(moved).flatten()].reshape(moved.shape)

    return compute


def _flatten(g: Given, p: np.ndarray) -> np.ndarray:
    start, end = g["start_dim"] % p.ndim, g["end_dim"] % p.ndim
    return p.reshape(*p.shape[:start], -1, *p.shape[end + 1 :])


def _squeeze(g: Given, p: np.ndarray) -> np.ndarray:
    axes = range(1, p.ndim) if g["dim"] is None else _axes(g["dim"])
    return p.squeeze(tuple(axis for axis in axes if p.shape[axis] == 1))


def _expand(g: Given, p: np.ndarray) -> np.ndarray:
    size = _axes(g["size"])
    return np.broadcast_to(
        p, (len(p), *(old if new == -1 else new for new, old in zip(size, p.shape[1:], strict=True)))
    )


def _slice(g: Given, p: np.ndarray) -> np.ndarray:
    return np.moveaxis(np.moveaxis(p, g["dim"], 0)[g["start"] : g["stop"] : g["step"]], 0, g["dim"])


def _split(g: Given, x: torch.Tensor) -> Sequence[torch.Tensor]:
    length = x.shape[g["dim"]]
    sizes = g["sizes"] or (math.ceil(length / g["parts"]),) * g["parts"]
    ends = np.cumsum(sizes)
    places = [torch.arange(end - size, min(end, length)) for size, end in zip(sizes, ends, strict=True)]
    return [x.index_select(g["dim"], each) for each in places]


def _gather(g: Given, x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Numbers one by one: along an axis, the place comes from the index, which keeps the axis or lacks it."""
    dim, found = g["dim"] % x.dim(), []
    for place in np.ndindex(*index.shape):
        behind = place[dim + 1 :] if index.dim() == x.dim() else place[dim:]
        found.append(x[(*place[:dim], int(index[place]), *behind)])
    return torch.stack(found).reshape(index.shape)


def _take_steps(g: Given, x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    return torch.stack([sample[each] for sample, each in zip(x, index, strict=True)])


def _coupling(g: Given, x: torch.Tensor, s: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    log_det = s.flatten(1).sum(1)
    return ((x - t) / s.exp(), -log_det) if g["inverse"] else (x * s.exp() + t, log_det)


def _betas(g: Given) -> list[float]:
    """β_0 … β_{T−1}: a line (Ho et al. 2020), or from f(t) = cos²(((t/T + s)/(1 + s)) π/2) (Nichol & Dhariwal)."""
    steps = g["steps"]
    if g["schedule"] == "linear":
        return [g["beta_start"] + (g["beta_end"] - g["beta_start"]) * t / max(steps - 1, 1) for t in range(steps)]
    kept = [math.cos((t / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(steps + 1)]
    return [min(1 - kept[t + 1] / kept[t], 0.999) for t in range(steps)]


def _schedule(g: Given, x: torch.Tensor, step: torch.Tensor | None) -> tuple[torch.Tensor, ...]:
    step = torch.randint(0, g["steps"], (len(x),)) if step is None else step
    noise = torch.randn(x.shape, dtype=x.dtype)
    kept = np.cumprod([1 - beta for beta in _betas(g)])
    noisy = [math.sqrt(kept[t]) * a + math.sqrt(1 - kept[t]) * e for t, a, e in zip(step, x, noise, strict=True)]
    return torch.stack(noisy), step, noise


def _denoise(g: Given, x: torch.Tensor, guess: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    """Ho et al. 2020, algorithm 2, line 4, sample by sample."""
    betas = _betas(g)
    kept = np.cumprod([1 - beta for beta in betas])
    z = torch.randn(x.shape, dtype=x.dtype)
    found = []
    for n, t in enumerate(step.tolist()):
        mean = (x[n] - betas[t] / math.sqrt(1 - kept[t]) * guess[n]) / math.sqrt(1 - betas[t])
        variance = 0.0
        if t and g["variance"] != "none":
            variance = betas[t] * ((1 - kept[t - 1]) / (1 - kept[t]) if g["variance"] == "posterior" else 1)
        found.append(mean + math.sqrt(variance) * z[n])
    return torch.stack(found)


def _time(g: Given, step: torch.Tensor) -> torch.Tensor:
    half = g["embedding_dim"] // 2
    rates = [g["max_period"] ** (-i / half) for i in range(half)]
    waves = [
        torch.stack([wave(t * rate) for rate in rates])
        for t in step.flatten().double()
        for wave in (torch.sin, torch.cos)
    ]
    return torch.stack(waves).reshape(step.shape[0], -1)


def _steps(params: dict[str, Any], *shape: int) -> Example:
    """Samples with a step each."""
    return params, {"input": (TensorType(("N", *shape)),), "step": (TensorType(("N",), "int64"),)}


def _places(dim: int, *shape: int) -> Example:
    """Six places each way, and where to look along one of them."""
    return {"dim": dim}, {
        "input": (TensorType(("N", 3 if dim != 1 else 6, 6)),),
        "index": (TensorType(("N", *shape), "int64"),),
    }


def early(random: np.random.Generator, shape: Shape) -> np.ndarray:
    """Steps from the very first one on."""
    return np.arange(int(np.prod(shape))).reshape(shape) * 3 % 10


IMAGE = {"input": (3, 4, 5)}
SHORT = {"steps": 10, "beta_start": 0.01, "beta_end": 0.5}

REFERENCES: Table = {
    "flatten": ref(_picked(_flatten), on({"start_dim": 2}, **IMAGE), on({"end_dim": 2}, **IMAGE)),
    "reshape": ref(_picked(lambda g, p: p.reshape(len(p), *_axes(g["shape"]))), on({"shape": (2, -1, 5)}, **IMAGE)),
    "transpose": ref(_picked(lambda g, p: p.swapaxes(g["dim0"], g["dim1"])), on({"dim0": -1, "dim1": 1}, **IMAGE)),
    "permute": ref(
        _picked(lambda g, p: p.transpose(0, *(axis % p.ndim for axis in g["dims"]))), on({"dims": (-1, 1, 2)}, **IMAGE)
    ),
    "squeeze": ref(_picked(_squeeze), {"dim": 1}, {"dim": (1, -1)}),
    "unsqueeze": ref(
        _picked(lambda g, p: np.expand_dims(p, g["dim"])), on({"dim": -1}, **IMAGE), on({"dim": 2}, **IMAGE)
    ),
    "expand": ref(_picked(_expand), on({"size": (-1, 4, 5)}, input=(3, 1, 5))),
    "repeat": ref(_picked(lambda g, p: np.tile(p, (1, *_axes(g["dims"])))), on({"dims": (2, 1, 3)}, **IMAGE)),
    "flip": ref(_picked(lambda g, p: np.flip(p, _axes(g["dims"]))), on({"dims": (1, 3)}, **IMAGE)),
    "roll": ref(_picked(lambda g, p: np.roll(p, _axes(g["shifts"]), _axes(g["dims"]))), on({"shifts": 2}, **IMAGE)),
    "slice": ref(_picked(_slice), on({"dim": -1, "start": -3, "stop": None, "step": 1}, **IMAGE)),
    "select": ref(_picked(lambda g, p: p.take(g["index"], g["dim"])), on({"dim": -1, "index": 2}, **IMAGE)),
    "concat": ref(
        lambda g, inputs: torch.stack([part for each in inputs for part in each.unbind(g["dim"])], g["dim"]),
        ({"dim": -1}, {"inputs": on({}, a=(3, 4))[1]["a"] + on({}, a=(3, 2))[1]["a"]}),
    ),
    "stack": ref(lambda g, inputs: torch.cat([each.unsqueeze(g["dim"]) for each in inputs], g["dim"]), {"dim": -1}),
    "split": ref(
        _split, on({"dim": 3, "parts": 3, "sizes": None}, input=(3, 4, 6)), on({"dim": -2, "sizes": (1, 3)}, **IMAGE)
    ),
    "gather": ref(_gather, *(_places(dim, *shape) for dim, shape in ((2, (3,)), (-1, (3, 2)), (1, (2, 6))))),
    "take_steps": ref(_take_steps),
    "affine_coupling": ref(_coupling, on({}, input=(2, 3), scale=(2, 3), shift=(2, 3))),
    "noise_schedule": ref(_schedule, _steps({**SHORT, "schedule": "cosine"}, 4), {**SHORT}, step=early, rtol=1e-6),
    "denoise_step": ref(_denoise, SHORT, {**SHORT, "variance": "posterior"}, step=early, rtol=1e-6),
    "time_embedding": ref(
        _time, {"embedding_dim": 6, "max_period": 50.0}, on({}, step=(1,)), step=whole(0, 20), rtol=1e-5
    ),
}
