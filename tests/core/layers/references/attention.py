"""Attention by its formulas: softmax(Q Kᵀ/√d) V written out head by head, with masks that leave keys out of the sum."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn import functional

from tests.core.layers.references.table import Given, Table, bits, on, ref

Pair = tuple[torch.Tensor, torch.Tensor]


def _weigh(scores: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """Softmax over what is seen; who sees nothing weighs nothing."""
    powers = torch.exp(scores) * seen
    return powers / powers.sum(-1, keepdim=True).where(seen.any(-1, keepdim=True), 1.0)


def _seen(n: int, queries: int, keys: int, causal: bool, padding: torch.Tensor | None) -> torch.Tensor:
    """(N, T, S): true where a query may look at a key."""
    seen = torch.ones(n, queries, keys, dtype=torch.bool)
    for t in range(queries):
        for s in range(keys):
            seen[:, t, s] = s <= t or not causal
    return seen if padding is None else seen & (padding < 0.5)[:, None, :]


def _heads(g: Given, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, seen: torch.Tensor, heads: int) -> Pair:
    """The heads side by side (N, T, F), and their weights (N, heads, T, S)."""
    outputs, weights = [], []
    for query, key in zip(q.chunk(heads, -1), k.chunk(heads, -1), strict=True):
        weights.append(_weigh(torch.einsum("ntd,nsd->nts", query, key) / math.sqrt(query.shape[-1]), seen))
    stacked = torch.stack(weights, 1)
    kept = functional.dropout(stacked, g["dropout"], g.training)
    for head, value in enumerate(v.chunk(heads, -1)):
        outputs.append(torch.einsum("nts,nsd->ntd", kept[:, head], value))
    return torch.cat(outputs, -1), stacked


def _multi_head(
    g: Given, prefix: str, heads: int, bias: bool, seen: torch.Tensor, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor
) -> Pair:
    """With the parameters of torch's MultiheadAttention: one matrix for all three, or one each where widths differ."""
    width = q.shape[-1]
    matrices: tuple[torch.Tensor, ...]
    if k.shape[-1] == v.shape[-1] == width:
        matrices = g.weight(f"{prefix}in_proj_weight", 3 * width, width).chunk(3)
    else:
        parts = zip("qkv", (q, k, v), strict=True)
        matrices = tuple(g.weight(f"{prefix}{each}_proj_weight", width, x.shape[-1]) for each, x in parts)
    offset = g.optional(bias, f"{prefix}in_proj_bias", 3 * width)
    biases = (None,) * 3 if offset is None else offset.chunk(3)
    q, k, v = (functional.linear(x, w, b) for x, w, b in zip((q, k, v), matrices, biases, strict=True))
    output, weights = _heads(g, q, k, v, seen, heads)
    return g.linear(output, f"{prefix}out_proj", width, bias), weights


def _multi_head_attention(
    g: Given, q: torch.Tensor, k: torch.Tensor | None, v: torch.Tensor | None, padding: torch.Tensor | None
) -> tuple[torch.Tensor, ...]:
    k = q if k is None else k
    v = k if v is None else v
    seen = _seen(len(q), q.shape[1], k.shape[1], g["causal"], padding)
    output, weights = _multi_head(g, "attention.", g["num_heads"], g["bias"], seen, q, k, v)
    if not g["need_weights"]:
        return (output,)
    return output, weights.mean(1) if g["average_weights"] else weights


