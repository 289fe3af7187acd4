"""Dense layers, tables and neurons with rules of their own, from their formulas."""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from torch.nn import functional

from tests.core.layers.references.table import UNIT, Given, Table, on, ref, whole


def _linear(g: Given, x: torch.Tensor) -> torch.Tensor:
    weight, bias = g.weight("weight", g["out_features"], x.shape[-1]), g.optional(g["bias"], "bias", g["out_features"])
    return functional.linear(x, weight, bias)


def _embedding(g: Given, x: torch.Tensor) -> torch.Tensor:
    """Rows of the table; the padding token's row has no gradient."""
    rows = g.weight("weight", g["num_embeddings"], g["embedding_dim"])[x]
    return rows if g["padding_idx"] is None else torch.where((x == g["padding_idx"])[..., None], rows.detach(), rows)


def _one_hot(g: Given, x: torch.Tensor) -> torch.Tensor:
    return (x[..., None] == torch.arange(g["num_classes"])).float()


def _polynomial(g: Given, x: torch.Tensor) -> torch.Tensor:
    """All products whose factors stand in order."""
    products: list[tuple[int, ...]] = []
    for degree in range(1, g["degree"] + 1):
        every = itertools.product(range(x.shape[-1]), repeat=degree)
        products += [factors for factors in every if list(factors) == sorted(factors)]
    kept = [factors for factors in products if g["interactions"] or len(set(factors)) == 1]
    return torch.stack([math.prod(x[..., each] for each in factors) for factors in kept], -1)


