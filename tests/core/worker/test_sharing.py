"""What two processes tell each other arrives as it was, and what cannot be told is refused."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest

from core.training.records import Boundary, Confusion, Epoch, Failure, Made, Snapshot, Step, Surface, Watch
from core.worker.sharing import Memory, read, write
from core.worker.task import Evaluate, Export, Keep, Task, Totals
from core.worker.wire import (
    Answer,
    Ask,
    Begin,
    Do,
    Fetched,
    Look,
    Order,
    Report,
    Told,
    receive_order,
    receive_report,
    send,
)


def floats(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def snapshot(size: int) -> Snapshot:
    wide = floats(size, 6)
    return Snapshot(
        step=7,
        epoch=2,
        weights={"a": {"weight": wide[:, ::2], "bias": floats(size)}, "b": {"empty": floats(0, 3)}},
        activations={"loss_1": {"output": np.array(0.5, np.float32)}},
        confusion=Confusion(np.arange(9, dtype=np.int64).reshape(3, 3), ("a", "b", "c")),
        boundary=Boundary(floats(4, 4, 1), (-1.0, -1.0, 1.0, 1.0), floats(5, 2), floats(5)),
        surface=Surface(("w",), (floats(3),), floats(3), floats(8, 1)),
        samples=12,
        text="é",
        made=Made("rbm_1", floats(2, 3, 1, 4, 4), np.array([0, 300]), floats(5, 1, 4, 4)),
    )


def same(one: object, other: object) -> bool:
    """Whether two records are equal, arrays element by element and type by type."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, tuple):
        return isinstance(other, tuple) and all(map(same, one, other))
    if hasattr(one, "__dataclass_fields__"):
        return type(one) is type(other) and all(
            same(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__
        )
    return one == other


def test_pictures_arrive_as_they_were_however_they_grow_and_shrink() -> None:
    ours = Memory()
    theirs = Memory(ours.handle)
    pictures = []
    for size in (3, 5_000, 2, 90_000, 1):
        sent = snapshot(size)
        pictures.append(read(write(sent, theirs), ours))
        assert same(sent, pictures[-1])
    # What was read is a copy: later pictures over the same memory do not touch it.
    assert same(pictures[1], snapshot(5_000))
    ours.close()


def test_a_picture_holds_nothing_but_records() -> None:
    memory = Memory()
    with pytest.raises(TypeError, match="cannot hold object"):
        write(Snapshot(1, 1, text=object()), memory)  # type: ignore[arg-type]
    memory.close()


ORDERS = [
    Begin(Task(b"{}", watch=Watch(frozenset({"a"}), sample=2), keep=Keep("runs", tags=("x",)))),
    Do("pause"),
    Look(None),
    Look(Watch(activations=frozenset({"b"}), text=5)),
    Ask(3, Export("python", "net.py")),
    Ask(4, Evaluate("test")),
    Fetched(),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: type(order).__name__)
def test_orders_arrive(order: Order) -> None:
    stream = io.BytesIO()
    send(stream, order)
    send(stream, Do("stop"))
    stream.seek(0)
    assert receive_order(stream) == order
    assert receive_order(stream) == Do("stop")
    assert receive_order(stream) is None


def test_losses_arrive_to_the_bit_whatever_number_they_are() -> None:
    epoch = Epoch(1, 3, {"loss": np.float64(0.1)}, {}, np.float32(0.25), 1.5, True)  # type: ignore[arg-type]
    steps = [Step(1, 1, 0.1 + 0.2, 8, {"a": 1e-320}), Step(2, 1, math.nan, 8), Step(3, 1, math.inf, 8, {}, epoch)]
    told = Told(5, True, "running", 3, 1.25, steps, Totals(1, 3, 3, "cpu"), Failure("Why", "fix", "node"), {"r2": 0.5})
    found = through(told)
    assert isinstance(found, Told)
    assert [step.loss.hex() for step in found.steps] == [step.loss.hex() for step in steps]
    assert found.steps[0] == steps[0]
    assert found.steps[2].ended == epoch
    assert (found.totals, found.failure, found.test) == (told.totals, told.failure, told.test)
    assert through(Answer(2, {"accuracy": 0.5})) == Answer(2, {"accuracy": 0.5})


def through(report: Report) -> Report | None:
    stream = io.BytesIO()
    send(stream, report)
    stream.seek(0)
    return receive_report(stream)


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_a_message_that_breaks_off_is_the_end(cut: int) -> None:
    stream = io.BytesIO()
    send(stream, Do("pause"))
    assert receive_order(io.BytesIO(stream.getvalue()[:cut])) is None


def test_a_message_is_no_place_for_objects() -> None:
    with pytest.raises(TypeError, match="cannot hold object"):
        send(io.BytesIO(), Answer(1, object()))
