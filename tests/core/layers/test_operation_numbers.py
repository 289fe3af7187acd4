"""Operations by hand: small numbers, edge cases, and the gradients of our own functions by finite differences."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import autograd

from core.compiler.build import build
from core.layers.modules import flow
from core.layers.modules import operation as own
from core.model.project import Project
from core.model.tensor import Field
from tests.core.layers.operation_calls import called, reals
from tests.core.networks import add, wire


def numbers(*values: float) -> torch.Tensor:
    """A batch of samples of one number, (N, 1)."""
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_the_value_of_the_action_that_was_taken() -> None:
    """Q(s, a) of three states and two actions (N×A), the actions 1, 0, 1."""
    values = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64, requires_grad=True)
    taken = called("gather", {}, input=values, index=torch.tensor([1, 0, 1]))["output"]
    assert taken.tolist() == [2, 3, 6]
    taken.sum().backward()
    assert values.grad is not None
    assert values.grad.tolist() == [[0, 1], [1, 0], [0, 1]]


def test_gather_with_the_axis_kept_is_torchs() -> None:
    values, index = reals(3, 4, 2), torch.tensor([[[3, 0]], [[1, 1]], [[0, 2]]])
    found = called("gather", {}, input=values, index=index)["output"]
    torch.testing.assert_close(found, values.gather(1, index))


def test_the_step_at_which_a_sequence_ends() -> None:
    steps = torch.arange(24.0, dtype=torch.float64).reshape(2, 4, 3)
    assert called("take_steps", {}, input=steps, index=torch.tensor([3, 1]))["output"].tolist() == [
        [9, 10, 11],
        [15, 16, 17],
    ]
    several = called("take_steps", {}, input=steps, index=torch.tensor([[3, 0], [1, 1]]))["output"]
    assert several[:, :, 0].tolist() == [[9, 0], [15, 15]]
    letters = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    assert called("take_steps", {}, input=letters, index=torch.tensor([1, 0]))["output"].tolist() == [2, 3]


def test_division_by_zero_stays_finite_with_epsilon() -> None:
    found = called("divide", {"eps": 0.5}, input=numbers(1, 1, 1), other=numbers(0, 1.5, -1.5))["output"]
    assert found.flatten().tolist() == [2, 0.5, -0.5]
    assert called("divide", {}, input=numbers(1), other=numbers(0))["output"].item() == torch.inf


def test_logarithm_and_root_of_zero_have_finite_slopes_with_epsilon() -> None:
    for kind, slope in (("log", 4.0), ("sqrt", 1.0)):
        zero = numbers(0).requires_grad_()
        called(kind, {"eps": 0.25}, input=zero)["output"].sum().backward()
        assert zero.grad is not None
        assert zero.grad.item() == slope


@pytest.mark.parametrize(
    ("relation", "truth"),
    [
        ("greater", [0, 0, 1]),
        ("greater or equal", [0, 1, 1]),
        ("less", [1, 0, 0]),
        ("less or equal", [1, 1, 0]),
        ("equal", [0, 1, 0]),
        ("not equal", [1, 0, 1]),
    ],
)
def test_a_relation_gives_zero_and_one(relation: str, truth: list[int]) -> None:
    found = called("compare", {"relation": relation, "value": 2.0}, input=numbers(1, 2, 3))["output"]
    assert found.flatten().tolist() == truth
    assert found.dtype == torch.float64
    whole = own.compare(torch.tensor([1, 2, 3]), relation=relation, value=2.0)
    assert whole.tolist() == truth
    assert whole.dtype == torch.float32


def test_whole_numbers_are_compared_with_fractions() -> None:
    assert own.compare(torch.tensor([1, 2]), relation="greater", value=1.5).tolist() == [0, 1]


def test_gradient_reversal_passes_on_and_turns_back() -> None:
    """Forwards the identity to the last bit, backwards −λ (Ganin & Lempitsky 2015, eq. 10 and 11)."""
    values = reals(5, 3)
    found = called("gradient_reversal", {"scale": 0.3}, input=values)["output"]
    assert torch.equal(found, values)
    (slope,) = autograd.grad((found * torch.arange(3)).sum(), values)
    assert torch.equal(slope, (-0.3 * torch.arange(3, dtype=torch.float64)).expand(5, 3))


def test_stop_gradient_makes_a_constant_of_a_factor() -> None:
    """d/dx [sg(x) · x] is x, not 2x."""
    values = reals(4, 2)
    held = called("stop_gradient", {}, input=values)["output"]
    assert torch.equal(autograd.grad((held * values).sum(), values)[0], values.detach())


def test_casting_cuts_off_towards_zero() -> None:
    assert called("cast", {"dtype": "int"}, input=numbers(-1.7, 1.7))["output"].flatten().tolist() == [-1, 1]
    assert own.cast(torch.tensor([1, 2])).dtype == torch.float32
    assert own.cast(torch.tensor([1.0], dtype=torch.float64)).dtype == torch.float64


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        ((1.0, 2.0), None, [1, 2]),
        (3.0, (2, 2), [[3, 3], [3, 3]]),
        ((1, 0, 1, 0, 1, 0), (2, 3), [[1, 0, 1], [0, 1, 0]]),
    ],
)
def test_a_constant_is_its_numbers(
    value: float | tuple[float, ...], shape: tuple[int, ...] | None, expected: object
) -> None:
    found = called("constant", {"value": value, "shape": shape})["output"]
    assert found.tolist() == expected
    assert not found.requires_grad


def test_a_constant_is_not_among_the_weights() -> None:
    """Else the numbers of an earlier run would come back over those that were edited since."""
    assert not own.Constant((1.0, 2.0), (2,)).state_dict()
    assert own.Constant((1.0, 2.0), (2,)).double()().dtype == torch.float64


def test_one_number_without_a_shape_is_a_scalar_that_fits_all() -> None:
    assert own.Constant((2.5,))().shape == ()
    project = Project("Doubled and a half")
    for kind in ("input", "multiply", "output"):
        add(project, kind)
    add(project, "constant", value=2.5)
    for text in (
        "input_1.output -> multiply_1.inputs",
        "constant_1.output -> multiply_1.inputs[1]",
        "multiply_1 -> output_1",
    ):
        wire(project, text)
    network = build(project, {"x": Field("x", (3,))})
    assert network.inference_program()(input_1=torch.ones(2, 3))[0].tolist() == [[2.5] * 3] * 2


def test_einsum_says_attention_scores() -> None:
    queries, keys = reals(2, 3, 4), reals(2, 5, 4, seed=1)
    found = called("einsum", {"equation": "ntf,nsf->nts"}, inputs=[queries, keys])["output"]
    torch.testing.assert_close(found, queries @ keys.mT)


def test_distances_of_a_3_4_5_triangle() -> None:
    corner, others = torch.zeros(1, 1, 2, dtype=torch.float64), torch.tensor([[[3.0, 4.0], [0.0, 1.0]]])
    found = called("cdist", {}, x1=corner, x2=others.double())["output"]
    assert found.tolist() == [[[5, 1]]]


CHECKED: list[tuple[str, Callable[..., object], tuple[torch.Tensor, ...]]] = [
    ("divide", lambda a, b: own.safe_divide(a, b, 0.5), (reals(3, 2), reals(3, 2, seed=1, low=0.2))),
    ("log", lambda a: own.safe_log(a, 0.1), (reals(3, 2, low=0.0),)),
    ("sqrt", lambda a: own.safe_sqrt(a, 0.1), (reals(3, 2, low=0.0),)),
    ("affine", lambda a: own.affine(a, -2.0, 0.5), (reals(3, 2),)),
    ("choose", lambda a, b: own.choose(a.detach() > 0, a, b), (reals(3, 2), reals(3, 2, seed=1))),
    ("slice", lambda a: own.slice_axis(a, 1, 1, None, 2), (reals(3, 5),)),
    ("gather", lambda a: own.gather_along(a, torch.tensor([1, 1, 0]), 1), (reals(3, 2),)),
    ("take", lambda a: own.take_steps(a, torch.tensor([[1, 1], [0, 2]])), (reals(2, 3, 2),)),
    ("einsum", lambda a, b: own.einstein_sum([a, b], "ni,nj->nij"), (reals(2, 3), reals(2, 2, seed=1))),
    ("outer", own.outer_product, (reals(2, 3), reals(2, 2, seed=1))),
    ("dot", own.dot_product, (reals(2, 3), reals(2, 3, seed=1))),
    ("coupling", flow.affine_coupling, (reals(2, 3), reals(2, 3, seed=1), reals(2, 3, seed=2))),
    ("inverse", lambda *a: flow.affine_coupling(*a, inverse=True), (reals(2, 3), reals(2, 3), reals(2, 3, seed=2))),
]


@pytest.mark.parametrize(("function", "inputs"), [case[1:] for case in CHECKED], ids=[case[0] for case in CHECKED])
def test_gradients_are_those_of_finite_differences(
    function: Callable[..., object], inputs: tuple[torch.Tensor, ...]
) -> None:
    assert autograd.gradcheck(function, inputs)
