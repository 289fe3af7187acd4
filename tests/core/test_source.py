"""Generated source: it reads like a person's, needs torch alone, and computes what the network computes."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.compiler.build import build
from core.compiler.inference import CompileError
from core.compiler.source import class_name, source
from core.model.block import Block
from core.model.ops import AddBlock
from core.model.project import Project
from core.model.tensor import Field
from tests.core.networks import IMAGES, add, chain, instance, lenet, residual, run_source, weigh, wire

VECTORS = {"x": Field("x", (8,)), "y": Field("y", (8,))}
LENET = '''
class LeNet5(nn.Module):
    """LeNet-5."""

    def __init__(self) -> None:
        super().__init__()
        self.conv2d_1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)
        self.tanh_1 = nn.Tanh()
        self.avg_pool2d_1 = nn.AvgPool2d(2)
        self.conv2d_2 = nn.Conv2d(6, 16, kernel_size=5)
        self.tanh_2 = nn.Tanh()
        self.avg_pool2d_2 = nn.AvgPool2d(2)
        self.flatten_1 = nn.Flatten()
        self.linear_1 = nn.Linear(400, 120)
        self.tanh_3 = nn.Tanh()
        self.linear_2 = nn.Linear(120, 84)
        self.tanh_4 = nn.Tanh()
        self.linear_3 = nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv2d_1(x)  # (N, 6, 28, 28)
        x = self.tanh_1(x)  # (N, 6, 28, 28)
        x = self.avg_pool2d_1(x)  # (N, 6, 14, 14)
        x = self.conv2d_2(x)  # (N, 16, 10, 10)
        x = self.tanh_2(x)  # (N, 16, 10, 10)
        x = self.avg_pool2d_2(x)  # (N, 16, 5, 5)
        x = self.flatten_1(x)  # (N, 400)
        x = self.linear_1(x)  # (N, 120)
        x = self.tanh_3(x)  # (N, 120)
        x = self.linear_2(x)  # (N, 84)
        x = self.tanh_4(x)  # (N, 84)
        x = self.linear_3(x)  # (N, 10)
        return x
'''


def _same(project: Project, fields: dict[str, Field], folder: Path, *inputs: torch.Tensor) -> str:
    """The source, after a check that its class computes what the network does."""
    network = build(project, fields, seed=1)
    network.eval()
    program, text = network.inference_program(), source(project, fields)
    module = run_source(text, folder)[class_name(project)]().eval()
    module.load_state_dict(program.state_dict(), strict=True)
    with torch.no_grad():
        expected, found = program(*inputs), module(*inputs)
    for one, other in zip(found if isinstance(found, tuple) else (found,), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    return text


def test_lenet_reads_as_a_person_would_write_it(tmp_path: Path) -> None:
    text = _same(lenet(), IMAGES, tmp_path, torch.rand(2, 1, 28, 28))
    assert text.endswith(LENET)
    assert "CrossEntropy" not in text
    assert "input_2" not in text


def test_text_is_formatted(tmp_path: Path) -> None:
    project = chain(
        [
            ("conv2d", {"kernel_size": (5, 3), "padding": (2, 1), "padding_mode": "circular", "bias": False}),
            ("max_pool2d", {"kernel_size": 2}),
            ("flatten", {}),
            ("linear", {"out_features": 4}),
            ("sign", {}),
        ]
    )
    path = tmp_path / "network.py"
    path.write_text(source(project, IMAGES), encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, "format", "--isolated", "--diff", path], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout
    done = subprocess.run(
        [ruff, "check", "--isolated", "--select", "E,F,I", "--ignore", "E501", path],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_a_value_that_is_needed_again_keeps_its_name(tmp_path: Path) -> None:
    project = Project("Skip")
    for kind in ("input", "linear", "relu", "linear", "add", "output"):
        add(project, kind, **({"out_features": 8} if kind == "linear" else {}))
    for text in (
        "input_1 -> linear_1",
        "linear_1 -> relu_1",
        "relu_1 -> linear_2",
        "linear_2.output -> add_1.inputs",
        "relu_1.output -> add_1.inputs[1]",
        "input_1.output -> add_1.inputs[2]",
        "add_1 -> output_1",
    ):
        wire(project, text)
    text = _same(project, VECTORS, tmp_path, torch.rand(3, 8))
    assert "linear_2 = self.linear_2(out)" in text
    assert "x = linear_2 + out + x" in text


def test_a_sum_of_one_is_that_one(tmp_path: Path) -> None:
    project = Project("One")
    for kind in ("input", "add", "relu", "tanh", "output", "output"):
        add(project, kind)
    wire(project, "input_1.output -> add_1.inputs")
    for name, end in (("relu_1", "output_1"), ("tanh_1", "output_2")):
        wire(project, f"add_1 -> {name}")
        wire(project, f"{name} -> {end}")
    _same(project, VECTORS, tmp_path, torch.randn(3, 8))


def test_several_inputs_and_outputs(tmp_path: Path) -> None:
    project = Project("Two ways")
    add(project, "input")
    add(project, "input", field="y")
    add(project, "concat")
    add(project, "linear", out_features=2)
    wire(project, "input_1.output -> concat_1.inputs")
    wire(project, "input_2.output -> concat_1.inputs[1]")
    wire(project, "concat_1 -> linear_1")
    for source_node in ("linear_1", "concat_1"):
        wire(project, f"{source_node} -> {add(project, 'output')}")
    text = _same(project, VECTORS, tmp_path, torch.rand(3, 8), torch.rand(3, 8))
    assert "def forward(" in text
    assert "x: torch.Tensor, y: torch.Tensor" in text
    assert "torch.cat([x, y], dim=1)" in text
    assert "tuple[torch.Tensor, torch.Tensor]" in text


def test_recurrent_outputs(tmp_path: Path) -> None:
    project = Project("Reader")
    add(project, "input")
    add(project, "lstm", hidden_size=4)
    wire(project, "input_1 -> lstm_1")
    for port in ("hidden", "output"):
        wire(project, f"lstm_1.{port} -> {add(project, 'output')}.input")
    text = _same(project, {"x": Field("x", (5, 3))}, tmp_path, torch.rand(2, 5, 3))
    assert "nn.LSTM(3, 4, batch_first=True)" in text
    assert "lstm_1_hidden = lstm_1[1][0][-1]" in text


def _blocks(instances: int) -> Project:
    project = residual()
    add(project, "input")
    last = "input_1"
    for _ in range(instances):
        name = instance(project, "residual")
        wire(project, f"{last} -> {name}")
        last = name
    wire(project, f"{last} -> {add(project, 'output')}")
    return project


def test_blocks_become_classes(tmp_path: Path) -> None:
    text = _same(_blocks(3), VECTORS, tmp_path, torch.rand(3, 8))
    assert text.count("class ResidualBlock(nn.Module)") == 1
    assert "self.block_3 = ResidualBlock()" in text
    assert "x = self.block_2(x)" in text


def test_instances_of_other_sizes_have_one_class_that_takes_the_size(tmp_path: Path) -> None:
    project = Project("Stages")
    AddBlock(Block("stage", title="Stage")).apply(project)
    for kind in ("input", "linear", "tanh", "output"):
        add(project, kind, "stage", **({"out_features": 5} if kind == "linear" else {}))
    for text in ("input_1 -> linear_1", "linear_1 -> tanh_1", "tanh_1 -> output_1"):
        wire(project, text, "stage")
    add(project, "input")
    first, second = instance(project, "stage"), instance(project, "stage")
    add(project, "output")
    for text in (f"input_1 -> {first}", f"{first} -> {second}", f"{second} -> output_1"):
        wire(project, text)
    text = _same(project, VECTORS, tmp_path, torch.rand(3, 8))
    assert "def __init__(self, in_features: int) -> None:" in text
    assert "self.linear_1 = nn.Linear(in_features, 5)" in text
    assert "self.block_1 = Stage(8)" in text
    assert "self.block_2 = Stage(5)" in text


def test_only_what_the_used_output_of_a_block_needs_is_written(tmp_path: Path) -> None:
    project = Project("Half")
    AddBlock(Block("pair")).apply(project)
    for number in (1, 2):
        for kind in ("input", "linear", "output"):
            add(project, kind, "pair")
        wire(project, f"input_{number} -> linear_{number}", "pair")
        wire(project, f"linear_{number} -> output_{number}", "pair")
    for kind in ("input", "linear"):
        add(project, kind)
    name = instance(project, "pair")
    add(project, "output")
    wire(project, "input_1 -> linear_1")
    wire(project, f"input_1.output -> {name}.input_1")
    wire(project, f"linear_1.output -> {name}.input_2")
    wire(project, f"{name}.output_1 -> output_1.input")
    text = _same(project, VECTORS, tmp_path, torch.rand(3, 8))
    assert "linear_2" not in text


def test_shared_weights_are_one_attribute(tmp_path: Path) -> None:
    project = chain([("linear", {"out_features": 8})] * 3)
    weigh(project, "linear_2", "shared", "linear_3")
    text = _same(project, VECTORS, tmp_path, torch.rand(2, 8))
    assert "self.linear_2" not in text
    assert text.count("x = self.linear_3(x)") == 2
    blocks = _blocks(2)
    weigh(blocks, "block_1", "shared", "block_2")
    assert "self.block_1" not in _same(blocks, VECTORS, tmp_path, torch.rand(2, 8))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("LeNet-5", "LeNet5"),
        ("char-rnn", "CharRnn"),
        ("2-4-2-1", "Network2421"),
        ("", "Network"),
        ("F", "FNetwork"),
        ("None", "NoneNetwork"),
        ("Übung größer", "UbungGroer"),
        ("Sign", "Sign2"),
        ("nn.Module", "NnModule"),
    ],
)
def test_titles_become_class_names(title: str, name: str, tmp_path: Path) -> None:
    project = chain([("linear", {"out_features": 8}), ("sign", {})], title=title)
    assert class_name(project) == name
    _same(project, VECTORS, tmp_path, torch.rand(2, 8))


def test_no_title_breaks_out_of_its_docstring(tmp_path: Path) -> None:
    title = '"""\nimport os\nraise SystemExit\n\\"""'
    project = chain([("relu", {})], title=title)
    text = _same(project, VECTORS, tmp_path, torch.rand(2, 8))
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
    assert not any(alias.name == "os" for node in imports for alias in node.names)


def test_it_runs_where_only_torch_is(tmp_path: Path) -> None:
    project = chain(
        [
            ("embedding", {"num_embeddings": 20, "embedding_dim": 8}),
            ("positional_encoding", {}),
            ("transformer_encoder_layer", {"nhead": 2, "dim_feedforward": 16, "causal": True}),
            ("multi_head_attention", {"num_heads": 2}),
            ("linear", {"out_features": 20}),
        ],
        title="Reader",
    )
    fields = {"x": Field("x", (6,), "int64", "token", labels=tuple("abcdefghijklmnopqrst"))}
    network = build(project, fields, seed=2)
    network.eval()
    tokens = torch.arange(12).reshape(2, 6)
    with torch.no_grad():
        (expected,) = network.inference_program()(tokens)
    (tmp_path / "reader.py").write_text(source(project, fields), encoding="utf-8")
    save_file(network.inference_program().state_dict(), tmp_path / "weights.safetensors")
    script = (
        "import sys; sys.path.insert(0, '.')\n"
        "import torch, reader\n"
        "from safetensors.torch import load_file, save_file\n"
        "network = reader.Reader().eval()\n"
        "network.load_state_dict(load_file('weights.safetensors'))\n"
        "with torch.no_grad():\n"
        "    result = network(torch.arange(12).reshape(2, 6))\n"
        "save_file({'result': result.contiguous()}, 'result.safetensors')\n"
        "assert not {name.partition('.')[0] for name in sys.modules} & {'core', 'gui'}\n"
    )
    subprocess.run([sys.executable, "-I", "-c", script], cwd=tmp_path, check=True, timeout=120)
    torch.testing.assert_close(load_file(tmp_path / "result.safetensors")["result"], expected, rtol=0, atol=1e-6)


def test_a_network_that_cannot_run_has_no_source() -> None:
    with pytest.raises(CompileError):
        source(lenet(), {})
    with pytest.raises(CompileError):
        source(Project(), {})
