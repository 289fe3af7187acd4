"""Operations say what does not fit, with the shapes that arrive and a way out that works."""

from __future__ import annotations

import pytest

from core.compiler.trial import Plan, attempt
from core.model.fault import Complaint
from core.model.spec import Inputs, registry
from core.model.tensor import Dim, TensorType
from core.model.values import Value


def t(*shape: Dim, dtype: str = "float32") -> TensorType:
    return TensorType(("N", *shape), dtype)


def i(*shape: Dim) -> TensorType:
    return t(*shape, dtype="int64")


def one(*types: TensorType, port: str = "input") -> Inputs:
    return {port: types}


def pair(left: TensorType, right: TensorType, ports: str = "input other") -> Inputs:
    first, second = ports.split()
    return {first: (left,), second: (right,)}


PLAIN = TensorType((3, 8))

# kind, params, what arrives, a part of the message, a part of the fix
CASES: list[tuple[str, dict[str, Value], Inputs, str, str]] = [
    ("add", {}, one(t(8), t(1, 8), port="inputs"), "N×8 and N×1×8 would mix the samples", "Unsqueeze"),
    ("multiply", {}, one(t(), t(1), port="inputs"), "N and N×1 would mix the samples", "Reshape"),
    ("subtract", {}, pair(t(8), t(9)), "N×8 and N×9 do not fit", "equal"),
    ("where", {}, {"condition": (t(3),), "input": (t(3),), "other": (t(4),)}, "do not fit", "equal"),
    ("compare", {}, pair(t(4, 4), t(4)), "N×4×4 and N×4 do not fit", "equal"),
    ("clamp", {"min": 2.0, "max": 1.0}, one(t(3)), "lowest value (2) is above the highest (1)", "0 and 1"),
    ("clamp", {"min": None, "max": None}, one(t(3)), "neither", "0 and 1"),
    ("log", {}, one(i(5)), "whole numbers", "Embedding"),
    ("permute", {"dims": (1, 1)}, one(t(3, 4)), "does not name each axis", "1, 2"),
    ("permute", {"dims": (0, 1)}, one(t(3, 4)), "does not name each axis", "stay in front"),
    ("permute", {}, one(t(4)), "fewer than two", "Reshape"),
    ("squeeze", {"dim": 1}, one(t(3, 1)), "axis 1 of N×3×1 is not one", "all axes of size 1"),
    ("squeeze", {"dim": 0}, one(t(3, 1)), "samples of the batch", "-1"),
    ("unsqueeze", {"dim": 0}, one(t(3)), "before the samples", "−1"),
    ("unsqueeze", {"dim": -3}, one(t(3)), "before the samples", "−1"),
    ("unsqueeze", {"dim": 4}, one(t(3)), "not among 1 to 2", "−1"),
    ("expand", {"size": (4, 8)}, one(t(3, 8)), "axis 1 of N×3×8 has size 3 and cannot become 4", "Repeat"),
    ("expand", {"size": 4}, one(t(3, 8)), "needs 2 numbers", "Give 2"),
    ("repeat", {"dims": (2, 2)}, one(t(8)), "needs 1 number for N×8", "Give 1"),
    ("flip", {"dims": (1, -1)}, one(t(8)), "twice", "once"),
    ("roll", {"shifts": (1, 2)}, one(t(8)), "2 shifts for 1 axis", "one shift"),
    ("stack", {}, one(t(8), t(9), port="inputs"), "N×8 and N×9", "Concat"),
    ("stack", {"dim": 0}, one(t(8), t(8), port="inputs"), "before the samples", "−1"),
    ("split", {"parts": 4}, one(t(6)), "size 6, which 4 equal parts cannot share", "3 parts"),
    ("split", {"parts": 2}, one(t(7)), "2 equal parts", "sizes of the parts"),
    ("split", {"sizes": (2, 3)}, one(t(6)), "2 + 3 are 5 together", "6 together"),
    ("split", {"dim": 0}, one(t(6)), "samples of the batch", "1"),
    ("slice", {"start": 6}, one(t(6)), "Nothing lies from 6 to the end", "Start at 0"),
    ("slice", {"start": 2, "stop": -5}, one(t(6)), "Nothing lies from 2 to -5", "Start at 0"),
    ("slice", {"dim": 0}, one(t(6)), "samples of the batch", "1"),
    ("select", {"index": 6}, one(t(6)), "places are 0 to 5", "−1 for the last"),
    ("gather", {}, pair(t(6), t(), "input index"), "whole numbers at “index”", "Cast"),
    ("gather", {}, pair(t(6), i(2, 2), "input index"), "N×2×2 arrives", "Take steps"),
    ("take_steps", {}, pair(t(6, 3), i(2, 2), "input index"), "one place a sample (N) or several (N×K)", "Flatten"),
    ("take_steps", {}, pair(t(), i(), "input index"), "single numbers", "sequence"),
    ("matmul", {}, pair(t(8), PLAIN), "8 numbers (N×8), the columns of the second 3", "Transpose"),
    ("einsum", {"equation": "nij,njk"}, one(t(2, 3), t(3, 4), port="inputs"), "no arrow", "nij,nkl->nij"),
    ("einsum", {"equation": "ni->nk"}, one(t(2), port="inputs"), "the letter k, which no input has", "ni->ni"),
    ("einsum", {"equation": "ni->nii"}, one(t(2), port="inputs"), "twice", "ni->ni"),
    ("einsum", {"equation": "n1->n"}, one(t(2), port="inputs"), "contains “1”", "ni->ni"),
    ("einsum", {"equation": "ni->n"}, one(t(2, 3), port="inputs"), "“ni” has 2 letters", "nij->nij"),
    ("einsum", {"equation": "ni->n"}, one(t(2), t(2), port="inputs"), "1 input, but there are 2 wires", "ni,nj->ni"),
    ("einsum", {"equation": "ni,ni->n"}, one(t(2), t(3), port="inputs"), "i stands for size 2", "ni,nj->ni"),
    ("einsum", {"equation": "ni,mi->nm"}, one(t(2), t(2), port="inputs"), "pairs the samples", "ni,nj->ni"),
    ("einsum", {"equation": "ni->i"}, one(t(2), port="inputs"), "starts with it", "ni->ni"),
    ("einsum", {"equation": "ni->in"}, one(t(2), port="inputs"), "starts with it", "ni->ni"),
    ("dot_product", {}, pair(t(3), t(4)), "same shape", "Linear"),
    ("outer_product", {}, pair(t(3, 4), t(2, 4)), "before the last one", "Reshape"),
    ("cdist", {}, pair(t(3), t(3), "x1 x2"), "N×A×F", "two axes"),
    ("cdist", {}, pair(t(5, 3), t(5, 4), "x1 x2"), "same length", "equal"),
    ("cosine_similarity", {"dim": 0}, pair(t(3), t(3), "x1 x2"), "samples of the batch", "-1"),
    ("variance", {}, one(t(1, 8)), "divides by 1 − 1", "correction 0"),
    ("top_k", {"k": 9}, one(t(8)), "8 numbers, fewer than 9", "at most 8"),
    ("cumsum", {"dim": 0}, one(t(8)), "samples of the batch", "-1"),
    ("argmax", {}, one(t()), "single numbers already", "away"),
    ("max_over", {"dim": (1, 1)}, one(t(8)), "twice", "once"),
    ("reparameterise", {}, pair(t(3), t(4), "mean log_variance"), "N×3 and N×4", "equal"),
    ("affine_coupling", {}, {"input": (t(3),), "scale": (t(3),), "shift": (t(1),)}, "same shape", "equal"),
    ("noise_schedule", {}, one(i(3)), "whole numbers", "form"),
    ("noise_schedule", {}, pair(t(3), i(1), "input step"), "one step for each sample", "Squeeze"),
    ("denoise_step", {}, {"input": (t(3),), "noise": (t(3),), "step": (t(),)}, "whole numbers at “step”", "Cast"),
    ("time_embedding", {"embedding_dim": 5}, one(i(), port="step"), "even", "Choose 6"),
    ("time_embedding", {}, one(t(5), port="step"), "N×5 arrives", "Noise schedule"),
    ("constant", {"value": (1.0, 2.0), "shape": 3}, {}, "2 numbers do not fill the shape 3", "one that fills it"),
    ("constant", {"shape": (60_000, 60_000)}, {}, "the limit", "smaller"),
    ("noise", {}, one(PLAIN, port="like"), "3×8 has no batch axis", "Input"),
    ("salt_pepper_noise", {"low": 2.0}, one(t(3)), "lowest value (2)", "0 and 1"),
    ("mask_tokens", {}, one(t(3)), "real numbers arrives", "Masking noise"),
    ("mask_tokens", {"mask_token": 128}, one(i(3)), "mask token cannot be 128", "Choose 0"),
    ("mask_tokens", {"masked": 0.9, "swapped": 0.2}, one(i(3)), "more than all", "0.8"),
]


