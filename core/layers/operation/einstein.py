"""What an equation of Einsum means, and what is wrong with it, before torch reads it."""

from __future__ import annotations

from core.layers.complaints import not_real
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.tensor import Dim, TensorType
from core.model.values import Params

_MOST_LETTERS = 16


def _alphabet(size: int, taken: str) -> str:
    """Letters that are free."""
    return "".join(letter for letter in "ijklmopqrstuvwxyz" if letter not in taken)[:size]


def _fitting(types: tuple[TensorType, ...]) -> str:
    """An equation that fits what arrives: all axes of the first input, with the others summed over."""
    first = f"n{_alphabet(types[0].rank - 1, '')}"
    terms, used = [first], first
    for each in types[1:]:
        term = f"n{_alphabet(each.rank - 1, used)}"
        terms.append(term)
        used += term
    return f"{','.join(terms)}->{first}"


def einsum_check(inputs: Inputs, params: Params) -> Complaint | None:
    types, equation = inputs["inputs"], str(params["equation"]).replace(" ", "")
    for each in types:
        if wrong := not_real("Einsum", each, "inputs"):
            return wrong
    if message := _unreadable(equation) or _uneven(equation, types) or _mixing(equation, types):
        mendable = all(each.rank and each.shape[0] == "N" for each in types) and sum(t.rank for t in types) <= 12
        example = _fitting(types) if mendable else ""
        return Complaint(
            message,
            f"Write it such as {example or 'nij,njk->nik'}.",
            params={"equation": example} if example else {},
        )
    return None


def _unreadable(equation: str) -> str:
    """Why an equation cannot be read."""
    terms, arrow, result = equation.partition("->")
    letters = terms.replace(",", "") + result
    if not arrow:
        return f"The equation “{equation}” has no arrow (->) before its result."
    if stray := next((sign for sign in letters if not (sign.isascii() and sign.isalpha())), ""):
        return f"The equation “{equation}” contains “{stray}”; letters, commas and one arrow make it up."
    if len(set(letters)) > _MOST_LETTERS:
        return f"The equation “{equation}” has more than {_MOST_LETTERS} letters."
    if lost := next((letter for letter in result if letter not in terms), ""):
        return f"The result of “{equation}” has the letter {lost}, which no input has."
    if len(set(result)) < len(result):
        return f"The result “{result}” names a letter twice."
    return ""


def _uneven(equation: str, types: tuple[TensorType, ...]) -> str:
    """Why an equation does not fit the sizes that arrive."""
    terms = equation.partition("->")[0].split(",")
    if len(terms) != len(types):
        return f"“{equation}” has {len(terms)} input{'s' if len(terms) > 1 else ''}, but there are {len(types)} wires."
    known: dict[str, Dim] = {}
    for number, (term, type_) in enumerate(zip(terms, types, strict=True), 1):
        if len(term) != type_.rank:
            return f"Input {number} is {type_}, with {type_.rank} axes, but its term “{term}” has {len(term)} letters."
        for letter, size in zip(term, type_.shape, strict=True):
            if known.setdefault(letter, size) != size:
                return f"The letter {letter} stands for size {known[letter]} and, in input {number}, for size {size}."
    return ""


def _mixing(equation: str, types: tuple[TensorType, ...]) -> str:
    """Why an equation mixes the samples of a batch."""
    terms, _, result = equation.partition("->")
    batch = {
        letter
        for term, type_ in zip(terms.split(","), types, strict=True)
        for letter, size in zip(term, type_.shape, strict=True)
        if isinstance(size, str)
    }
    if not batch:
        return ""
    if len(batch) > 1 or any(term.count(next(iter(batch))) > 1 for term in terms.split(",")):
        return f"“{equation}” pairs the samples of the batch with each other; their axis has one letter everywhere."
    letter = next(iter(batch))
    if not result.startswith(letter):
        return f"The letter {letter} stands for the samples of the batch, so the result of “{equation}” starts with it."
    return ""