def _causal_self_attention(g: Given, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    q, k, v = g.linear(x, "c_attn", 3 * x.shape[-1], g["bias"]).chunk(3, -1)
    output, weights = _heads(g, q, k, v, _seen(len(x), x.shape[1], x.shape[1], True, None), g["num_heads"])
    output = g.linear(output, "c_proj", x.shape[-1], g["bias"])
    output = functional.dropout(output, g["dropout"], g.training)
    return (output, weights) if g["need_weights"] else (output,)


def _relative(g: Given, x: torch.Tensor) -> Pair:
    """Shaw et al. 2018, eq. 3–5: a^K and a^V of the distance, cut off at k, in each pair's score and value."""
    n, steps, farthest = len(x), x.shape[1], g["max_distance"]
    distances = (2 * farthest + 1, x.shape[2] // g["num_heads"])
    table_k, table_v = g.weight("relative_key", *distances), g.weight("relative_value", *distances)
    q, k, v = g.linear(x, "in_proj", 3 * x.shape[2], g["bias"]).chunk(3, -1)
    row = [[max(-farthest, min(farthest, j - i)) + farthest for j in range(steps)] for i in range(steps)]
    seen = _seen(n, steps, steps, g["causal"], None)
    weights = []
    for query, key in zip(q.chunk(g["num_heads"], -1), k.chunk(g["num_heads"], -1), strict=True):
        scores = torch.stack(
            [
                torch.stack([(query[:, i] * (key[:, j] + table_k[row[i][j]])).sum(-1) for j in range(steps)], -1)
                for i in range(steps)
            ],
            1,
        )
        weights.append(_weigh(scores / math.sqrt(key.shape[-1]), seen))
    stacked = torch.stack(weights, 1)
    kept = functional.dropout(stacked, g["dropout"], g.training)
    values = torch.stack([table_v[each] for each in row])  # (T, T, d)
    outputs = [
        torch.einsum("nij,nijd->nid", kept[:, head], value[:, None] + values)
        for head, value in enumerate(v.chunk(g["num_heads"], -1))
    ]
    return g.linear(torch.cat(outputs, -1), "out_proj", x.shape[2], g["bias"]), stacked


def _scaled(
    g: Given, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None
) -> tuple[torch.Tensor, ...]:
    scale = 1 / math.sqrt(q.shape[-1]) if g["scale"] is None else g["scale"]
    scores = torch.einsum("n...td,n...sd->n...ts", q, k) * scale
    seen = _seen(len(q), q.shape[-2], k.shape[-2], g["is_causal"], None)
    seen = seen if mask is None else seen & (mask > 0.5)
    seen = seen.reshape(len(q), *[1] * (q.dim() - 3), *seen.shape[1:])
    weights = _weigh(scores, seen)
    output = torch.einsum("n...ts,n...sd->n...td", weights, v)
    return (output, weights) if g["need_weights"] else (output,)


def _additive(g: Given, q: torch.Tensor, k: torch.Tensor, padding: torch.Tensor | None) -> Pair:
    """vᵀ tanh(W q + U k + b) (Bahdanau et al. 2015, appendix A.1.2)."""
    size, asked = g["hidden_size"], q if q.dim() == 3 else q[:, None]
    queries, keys = g.linear(asked, "query", size, bias=False), g.linear(k, "key", size)
    fits = [g.linear(torch.tanh(queries + key[:, None]), "score", 1, bias=False)[..., 0] for key in keys.unbind(1)]
    scores = torch.stack(fits, -1)
    weights = _weigh(scores, _seen(len(q), asked.shape[1], k.shape[1], False, padding))
    context = torch.einsum("nts,nsd->ntd", weights, k)
    return (context, weights) if q.dim() == 3 else (context[:, 0], weights[:, 0])


def _pool(g: Given, x: torch.Tensor, padding: torch.Tensor | None) -> Pair:
    """u = tanh(W h + b), α = softmax(uᵀu_w), s = Σ α h (Yang et al. 2016, eq. 5–7)."""
    scores = g.linear(torch.tanh(g.linear(x, "hidden", g["hidden_size"])), "query", 1, bias=False)[..., 0]
    weights = _weigh(scores, torch.ones_like(scores, dtype=torch.bool) if padding is None else padding < 0.5)
    return (weights[..., None] * x).sum(1), weights


def _norm(g: Given, name: str, x: torch.Tensor) -> torch.Tensor:
    weight, bias = (g.weight(f"{name}.{each}", x.shape[-1]) for each in ("weight", "bias"))
    return functional.layer_norm(x, x.shape[-1:], weight, bias, g["layer_norm_eps"])


def _drop(g: Given, x: torch.Tensor) -> torch.Tensor:
    return functional.dropout(x, g["dropout"], g.training)


def _feed_forward(g: Given, x: torch.Tensor) -> torch.Tensor:
    hidden = g.linear(x, "linear1", g["dim_feedforward"])
    hidden = functional.gelu(hidden) if g["activation"] == "gelu" else functional.relu(hidden)
    return _drop(g, g.linear(_drop(g, hidden), "linear2", x.shape[-1]))


def _residual(g: Given, x: torch.Tensor, parts: list[Callable[[torch.Tensor], torch.Tensor]]) -> torch.Tensor:
    """x + f(norm x), or norm(x + f x), for each part in turn (Vaswani et al. 2017, §3.1)."""
    for number, part in enumerate(parts, 1):
        name = f"norm{number}"
        x = x + part(_norm(g, name, x)) if g["norm_first"] else _norm(g, name, x + part(x))
    return x


def _encoder(g: Given, x: torch.Tensor, padding: torch.Tensor | None) -> torch.Tensor:
    seen = _seen(len(x), x.shape[1], x.shape[1], g["causal"], padding)
    parts = [
        lambda y: _drop(g, _multi_head(g, "self_attn.", g["nhead"], True, seen, y, y, y)[0]),
        lambda y: _feed_forward(g, y),
    ]
    return _residual(g, x, parts)


def _decoder(
    g: Given, x: torch.Tensor, memory: torch.Tensor, padding: torch.Tensor | None, hidden: torch.Tensor | None
) -> torch.Tensor:
    own = _seen(len(x), x.shape[1], x.shape[1], g["causal"], padding)
    other = _seen(len(x), x.shape[1], memory.shape[1], False, hidden)
    parts = [
        lambda y: _drop(g, _multi_head(g, "self_attn.", g["nhead"], True, own, y, y, y)[0]),
        lambda y: _drop(g, _multi_head(g, "multihead_attn.", g["nhead"], True, other, y, memory, memory)[0]),
        lambda y: _feed_forward(g, y),
    ]
    return _residual(g, x, parts)


MASK = bits
DROPPED = {"dropout": 0.5}
SELF = on({"num_heads": 4, "causal": True}, query=(3, 8))
WIDE_KEYS = on({"num_heads": 2, "average_weights": False}, query=(3, 4), key=(5, 6), value=(5, 3))
LAYER = {"nhead": 4, "dim_feedforward": 12, "norm_first": True, "activation": "gelu", "layer_norm_eps": 0.1}

REFERENCES: Table = {
    "multi_head_attention": ref(_multi_head_attention, DROPPED, SELF, WIDE_KEYS, padding_mask=MASK),
    "causal_self_attention": ref(_causal_self_attention, {**DROPPED, "num_heads": 4}),
    "relative_self_attention": ref(_relative, DROPPED, {"num_heads": 4, "max_distance": 2, "causal": True}),
    "scaled_dot_product_attention": ref(
        _scaled,
        on({"is_causal": True, "scale": 0.7}, query=(2, 4, 3), key=(2, 4, 3), value=(2, 4, 5)),
        on({"need_weights": False, "scale": 2.0}, query=(2, 4, 3), key=(2, 5, 3), value=(2, 5, 5)),
        mask=MASK,
    ),
    "additive_attention": ref(_additive, on({"hidden_size": 3}, query=(4,), key=(5, 6)), padding_mask=MASK),
    "attention_pool": ref(_pool, {"hidden_size": 3}, padding_mask=MASK),
    "transformer_encoder_layer": ref(_encoder, LAYER, DROPPED, {**LAYER, "causal": True}, padding_mask=MASK),
    "transformer_decoder_layer": ref(_decoder, LAYER, DROPPED, padding_mask=MASK, memory_padding_mask=MASK),
}
