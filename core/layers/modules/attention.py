"""Attention as in torch, with what torch's own layers leave out: weights at will, causal masks, padding, a cache.

Masks of padding are (N, S), more than 0.5 (or true) where a step is padding. Who sees nothing at all gathers 0.

`cache` is None while a network trains or sees whole sequences. With a dictionary there, a causal layer takes the steps
that come after those it has seen: their keys and values are kept in it, so that a text can be continued step by step.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def _remember(cache: dict[str, torch.Tensor] | None, name: str, new: torch.Tensor, dim: int) -> torch.Tensor:
    """What a cache holds under a name with the new steps behind it; without a cache, the new steps."""
    if cache is None:
        return new
    cache[name] = torch.cat((cache[name], new), dim) if name in cache else new
    return cache[name]


def _split(x: torch.Tensor, heads: int) -> torch.Tensor:
    """(N, T, F) → (N, heads, T, F / heads)."""
    return torch.unflatten(x, -1, (heads, -1)).transpose(1, 2)


def _project(
    attention: nn.MultiheadAttention, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """Query, key and value behind their matrices, each (N, T or S, embed_dim)."""
    bias = attention.in_proj_bias
    if not attention._qkv_same_embed_dim:
        weights: tuple[torch.Tensor, ...] = (
            attention.q_proj_weight, attention.k_proj_weight, attention.v_proj_weight,
        )  # fmt: skip
    elif query is key and key is value:
        return functional.linear(query, attention.in_proj_weight, bias).chunk(3, -1)
    else:
        weights = attention.in_proj_weight.chunk(3)
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(functional.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))


def _attend(
    attention: nn.MultiheadAttention,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    causal: bool = False,
    padding_mask: torch.Tensor | None = None,
    cache: dict[str, torch.Tensor] | None = None,
    need_weights: bool = False,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Output (N, T, embed_dim), and the weights (N, heads, T, S) where they are needed."""
    heads = attention.num_heads
    q, k, v = (_split(x, heads) for x in _project(attention, query, key, value))
    k, v = _remember(cache, "key", k, 2), _remember(cache, "value", v, 2)  # (N, heads, S, d)
    steps, keys = q.shape[2], k.shape[2]
    seen = None
    if padding_mask is not None:
        seen = ~_remember(cache, "padding", padding_mask > 0.5, 1)[:, None, None]  # (N, 1, 1, S)
    # The queries are the last of the keys. One alone sees them all; whole sequences need no mask of their own.
    whole = causal and seen is None and steps == keys and not need_weights
    if causal and steps > 1 and not whole:
        past = torch.ones(steps, keys, dtype=torch.bool, device=q.device).tril(keys - steps)  # (T, S)
        seen = past if seen is None else seen & past
    dropout = attention.dropout if attention.training else 0.0
    if need_weights:
        scores = q @ k.transpose(2, 3) / q.shape[-1] ** 0.5  # (N, heads, T, S)
        if seen is not None:
            scores = scores.masked_fill(~seen, torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1)
        if seen is not None:
            weights = weights.masked_fill(~seen, 0.0)
        output = functional.dropout(weights, dropout) @ v
    else:
        weights = None
        output = functional.scaled_dot_product_attention(q, k, v, seen, dropout, is_causal=whole)
    return attention.out_proj(output.transpose(1, 2).flatten(2)), weights


