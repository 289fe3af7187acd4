"""Every transform on every field of every source: it is refused in plain words, or gives what the fields say."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.dataset import fields_of, open_dataset, source_fields
from core.data.transforms.spec import transforms
from core.model.fault import ProjectError
from core.model.settings import Data, Transform
from core.model.tensor import Field
from core.training.augment import looked_at

KINDS = {
    "image in grey": Data("digits", {"size": 8}),
    "image in colour": Data("placeholder", {}),
    "vector": Data("wine"),
    "plane": Data("moons"),
    "number": Data("line"),
    "token": Data("text", {"length": 12, "characters": 1000}),
}


def check(values: np.ndarray, field: Field, where: str) -> None:
    assert values.shape[1:] == field.shape, where
    assert str(values.dtype) == field.dtype, where
    if field.dtype == "float32":
        assert np.isfinite(values).all(), where
    elif field.labels:
        assert values.max(initial=0) < len(field.labels), where


def refusal(data: Data) -> ProjectError | None:
    """Why a transform does not fit its field; None where it does."""
    try:
        fields_of(data)
    except ProjectError as wrong:
        return wrong
    return None


@pytest.mark.parametrize("kind", transforms)
@pytest.mark.parametrize("name", KINDS)
def test_a_transform_gives_what_the_fields_say(kind: str, name: str) -> None:
    base = KINDS[name]
    for field in source_fields(base):
        data = Data(base.source, base.params, transforms=(Transform(kind, (field,)),))
        if wrong := refusal(data):
            assert wrong.place == "data.transforms[0].fields"
            assert wrong.fix
            continue
        fields = fields_of(data)
        dataset = open_dataset(data)
        assert dataset.fields == fields
        seen = looked_at(dataset, np.arange(min(9, dataset.size("train"))), 0, 1)
        for each in fields.values():
            for part in ("train", "validation", "test"):
                check(dataset.column(part, each.name), each, f"{each.name} in {part}")
            check(seen[each.name], each, f"{each.name} in a batch")


@pytest.mark.parametrize("name", KINDS)
def test_every_field_can_be_brought_to_a_scale_and_back(name: str) -> None:
    base = KINDS[name]
    floats = [each for each, field in source_fields(base).items() if field.dtype == "float32"]
    plain = open_dataset(base)
    for field in floats:
        listed = (Transform("standardise", (field,)), Transform("normalise", (field,), {"range": "-1 to 1"}))
        dataset = open_dataset(Data(base.source, base.params, transforms=listed))
        back = dataset.unstandardise(field, dataset.column("train", field))
        expected = plain.column("train", field)
        assert np.allclose(back, expected, rtol=1e-4, atol=1e-4 * max(1.0, float(np.abs(expected).max())))
