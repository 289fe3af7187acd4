"""Formulas in place of numbers: they compute what Python does, and nothing else than arithmetic gets in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.expression import LARGEST, ExpressionError, complaint, evaluate, is_expression, names_in

NAMES = {"channels": 16, "stride": 2, "ratio": 0.25, "wide": True, "mode": "same"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("=channels*4", 64),
        ("= channels // stride ** 2", 4),
        ("=channels*ratio", 4),
        ("=channels/5", 3.2),
        ("=-channels % 5", 4),
        ("=max(channels, 32) if wide else 1", 32),
        ("=1 < stride <= 2", True),
        ("=(stride, 1)", (2, 1)),
        ("=mode", "same"),
        ("='valid' if stride > 1 else mode", "valid"),
        ("=ceil(sqrt(channels + 1))", 5),
        ("=round(ratio * 10)", 2),
    ],
)
def test_it_computes(text: str, value: object) -> None:
    found = evaluate(text, NAMES)
    assert found == value
    assert type(found) is type(value)
    assert not complaint(text)


@pytest.mark.parametrize(
    "text",
    [
        "=",
        "=channels *",
        "=__import__('os')",
        "=channels.__class__",
        "=[1, 2]",
        "=lambda: 1",
        "=eval('1')",
        "=max(channels, key=1)",
        "=1; 2",
        "=channels[0]",
        "=f'{channels}'",
        "=(x := 3)",
        "=None",
        "=b'1'",
        "=1j",
        "=" + "1+" * 150 + "1",
        "=" + "(" * 190 + "1",
        "=\x00",
    ],
)
def test_nothing_but_arithmetic_is_read(text: str) -> None:
    assert complaint(text)
    with pytest.raises(ExpressionError):
        evaluate(text, NAMES)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("=width", "names “width”"),
        ("=1/0", "divides by zero"),
        ("=5 % (stride - 2)", "divides by zero"),
        ("=9**9**9", "cannot be computed"),
        ("=(-8)**0.5", "beyond"),
        ("=1e300*1e300", "beyond"),
        ("=mode*3", "cannot be computed"),
        ("=sqrt(0-1)", "cannot be computed"),
        ("=max()", "cannot be computed"),
    ],
)
def test_what_cannot_be_computed_says_why(text: str, says: str) -> None:
    assert not complaint(text)
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, NAMES)
    assert says in caught.value.message
    assert caught.value.fix


def test_names() -> None:
    assert names_in("=max(a, b) + floor(c)") == {"a", "b", "c"}
    assert is_expression("=3")
    assert not is_expression("3")
    assert not is_expression(3)


arithmetic = st.recursive(
    st.integers(0, 50).map(str) | st.sampled_from(["channels", "stride"]),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(lambda t: f"({''.join(t)})"),
    max_leaves=8,
)


@given(arithmetic)
def test_it_agrees_with_python(text: str) -> None:
    names = {"channels": 16, "stride": 2}
    if len(text) > 200:
        return
    try:
        expected = eval(text, {"__builtins__": {}}, names)
    except ZeroDivisionError:
        with pytest.raises(ExpressionError):
            evaluate(f"={text}", names)
        return
    if abs(expected) < LARGEST:
        assert evaluate(f"={text}", names) == expected


@given(st.text(max_size=40))
def test_any_text_is_a_formula_or_says_why_not(text: str) -> None:
    wrong = complaint(f"={text}")
    if wrong:
        with pytest.raises(ExpressionError):
            evaluate(f"={text}", NAMES)
    assert (wrong == "") or wrong.endswith(".")