@pytest.mark.parametrize(("kind", "params", "inputs", "message", "fix"), CASES, ids=[case[0] for case in CASES])
def test_what_does_not_fit_is_said(kind: str, params: dict[str, Value], inputs: Inputs, message: str, fix: str) -> None:
    found = attempt(registry[kind], params, inputs)
    assert isinstance(found, Complaint)
    assert message in found.message
    assert fix in found.fix
    assert found.severity == "error"
    if found.params:
        assert isinstance(attempt(registry[kind], {**params, **found.params}, inputs), Plan)


@pytest.mark.parametrize(
    ("kind", "params", "inputs", "outputs"),
    [
        ("matmul", {}, pair(t(5, 8), TensorType((8, 4))), ["N×5×4"]),
        ("matmul", {}, pair(TensorType((3, 8)), TensorType((8, 4))), ["3×4"]),
        ("add", {}, one(t(5, 8), TensorType((8,)), TensorType(()), port="inputs"), ["N×5×8"]),
        ("einsum", {"equation": "nf,cf->nc"}, one(t(8), PLAIN, port="inputs"), ["N×3"]),
        ("split", {"parts": 3, "dim": -1}, one(t(2, 6)), ["N×2×2"] * 3),
        ("split", {"sizes": (1, 5)}, one(t(6, 2)), ["N×1×2", "N×5×2"]),
        ("mean", {"dim": 0}, one(PLAIN), ["8"]),
        ("concat", {"dim": 0}, one(PLAIN, PLAIN, port="inputs"), ["6×8"]),
        ("transpose", {"dim0": 0, "dim1": 1}, one(PLAIN), ["8×3"]),
    ],
)
def test_what_fits_has_its_shape(kind: str, params: dict[str, Value], inputs: Inputs, outputs: list[str]) -> None:
    """Constants and parameters have no batch axis, so all of their axes may be used."""
    found = attempt(registry[kind], params, inputs)
    assert isinstance(found, Plan), found
    assert [str(found.report.outputs[port.name]) for port in found.ports] == outputs


@pytest.mark.parametrize("kind", ["squeeze", "transpose"])
def test_what_does_nothing_is_a_warning(kind: str) -> None:
    params: dict[str, Value] = {"dim1": 1} if kind == "transpose" else {}
    found = attempt(registry[kind], params, one(t(3, 4)))
    assert isinstance(found, Plan)
    assert found.warning
    assert "does nothing" in found.warning.message
