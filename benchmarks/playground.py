"""TensorFlow Playground's own engine beside ours: epochs per second, with both losses and every neuron's map each.

Its `nn.ts` (github.com/tensorflow/playground, src/nn.ts, Apache 2.0) is fetched by whoever compares, translated with
`npx -p typescript tsc --target es2020 --module es2020 nn.ts` and renamed to `nn.mjs`; the variable PLAYGROUND names it.
Both engines learn 250 points in batches of 10 by plain descent at 0.03, tell the losses of these and of 250 others, and
compute every neuron over 100×100 points at each epoch's end.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from benchmarks.compiled import taken_over
from benchmarks.steps import CASES, Ratio
from benchmarks.workloads import project_of
from core.model.settings import Data, Objective, Optimizer, Split
from core.training.trainer import Trainer

GRID = 100
EPOCHS = 12
ROUNDS = 21
CASE = dataclasses.replace(
    next(case for case in CASES if "2-4-2-1" in case.title),
    data=Data("circles", {"samples": 500}, split=Split(0.5, 0.0), standardise=("x",)),
)

SCRIPT = """
import { createInterface } from "node:readline";
const nn = await import(process.argv[1]);
const draw = () => Math.random() * 12 - 6;
const points = (n) => Array.from({ length: n }, () => {
  const x = draw(), y = draw();
  return { x, y, label: Math.hypot(x, y) < 2.5 ? 1 : -1 };
});
const train = points(250), test = points(250), side = SIDE;
const net = nn.buildNetwork([2, 4, 2, 1], nn.Activations.TANH, nn.Activations.TANH, null, ["x", "y"]);
const maps = {};
nn.forEachNode(net, false, (node) => { maps[node.id] = Array.from({ length: side }, () => new Array(side)); });
const loss = (data) => {
  let sum = 0;
  for (const p of data) sum += nn.Errors.SQUARE.error(nn.forwardProp(net, [p.x, p.y]), p.label);
  return sum / data.length;
};
const epoch = () => {
  train.forEach((p, i) => {
    nn.forwardProp(net, [p.x, p.y]);
    nn.backProp(net, p.label, nn.Errors.SQUARE);
    if ((i + 1) % 10 === 0) nn.updateWeights(net, 0.03, 0);
  });
  const both = [loss(train), loss(test)];
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      nn.forwardProp(net, [(12 * i) / side - 6, (12 * j) / side - 6]);
      nn.forEachNode(net, false, (node) => { maps[node.id][i][j] = node.output; });
    }
  return both;
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const begin = process.hrtime.bigint();
  for (let i = 0; i < Number(line); i++) epoch();
  console.log(Number(process.hrtime.bigint() - begin) / 1e9);
});
""".replace("SIDE", str(GRID))


def engine() -> Path | None:
    """The file of Playground's engine, where Node and the file are there."""
    given = os.environ.get("PLAYGROUND", "")
    return Path(given).resolve() if shutil.which("node") and given and Path(given).is_file() else None


def theirs(process: subprocess.Popen[str]) -> float:
    """Epochs per second of Playground's engine over a stretch."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{EPOCHS}\n")
    process.stdin.flush()
    return EPOCHS / float(process.stdout.readline())


def learning(trainer: Trainer) -> Callable[[], float]:
    """Epochs per second of a run that computes every neuron over the grid at each epoch's end."""
    values = [(name, port) for name, port in trainer.network.values if port == "output" and name not in ("x", "y")]
    program = trainer.network.program(values)
    line = torch.linspace(-3, 3, GRID)
    grid = torch.cartesian_prod(line, line)  # (10000, 2)
    steps: Iterator[object] = iter(trainer)
    maps: list[object] = []
    """What the screen would show."""

    def stretch() -> float:
        begin = time.perf_counter()
        for _ in range(EPOCHS):
            for _ in range(trainer.steps_per_epoch):
                next(steps)
            with trainer.looking():
                maps[:] = [value.reshape(GRID, GRID).numpy() for value in torch.cat(program(grid), 1).T.contiguous()]
        return EPOCHS / (time.perf_counter() - begin)

    return stretch


def main() -> None:
    file = engine()
    if file is None:
        print("TensorFlow Playground's engine is left out: there is no Node, or PLAYGROUND names no file of it")
        return
    descent = Objective(optimizer=Optimizer("sgd", {"lr": 0.03}))
    eager = learning(Trainer(project_of(CASE, objectives=(descent,))))
    fast, seconds, _ = taken_over(CASE, objectives=(descent,))
    compiled = learning(fast)
    command = ["node", "--input-type=module", "-e", SCRIPT, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        loops = (eager, compiled, lambda: theirs(process))
        for loop in loops:
            loop()
        rounds = [[loop() for loop in loops] for _ in range(ROUNDS)]
        assert process.stdin is not None
        process.stdin.close()
    one, two, other = zip(*rounds, strict=True)
    print(
        f"the playground's default net with all its pictures, epochs per second; median of {ROUNDS} rounds in turns\n"
    )
    print("{:<20}{:>10}{:>14}{:>8}{:>13}{:>8}".format("", "ours", "Playground's", "ratio", "spread", "goal"))
    for title, ours, goal in (("eager", one, 0.6), ("compiled", two, 2.0)):
        found = f"{statistics.median(ours):>8,.0f}/s{statistics.median(other):>12,.0f}/s"
        print(f"{title:<20}{found}{Ratio.of(ours, other)}{f'≥ {goal}':>8}")
    print(f"compiled after {seconds:.1f} s" if fast.tier.turns[0].is_running else fast.tier.note)
