"""Parquet tables, whole and broken, with and without the library that reads them."""

from __future__ import annotations

import datetime
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import fields_of, open_dataset, remarks_on
from core.data.registry import sources
from core.data.table import preview
from core.model.fault import ProjectError
from core.model.settings import Data

pyarrow = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

LOAD = sources["parquet"].load


def save(path: Path, **columns: object) -> dict[str, str]:
    parquet.write_table(pyarrow.table(columns), path)
    return {"path": str(path)}


@pytest.fixture
def table(tmp_path: Path) -> dict[str, str]:
    return save(
        tmp_path / "flowers.parquet",
        width=[0.5, 1.5, None, 2.25] * 10,
        petals=pyarrow.array([3, 4, 5, 6] * 10, pyarrow.int8()),
        colour=pyarrow.array(["red", "blue", "red", "white"] * 10).dictionary_encode(),
        seen=[True, False, True, True] * 10,
        kind=["a", "b", "a", "b"] * 10,
    )


def test_a_table_gives_features_and_classes(table: dict[str, str]) -> None:
    fields = fields_of(Data("parquet", table))
    assert fields["y"].labels == ("a", "b")
    assert fields["x"].labels == (
        "width", "petals", "colour=blue", "colour=red", "colour=white", "seen=false", "seen=true",
    )  # fmt: skip
    arrays = LOAD(table)
    assert arrays["x"].shape == (30, 7), "rows with gaps are left out"
    assert arrays["x"][0].tolist() == [0.5, 3, 0, 1, 0, 0, 1]
    assert LOAD({**table, "missing": "mean"})["x"].shape == (40, 7)
    assert open_dataset(Data("parquet", table, standardise=("x",))).size("train") == 22


def test_the_same_table_as_csv_gives_the_same(table: dict[str, str], tmp_path: Path) -> None:
    seen = preview(table["path"])
    assert (seen.count, seen.encoding, seen.missing) == (40, "Parquet", 10)
    (tmp_path / "flowers.csv").write_text(
        "width,petals,colour,seen,kind\n"
        + "0.5,3,red,true,a\n1.5,4,blue,false,b\n,5,red,true,a\n2.25,6,white,true,b\n" * 10
    )
    csv = sources["csv"].load({"path": str(tmp_path / "flowers.csv")})
    for name, values in LOAD(table).items():
        assert np.array_equal(values, csv[name])


def test_a_parquet_file_is_known_by_its_content(table: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "renamed.csv"
    other.write_bytes(Path(table["path"]).read_bytes())
    assert sources["csv"].load({"path": str(other)})["x"].shape == (30, 7)


def test_columns_that_no_network_reads_are_left_out(tmp_path: Path) -> None:
    params = save(
        tmp_path / "odd.parquet",
        when=[datetime.datetime(2024, 1, 1) + datetime.timedelta(minutes=n) for n in range(60)],
        parts=[[n, n + 1] for n in range(60)],
        raw=[bytes([n, 255]) for n in range(60)],
        size=[n * 0.5 for n in range(60)],
        y=[n * 1.5 for n in range(60)],
    )
    fields = fields_of(Data("parquet", params))
    assert fields["x"].labels == ("size",)
    assert (fields["y"].shape, fields["y"].meaning) == ((1,), "number")
    said = remarks_on(Data("parquet", params))
    assert [line.partition(" is left out")[0] for line in said] == ["“when”", "“parts”", "“raw”"]


def test_an_odd_cell_is_named_by_its_row(tmp_path: Path) -> None:
    params = save(tmp_path / "odd.parquet", a=[*(str(n) for n in range(39)), "many"], y=[0.5 * n for n in range(40)])
    with pytest.raises(ProjectError) as refused:
        LOAD(params)
    assert refused.value.place == "odd.parquet, row 40, column “a”"


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no rows"):
        LOAD(
            save(tmp_path / "none.parquet", a=pyarrow.array([], pyarrow.float64()), b=pyarrow.array([], pyarrow.int8()))
        )


def test_a_table_that_is_too_large_is_refused(table: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.data.parquet.MOST_CELLS", 100)
    with pytest.raises(ProjectError, match="40 rows and 5 columns"):
        LOAD(table)


def test_without_the_library_the_way_to_it_is_told(table: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ProjectError) as refused:
        LOAD(table)
    assert "pip install pyarrow" in refused.value.fix
    assert refused.value.place == "flowers.parquet"


def test_a_file_that_is_cut_anywhere_is_refused(table: dict[str, str]) -> None:
    path = Path(table["path"])
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(ProjectError) as refused:
            LOAD(table)
        assert refused.value.place.startswith("flowers.parquet")
        assert refused.value.fix


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_damage_is_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("parquet")
    params = save(folder / "t.parquet", a=[0.5 * n for n in range(40)], b=["x", "y"] * 20)
    path = Path(params["path"])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with suppress(ProjectError):
        LOAD(params)