def _bilinear(g: Given, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    weight = g.weight("weight", g["out_features"], one.shape[1], two.shape[1])
    bias = g.optional(g["bias"], "bias", g["out_features"])
    output = torch.einsum("ni,oij,nj->no", one, weight, two)
    return output if bias is None else output + bias


def _lora(g: Given, x: torch.Tensor) -> torch.Tensor:
    outputs, features, rank = g["out_features"], x.shape[-1], g["r"]
    base, bias = g.weight("base.weight", outputs, features), g.optional(g["bias"], "base.bias", outputs)
    down, up = g.weight("down.weight", rank, features), g.weight("up.weight", outputs, rank)
    if g["learns"] == "update":
        base, bias = base.detach(), None if bias is None else bias.detach()
    else:
        down, up = down.detach(), up.detach()
    output = x @ (base + g["lora_alpha"] / g["r"] * up @ down).T
    return output if bias is None else output + bias


def _threshold_neuron(g: Given, x: torch.Tensor) -> torch.Tensor:
    weights = torch.tensor(g["weights"], dtype=x.dtype)
    fires = (x.detach() * weights).sum(-1, keepdim=True) >= -g["bias"]
    return fires.to(x.dtype) + 0 * x.sum(-1, keepdim=True)


def _hopfield(g: Given, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Unit by unit, sample by sample; E = −Σ_{i<j} ½ (w_ij + w_ji) s_i s_j."""
    weight = g.weight("weight", x.shape[1], x.shape[1])
    units, states, energies, first = range(weight.shape[0]), [], [], []

    def energy(state: list[float], table: torch.Tensor) -> torch.Tensor:
        pairs = itertools.combinations(units, 2)
        return torch.stack([-(table[i, j] + table[j, i]) / 2 * state[i] * state[j] for i, j in pairs]).sum()

    fixed = weight.detach()
    for sample in x.detach():
        state = [1.0 if number >= g["threshold"] else -1.0 for number in sample.tolist()]
        first.append(energy(state, weight))
        passed = [energy(state, fixed)]
        for _ in range(g["steps"]):
            seen = list(state)
            for i in units:
                others = seen if g["update"] == "synchronous" else state
                total = sum(float(fixed[i, j] + fixed[j, i]) / 2 * others[j] for j in units if j != i)
                state[i] = math.copysign(1.0, total) if total else state[i]
            passed.append(energy(state, fixed))
        states.append(torch.tensor(state))
        energies.append(torch.stack(passed))
    return torch.stack(states), torch.stack(first), torch.stack(energies)


def _som(g: Given, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    rows, columns = g["grid"]
    prototypes, batches = g.weight("prototypes", rows * columns, x.shape[1]), g.weight("batches")
    places = [(row, column) for row in range(rows) for column in range(columns)]
    distances = torch.stack([((x - prototype) ** 2).sum(1) for prototype in prototypes], 1)  # (N, U)
    winners = distances.argmin(1)
    done = min(1.0, float(batches) / g["shrink_steps"])
    radius = g["radius"] ** (1 - done) * g["final_radius"] ** done
    near = torch.tensor(
        [[math.exp(-(math.dist(place, places[int(w)]) ** 2) / (2 * radius**2)) for place in places] for w in winners],
        dtype=x.dtype,
    )
    if g.training:
        batches += 1
    energy = (near * distances).sum(1) / 2
    return distances, winners, near, energy, prototypes.T.reshape(x.shape[1], rows, columns)


def _rbm(g: Given, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """F(v) = −a·v − Σ_j ln(1 + exp(b_j + W_j·v)), and Gibbs sampling between the layers."""
    weight = g.weight("weight", g["hidden"], x.shape[1])
    a, b = g.weight("visible_bias", x.shape[1]), g.weight("hidden_bias", g["hidden"])

    def free_energy(v: torch.Tensor) -> torch.Tensor:
        return -(v * a).sum(1) - torch.log(1 + torch.exp(functional.linear(v, weight, b))).sum(1)

    def drawn(p: torch.Tensor) -> torch.Tensor:
        return torch.bernoulli(p) if g.training or g["always"] else p

    hidden = 1 / (1 + torch.exp(-functional.linear(x, weight, b)))
    sample = x.detach()
    with torch.no_grad():
        for _ in range(g["k"]):
            on_units = drawn(torch.sigmoid(functional.linear(sample, weight, b)))
            sample = drawn(torch.sigmoid(functional.linear(on_units, weight.T, a)))
    return hidden, free_energy(x), sample, free_energy(sample), torch.sigmoid(functional.linear(hidden, weight.T, a))


def _squash(s: torch.Tensor) -> torch.Tensor:
    """‖s‖²/(1 + ‖s‖²) · s/‖s‖ (Sabour et al. 2017, eq. 1)."""
    square = (s * s).sum(-1, keepdim=True)
    return square / (1 + square) * s / square.sqrt()


def _capsule(g: Given, x: torch.Tensor) -> torch.Tensor:
    kernel = g["kernel_size"] if isinstance(g["kernel_size"], tuple) else (g["kernel_size"],) * 2
    channels = g["capsules"] * g["dim"]
    weight, bias = g.weight("conv.weight", channels, x.shape[1], *kernel), g.weight("conv.bias", channels)
    maps = functional.conv2d(x, weight, bias, g["stride"])
    capsules = maps.split(g["dim"], 1)  # each (N, dim, H', W'), and within it a vector at every place
    return torch.cat([_squash(each.flatten(2).transpose(1, 2)) for each in capsules], 1)


def _routing(g: Given, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Procedure 1 of Sabour et al. 2017: b ← b + û·v between the rounds."""
    weight = g.weight("weight", x.shape[1], g["out_capsules"], g["dim"], x.shape[2])  # (I, O, D, E)
    votes = (weight @ x[:, :, None, :, None]).squeeze(-1)  # (N, I, O, D)
    b = torch.zeros(votes.shape[:-1], dtype=x.dtype)
    for _ in range(g["iterations"]):
        c = torch.exp(b) / torch.exp(b).sum(2, keepdim=True)
        v = _squash(torch.einsum("nio,niod->nod", c, votes))
        b = b + torch.einsum("niod,nod->nio", votes, v)
    return v, (v**2).sum(-1).sqrt()


REFERENCES: Table = {
    "linear": ref(_linear, on({}, input=(3, 6))),
    "embedding": ref(_embedding, {"padding_idx": 2, "num_embeddings": 7, "embedding_dim": 3}),
    "one_hot": ref(_one_hot, {"num_classes": 9}),
    "polynomial_features": ref(_polynomial, on({"degree": 4}, input=(3,)), on({"degree": 2}, input=(2, 3))),
    "parameter": ref(lambda g: g.weight("value", *np.atleast_1d(g["shape"])), {"shape": 4, "scale": 2.0}),
    "bilinear": ref(_bilinear, {"out_features": 2}),
    "lora_linear": ref(_lora, on({"out_features": 3, "r": 4, "lora_alpha": 2.0}, input=(2, 5))),
    "threshold_neuron": ref(
        _threshold_neuron, on({"weights": (1.0, 1.0), "bias": -1.0}, input=(6, 2)), input=whole(-2, 3)
    ),
    "hopfield": ref(_hopfield, {"steps": 4, "threshold": -0.5}),
    "self_organising_map": ref(_som, {"grid": (3, 2), "radius": 1.5, "final_radius": 0.25, "shrink_steps": 2}),
    "rbm": ref(_rbm, {"k": 3, "hidden": 5}, input=UNIT),
    "capsule": ref(_capsule, {"capsules": 3, "dim": 2, "kernel_size": (2, 3), "stride": (1, 2)}),
    "capsule_routing": ref(_routing, {"iterations": 1}, {"iterations": 5, "dim": 2, "out_capsules": 2}),
}
