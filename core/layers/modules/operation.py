"""Operations that torch has no single function for; none of them learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

_RELATIONS: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "greater": torch.gt,
    "greater or equal": torch.ge,
    "less": torch.lt,
    "less or equal": torch.le,
    "equal": torch.eq,
    "not equal": torch.ne,
}


def safe_divide(input: torch.Tensor, other: torch.Tensor, eps: float) -> torch.Tensor:
    """a / (b ± ε): the denominator moves away from zero by ε, so it never is zero. Shapes that fit → the common one."""
    return input / (other + torch.where(other < 0, -eps, eps))


def safe_log(input: torch.Tensor, eps: float) -> torch.Tensor:
    """ln(x + ε). Any shape → the same."""
    return torch.log(input + eps)


def safe_sqrt(input: torch.Tensor, eps: float) -> torch.Tensor:
    """√(x + ε), whose slope at 0 is finite. Any shape → the same."""
    return torch.sqrt(input + eps)


def affine(input: torch.Tensor, scale: float = 1.0, shift: float = 0.0) -> torch.Tensor:
    """a·x + b with two constants. Any shape → the same."""
    return input * scale + shift


def compare(
    input: torch.Tensor, other: torch.Tensor | None = None, relation: str = "greater", value: float = 0.0
) -> torch.Tensor:
    """1.0 where `input` stands in the relation to `other`, or to `value` where there is no other; else 0.0."""
    against = torch.full_like(input, value, dtype=torch.get_default_dtype()) if other is None else other
    dtype = input.dtype if input.is_floating_point() else torch.get_default_dtype()
    return _RELATIONS[relation](input, against).to(dtype)


def choose(condition: torch.Tensor, input: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """`input` where the condition is not 0, `other` where it is. Shapes that fit → the common one."""
    return torch.where(condition != 0, input, other)


def cast(input: torch.Tensor, dtype: str = "float") -> torch.Tensor:
    """Real numbers (of the default precision) or whole ones (int64, cut off towards 0). Any shape → the same."""
    if dtype == "int":
        return input.to(torch.int64)
    return input if input.is_floating_point() else input.to(torch.get_default_dtype())


def reverse_gradient(input: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
    """x forwards, −λ times the gradient backwards (Ganin & Lempitsky 2015, §3.2). Any shape → the same."""
    return input.detach() - scale * (input - input.detach())  # the difference is exactly 0


def slice_axis(
    input: torch.Tensor, dim: int = 1, start: int = 0, stop: int | None = None, step: int = 1
) -> torch.Tensor:
    """x[…, start:stop:step, …] along one axis, as Python slices."""
    return input[(slice(None),) * (dim % input.dim()) + (slice(start, stop, step),)]


def gather_along(input: torch.Tensor, index: torch.Tensor, dim: int) -> torch.Tensor:
    """Numbers along an axis, by places that keep the axis or lack it: Q (N, A) and actions (N) → (N)."""
    if index.dim() == input.dim():
        return input.gather(dim, index)
    return input.gather(dim, index.unsqueeze(dim)).squeeze(dim)


def take_steps(input: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """For each sample, entries along axis 1: (N, T, …) with places (N) → (N, …), with places (N, K) → (N, K, …)."""
    places = index.reshape(index.shape[0], -1, *[1] * (input.dim() - 2))  # (N, K, 1, …)
    taken = input.gather(1, places.expand(-1, -1, *input.shape[2:]))  # (N, K, …)
    return taken if index.dim() == 2 else taken.squeeze(1)


def einstein_sum(inputs: Sequence[torch.Tensor], equation: str) -> torch.Tensor:
    """torch's einsum with the equation last: one sum over products, as its indices say."""
    return torch.einsum(equation, *inputs)


def outer_product(input: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """a bᵀ for each sample: (N, …, A) and (N, …, B) → (N, …, A, B)."""
    return input.unsqueeze(-1) * other.unsqueeze(-2)


def dot_product(input: torch.Tensor, other: torch.Tensor, keepdim: bool = False) -> torch.Tensor:
    """aᵀb for each sample: (N, …, F) twice → (N, …), or (N, …, 1) when the axis is kept."""
    return (input * other).sum(-1, keepdim=keepdim)


class Constant(nn.Module):
    """A fixed tensor that needs no input and never trains: numbers in the order of `shape`; one number fills it."""

    value: torch.Tensor

    def __init__(self, values: Sequence[float], shape: Sequence[int] = ()) -> None:
        super().__init__()
        numbers = torch.tensor(list(values), dtype=torch.get_default_dtype())
        filled = numbers[0].expand(tuple(shape)) if len(values) == 1 else numbers.reshape(tuple(shape))
        # Not among the weights: an edited number must not be overwritten by those of an earlier run.
        self.register_buffer("value", filled.contiguous(), persistent=False)

    def forward(self) -> torch.Tensor:
        return self.value
