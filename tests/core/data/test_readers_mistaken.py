"""Files that are something else than what they are taken for, and tables as people save them."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.data.columns import left_out
from core.data.dataset import fields_of, open_dataset, remarks_on
from core.data.table import preview
from core.model.fault import ProjectError
from core.model.settings import Data
from core.model.values import Value


def packed(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "<xml/>")
    return stream.getvalue()


def refusal(path: Path, source: str = "csv", **params: Value) -> ProjectError:
    with pytest.raises(ProjectError) as refused:
        open_dataset(Data(source, {"path": str(path), **params}))
    assert refused.value.fix
    return refused.value


def table(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


ROWS = "".join(f"{n},{n * 2},{'uvw'[n % 3]}\n" for n in range(30))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (packed("[Content_Types].xml", "xl/workbook.xml"), "an Excel or OpenDocument workbook"),
        (packed("mimetype", "word/document.xml"), "a Word or OpenDocument text"),
        (packed("readings.csv"), "a ZIP archive"),
        (gzip.compress(b"a,b\n1,2\n"), "compressed (gzip)"),
        (b"%PDF-1.4\n%\xe2\xe3", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "an old Office document"),
    ],
)
@pytest.mark.parametrize(("source", "wanted"), [("csv", "a text table"), ("text-file", "a text file")])
def test_a_file_of_another_kind_is_called_by_its_name(
    tmp_path: Path, content: bytes, words: str, source: str, wanted: str
) -> None:
    (path := tmp_path / "file.txt").write_bytes(content)
    error = refusal(path, source)
    assert (error.place, error.message) == ("file.txt", f"This is {words}, not {wanted}.")


def test_a_web_page_is_no_table_but_a_text(tmp_path: Path) -> None:
    path = table(tmp_path / "data.csv", "<!DOCTYPE html>\n<html><body>Download, here</body></html>\n" * 9)
    assert refusal(path).message == "This is a web page, not a text table."
    assert fields_of(Data("text-file", {"path": str(path)}))["x"].shape == (64,)


def test_names_like_the_first_bytes_of_other_files_are_no_matter(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", "PAR1,BZh9,y\n" + ROWS)
    assert [each.name for each in preview(str(path)).columns] == ["PAR1", "BZh9", "y"]


def test_what_is_no_numpy_file_is_called_by_its_name(tmp_path: Path) -> None:
    (path := tmp_path / "x.npy").write_bytes(pickle.dumps([1, 2]))
    assert "a Python pickle" in refusal(path, "numpy").message
    path.write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    assert "a MATLAB or HDF5 file" in refusal(path, "numpy").message
    np.savez(tmp_path / "none.npz")
    assert refusal(tmp_path / "none.npz", "numpy").message == "The archive holds no arrays."
    np.save(path, np.zeros((4, 2)))
    np.save(tmp_path / "y.npy", np.array(["u", "v", "u", "v"]))
    error = refusal(path, "numpy", y_path=str(tmp_path / "y.npy"))
    assert (error.message, error.place) == ("The array holds texts, not numbers.", "y.npy")


def test_an_archive_with_training_arrays_is_read_and_says_what_is_left(tmp_path: Path) -> None:
    x, y = np.arange(60, dtype=np.float32).reshape(20, 3), np.arange(20) % 2
    np.savez(path := tmp_path / "mnist.npz", x_train=x, y_train=y, x_test=x[:5], y_test=y[:5])
    data = Data("numpy", {"path": str(path)})
    assert open_dataset(data).samples == 20
    assert remarks_on(data) == ("Of the archive x_train and y_train are read; x_test, y_test are not used.",)
    np.savez(path, x=x, y=y)
    assert remarks_on(data) == ()


@pytest.mark.parametrize("above", ["# made by an instrument\n", "My readings\n\n", "a title\nand a second line\n"])
def test_lines_above_a_table_are_to_be_removed(tmp_path: Path, above: str) -> None:
    error = refusal(table(tmp_path / "a.csv", f"{above}a,b,y\n{ROWS}"))
    assert error.fix == "Remove the lines above the table, so that the first one names its columns."


def test_separators_at_the_ends_of_lines_make_no_column(tmp_path: Path) -> None:
    text = "".join(f"{line},,\n" for line in f"a,b,y\n{ROWS}".splitlines())
    seen = preview(str(table(tmp_path / "a.csv", text)))
    assert [each.name for each in seen.columns] == ["a", "b", "y"]
    assert seen.rows[1] == ("1", "2", "v")


def test_an_empty_target_is_called_empty(tmp_path: Path) -> None:
    error = refusal(table(tmp_path / "a.csv", "a,y,b\n" + "".join(f"{n},,{n}\n" for n in range(9))), target="y")
    assert error.message == "“y” is empty in every row."


def test_numbers_that_are_not_whole_are_no_classes(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", "a,y\n" + "".join(f"{n},{n % 3}.5\n" for n in range(30)))
    error = refusal(path, task="classes")
    assert error.message == "“y” holds numbers that are not whole: they are no classes."


def test_spaces_separate_where_nothing_else_does(tmp_path: Path) -> None:
    text = "".join(f"  {n}   {n * 2}.5 {'uvw'[n % 3]}  \n" for n in range(30))
    seen = preview(str(table(tmp_path / "a.data", text)))
    assert (seen.delimiter, seen.has_header, len(seen.columns)) == ("spaces", False, 3)
    assert seen.rows[3] == ("3", "6.5", "u")
    assert fields_of(Data("csv", {"path": str(tmp_path / "a.data")}))["y"].labels == ("u", "v", "w")
    words = table(tmp_path / "b.csv", "".join(f"some words,{n}\n" for n in range(30)))
    assert preview(str(words)).delimiter == "comma"
    uneven = table(tmp_path / "c.csv", "name of it\n" + "".join(f"{n}\n" for n in range(30)))
    assert len(preview(str(uneven)).columns) == 1


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1.000,{}5", "without separators of thousands"),
        ("12{},5", "with a decimal point"),
        ("{} %", "leave units and signs out"),
        ("{}.5kg", "leave units and signs out"),
        ("$ {}", "leave units and signs out"),
        ("name {}", ""),
        ("2020-01-{}", ""),
    ],
)
def test_numbers_that_are_written_otherwise_get_a_hint(tmp_path: Path, cell: str, words: str) -> None:
    rows = "".join(f'"{cell.format(n)}",{n},{n % 2}\n' for n in range(60))
    message, fix = left_out(preview(str(table(tmp_path / "a.csv", f"a,b,y\n{rows}"))).columns[0])
    assert message.startswith("“a” is left out: 60 different texts")
    assert words in fix
    assert bool(words) == bool(fix)
