"""Losses of images, masks, boxes, agents and sequences, each pixel, box, step or label by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from tests.core.layers.references.table import UNIT, Given, Table, bits, on, ref, whole

Numbers = Sequence[torch.Tensor]


def _collected(losses: Numbers, g: Given) -> torch.Tensor:
    total = torch.stack(list(losses)).sum()
    return total if g["reduction"] == "sum" else total / len(losses)


def _plus(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x > 0, x, 0.0)


def _masks(x: torch.Tensor, y: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Each mask by itself: a sample, or each channel of one that has channels and places."""
    if x.dim() > 3:
        x, y = x.flatten(0, 1), y.flatten(0, 1)
    return list(zip(x, y, strict=True))


def _dice(g: Given, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    s = g["smooth"]
    losses = [1 - (2 * (p * m).sum() + s) / ((p * p).sum() + (m * m).sum() + s) for p, m in _masks(x, y)]
    return _collected(losses, g)


def _iou(g: Given, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    s = g["smooth"]
    return _collected([1 - ((p * m).sum() + s) / ((p + m - p * m).sum() + s) for p, m in _masks(x, y)], g)


def _corners(g: Given, box: torch.Tensor) -> Numbers:
    a, b, c, d = box.unbind()
    return (a, b, c, d) if g["form"] == "corners" else (a - c / 2, b - d / 2, a + c / 2, b + d / 2)


def _box(g: Given, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    losses = []
    for one, other in zip(x.reshape(-1, 4), y.reshape(-1, 4), strict=True):
        a, b, c, d = _corners(g, one)
        e, f, k, m = _corners(g, other)
        meet = _plus(torch.minimum(c, k) - torch.maximum(a, e)) * _plus(torch.minimum(d, m) - torch.maximum(b, f))
        union = (c - a) * (d - b) + (k - e) * (m - f) - meet
        wide, tall = torch.maximum(c, k) - torch.minimum(a, e), torch.maximum(d, m) - torch.minimum(b, f)
        more = 0.0
        if g["mode"] == "giou":
            more = (wide * tall - union) / (wide * tall)
        elif g["mode"] == "diou":
            centres = ((a + c - e - k) / 2) ** 2 + ((b + d - f - m) / 2) ** 2
            more = centres / (wide**2 + tall**2)
        losses.append(1 - meet / union + more)
    return _collected(losses, g)


def boxes(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Boxes as corners, all meeting and not; read as centre and size, they are boxes too."""
    corner = random.uniform(0, 1, (*shape[:-1], 2))
    return np.concatenate((corner, corner + random.uniform(0.2, 1.0, corner.shape)), -1)


def _variation(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Every number and the next one of each axis."""
    total = torch.zeros((), dtype=x.dtype)
    for axis in range(2, x.dim()):
        for place in range(x.shape[axis] - 1):
            step = x.select(axis, place + 1) - x.select(axis, place)
            total = total + (torch.where(step < 0, -step, step) if g["of"] == "absolute" else step * step).sum()
    return total if g["reduction"] == "sum" else total / len(x)


def _gram(g: Given, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    channels, losses = x.shape[1], []
    for own, other in zip(x, style, strict=True):
        places, theirs = own[0].numel(), other[0].numel()
        apart = [
            (own[i] * own[j]).sum() / places - (other[i] * other[j]).sum() / theirs
            for i in range(channels)
            for j in range(channels)
        ]
        losses.append(torch.stack(apart).square().sum() / (4 * channels**2))
    return _collected(losses, g)


def _td(
    g: Given,
    values: torch.Tensor,
    reward: torch.Tensor,
    later: torch.Tensor,
    action: torch.Tensor | None,
    done: torch.Tensor | None,
    chooser: torch.Tensor | None,
) -> torch.Tensor:
    reward, later = reward.detach(), later.detach()
    losses = []
    for n in range(len(values)):
        best = max(range(later.shape[1]), key=(later if chooser is None else chooser)[n].tolist().__getitem__)
        goes_on = 1.0 if done is None else 1.0 - float(done[n].detach())
        target = float(reward[n]) + g["gamma"] * goes_on * float(later[n, best])
        error = values[n, 0 if action is None else int(action[n])] - target
        square = error**2
        huber = torch.where(error.abs() < 1, square / 2, error.abs() - 0.5)
        losses.append(square if g["error"] == "squared" else huber)
    return _collected(losses, g)


def _policy(g: Given, policy: torch.Tensor, action: torch.Tensor, returns: torch.Tensor) -> torch.Tensor:
    losses = []
    for scores, a, gain in zip(policy, action.tolist(), returns.flatten().tolist(), strict=True):
        p = scores.exp() / scores.exp().sum()
        losses.append(-p[a].log() * gain + g["entropy"] * (p * p.log()).sum())
    return _collected(losses, g)


def _ctc(
    g: Given, x: torch.Tensor, target: torch.Tensor, steps: torch.Tensor | None, labels: torch.Tensor | None
) -> torch.Tensor:
    """Graves et al. 2006, eq. 5–8: forward variables over the labels with blanks between; what cannot be said is 0."""
    losses = []
    for n, scores in enumerate(x):
        p = scores.exp() / scores.exp().sum(-1, keepdim=True)
        said = (
            [t for t in target[n].tolist() if t != g["blank"]]
            if labels is None
            else target[n, : int(labels[n])].tolist()
        )
        end = len(scores) if steps is None else int(steps[n])
        line = [g["blank"]]
        for label in said:
            line += [label, g["blank"]]
        nothing = torch.zeros((), dtype=x.dtype)
        alpha = [torch.ones_like(nothing), *[nothing] * (len(line) - 1)]  # before the first step
        for t in range(end):
            new = []
            for s, label in enumerate(line):
                ways = alpha[s] + (alpha[s - 1] if s else 0)
                if t == 0:
                    ways = torch.ones_like(nothing) if s < 2 else nothing
                elif s > 1 and label not in (g["blank"], line[s - 2]):
                    ways = ways + alpha[s - 2]
                new.append(ways * p[t, label])
            alpha = new
        total = alpha[-1] + (alpha[-2] if len(line) > 1 else 0)
        loss = -torch.log(total) if total > 0 else nothing
        losses.append(loss if g["reduction"] == "sum" else loss / max(len(said), 1))
    return _collected(losses, g)


def spoken(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Labels from 1 to 4, two to four a sample, filled up with 0."""
    labels = random.integers(1, 5, shape)
    for n in range(len(labels)):
        labels[n, 2 + n % 3 :] = 0
    return labels


IMAGES = on({"smooth": 0.3}, input=(2, 3, 3), target=(2, 3, 3))
FLAT = on({"smooth": 0.3}, input=(5,), target=(5,))

REFERENCES: Table = {
    "dice": ref(_dice, IMAGES, FLAT, input=UNIT, target=bits),
    "iou": ref(_iou, IMAGES, FLAT, input=UNIT, target=bits),
    "box_iou": ref(_box, {"mode": "diou", "form": "centre and size"}, input=boxes, target=boxes, rtol=1e-7),
    "total_variation": ref(_variation, on({"of": "squared"}, input=(2, 5))),
    "gram_style": ref(_gram, on({}, input=(3, 4, 2), style=(3, 2, 5))),
    "td_error": ref(_td, {"gamma": 0.5}, on({}, values=(1,), next_values=(1,), reward=(1,)), done=bits),
    "policy_gradient": ref(_policy, {"entropy": 0.3}),
    "ctc": ref(_ctc, {"blank": 5}, target=spoken, input_lengths=whole(5, 9), target_lengths=whole(1, 3)),
}
