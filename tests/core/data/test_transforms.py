"""Transforms that change every part alike, and the list in which all of them stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import fields_of, open_dataset
from core.data.transforms.spec import GROUPS, transforms
from core.model.fault import ProjectError
from core.model.file import decode, encode
from core.model.project import Project
from core.model.settings import Data, Split, Transform


def given(*listed: Transform, source: str = "digits", params: dict | None = None, **settings: object) -> Data:
    return Data(source, params or {}, transforms=listed, **settings)


@pytest.mark.parametrize("spec", transforms.values(), ids=transforms)
def test_a_kind_is_described_for_people(spec) -> None:
    assert spec.title
    assert spec.doc.endswith(".")
    assert spec.source.endswith(".")
    assert spec.group in GROUPS
    assert (spec.when == "training") == bool(spec.target)
    for param in spec.params:
        assert not param.complaint(param.default)
        assert param.doc.endswith(".")


def test_the_list_is_kept_in_the_file_and_old_files_still_open() -> None:
    project = Project("with transforms")
    project.data = Data(
        "digits", standardise=("x",), transforms=(Transform("flip", ("x",), {"chance": 0.25}, on=False),)
    )
    assert decode(encode(project)).data == project.data
    old = b'{"layerloom": 1, "data": {"source": "iris", "standardise": ["x"]}}'
    assert decode(old).data == Data("iris", standardise=("x",))
    assert np.allclose(open_dataset(decode(old).data).column("train", "x").mean(0), 0, atol=1e-5)


def test_standardise_in_the_list_is_the_same_as_in_old_files() -> None:
    old = open_dataset(Data("wine", standardise=("x",)))
    new = open_dataset(given(Transform("standardise", ("x",)), source="wine"))
    for part in old.parts:
        assert np.array_equal(old.column(part, "x"), new.column(part, "x"))
    assert np.array_equal(old.mean["x"], new.mean["x"])


def test_what_is_switched_off_does_nothing() -> None:
    plain = open_dataset(Data("wine"))
    off = open_dataset(given(Transform("standardise", ("x",), on=False), source="wine"))
    assert np.array_equal(plain.column("train", "x"), off.column("train", "x"))


@pytest.mark.parametrize(("goal", "low", "high"), [("0 to 1", 0.0, 1.0), ("-1 to 1", -1.0, 1.0)])
def test_normalise_brings_the_training_part_to_its_range(goal: str, low: float, high: float) -> None:
    raw = open_dataset(Data("wine"))
    dataset = open_dataset(given(Transform("normalise", ("x",), {"range": goal}), source="wine"))
    x = dataset.column("train", "x")
    assert np.allclose(x.min(0), low, atol=1e-5)
    assert np.allclose(x.max(0), high, atol=1e-5)
    least, most = raw.column("train", "x").min(0), raw.column("train", "x").max(0)
    expected = (raw.column("test", "x") - least) / (most - least) * (high - low) + low
    assert np.allclose(dataset.column("test", "x"), expected, atol=1e-5), "fitted on the training part alone"
    assert np.allclose(dataset.unstandardise("x", x), raw.column("train", "x"), rtol=1e-4)


def test_normalise_over_the_whole_field_keeps_what_is_larger_larger() -> None:
    raw = open_dataset(Data("wine")).column("train", "x")
    data = given(Transform("normalise", ("x",), {"over": "the whole field"}), source="wine")
    x = open_dataset(data).column("train", "x")
    assert np.allclose(x, (raw - raw.min()) / (raw.max() - raw.min()), atol=1e-6)


def test_normalise_by_given_numbers() -> None:
    raw = open_dataset(Data("digits", {"size": 8})).column("train", "x")
    data = given(Transform("normalise", ("x",), {"range": "given", "mean": 0.5, "std": 0.25}), params={"size": 8})
    assert np.allclose(open_dataset(data).column("train", "x"), (raw - 0.5) / 0.25, atol=1e-6)


def test_scalings_in_a_row_are_undone_together() -> None:
    data = given(Transform("normalise", ("x",), {"range": "-1 to 1"}), Transform("standardise", ("x",)), source="wine")
    dataset, raw = open_dataset(data), open_dataset(Data("wine"))
    x = dataset.column("train", "x")
    assert np.allclose(x.mean(0), 0, atol=1e-4)
    assert np.allclose(dataset.unstandardise("x", x), raw.column("train", "x"), rtol=1e-3, atol=1e-3)


def test_one_hot_changes_the_field_and_keeps_the_split() -> None:
    data = given(Transform("one_hot", ("y",), {"smoothing": 0.1}), params={"size": 8})
    field = fields_of(data)["y"]
    assert (field.shape, field.dtype, field.meaning) == ((10,), "float32", "vector")
    raw, dataset = open_dataset(Data("digits", {"size": 8})), open_dataset(data)
    y = dataset.column("validation", "y")
    assert (y.argmax(1) == raw.column("validation", "y")).all()
    assert np.allclose(np.unique(y), [0.01, 0.91])
    assert np.allclose(y.sum(1), 1)


def test_binarise_by_threshold_and_by_chance() -> None:
    raw = open_dataset(Data("digits", {"size": 8})).column("train", "x")
    sharp = open_dataset(given(Transform("binarise", ("x",), {"threshold": 0.25}), params={"size": 8}))
    assert np.array_equal(sharp.column("train", "x"), (raw > 0.25).astype(np.float32))
    tossed = open_dataset(given(Transform("binarise", ("x",), {"how": "sampled"}), params={"size": 8}))
    x = tossed.column("train", "x")
    assert set(np.unique(x)) == {0.0, 1.0}
    assert np.array_equal(x, tossed.column("train", "x")), "drawn once"
    assert abs(x.mean() - raw.mean()) < 0.005
    # The mean of n coins with chances p lies within 5 deviations of the mean of p.
    deviation = np.sqrt((raw * (1 - raw)).mean(0) / len(raw))
    assert (np.abs(x.mean(0) - raw.mean(0)) <= 5 * deviation + 1e-6).all()
    some = tossed.column("train", "x", rows=np.array([3, 1]))
    assert np.array_equal(some, x[[3, 1]])


def test_two_views_are_copies_with_names_of_their_own() -> None:
    data = given(Transform("standardise", ("x",)), Transform("two_views", ("x",)), source="iris")
    assert list(fields_of(data)) == ["x", "y", "x_1", "x_2"]
    dataset = open_dataset(data)
    assert np.array_equal(dataset.column("test", "x_1"), dataset.column("test", "x"))
    assert np.array_equal(dataset.column("test", "x_2"), dataset.column("test", "x"))
    assert np.allclose(dataset.mean["x_1"], dataset.mean["x"])


def test_a_field_that_was_made_can_be_transformed_on() -> None:
    data = given(Transform("two_views", ("x",)), Transform("standardise", ("x_2",)), source="iris")
    dataset = open_dataset(data)
    assert np.allclose(dataset.column("train", "x_2").mean(0), 0, atol=1e-5)
    assert dataset.column("train", "x_1").mean() > 1


def test_gaps_of_a_table_are_filled_before_anything_else(tmp_path: Path) -> None:
    table = tmp_path / "gaps.csv"
    table.write_text("a,b,y\n" + "".join(f"{n},{'' if n % 5 == 0 else n * 2},{n}.5\n" for n in range(40)))
    data = Data("csv", {"path": str(table), "missing": "mean"}, Split(), transforms=(Transform("normalise", ("x",)),))
    x = open_dataset(data).column("train", "x")
    assert np.isfinite(x).all()
    assert x.min() == 0
    assert x.max() == 1


@pytest.mark.parametrize(
    ("listed", "place", "words"),
    [
        ([Transform("standardize", ("x",))], "data.transforms[0].kind", "Did you mean “standardise”"),
        ([Transform("flip", ("z",))], "data.transforms[0].fields", "no field “z”"),
        ([Transform("flip")], "data.transforms[0].fields", "no field to work on"),
        ([Transform("flip", ("y",))], "data.transforms[0].fields", "is no picture, but a class"),
        ([Transform("standardise", ("y",))], "data.transforms[0].fields", "not measurements"),
        ([Transform("one_hot", ("x",))], "data.transforms[0].fields", "no classes"),
        ([Transform("grayscale", ("x",))], "data.transforms[0].fields", "has 1 channel, not red, green and blue"),
        ([Transform("flip", ("x",), {"chance": 2.0})], "data.transforms[0].params.chance", "at most 1"),
        ([Transform("flip", ("x",), {"chanc": 1.0})], "data.transforms[0].params.chanc", "Did you mean “chance”"),
        ([Transform("two_views", ("x",)), Transform("two_views", ("x",))], "data.transforms[1]", "there already"),
        ([Transform("flip", ("x",)), Transform("binarise", ("x",))], "data.transforms[1]", "Move it above"),
        (
            [Transform("normalise", ("x",), {"range": "given", "mean": (0.5, 0.4, 0.3)})],
            "data.transforms[0].fields",
            "has 1 channels or columns, and 3 numbers",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(listed: list[Transform], place: str, words: str) -> None:
    for open_it in (fields_of, open_dataset):
        with pytest.raises(ProjectError) as refused:
            open_it(given(*listed))
        assert refused.value.place == place
        assert words in str(refused.value)
        assert refused.value.fix