class MultiHeadAttention(nn.Module):
    """Attention in several heads, with torch's parameters (Vaswani et al. 2017, §3.2.2).

    Query (N, T, F), key (N, S, kdim), value (N, S, vdim) → output (N, T, F) and weights (N, T, S), or
    (N, heads, T, S) when they are not averaged; the output alone when they are not needed. Without a key, the query is
    its own; without values, the keys are. `padding_mask` (N, S) is 1 where a key is padding.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        kdim: int | None = None,
        vdim: int | None = None,
        causal: bool = False,
        need_weights: bool = True,
        average_weights: bool = True,
    ) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(
            embed_dim, num_heads, dropout=dropout, bias=bias, kdim=kdim, vdim=vdim, batch_first=True
        )
        self.causal, self.need_weights, self.average_weights = causal, need_weights, average_weights
        self.cache: dict[str, torch.Tensor] | None = None

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor | None = None,
        value: torch.Tensor | None = None,
        padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        key = query if key is None else key
        value = key if value is None else value
        output, weights = _attend(
            self.attention, query, key, value, self.causal, padding_mask, self.cache, self.need_weights
        )
        if weights is None:
            return output
        return output, weights.mean(1) if self.average_weights else weights


class TransformerEncoderLayer(nn.TransformerEncoderLayer):
    """torch's encoder layer that can be told to see no later steps (Vaswani et al. 2017, §3.1).

    (N, T, F) → (N, T, F); `padding_mask` (N, T) is 1 where a step is padding.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 128,
        dropout: float = 0.1,
        activation: str = "relu",
        norm_first: bool = False,
        layer_norm_eps: float = 1e-5,
        causal: bool = False,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, True, norm_first=norm_first
        )
        self.causal = causal
        self.cache: dict[str, torch.Tensor] | None = None

    def forward(  # type: ignore[override]
        self, input: torch.Tensor, padding_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        x = input
        if self.norm_first:
            x = x + self._look(self.norm1(x), padding_mask)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(x + self._look(x, padding_mask))
        output: torch.Tensor = self.norm2(x + self._ff_block(x))
        return output

    def _look(self, x: torch.Tensor, padding_mask: torch.Tensor | None) -> torch.Tensor:
        found: torch.Tensor = self.dropout1(_attend(self.self_attn, x, x, x, self.causal, padding_mask, self.cache)[0])
        return found


class TransformerDecoderLayer(nn.TransformerDecoderLayer):
    """torch's decoder layer: it looks at itself, as a rule causally, then at a memory (Vaswani et al. 2017, §3.1).

    Input (N, T, F), memory (N, S, F) → (N, T, F); `padding_mask` (N, T) and `memory_padding_mask` (N, S) are 1 where a
    step is padding.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 128,
        dropout: float = 0.1,
        activation: str = "relu",
        norm_first: bool = False,
        layer_norm_eps: float = 1e-5,
        causal: bool = True,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, True, norm_first=norm_first
        )
        self.causal = causal
        self.cache: dict[str, torch.Tensor] | None = None

    def forward(  # type: ignore[override]
        self,
        input: torch.Tensor,
        memory: torch.Tensor,
        padding_mask: torch.Tensor | None = None,
        memory_padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        x = input
        if self.norm_first:
            x = x + self._look(self.norm1(x), padding_mask)
            x = x + self._look_up(self.norm2(x), memory, memory_padding_mask)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + self._look(x, padding_mask))
        x = self.norm2(x + self._look_up(x, memory, memory_padding_mask))
        output: torch.Tensor = self.norm3(x + self._ff_block(x))
        return output

    def _look(self, x: torch.Tensor, padding_mask: torch.Tensor | None) -> torch.Tensor:
        found: torch.Tensor = self.dropout1(_attend(self.self_attn, x, x, x, self.causal, padding_mask, self.cache)[0])
        return found

    def _look_up(self, x: torch.Tensor, memory: torch.Tensor, padding_mask: torch.Tensor | None) -> torch.Tensor:
        found: torch.Tensor = self.dropout2(_attend(self.multihead_attn, x, memory, memory, False, padding_mask)[0])
        return found


class CausalSelfAttention(nn.Module):
    """GPT-2's attention: one matrix for query, key and value, none sees later steps (Radford et al. 2019, §2.3).

    (N, T, F) → (N, T, F), and the weights (N, heads, T, T) where they are needed. 4 F² + 4 F parameters.
    """

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, need_weights: bool = False
    ) -> None:
        super().__init__()
        self.c_attn = nn.Linear(embed_dim, 3 * embed_dim, bias=bias)
        self.c_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.resid_dropout = nn.Dropout(dropout)
        self.num_heads, self.dropout, self.need_weights = num_heads, dropout, need_weights
        self.cache: dict[str, torch.Tensor] | None = None

    def forward(self, input: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        q, k, v = (_split(x, self.num_heads) for x in self.c_attn(input).chunk(3, -1))
        k, v = _remember(self.cache, "key", k, 2), _remember(self.cache, "value", v, 2)  # (N, heads, S, d)
        steps, keys = q.shape[2], k.shape[2]
        dropout = self.dropout if self.training else 0.0
        if not self.need_weights and steps in (1, keys):
            output = functional.scaled_dot_product_attention(q, k, v, None, dropout, is_causal=steps > 1)
            return self._join(output)
        seen = torch.ones(steps, keys, dtype=torch.bool, device=input.device).tril(keys - steps)  # (T, S)
        if not self.need_weights:
            return self._join(functional.scaled_dot_product_attention(q, k, v, seen, dropout))
        scores = q @ k.transpose(2, 3) / q.shape[-1] ** 0.5  # (N, heads, T, S)
        weights = scores.masked_fill(~seen, -torch.inf).softmax(-1)
        return self._join(functional.dropout(weights, dropout) @ v), weights

    def _join(self, output: torch.Tensor) -> torch.Tensor:
        """The heads (N, heads, T, d) side by side and through the last matrix."""
        joined: torch.Tensor = self.resid_dropout(self.c_proj(output.transpose(1, 2).flatten(2)))
        return joined
