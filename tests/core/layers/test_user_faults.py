"""Files of the user that cannot be loaded: each is a plain sentence with file, line and a fix, and the others load."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.compiler.shapes import infer
from core.layers import user
from core.model.spec import registry
from tests.core.networks import single

HEAD = "import torch\nfrom torch import nn\nfrom core.model.spec import LayerSpec, Param, Port\n"
OWN = "class Own(nn.Module):\n    def __init__(self, a: int = 1):\n        super().__init__()\n"
OWN += "    def forward(self, input):\n        return input\n"
GOOD = HEAD + OWN + 'LAYER = LayerSpec("own_one", target="Own")\n'


@pytest.fixture(autouse=True)
def _own_kinds() -> Iterator[None]:
    user.folder().mkdir(parents=True)
    yield
    user.forget()


def load(content: str | bytes, name: str = "mine.py") -> user.Loaded:
    path = user.folder() / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    user.trust(next(file for file in user.found() if file.name == name))
    return user.load(path)


def spec(text: str) -> str:
    """A file whose last line, 9, is the spec."""
    return f"{HEAD}{OWN}LAYER = LayerSpec({text})\n"


BAD: dict[str, tuple[str | bytes, int, str]] = {
    "syntax": (HEAD + "class Own(\n", 4, "not Python"),
    "null": (b"x = 1\n\0", 0, "Python"),
    "not UTF-8": (b"# a\n# b\n\xff\n", 3, "UTF-8"),
    "nothing": ("", 0, "defines no layer"),
    "both": (GOOD + "SPECS = (LAYER,)\n", 9, "both LAYER and SPECS"),
    "wrong type": (HEAD + "LAYER = 3\n", 4, "type int"),
    "none": (HEAD + "LAYER = None\n", 4, "None"),
    "several": (GOOD.replace('get="Own")', 'get="Own"),'), 9, "not several"),
    "no tuple": (HEAD + "SPECS = 4\n", 4, "tuple"),
    "empty": (HEAD + "SPECS = ()\n", 4, "empty"),
    "twice": (GOOD.replace("LAYER = ", "SPECS = 2 * (").replace('"Own")\n', '"Own"),)\n'), 9, "twice"),
    "raises": (HEAD + "\nraise RuntimeError('no luck')\n", 5, "RuntimeError: no luck"),
    "raises inside": (HEAD + "def f():\n    return 1 / 0\nf()\n", 5, "ZeroDivisionError"),
    "ends": (HEAD + "raise SystemExit(3)\n", 4, "SystemExit"),
    "no package": ("import nowhere_at_all\n", 1, "nowhere_at_all"),
    "spec without kind": (spec(""), 9, "TypeError"),
    "kind taken": (spec('"linear", target="Own"'), 9, "already taken by Layerloom"),
    "kind of blocks": (spec('"block", target="Own"'), 9, "“block”"),
    "bad kind": (spec('"My layer", target="Own"'), 9, "My layer"),
    "kind that is a number": (spec('7, target="Own"'), 9, "“7”"),
    "family": (spec('"own_one", "magic", target="Own"'), 9, "no family “magic”"),
    "call": (spec('"own_one", target="Own", call="sink"'), 9, "“sink”"),
    "no target": (spec('"own_one"'), 9, "no target"),
    "class missing": (spec('"own_one", target="Gone"'), 9, "no class “Gone”"),
    "foreign target": (spec('"own_one", target="os.system"'), 9, "os.system"),
    "torch has none": (spec('"own_one", target="torch.nn.Gone"'), 9, "torch.nn.Gone"),
    "imported target": (spec('"own_one", target="nn"'), 2, "imported"),
    "no module": (HEAD + 'class Own:\n    pass\nLAYER = LayerSpec("own_one", target="Own")\n', 4, "not an nn.Module"),
    "other parameters": (spec('"own_one", target="Own", params=(Param("b", "B", "int", 1, ""),)'), 9, "'b'"),
    "bad default": (spec('"own_one", target="Own", params=(Param("a", "A", "int", 1, "", low=2),)'), 9, "at least 2"),
    "bad param type": (spec('"own_one", target="Own", params=(Param("a", "A", "real", 1, ""),)'), 9, "type “real”"),
    "params of something": (spec('"own_one", target="Own", params=("a",)'), 9, "no Param"),
    "port twice": (spec('"own_one", target="Own", inputs=(Port("a"), Port("a"))'), 9, "twice"),
    "port name": (spec('"own_one", target="Own", inputs=Port("a b")'), 9, "“a b”"),
    "no output": (spec('"own_one", target="Own", outputs=()'), 9, "no output"),
    "check": (spec('"own_one", target="Own", check=3'), 9, "check"),
    "loss without loss": (spec('"own_one", "loss", target="Own", outputs=(Port("x"),)'), 9, "loss"),
    "strange settings": (spec('"own_one", target="Own", settings=([],)'), 9, "cannot be understood"),
    "uses the program": (GOOD.replace("return input", "return LayerSpec"), 3, "export"),
    "unknown name": (GOOD.replace("return input", "return lost(input)"), 8, "lost"),
    "name of the program's": (GOOD.replace("Own", "DiceLoss"), 4, "DiceLoss"),
    "too large": ("#" * (user.LARGEST + 1), 0, "larger"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_loaded_says_where_and_why(case: str) -> None:
    content, line, words = BAD[case]
    before = [spec.kind for spec in registry]
    problem = load(content).problem
    assert problem is not None
    assert (problem.file, problem.line) == ("mine.py", line), str(problem)
    assert words in problem.message
    assert problem.message.endswith(".")
    assert problem.fix.endswith(".")
    assert [spec.kind for spec in registry] == before
    assert load(GOOD, "other.py").kinds == ("own_one",), "other files still load"


@pytest.mark.parametrize("name", ["my layer.py", "2d.py", "class.py", "_hidden.py", "ö.py", ".py.py"])
def test_a_name_that_cannot_be_one(name: str) -> None:
    if name.startswith("."):
        (user.folder() / name).write_text(GOOD)
        assert user.found() == []
        return
    problem = load(GOOD, name).problem
    assert problem is not None
    assert "Rename the file" in problem.fix


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("input.nope()", "line 8: 'Tensor' object has no attribute 'nope'"),
        ("input if input.sum().item() > 0 else -input", "line 8: "),
        ("3", "no tensor"),
        ("input @ torch.zeros(3, 3)", "line 8: "),
    ],
)
def test_a_layer_that_fails_is_a_fault_with_its_line(body: str, words: str) -> None:
    load(GOOD.replace("return input", f"return {body}"))
    project, fields = single("own_one")
    [fault] = [fault for fault in infer(project, fields).faults if fault.severity == "error"]
    assert fault.node == "own_one_1"
    assert fault.message.startswith("Own one fails in mine.py")
    assert words in fault.message
    assert fault.fix


def test_two_files_do_not_share_names() -> None:
    assert load(GOOD, "first.py").kinds == ("own_one",)
    problem = load(GOOD, "second.py").problem
    assert problem is not None
    assert "taken by first.py" in problem.message
    problem = load(GOOD.replace("own_one", "own_two"), "second.py").problem
    assert problem is not None
    assert "“Own” is already used by first.py" in problem.message
    assert load(GOOD.replace("own_one", "own_two").replace("Own", "Two"), "second.py").kinds == ("own_two",)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("summary=lambda p: 1 / 0", "The summary of Own one fails in mine.py, line 9: ZeroDivisionError: division by"),
        ("summary=lambda p: p['gone']", "The summary of Own one fails in mine.py, line 9: KeyError: 'gone'."),
        ("spread=lambda p: 1 / 0", "The spread of Own one fails in mine.py, line 9: ZeroDivisionError: division by"),
        ("spread=lambda p: ('a', 'b')", "The spread of Own one fails in mine.py: it gives something that is no Port."),
        ("spread=lambda p: None", "The spread of Own one fails in mine.py: TypeError: "),
    ],
)
def test_what_fails_while_drawing_is_a_finding_on_the_node(given: str, told: str) -> None:
    assert load(spec(f'"own_one", target="Own", {given}')).problem is None
    # Nothing is raised where the canvas is drawn …
    assert registry["own_one"].telling({}) == ""
    assert [port.name for port in registry["own_one"].outputs_for({})] == ["output"]
    # … and the user is told, while the layer goes on working.
    project, fields = single("own_one")
    inference = infer(project, fields)
    [fault] = [fault for fault in inference.faults if fault.node == "own_one_1"]
    assert fault.severity == "warning"
    assert fault.message.startswith(told)
    assert fault.fix.startswith("Mend it there")
    assert inference.nodes["own_one_1"].outputs


def test_the_own_check_of_a_kind_speaks_first() -> None:
    text = 'summary=lambda p: 1 / 0, check=lambda i, p: Complaint("Not so.", "Do it.")'
    load(spec(f'"own_one", target="Own", {text}').replace("import LayerSpec,", "import Complaint, LayerSpec,"))
    project, fields = single("own_one")
    assert [fault.message for fault in infer(project, fields).faults if fault.node == "own_one_1"] == ["Not so."]


def test_folders_and_other_files_are_passed_over() -> None:
    (user.folder() / "folder.py").mkdir()
    (user.folder() / "notes.txt").write_text("x")
    (user.folder() / "mine.py.example").write_text("x")
    assert user.found() == []
