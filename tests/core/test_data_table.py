"""Tables of one's own: what is detected, what is read, and what is said of broken ones."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import fields_of, open_dataset
from core.data.delimited import read_table
from core.data.registry import sources
from core.data.table import preview
from core.model.fault import ProjectError
from core.model.settings import Data

FLOWERS = "length,width,colour,species\n" + "".join(
    f"{n}.5,{n % 7},{('red', 'blue')[n % 2]},{('rose', 'tulip', 'lily')[n % 3]}\n" for n in range(30)
)


@pytest.fixture
def write(tmp_path: Path):
    def save(content: str | bytes, name: str = "table.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return save


def refusal(path: str, **params: object) -> ProjectError:
    with pytest.raises(ProjectError) as refused:
        open_dataset(Data("csv", {"path": path, **params}))
    return refused.value


def test_categories_become_inputs_and_the_last_column_the_target(write) -> None:
    data = Data("csv", {"path": write(FLOWERS)})
    fields = fields_of(data)
    assert fields["x"].labels == ("length", "width", "colour=blue", "colour=red")
    assert fields["y"].labels == ("lily", "rose", "tulip")
    assert fields["y"].title == "species"
    arrays = sources["csv"].load(data.params)
    assert arrays["x"][1].tolist() == [1.5, 1, 1, 0]
    assert arrays["y"][:3].tolist() == [1, 2, 0]
    assert open_dataset(data).size("train") == 22


def test_columns_can_be_chosen(write) -> None:
    params = {"path": write(FLOWERS), "target": "length", "features": "width, species"}
    fields = fields_of(Data("csv", params))
    assert fields["x"].labels == ("width", "species=lily", "species=rose", "species=tulip")
    assert fields["y"].meaning == "number"
    assert sources["csv"].load(params)["y"][:2].tolist() == [[0.5], [1.5]]


def test_a_name_with_a_comma_is_quoted(write) -> None:
    path = write('"a, b",c,y\n' + "1,2,3.5\n4,5,6\n" * 3)
    assert fields_of(Data("csv", {"path": path, "features": '"a, b"'}))["x"].labels == ("a, b",)


def test_the_preview_shows_types_and_missing_cells(write) -> None:
    names = "".join(f"person {n},{n},{'' if n % 10 == 0 else n * 0.5},{'yes' if n % 3 else 'no'}\n" for n in range(40))
    seen = preview(write("name,age,height,member\n" + names))
    assert [(column.name, column.type, column.missing) for column in seen.columns] == [
        ("name", "text", 0), ("age", "number", 0), ("height", "number", 4), ("member", "category", 0),
    ]  # fmt: skip
    assert seen.columns[3].values == ("no", "yes")
    assert (seen.columns[1].low, seen.columns[1].high) == (0, 39)
    assert seen.missing == 4
    assert seen.count == 40
    assert seen.rows[0] == ("person 0", "0", "", "no")
    assert seen.has_header
    assert seen.delimiter == "comma"
    assert seen.encoding == "UTF-8"


def test_free_text_is_left_out_unless_it_is_named(write) -> None:
    path = write("name,age,y\n" + "".join(f"person {n},{n},{n * 0.5}\n" for n in range(40)))
    assert fields_of(Data("csv", {"path": path}))["x"].labels == ("age",)
    error = refusal(path, features="name, age")
    assert "40 different texts" in error.message
    assert error.place == "table.csv, column “name”"


@pytest.mark.parametrize(
    ("name", "content", "delimiter", "number"),
    [
        ("a.csv", "a,b\n1.5,2\n3,4\n", "comma", 1.5),
        ("a.tsv", "a\tb\n1.5\t2\n3\t4\n", "tab", 1.5),
        ("a.txt", "a|b\n1.5|2\n3|4\n", "bar", 1.5),
        ("a.csv", "a;b\n1,5;2\n3;4\n", "semicolon", 1.5),
        ("a.csv", "a;b\r\n1,5;2\r\n3;4\r\n", "semicolon", 1.5),
        ("a.csv", "a,b\r1.5,2\r3,4\r", "comma", 1.5),
        ("a.csv", 'a,b\n"1.5","2"\n"3","4"', "comma", 1.5),
    ],
)
def test_separators_line_ends_and_decimal_commas(write, name: str, content: str, delimiter: str, number: float) -> None:
    path = write(content, name)
    assert preview(path).delimiter == delimiter
    assert sources["csv"].load({"path": path})["x"][0, 0] == number


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("a,b\n1,2\n", ("a", "b")),
        ("1,2\n3,4\n", ("column 1", "column 2")),
        ("5.1,setosa\n4.9,rose\n", ("column 1", "column 2")),
        ("red,big\nblue,small\nred,small\n", ("column 1", "column 2")),
        (",a,b\n0,1,2\n1,3,4\n", ("column 1", "a", "b")),
        ("1,5;2,5\n2,5;3,5\n", ("column 1", "column 2")),
    ],
)
def test_a_header_is_found(write, content: str, names: tuple[str, ...]) -> None:
    assert tuple(column.name for column in preview(write(content)).columns) == names


def test_a_header_can_be_said(write) -> None:
    path = write("2019,2020,2019\n1,2,3\n4,5,6\n")
    assert preview(path).count == 3
    seen = preview(path, header="yes")
    assert tuple(column.name for column in seen.columns) == ("2019", "2020", "2019 (2)")
    assert seen.count == 2


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("größe,y\n1,2\n3,5\n".encode(), "UTF-8"),
        (b"\xef\xbb\xbf" + "größe,y\n1,2\n3,5\n".encode(), "UTF-8"),
        ("größe,y\n1,2\n3,5\n".encode("latin-1"), "Latin-1"),
        ("größe,y\n1,2\n3,5\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_encodings(write, raw: bytes, encoding: str) -> None:
    seen = preview(write(raw))
    assert seen.columns[0].name == "größe"
    assert seen.encoding == encoding


def test_missing_values_drop_the_row_or_get_the_training_mean(write) -> None:
    rows = "".join(f"{n},{'' if n in (3, 7) else n % 2},{n}.5\n" for n in range(20)) + ",1,\n"
    path = write("a,b,y\n" + rows)
    dropped = sources["csv"].load({"path": path})
    assert dropped["x"][:, 0].tolist() == [n for n in range(20) if n not in (3, 7)]
    dataset = open_dataset(Data("csv", {"path": path, "missing": "mean"}))
    assert dataset.samples == 20, "a row without a target teaches nothing"
    columns = {part: dataset.column(part, "x") for part in dataset.parts}
    original = sources["csv"].load({"path": path, "missing": "mean"})["x"]
    known = original[dataset.parts["train"], 1]
    mean = known[~np.isnan(known)].mean()
    for part, column in columns.items():
        gaps = np.isnan(original[dataset.parts[part], 1])
        assert np.allclose(column[gaps, 1], mean)
        assert np.isfinite(column).all()


def test_few_whole_numbers_are_classes_unless_told_otherwise(write) -> None:
    path = write("a,grade\n" + "".join(f"{n}.5,{n % 3 + 1}\n" for n in range(30)))
    assert fields_of(Data("csv", {"path": path}))["y"].labels == ("1", "2", "3")
    assert sources["csv"].load({"path": path})["y"][:4].tolist() == [0, 1, 2, 0]
    assert fields_of(Data("csv", {"path": path, "task": "number"}))["y"].meaning == "number"
    years = write("a,year\n" + "".join(f"{n}.5,{1_234_560 + n}\n" for n in range(30)), "years.csv")
    assert fields_of(Data("csv", {"path": years}))["y"].meaning == "number"
    assert fields_of(Data("csv", {"path": years, "task": "classes"}))["y"].labels[1] == "1234561"
    assert sources["csv"].load({"path": years, "task": "classes"})["y"].tolist() == list(range(30))


def test_an_edited_file_is_read_again(write) -> None:
    path = write("a,y\n1,2.5\n3,4\n")
    assert open_dataset(Data("csv", {"path": path})).samples == 2
    write("a,y\n1,2.5\n3,4\n5,6\n7,8\n")
    assert open_dataset(Data("csv", {"path": path})).samples == 4


def test_a_ragged_row_is_named_by_its_line(write) -> None:
    error = refusal(write('a,b\n1,2\n\n"3\n4",5\n6,7,8\n'))
    assert error.message == "The row has 3 cells, the first line has 2 cells."
    assert error.place == "table.csv, line 6"
    assert refusal(write("a,b\n1,2\n3\n")).place == "table.csv, line 3"


def test_text_in_a_number_column_is_named_by_line_and_column(write) -> None:
    rows = [f"{n},{n}.5" for n in range(40)]
    rows[24] = "oops,1.5"
    path = write("age,y\n" + "\n".join(rows))
    assert preview(path).columns[0].odd == 1
    error = refusal(path)
    assert error.message == "“oops” is not a number."
    assert error.place == "table.csv, line 26, column “age”"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("inf", "“inf” is not a number."),
        ("1_000", "“1_000” is not a number."),
        ("0x10", "“0x10” is not a number."),
        ("1e999", "“1e999” is too large: numbers go up to 3.4e+38 in 32 bits."),
        ("-1e300", "“-1e300” is too large: numbers go up to 3.4e+38 in 32 bits."),
    ],
)
def test_what_is_no_number_of_32_bits_is_refused(write, cell: str, said: str) -> None:
    path = write("age,y\n" + "".join(f"{n},{n}.5\n" for n in range(40)) + f"{cell},1\n")
    assert refusal(path).message == said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "The file is empty."),
        (" \n\n", "The file is empty."),
        (",,\n,,\n", "no rows"),
        ("a,b\n", "no rows"),
        (b"PK\x03\x05\0\0binary", "zero byte"),
        (b"\xff\xfea\0b", "UTF-16"),
        ("a\n1\n2\n", "No column is left as a feature"),
        ("a,y\n1,2\n2,2\n", "the same in every row"),
        ("a,y\n" + 'x,"not closed\n1,2\n', "The row cannot be read"),
        ("a,y\n" + "x" * 200_000 + ",1\n", "more than 131,072 characters"),
        ("a,y\n" + "".join(f"1,text {n}\n" for n in range(60)), "60 different values: too many to be classes"),
        ("a,b,y\n1,,2.5\n,1,3.5\n", "Every row lacks a value"),
    ],
)
def test_a_table_from_which_nothing_can_be_learnt_says_why(write, content: str | bytes, words: str) -> None:
    error = refusal(write(content), header="yes" if isinstance(content, str) and content.startswith("a") else "detect")
    assert words in error.message
    assert error.place.startswith("table.csv")
    assert error.fix


def test_a_column_that_is_not_there_is_named(write) -> None:
    path = write(FLOWERS)
    error = refusal(path, target="petals")
    assert "no column “petals”" in error.message
    assert error.place == "data.params.target"
    assert "“length”, “width”, “colour”, “species”" in error.fix
    assert "target and a feature" in refusal(path, features="species,width").message
    assert "does not hold numbers" in refusal(path, task="number").message


def test_a_file_that_is_too_large_is_refused(write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(FLOWERS)
    monkeypatch.setattr("core.data.delimited.MAX_BYTES", 100)
    assert "at most 100 are read" in refusal(path).message


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=8)))
def test_any_table_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([["h"] * len(rows[0]), *rows])
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    path.write_bytes(stream.getvalue().encode())
    said = [tuple(row) for row in rows if any(cell.strip() for cell in row)]
    if not said:
        with pytest.raises(ProjectError, match="no rows"):
            read_table(path, "comma", "yes")
        return
    table = read_table(path, "comma", "yes")
    assert list(table.rows) == said


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    path.write_bytes(content)
    with suppress(ProjectError):
        preview(str(path))
        open_dataset(Data("csv", {"path": str(path)}))
