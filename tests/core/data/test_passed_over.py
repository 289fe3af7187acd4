"""What lies in folders of the user's own and is not used is told, by the headless commands too."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest
from PIL import Image

from core.cli import main
from core.data.dataset import fields_of, open_dataset, remarks_on
from core.model.fault import ProjectError
from core.model.file import write
from core.model.settings import Data
from tests.core.networks import chain
from tests.core.training_data import plan


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"something")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pets"
    for name in ("cats", "dogs"):
        (folder / name).mkdir(parents=True)
        for number in range(10):
            Image.new("L", (4, 4), 20 * number).save(folder / name / f"{number}.png")
    return folder


def said(folder: Path, source: str = "image-folder") -> tuple[str, ...]:
    return remarks_on(Data(source, {"path": str(folder)}))


def test_of_a_clean_folder_nothing_is_said(pictures: Path) -> None:
    put(pictures, "cats/.DS_Store", "dogs/Thumbs.db", ".git/HEAD", "__MACOSX/._cats", "desktop.ini", "README.md")
    assert said(pictures) == ()


def test_files_of_other_types_are_counted_and_the_first_ones_named(pictures: Path) -> None:
    put(pictures, "cats/notes.txt")
    [told] = said(pictures)
    assert told == (
        "1 file of another type is left out: cats/notes.txt. "
        "Only .bmp, .gif, .jpeg, .jpg, .pgm, .png, .ppm, .tif, .tiff and .webp are read."
    )
    put(pictures, *(f"dogs/{number}.heic" for number in range(5)))
    [told] = said(pictures)
    assert told.startswith(
        "6 files of other types are left out: cats/notes.txt, dogs/0.heic, dogs/1.heic and 3 more. Only"
    )


def test_empty_classes_and_what_lies_beside_or_deeper_is_named(pictures: Path) -> None:
    put(pictures, "loose.png", "cats/old/1.png")
    (pictures / "mice").mkdir()
    empty, beside, deeper = said(pictures)
    assert empty == "“mice” is no class: its folder holds no pictures."
    assert beside == "1 picture is left out, for it lies beside the folders of the classes: loose.png."
    assert deeper == "1 folder is left out, for it lies within the folder of a class: cats/old."
    (pictures / "birds").mkdir()
    put(pictures, "other.jpg", "dogs/old/1.png")
    empty, beside, deeper = said(pictures)
    assert empty == "“birds” and “mice” are no classes: their folders hold no pictures."
    assert beside == "2 pictures are left out, for they lie beside the folders of the classes: loose.png and other.jpg."
    assert deeper == "2 folders are left out, for they lie within the folder of a class: cats/old and dogs/old."


def test_links_that_lead_nowhere_are_named(pictures: Path) -> None:
    (pictures / "cats" / "lost.png").symlink_to(pictures / "gone.png")
    assert said(pictures) == ("1 picture is left out, for it is no file that can be read: cats/lost.png.",)


def test_sounds_are_told_of_in_the_same_way(tmp_path: Path) -> None:
    for name in ("high", "low"):
        put(tmp_path, f"{name}/1.wav")
    put(tmp_path, "high/2.mp3", "none/3.mp3")
    empty, others = said(tmp_path, "sound-folder")
    assert empty == "“none” is no class: its folder holds no sounds."
    assert others == "2 files of other types are left out: high/2.mp3 and none/3.mp3. Only .wav and .wave are read."


def test_what_is_chosen_a_folder_too_high_is_explained(pictures: Path) -> None:
    with pytest.raises(ProjectError, match="Those in “pets” lie a folder deeper") as refused:
        fields_of(Data("image-folder", {"path": str(pictures.parent)}))
    assert refused.value.fix == "Choose the folder “pets” instead."


def test_only_files_of_other_types_are_explained(tmp_path: Path) -> None:
    put(tmp_path, "high/1.mp3", "low/1.mp3")
    with pytest.raises(ProjectError, match=r"no sounds in sub-folders here\. 2 files of other types are left"):
        fields_of(Data("sound-folder", {"path": str(tmp_path)}))


def test_all_pictures_that_cannot_be_read_are_named_at_once(pictures: Path) -> None:
    put(pictures, "cats/3.png")
    with pytest.raises(ProjectError) as refused:
        open_dataset(Data("image-folder", {"path": str(pictures)}))
    assert str(refused.value.message) == "The picture cannot be read: it is damaged or not a picture."
    put(pictures, "dogs/1.png", "dogs/2.png", "dogs/3.png", "dogs/4.png")
    with pytest.raises(ProjectError) as refused:
        open_dataset(Data("image-folder", {"path": str(pictures)}))
    assert refused.value.place == "cats/3.png"
    named = "4 other pictures cannot be read either: dogs/1.png, dogs/2.png, dogs/3.png and 1 more."
    assert refused.value.message.endswith(named)


def test_all_sounds_that_cannot_be_read_are_named_at_once(tmp_path: Path) -> None:
    put(tmp_path, "high/1.wav", "low/2.wav")
    with wave.open(str(tmp_path / "low/1.wav"), "wb") as stream:
        stream.setparams((1, 2, 8000, 0, "NONE", ""))
        stream.writeframes(bytes(4000))
    with pytest.raises(ProjectError, match=r"1 other sound cannot be read either: low/2\.wav\.") as refused:
        open_dataset(Data("sound-folder", {"path": str(tmp_path)}))
    assert refused.value.place == "high/1.wav"


def test_check_and_train_say_it(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "mice").mkdir()
    project = plan(chain([("flatten", {}), ("linear", {"out_features": 2})], loss="cross_entropy"), epochs=1)
    project.data = Data("image-folder", {"path": str(pictures), "size": 4})
    write(project, file := tmp_path / "pets.loom")
    wanted = "“mice” is no class: its folder holds no pictures."
    assert main(["check", str(file)]) == 0
    assert f"note: data: {wanted}" in capsys.readouterr().out.splitlines()
    assert main(["check", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == [wanted]
    assert main(["train", str(file), "--device", "cpu", "--out", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().err.splitlines() == [f"layerloom: {wanted}"]
