"""Finds where a step would wait for a GPU, on any machine: operators whose result Python or the CPU has to know."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

import core

WAITING = (
    "_local_scalar_dense", "item", "is_nonzero", "equal", "nonzero", "nonzero_numpy", "argwhere", "masked_select",
    "_unique", "_unique2", "unique_dim", "unique_consecutive", "unique_dim_consecutive", "bincount", "_assert_async",
    "repeat_interleave.Tensor",
)  # fmt: skip
"""Operators that know the size or the meaning of their result only once it is there."""
FETCHING = ("cpu", "numpy", "tolist", "__array__")
"""Methods that copy a tensor to where Python can read it."""
MAKING = ("tensor", "as_tensor", "from_numpy", "asarray", "to")
"""Functions that bring something to a device; those of torch itself stay where they are."""
PLACES = (str, torch.device)
HERE, TORCH = str(Path(core.__file__).parent.parent), str(Path(torch.__file__).parent)


class Watch:
    """`found` holds what would wait, with the line of the program; tensors in `known` are the CPU's own anyway."""

    def __init__(self, known: Sequence[Tensor] = ()) -> None:
        self.found: list[str] = []
        self._known = {tensor.data_ptr() for tensor in known}
        self._seen = _Operators(self), _Calls(self)

    @contextmanager
    def watching(self) -> Iterator[None]:
        with self._seen[0], self._seen[1]:
            yield

    def note(self, what: str, given: Sequence[Any]) -> None:
        if given and isinstance(given[0], Tensor) and given[0].data_ptr() in self._known:
            return
        frames = [frame for frame in traceback.extract_stack() if frame.filename != __file__]
        if what in MAKING and frames[-1].filename.startswith(TORCH):
            return
        ours = [frame for frame in frames if frame.filename.startswith(HERE) and "site-packages" not in frame.filename]
        self.found.append(" < ".join([what, *(f"{each.filename}:{each.lineno} {each.line}" for each in ours[:-3:-1])]))


class _Operators(TorchDispatchMode):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name, _, overload = str(func).removeprefix("aten.").partition(".")
        if name in WAITING or f"{name}.{overload}" in WAITING:
            self._watch.note(name, args)
        if name in ("index", "index_put", "index_put_", "_index_put_impl_") and any(
            isinstance(each, Tensor) and each.dtype in (torch.bool, torch.uint8) for each in args[1]
        ):
            self._watch.note("a boolean index", args)
        return func(*args, **(kwargs or {}))


class _Calls(TorchFunctionMode):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        name, given = getattr(func, "__name__", ""), kwargs or {}
        places = (*args[1:], given.get("device"))
        if name in FETCHING or (name in MAKING and (name != "to" or any(isinstance(each, PLACES) for each in places))):
            self._watch.note(name, args)
        return func(*args, **given)
