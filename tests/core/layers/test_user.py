"""Kinds of the user's own: asked for once per content, loaded, trained, exported, and kept in files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.cli import main
from core.compiler.build import build
from core.compiler.shape_cache import ShapeCache
from core.compiler.shapes import infer
from core.compiler.source import class_name, source
from core.layers import user, user_folder
from core.layers.examples import VECTOR
from core.model.edits import removal
from core.model.fault import EditError
from core.model.file import decode, encode, write
from core.model.history import History
from core.model.ops import SetParams
from core.model.spec import registry
from tests.core.networks import chain, field_of, run_source, single

ROOT = Path(__file__).resolve().parents[3]
SNAKE = user_folder.EXAMPLE


@pytest.fixture(autouse=True)
def _own_kinds() -> Iterator[None]:
    user.folder().mkdir(parents=True)
    yield
    user.forget()


def put(text: str, name: str = "snake.py") -> user.UserFile:
    """Writes a file into the folder and returns what is found there."""
    (user.folder() / name).write_text(text, encoding="utf-8")
    return next(file for file in user.found() if file.name == name)


def load(text: str, name: str = "snake.py") -> user.Loaded:
    file = put(text, name)
    user.trust(file)
    return user.load(file.path)


def test_a_file_runs_only_when_its_content_was_allowed(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    text = f"import pathlib\nran = pathlib.Path({str(ran)!r})\nran.write_text(f'{{ran.exists()}}')\n{SNAKE}"
    file = put(text)
    assert file.state == "new"
    assert "trust snake.py" in str(user.load(file.path).problem)
    assert user.load_trusted() == []
    assert not ran.exists()
    user.trust(file)
    assert user.load(file.path).kinds == ("snake",)
    changed = put(text + "# more\n")
    assert changed.state == "changed"
    assert not changed.is_loaded
    assert "has changed" in str(user.load(changed.path).problem)
    assert ran.read_text() == "False", "it ran once"
    assert put(text).state == "trusted", "the content that was allowed needs no second yes"


def test_what_was_allowed_is_what_runs() -> None:
    asked = put(SNAKE)
    put(SNAKE.replace('"snake"', '"worm"'))
    user.trust(asked)
    assert user.load(asked.path).problem is not None
    assert "worm" not in registry


@pytest.mark.parametrize("damage", [b"{", b"[]", b'{"snake.py": "x"}', b"\xff"])
def test_a_damaged_store_asks_again(damage: bytes) -> None:
    user.trust(put(SNAKE))
    user.store().write_bytes(damage)
    assert user.found()[0].state == "new"


def test_the_kind_computes_learns_and_is_exported(tmp_path: Path) -> None:
    text = SNAKE.replace("self.a = a\n", "self.a = nn.Parameter(torch.tensor(a))\n")
    assert load(text).kinds == ("snake",)
    project, fields = single("snake", ({"a": 3.0}, {"input": (VECTOR,)}))
    network = build(project, fields)
    x = torch.linspace(-2, 2, 24).reshape(4, 6)
    [out] = network.program([("snake_1", "output")])(in_input_0=x)
    torch.testing.assert_close(out, x + torch.sin(3 * x) ** 2 / 3, rtol=0, atol=1e-6)
    out.sum().backward()
    a = dict(network.root.named_parameters())["snake_1.a"]
    slope = (x * torch.sin(6 * x) / 3 - torch.sin(3 * x) ** 2 / 9).sum()
    torch.testing.assert_close(a.grad, slope, rtol=1e-4, atol=1e-5)
    written = source(project, fields)
    assert "layerloom" not in written.replace("made with Layerloom", "").lower()
    assert not re.search(r"^(from|import) (?!__future__|torch)", written, re.MULTILINE)
    names = run_source(written, tmp_path)
    module = names[class_name(project)]()
    module.load_state_dict(network.inference_program().state_dict(), strict=True)
    torch.testing.assert_close(module(x), out, rtol=0, atol=0)
    assert class_name(project) != "Snake", "the project is called like the pasted class"


def test_a_function_and_several_kinds_in_one_file(tmp_path: Path) -> None:
    text = """
import torch
from core.model.spec import LayerSpec

SCALE = 2.0
def twice(input):
    return SCALE * input

