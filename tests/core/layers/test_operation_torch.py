"""Operations on a canvas compute what the plain torch call with the same parameters does, gradients included."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch.nn import functional

from core.layers import operation
from core.model.spec import registry
from core.model.values import Value
from tests.core.layers.operation_calls import Wires, called, reals

Reference = Callable[..., torch.Tensor | Sequence[torch.Tensor]]
A, B = reals(4, 3, 5), reals(4, 3, 5, seed=1)
POSITIVE = reals(4, 3, 5, seed=2, low=0.1)
ROW, IMAGE = reals(4, 1, 5, seed=3), reals(4, 3, 6, 8, seed=4)
ONE = {"input": A}
POSITIVES = {"input": POSITIVE}
PAIR = {"input": A, "other": B}
TWO = {"x1": A, "x2": B}
THREE = {"inputs": [A, B, ROW]}

CASES: list[tuple[str, dict[str, Value], dict[str, Wires], Reference]] = [
    ("flatten", {"start_dim": 2}, {"input": IMAGE}, lambda x: x.reshape(4, 3, 48)),
    ("reshape", {"shape": (2, -1, 4)}, {"input": IMAGE}, lambda x: x.reshape(4, 2, 18, 4)),
    ("transpose", {"dim1": -1}, {"input": IMAGE}, lambda x: x.transpose(1, 3)),
    ("permute", {"dims": (2, 3, 1)}, {"input": IMAGE}, lambda x: x.permute(0, 2, 3, 1)),
    ("permute", {"dims": (-1, 1, 2)}, {"input": IMAGE}, lambda x: x.permute(0, 3, 1, 2)),
    ("squeeze", {}, {"input": ROW}, lambda x: x[:, 0]),
    ("squeeze", {"dim": -2}, {"input": ROW}, lambda x: x[:, 0]),
    ("unsqueeze", {"dim": -1}, ONE, lambda x: x[..., None]),
    ("unsqueeze", {}, ONE, lambda x: x[:, None]),
    ("expand", {"size": (7, -1)}, {"input": ROW}, lambda x: x.expand(4, 7, 5)),
    ("repeat", {"dims": (1, 3)}, ONE, lambda x: torch.cat((x, x, x), 2)),
    ("flip", {"dims": (1, 2)}, ONE, lambda x: x.flip(1, 2)),
    ("roll", {"shifts": (1, -2), "dims": (2, 3)}, {"input": IMAGE}, lambda x: x.roll((1, -2), (2, 3))),
    ("add", {}, THREE, lambda a, b, c: a + b + c),
    ("multiply", {}, THREE, lambda a, b, c: a * b * c),
    ("minimum", {}, THREE, lambda a, b, c: torch.minimum(torch.minimum(a, b), c)),
    ("maximum", {}, THREE, lambda a, b, c: torch.maximum(torch.maximum(a, b), c)),
    ("subtract", {}, {"input": A, "other": ROW}, lambda a, b: a - b),
    ("divide", {}, {"input": A, "other": POSITIVE}, lambda a, b: a / b),
    ("divide", {"eps": 0.5}, PAIR, lambda a, b: a / torch.where(b < 0, b - 0.5, b + 0.5)),
    ("scale", {"factor": -3.0}, ONE, lambda x: -3 * x),
    ("affine", {"scale": 2.0, "shift": -1.0}, ONE, lambda x: 2 * x - 1),
    ("negate", {}, ONE, lambda x: -x),
    ("absolute", {}, ONE, lambda x: x.abs()),
    ("square", {}, ONE, lambda x: x * x),
    ("power", {"exponent": 3.0}, ONE, lambda x: x * x * x),
    ("power", {"exponent": -0.5}, POSITIVES, lambda x: 1 / x.sqrt()),
    ("sqrt", {}, POSITIVES, torch.sqrt),
    ("sqrt", {"eps": 0.25}, POSITIVES, lambda x: (x + 0.25) ** 0.5),
    ("reciprocal", {}, POSITIVES, lambda x: 1 / x),
    ("exp", {}, ONE, torch.exp),
    ("log", {}, POSITIVES, torch.log),
    ("log", {"eps": 0.25}, POSITIVES, lambda x: torch.log(x + 0.25)),
    ("sin", {}, ONE, torch.sin),
    ("cos", {}, ONE, torch.cos),
    ("clamp", {"min": -0.5, "max": None}, ONE, lambda x: x.clamp(min=-0.5)),
    ("clamp", {"min": -0.5, "max": 0.5}, ONE, lambda x: x.clamp(-0.5, 0.5)),
    ("concat", {"dim": -2}, THREE, lambda a, b, c: torch.cat((a, b, c), 1)),
    ("stack", {"dim": -1}, {"inputs": [A, B]}, lambda a, b: torch.stack((a, b), 3)),
    ("split", {"dim": 2, "sizes": (1, 4)}, ONE, lambda x: (x[..., :1], x[..., 1:])),
    ("split", {"dim": -1, "parts": 4}, {"input": IMAGE}, lambda x: x.chunk(4, 3)),
    ("slice", {"dim": -1, "start": -5, "stop": -1, "step": 2}, {"input": IMAGE}, lambda x: x[..., 3:7:2]),
    ("select", {"dim": 2, "index": -1}, ONE, lambda x: x[:, :, -1]),
    ("matmul", {}, {"input": A, "other": reals(4, 5, 2)}, torch.bmm),
    ("einsum", {"equation": "nij, nkj -> nki"}, {"inputs": [A, B]}, lambda a, b: (a @ b.mT).mT),
    ("dot_product", {"keepdim": True}, PAIR, lambda a, b: (a * b).sum(-1, keepdim=True)),
    ("outer_product", {}, {"input": A, "other": reals(4, 3, 2)}, lambda a, b: a[..., None] * b[..., None, :]),
    ("cosine_similarity", {"dim": 1}, TWO, lambda a, b: functional.cosine_similarity(a, b, dim=1)),
    ("pairwise_distance", {"p": 3.0}, TWO, lambda a, b: functional.pairwise_distance(a, b, p=3)),
    ("cdist", {}, {"x1": A, "x2": reals(4, 7, 5)}, lambda a, b: (a[:, :, None] - b[:, None]).norm(dim=-1)),
    ("mean", {"dim": (1, 2)}, ONE, lambda x: x.mean((1, 2))),
    ("sum_over", {"dim": -1, "keepdim": True}, ONE, lambda x: x.sum(2, keepdim=True)),
    ("max_over", {}, ONE, lambda x: x.max(1).values),
    ("min_over", {"dim": (1, 2)}, ONE, lambda x: x.flatten(1).min(1).values),
    ("variance", {"dim": (1, 2), "correction": 0}, ONE, lambda x: x.flatten(1).var(1, unbiased=False)),
    ("std", {}, ONE, lambda x: x.std(1)),
    ("norm", {"ord": 3.0, "dim": 2}, ONE, lambda x: (x.abs() ** 3).sum(2) ** (1 / 3)),
    ("logsumexp", {}, ONE, lambda x: x.exp().sum(1).log()),
    ("cumsum", {}, ONE, lambda x: x @ torch.ones(5, 5, dtype=x.dtype).triu()),
    ("sort", {"descending": True}, ONE, lambda x: x.sort(2, descending=True)),
    ("top_k", {"k": 2, "largest": False}, ONE, lambda x: x.topk(2, 2, largest=False)),
    ("where", {}, {"condition": (A > 0).double(), "input": A, "other": ROW}, lambda c, a, b: torch.where(c > 0, a, b)),
    ("identity", {}, ONE, lambda x: x),
    ("argmax", {"dim": 1}, ONE, lambda x: x.argmax(1)),
    ("stop_gradient", {}, ONE, lambda x: x.detach()),
    ("compare", {"relation": "less or equal"}, PAIR, lambda a, b: (a <= b).double()),
    ("compare", {"relation": "not equal", "value": 0.5}, ONE, lambda a: torch.ones_like(a)),
    ("cast", {"dtype": "int"}, ONE, lambda x: x.trunc().long()),
]
ELSEWHERE = {
    "gather", "take_steps", "gradient_reversal",  # test_operation_numbers
    "reparameterise", "interpolate_between", "affine_coupling",  # test_operation_generative, test_noise
    "noise_schedule", "denoise_step", "time_embedding",
}  # fmt: skip


def leaves(ports: dict[str, Wires]) -> list[torch.Tensor]:
    return [each for wires in ports.values() for each in ([wires] if isinstance(wires, torch.Tensor) else wires)]


def test_every_operation_is_compared() -> None:
    assert {case[0] for case in CASES} | ELSEWHERE == {spec.kind for spec in operation.SPECS}


@pytest.mark.parametrize(("kind", "params", "ports", "reference"), CASES, ids=[case[0] for case in CASES])
def test_an_operation_is_the_plain_call(
    kind: str, params: dict[str, Value], ports: dict[str, Wires], reference: Reference
) -> None:
    tensors = leaves(ports)
    expected = reference(*tensors)
    expected = (expected,) if isinstance(expected, torch.Tensor) else tuple(expected)
    found = tuple(called(kind, params, **ports).values())
    assert len(found) == len(expected) == len(registry[kind].outputs_for(params))
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        torch.testing.assert_close(one, other)
    wanted = [tensor for tensor in tensors if tensor.requires_grad]
    for one, other in zip(gradients(found, wanted), gradients(expected, wanted), strict=True):
        torch.testing.assert_close(one, other)


def gradients(outputs: Sequence[torch.Tensor], tensors: Sequence[torch.Tensor]) -> list[torch.Tensor | None]:
    """The gradients of a sum in which every number of the outputs counts differently; none where there are none."""
    learning = [each for each in outputs if each.requires_grad]
    if not learning:
        return [None for _ in tensors]
    total = sum((torch.linspace(-1, 2, each.numel(), dtype=each.dtype) * each.flatten()).sum() for each in learning)
    assert isinstance(total, torch.Tensor)
    return list(torch.autograd.grad(total, tensors, allow_unused=True))
