"""Transactions over a project: one named step for the user, undo, redo and the point that was saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.model.ops import Op
from core.model.project import Project
from core.model.signal import Signal


@dataclass
class Transaction:
    """Edits that a user sees as one. `merge` joins it with the next one of the same key (a drag, a spin box)."""

    text: str
    merge: str = ""
    done: list[Op] = field(default_factory=list)
    inverses: list[Op] = field(default_factory=list)


class History:
    """All changes of a project go through here. `changed` tells the ops once per transaction, undo or redo."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.changed: Signal[[list[Op]]] = Signal()
        self._past: list[Transaction] = []
        self._future: list[Transaction] = []
        self._open: Transaction | None = None
        self._clean: Transaction | None = None
        self._clean_known = True

    @contextmanager
    def edit(self, text: str, merge: str = "") -> Iterator[History]:
        """Collects what `apply` is given into one undo step; an exception rolls all of it back and goes on.

        Nested edits join the outer one.
        """
        if self._open is not None:
            yield self
            return
        transaction = self._open = Transaction(text, merge)
        try:
            yield self
        except BaseException:
            for inverse in reversed(transaction.inverses):
                inverse.apply(self.project)
            raise
        finally:
            self._open = None
        if transaction.done:
            self._remember(transaction)
            self.changed.emit(transaction.done)

    def apply(self, *ops: Op) -> None:
        """Applies ops inside the open edit; raises EditError, and RuntimeError outside of an edit."""
        if self._open is None:
            raise RuntimeError("apply() needs an open edit()")
        for op in ops:
            self._open.inverses.append(op.apply(self.project))
            self._open.done.append(op)

    def do(self, text: str, ops: Iterable[Op], merge: str = "") -> None:
        """One transaction of known ops."""
        with self.edit(text, merge):
            self.apply(*ops)

    def _remember(self, transaction: Transaction) -> None:
        if self._future:
            self._clean_known = self._clean_known and self._clean not in self._future
            self._future.clear()
        last = self._past[-1] if self._past else None
        if transaction.merge and last and last.merge == transaction.merge and last is not self._clean:
            last.done += transaction.done
            last.inverses += transaction.inverses
        else:
            self._past.append(transaction)

    def break_merge(self) -> None:
        """The next transaction starts a step of its own (the mouse was released, another field entered)."""
        if self._past:
            self._past[-1].merge = ""

    def undo(self) -> str:
        """Takes the last step back and returns its text; empty when there is none."""
        if not self._past:
            return ""
        transaction = self._past.pop()
        undone = list(reversed(transaction.inverses))
        for inverse in undone:
            inverse.apply(self.project)
        self._future.append(transaction)
        self.changed.emit(undone)
        return transaction.text

    def redo(self) -> str:
        if not self._future:
            return ""
        transaction = self._future.pop()
        transaction.inverses = [op.apply(self.project) for op in transaction.done]
        transaction.merge = ""
        self._past.append(transaction)
        self.changed.emit(transaction.done)
        return transaction.text

    @property
    def undo_text(self) -> str:
        return self._past[-1].text if self._past else ""

    @property
    def redo_text(self) -> str:
        return self._future[-1].text if self._future else ""

    @property
    def depth(self) -> int:
        """How many steps can be undone."""
        return len(self._past)

    def mark_saved(self) -> None:
        self._clean = self._past[-1] if self._past else None
        self._clean_known = True
        self.break_merge()

    @property
    def is_saved(self) -> bool:
        """Whether the project is as it was when last saved (or opened)."""
        return self._clean_known and (self._past[-1] if self._past else None) is self._clean