SPECS = [
    LayerSpec("twice", "operation", target="twice", call="function"),
    LayerSpec("relu_six", "activation", "ReLU to six", target="torch.nn.ReLU6"),
    LayerSpec("picked", choose=lambda inputs, params: "twice", call="function"),
]
"""
    assert load(text, "several.py").kinds == ("twice", "relu_six", "picked")
    assert [registry[kind].family for kind in ("twice", "relu_six", "picked")] == ["operation", "activation", "own"]
    x = torch.linspace(-9, 9, 12).reshape(2, 6)
    for kind, expected in (("twice", 2 * x), ("relu_six", x.clamp(0, 6)), ("picked", 2 * x)):
        project, fields = single(kind)
        assert torch.equal(build(project, fields).inference_program()(x)[0], expected)
        names = run_source(source(project, fields), tmp_path)
        assert torch.equal(names[class_name(project)]()(x), expected)


def test_an_edited_file_takes_the_place_of_the_old_one() -> None:
    load(SNAKE)
    project, fields = single("snake")
    cache, told = ShapeCache(), list[int]()
    registry.changed.connect(listener := lambda: told.append(registry.version))
    assert infer(project, fields, cache).parameters == 0
    assert load(SNAKE.replace("self.a = a\n", "self.a = nn.Parameter(torch.tensor(a))\n")).kinds == ("snake",)
    assert infer(project, fields, cache).parameters == 1
    registry.changed.disconnect(listener)
    assert told == [registry.version]
    broken = load(SNAKE.replace("class Snake", "class Snake("))
    assert broken.problem is not None
    assert infer(project, fields, cache).parameters == 1, "the last one that worked stays"


def test_a_project_keeps_what_it_cannot_read() -> None:
    load(SNAKE)
    project = chain([("linear", {"out_features": 4}), ("snake", {"a": 2.5})])
    saved = encode(project)
    user.forget()
    fields = {"x": field_of("x", VECTOR)}
    again = decode(saved)
    assert encode(again) == saved
    [fault] = [fault for fault in infer(again, fields).faults if fault.severity == "error"]
    assert fault.node == "snake_1"
    assert "no layer kind “snake”" in fault.message
    assert "snake.py" in fault.fix
    history = History(again)
    history.do("Delete", removal(again, ["snake_1"]))
    history.undo()
    assert encode(again) == saved, "deleting and undoing loses nothing either"
    (user.folder() / "snake.py").unlink()
    assert str(user.folder()) in infer(again, fields).faults[0].fix
    load(SNAKE)
    assert infer(again, fields).ok


def test_a_project_opens_after_its_kind_lost_a_setting_and_a_port() -> None:
    load(SNAKE)
    project, fields = single("snake", ({"a": 2.5}, {"input": (VECTOR,)}))
    saved = encode(project)
    less = re.sub(r"    params=.*\n", "", SNAKE).replace('"snake",\n', '"snake", inputs=(Port("z"),),\n')
    assert load(less.replace("import LayerSpec, Param", "import LayerSpec, Port")).problem is None
    again = decode(saved)
    assert encode(again) == saved
    assert {fault.node for fault in infer(again, fields).faults if fault.severity == "error"} == {"snake_1"}
    with pytest.raises(EditError, match="no parameter"):
        SetParams("snake_1", {"a": 2.0}).apply(again)


def test_readme_shows_a_file_of_ten_lines_that_works() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## A layer of your own")[2]
    text = section.partition("```python\n")[2].partition("```")[0]
    lines = [line for line in text.splitlines() if line.strip()]
    assert 5 <= len(lines) <= 13
    name = re.search(r"`layers/(\w+\.py)`", section)
    assert name
    loaded = load(text, name[1])
    assert loaded.problem is None
    [kind] = loaded.kinds
    project, fields = single(kind)
    assert infer(project, fields).ok
    x = torch.linspace(-2, 2, 12).reshape(2, 6)
    assert torch.equal(build(project, fields).inference_program()(x)[0], x + torch.sin(x) ** 2)


def test_the_command_line_lists_allows_and_refuses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    load(SNAKE)
    project, _ = single("snake")
    write(project, tmp_path / "mine.loom")
    user.forget()
    user.store().unlink()
    for words in (["check"], ["train"], ["export", "--format", "python", "--out", str(tmp_path / "out.py")]):
        assert main([*words, str(tmp_path / "mine.loom")]) == 1
        told = "".join(capsys.readouterr())
        if words[0] == "check":
            assert "layerloom layers trust snake.py" in told
    put("LAYER = 1 +", "bad.py")
    assert main(["layers", "--json"]) == 0
    bad, snake = json.loads(capsys.readouterr().out)
    assert "line 1" in bad["problem"]
    assert (snake["state"], snake["kinds"], snake["problem"]) == ("new", [], "")
    assert main(["layers", "trust", "gone.py"]) == 1
    assert main(["layers", "trust", str(tmp_path / "snake.py")]) == 1
    assert main(["layers", "trust", "bad.py"]) == 1
    assert main(["layers", "trust", "snake.py", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["kinds"] == ["snake"]
    user.forget()
    assert main(["kinds", "--json"]) == 0
    rows = {row["kind"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["snake"]["file"], rows["relu"]["file"]) == ("snake.py", "")
    assert main(["layers"]) == 0
    assert "snake.py" in capsys.readouterr().out
