"""Dense layers and tables that torch lacks."""

from __future__ import annotations

import itertools

import torch
from torch import nn


class LoRALinear(nn.Module):
    """W₀x + b + (α/r)·BAx, A random and B zero at first (Hu et al. 2021). (N, …, F) → (N, …, G).

    `base` holds W₀ and b, `down` is A (r, F) and `up` is B (G, r). Either the `update` learns, which is A and B, or the
    `base`; the other is frozen.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        r: int = 8,
        lora_alpha: float = 16.0,
        bias: bool = True,
        learns: str = "update",
    ) -> None:
        super().__init__()
        self.scale = lora_alpha / r
        self.base = nn.Linear(in_features, out_features, bias)
        self.down = nn.Linear(in_features, r, bias=False)
        self.up = nn.Linear(r, out_features, bias=False)
        nn.init.normal_(self.down.weight, std=in_features**-0.5)
        nn.init.zeros_(self.up.weight)
        for part in (self.base,) if learns == "update" else (self.down, self.up):
            part.requires_grad_(False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        kept: torch.Tensor = self.base(input)  # (N, …, G)
        update: torch.Tensor = self.up(self.down(input))  # (N, …, F) → (N, …, r) → (N, …, G)
        return kept + self.scale * update


class PolynomialFeatures(nn.Module):
    """x, x², …, x^d of every number, and with `interactions` all products of up to d of them, by rising degree.

    (N, …, F) → (N, …, F·d), or (N, …, C(F+d, d) − 1) with interactions; the constant 1 is left to a bias.
    """

    def __init__(self, in_features: int, degree: int = 2, interactions: bool = True) -> None:
        super().__init__()
        self.degree = degree
        before: dict[tuple[int, ...], int] = {(column,): column for column in range(in_features)}
        for power in range(2, degree + 1):
            # A product of `power` factors is one of `power` − 1 factors times its last factor.
            products: list[tuple[int, ...]]
            if interactions:
                products = list(itertools.combinations_with_replacement(range(in_features), power))
            else:
                products = [(column,) * power for column in range(in_features)]
            shorter = torch.tensor([before[product[:-1]] for product in products])
            last = torch.tensor([product[-1] for product in products])
            self.register_buffer(f"shorter_{power}", shorter, persistent=False)
            self.register_buffer(f"last_{power}", last, persistent=False)
            before = {product: place for place, product in enumerate(products)}

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        powers = [input]  # of degree 1, 2, …
        for power in range(2, self.degree + 1):
            shorter, last = self.get_buffer(f"shorter_{power}"), self.get_buffer(f"last_{power}")
            powers.append(powers[-1].index_select(-1, shorter) * input.index_select(-1, last))
        return torch.cat(powers, -1)


class OneHot(nn.Module):
    """A 1 at the place of each whole number, 0 elsewhere, as real numbers. (N, …) → (N, …, C)."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return nn.functional.one_hot(input, self.num_classes).to(torch.get_default_dtype())

    def extra_repr(self) -> str:
        return f"num_classes={self.num_classes}"


class FreeTensor(nn.Module):
    """A tensor that is learned and depends on no input: () → `shape`, the same for the whole batch.

    `init` is `zeros`, `ones`, `normal` (with standard deviation `scale`) or `uniform` (from −`scale` to `scale`).
    """

    def __init__(self, shape: int | tuple[int, ...], init: str = "normal", scale: float = 0.02) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.zeros(shape))
        if init == "ones":
            nn.init.ones_(self.value)
        elif init == "normal":
            nn.init.normal_(self.value, std=scale)
        elif init == "uniform":
            nn.init.uniform_(self.value, -scale, scale)

    def forward(self) -> torch.Tensor:
        return self.value

    def extra_repr(self) -> str:
        return f"shape={tuple(self.value.shape)}"
