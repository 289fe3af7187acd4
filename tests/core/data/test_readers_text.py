"""Text files of the user's own, whole and broken."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import fields_of, open_dataset
from core.data.registry import sources
from core.model.fault import ProjectError
from core.model.settings import Data, Split

LOAD = sources["text-file"].load
POEM = "The cat sat.\nThe dog – “Wow” – didn't!\n\nIt's 3 o’clock.\n"


def text(folder: Path, content: str | bytes = POEM, **params: object) -> dict[str, object]:
    path = folder / "poem.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {"path": str(path), "length": 8, "stride": 4, **params}


def test_characters_come_back_and_the_target_is_the_next_one(tmp_path: Path) -> None:
    params = text(tmp_path)
    labels = fields_of(Data("text-file", params))["x"].labels
    assert set(labels) == set(POEM)
    arrays = LOAD(params)
    for number, (x, y) in enumerate(zip(arrays["x"], arrays["y"], strict=True)):
        assert "".join(labels[token] for token in x) == POEM[number * 4 : number * 4 + 8]
        assert "".join(labels[token] for token in y) == POEM[number * 4 + 1 : number * 4 + 9]


def test_words_and_signs_are_tokens(tmp_path: Path) -> None:
    params = text(tmp_path, unit="words", length=3, stride=1, letters="lower case")
    labels = fields_of(Data("text-file", params))["x"].labels
    x = LOAD(params)["x"]
    read = [labels[token] for token in x[:, 0]]
    assert read[:8] == ["the", "cat", "sat", ".", "\n", "the", "dog", "–"]
    assert "didn't" in labels
    assert "o’clock" in labels


def test_rare_tokens_share_one(tmp_path: Path) -> None:
    params = text(tmp_path, vocabulary=5)
    labels = fields_of(Data("text-file", params))["x"].labels
    assert len(labels) == 6
    assert labels[-1] == "�"
    assert "t" in labels
    assert (LOAD(params)["x"] == 5).any()
    assert fields_of(Data("text-file", {**params, "unit": "words"}))["x"].labels[-1] == "<rare>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_line_ends_make_no_difference(tmp_path: Path, encoding: str) -> None:
    plain = LOAD(text(tmp_path))
    other = LOAD(text(tmp_path, POEM.replace("\n", "\r\n").encode(encoding)))
    assert np.array_equal(plain["x"], other["x"])


def test_parts_share_no_characters(tmp_path: Path) -> None:
    params = text(tmp_path, "".join(chr(0x4E00 + n) for n in range(400)), length=10, stride=5)
    dataset = open_dataset(Data("text-file", params, Split(0.2, 0.2)))
    parts = [np.unique(np.concatenate([dataset.column(part, name) for name in "xy"])) for part in dataset.parts]
    assert all(len(part) > 20 for part in parts)
    assert len(np.unique(np.concatenate(parts))) == sum(map(len, parts))


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"", "poem.txt", "no text"),
        (b" \n\t ", "poem.txt", "no text"),
        (b"caf\xe9 au lait and more", "poem.txt, byte 3", "not text in UTF-8"),
        (b"one\ntwo\0three", "poem.txt, line 2", "holds a zero"),
        (b"\xff\xfea", "poem.txt, byte 2", "not text in UTF-16"),
        (b"short", "data.params.length", "5 characters"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(tmp_path: Path, content: bytes, place: str, words: str) -> None:
    with pytest.raises(ProjectError) as refused:
        LOAD(text(tmp_path, content))
    # The byte-order mark of UTF-16 counts in Python's message or not, by version.
    assert refused.value.place.startswith(place.rsplit(" ", 1)[0])
    assert words in refused.value.message
    assert refused.value.fix


def test_too_many_windows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.data.textfile.MOST_WINDOWS", 100)
    with pytest.raises(ProjectError, match="Choose a stride"):
        LOAD(text(tmp_path, POEM * 10, stride=1))


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    assert len(LOAD(text(tmp_path))["x"]) < len(LOAD(text(tmp_path, POEM * 3))["x"])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["characters", "words"]))
def test_no_bytes_are_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes, unit: str) -> None:
    params = text(tmp_path_factory.mktemp("text"), content, unit=unit)
    with suppress(ProjectError):
        LOAD(params)
