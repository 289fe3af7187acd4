"""Text: windows, masks, the vocabulary, and blocks that keep validation out of training."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.corpus import CODE, corpus
from core.data.dataset import open_dataset
from core.data.registry import sources
from core.data.text import IGNORED, MASK, RARE, decode, encode
from core.data.tokens import pieces
from core.model.fault import ProjectError
from core.model.settings import Data, Split

TEXT = sources["text"]


def test_the_target_is_the_next_character() -> None:
    arrays, fields = TEXT.load({"length": 40, "stride": 10}), TEXT.fields({"length": 40, "stride": 10})
    x, y = arrays["x"], arrays["y"]
    assert x.shape == y.shape == ((100_000 - 41) // 10 + 1, 40)
    assert (x[:, 1:] == y[:, :-1]).all()
    assert (x[1:, :-10] == x[:-1, 10:]).all()
    assert fields["x"].labels == fields["y"].labels


def test_it_is_readable_python_documentation_in_lower_case() -> None:
    arrays, fields = TEXT.load({"length": 2000, "stride": 2000}), TEXT.fields({"length": 2000})
    text = decode(arrays["x"].ravel(), fields["x"].labels)
    assert "expression" in text
    assert text == text.lower()
    assert "*****" not in text


@pytest.mark.parametrize("letters", ["lower case", "as is"])
@pytest.mark.parametrize("characters", [100, 20_000, 450_000])
def test_the_vocabulary_is_sorted_and_small(letters: str, characters: int) -> None:
    params = {"letters": letters, "characters": characters, "length": 16}
    labels = TEXT.fields(params)["x"].labels
    kept = [label for label in labels if label != RARE]
    assert kept == sorted(kept)
    assert len(set(labels)) == len(labels) <= 100
    assert TEXT.load(params)["x"].max() < len(labels)


def test_rare_characters_have_one_token_together() -> None:
    params = {"letters": "as is", "characters": 450_000, "length": 2000, "stride": 2000}
    labels = TEXT.fields(params)["x"].labels
    assert labels[-1] == RARE
    share = (TEXT.load(params)["x"] == len(labels) - 1).mean()
    assert 0 < share < 0.001


@pytest.mark.parametrize("length", [2, 20, 64])
def test_masked_characters_are_the_target_and_nothing_else_is(length: int) -> None:
    params = {"task": "masked character", "length": length}
    arrays, labels = TEXT.load(params), TEXT.fields(params)["x"].labels
    x, y = arrays["x"], arrays["y"]
    masked = x == len(labels) - 1
    assert labels[-1] == MASK
    assert (masked == (y != IGNORED)).all()
    assert (masked.sum(1) == max(1, round(0.15 * length))).all()
    plain = TEXT.load({"length": length})["x"]
    assert (np.where(masked, y, x) == plain).all()


def test_masks_follow_the_seed() -> None:
    first, again, other = (TEXT.load({"task": "masked character", "seed": seed})["x"] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 90), st.integers(1, 120))
def test_no_character_belongs_to_two_parts(length: int, stride: int) -> None:
    params = {"length": length, "stride": stride, "characters": 6000}
    dataset = open_dataset(Data("text", params, Split(0.2, 0.2)))
    seen = [
        {at for window in indices for at in range(window * stride, window * stride + length + 1)}
        for indices in dataset.parts.values()
    ]
    assert all(seen)
    assert not seen[0] & seen[1]
    assert not seen[1] & seen[2]
    assert not seen[0] & seen[2]


def test_an_ignored_target_reads_as_a_dot() -> None:
    assert decode([0, IGNORED, 1], ("a", "b")) == "a·b"


@pytest.mark.parametrize("text", ["documentation", "program code"])
@pytest.mark.parametrize("level", ["characters", "words"])
def test_tokens_put_together_are_the_text(text: str, level: str) -> None:
    params = {"text": text, "level": level, "length": 200, "stride": 200, "letters": "as is", "vocabulary": 50_000}
    arrays, labels = TEXT.load(params), TEXT.fields(params)["x"].labels
    whole = corpus(text, 100_000, False)
    found = decode(arrays["x"].ravel(), labels)
    assert len(found) > 60_000
    if level == "characters":
        assert len(found) == 200 * len(arrays["x"])
        assert sum(a != b for a, b in zip(found, whole, strict=False)) == found.count(RARE) < 100
    else:
        assert found == whole[: len(found)]


def test_words_are_the_commonest_and_the_rest_is_rare() -> None:
    params = {"level": "words", "vocabulary": 500, "length": 100, "stride": 100}
    arrays, labels = TEXT.load(params), TEXT.fields(params)["x"].labels
    assert len(labels) == 501
    assert labels[-1] == RARE
    assert {" the", " is", "\n"} <= set(labels)
    counts = np.bincount(arrays["x"].ravel(), minlength=501)
    full = {"level": "words", "vocabulary": 50_000, "length": 100, "stride": 100}
    more = np.bincount(TEXT.load(full)["x"].ravel(), minlength=1)
    assert counts[:-1].sum() == pytest.approx(np.sort(more)[-500:].sum(), rel=0.01), "no commoner word is left out"
    assert 0.05 < counts[-1] / counts.sum() < 0.4
    assert len(TEXT.fields({**params, "task": "masked character"})["x"].labels) == 502


def test_two_texts_share_the_alphabet_of_a_keyboard() -> None:
    both = [TEXT.fields({"text": text, "alphabet": "ASCII"})["x"].labels for text in ("documentation", "program code")]
    assert both[0] == both[1]
    assert len(both[0]) == 97
    own = TEXT.fields({"text": "program code"})["x"].labels
    assert set(own) - {RARE} <= set(both[0])
    arrays = TEXT.load({"text": "program code", "alphabet": "ASCII", "length": 500})
    written = decode(arrays["x"][::16].ravel(), both[0])
    assert written.count("def ") > 100
    assert "argumentparser" in written


@given(st.text(alphabet="ab c\n.,!0é\t", max_size=60))
def test_every_character_is_in_one_word(text: str) -> None:
    assert "".join(pieces(text, "words")) == text


def test_what_is_not_in_the_vocabulary_is_left_out_when_a_start_is_typed() -> None:
    assert encode("abXc", ("a", "b", "c")) == [0, 1, 2]
    labels = TEXT.fields({"level": "words"})["x"].labels
    assert decode(encode("the statement is", labels), labels) == "the statement is"
    assert encode("zyxxyz", labels) == []


def test_a_python_without_the_text_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(ProjectError, match="without its source") as refused:
        corpus(CODE, 12_345, True)
    assert "choose the other text" in refused.value.fix


BOTH = {"text": "both, side by side", "length": 32, "stride": 16, "characters": 20_000}


@pytest.mark.parametrize("alphabet", ["of the text", "ASCII"])
def test_two_texts_side_by_side_are_the_texts_over_one_vocabulary(alphabet: str) -> None:
    params = {**BOTH, "alphabet": alphabet}
    arrays, fields = TEXT.load(params), TEXT.fields(params)
    assert list(arrays) == list(fields) == ["x", "y", "x_code", "y_code"]
    assert len({field.labels for field in fields.values()}) == 1
    labels = fields["x"].labels
    for ending, text in (("", "documentation"), ("_code", CODE)):
        x, y = arrays[f"x{ending}"], arrays[f"y{ending}"]
        assert x.shape == y.shape == ((20_000 - 33) // 16 + 1, 32)
        assert (x[:, 1:] == y[:, :-1]).all()
        alone = corpus(text, 20_000, True)[:32]
        assert decode(x[0], labels) == "".join(each if each in labels else RARE for each in alone)


def test_two_texts_of_words_share_the_commonest_of_both() -> None:
    params = {**BOTH, "level": "words", "vocabulary": 50, "length": 8}
    labels = TEXT.fields(params)["x_code"].labels
    assert len(labels) == 51
    assert labels == TEXT.fields(params)["x"].labels
    assert {" the", " self"} <= set(labels)
    found = TEXT.load(params)
    assert len(found["x"]) == len(found["x_code"])


def test_masks_of_two_texts_differ() -> None:
    found = TEXT.load({**BOTH, "task": "masked character"})
    hidden, others = found["y"] != IGNORED, found["y_code"] != IGNORED
    assert (hidden.sum(1) == 5).all()
    assert (others.sum(1) == 5).all()
    assert (hidden != others).any()
